from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from netloom.core.errors import InvalidPipeline
from netloom.core.settings import Settings
from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import operator
from netloom.graph.pipeline_file.assignments import layer_of_flags, read_date
from netloom.graph.pipeline_file.merging import merge
from netloom.graph.pipeline_file.yaml_entries import read_entries


class Resnet(Settings):
    type: Literal["resnet"] = "resnet"
    depth: int = 18
    name: str = ""


class Convnet(Settings):
    type: Literal["convnet"] = "convnet"
    widths: list[int] = Field([])


RESNET = Resnet()
Backbone = Annotated[Resnet | Convnet, Field(discriminator="type")]


@operator(group="test")
def fit(
    *,
    epochs: int = 1,
    flag: bool = True,
    label: str = "",
    rate: Annotated[float, Field(gt=0)] = 0.1,
    limit: int | None = None,
    backbone: Backbone = RESNET,
    table: dict[str, int] = {},  # noqa: B006 - settings are copied
) -> int:
    return 0


CATALOGUE = Catalogue([fit])
DOCUMENT = """
vars: {size: 32, tag: "2026", template: "${env:X}"}
nodes:
  fit: {op: test.fit, backbone: {type: resnet, depth: 18}, sizes: [1, 2, 3], rate: "${vars.size}"}
"""


def after(*flags: str, catalogue: Catalogue | None = CATALOGUE) -> Any:
    document = read_entries(DOCUMENT, layer="p", file="p")
    assert document is not None
    layer, problems = layer_of_flags(flags, document, catalogue=catalogue)
    merged, more = merge(document, layer)
    found = [(d.code, str(d.place), d.expected, d.fix) for d in (*problems, *more)]
    return found or merged.plain()


@pytest.mark.parametrize(
    ("flag", "key", "value"),
    [
        ("fit.epochs=20", "epochs", 20),
        ("nodes.fit.epochs=20", "epochs", 20),
        ("fit.flag=false", "flag", False),
        ("fit.label=123", "label", "123"),
        ("fit.label=007", "label", "007"),
        ("fit.label=true", "label", "true"),
        ("fit.label=null", "label", "null"),
        ("fit.label=", "label", ""),
        ("fit.label= a=b, c ", "label", "a=b, c"),
        ("fit.label='quoted'", "label", "quoted"),
        ("fit.label=[x", "label", "[x"),
        ("fit.rate=1e-3", "rate", 0.001),
        ("fit.limit=null", "limit", None),
        ("fit.table={a: 1}", "table", {"a": 1}),
        ("fit.sizes.1=7", "sizes", [1, 7, 3]),
        ("fit.unknown=3", "unknown", 3),
        ("fit.note=12", "note", 12),
        ("fit.epochs=${vars.size}", "epochs", "${vars.size}"),
        ("fit.backbone.depth=34", "backbone", {"type": "resnet", "depth": 34}),
        ("fit.backbone.name=50", "backbone", {"type": "resnet", "depth": 18, "name": "50"}),
        ("fit.backbone.type=convnet", "backbone", {"type": "convnet"}),
    ],
)
def test_a_flag_sets_a_value_of_the_settings_own_type(flag: str, key: str, value: object) -> None:
    found = after(flag)["nodes"]["fit"][key]
    assert (found, type(found)) == (value, type(value))


def test_flags_are_one_layer_so_their_order_does_not_lose_anything() -> None:
    flags = ["fit.backbone.widths=[8, 16]", "fit.backbone.type=convnet"]
    expected = {"type": "convnet", "widths": [8, 16]}
    assert after(*flags)["nodes"]["fit"]["backbone"] == expected
    assert after(*reversed(flags))["nodes"]["fit"]["backbone"] == expected


def test_of_two_flags_for_one_value_the_later_wins() -> None:
    assert after("fit.epochs=1", "fit.epochs=2")["nodes"]["fit"]["epochs"] == 2


def test_remove_takes_a_value_away() -> None:
    assert "rate" not in after("fit.rate=!remove")["nodes"]["fit"]


def test_without_a_catalogue_values_are_typed_as_in_yaml() -> None:
    node = after("fit.label=123", "fit.flag=no", catalogue=None)["nodes"]["fit"]
    assert (node["label"], node["flag"]) == (123, "no")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("vars.size=64", {"size": 64}),
        ("vars.tag=2027", {"tag": "2027"}),
        ("vars.template=5", {"template": 5}),
        ("vars.date=2026-01-31", {"date": "2026-01-31"}),
    ],
)
def test_a_variable_that_was_text_stays_text(flag: str, value: dict[str, object]) -> None:
    assert after(flag)["vars"] == {"size": 32, "tag": "2026", "template": "${env:X}"} | value


@pytest.mark.parametrize(
    ("flag", "code", "expected", "fix"),
    [
        ("fit.epochs", "D013", None, "Write for example: --set fit.epochs=20"),
        ("=3", "D013", None, "Write for example: --set fit.epochs=20"),
        ("fit..epochs=3", "D013", None, "Write for example: --set fit.epochs=20"),
        ("fiit.epochs=3", "D013", None, "Did you mean --set fit.epochs=3?"),
        ("nodes.fiit.epochs=3", "D013", None, "Did you mean --set fit.epochs=3?"),
        ("size=3", "D013", None, "Did you mean --set vars.size=3?"),
        ("zzz=3", "D013", None, "Nodes: fit"),
        ("fit=3", "D013", None, None),
        ("vars={}", "D013", None, None),
        ("fit.sizes.9=1", "D013", None, None),
        ("fit.epochs=many", "D014", "a whole number", None),
        ("fit.rate=-1", "D014", "more than 0", None),
        ("fit.flag=maybe", "D014", "true or false", None),
        ("fit.table={a: 1", "D014", "a mapping", None),
        ("fit.other={a: 1", "D014", None, None),
    ],
)
def test_a_bad_flag_is_refused(flag: str, code: str, expected: str | None, fix: str | None) -> None:
    assert after(flag) == [(code, f"--set {flag}", expected, fix)]


def test_a_variable_that_nothing_defines_or_refers_to_is_refused() -> None:
    assert after("vars.sise=64") == [("D013", "--set vars.sise=64", None, "Did you mean 'size'?")]


def test_a_new_variable_may_be_set_where_something_refers_to_it() -> None:
    found = after("vars.new=[1]", "fit.label=${vars.new[0]}")
    assert found["vars"]["new"] == [1]


def test_all_bad_flags_are_reported() -> None:
    assert [code for code, *_ in after("x", "fit.epochs=many", "y.z=1")] == ["D013", "D013", "D014"]


def test_the_date_flag_is_taken_out() -> None:
    assert read_date(["a=1", "date=2026-01-31"]) == (datetime(2026, 1, 31), ["a=1"])
    assert read_date(["a=1"]) == (None, ["a=1"])
    with pytest.raises(InvalidPipeline) as caught:
        read_date(["date=tomorrow"])
    assert [d.code for d in caught.value.diagnostics] == ["D014"]
