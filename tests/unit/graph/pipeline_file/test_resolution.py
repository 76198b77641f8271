from datetime import datetime
from typing import Any

import pytest

from netloom.graph.pipeline_file.resolution import Resolver
from netloom.graph.pipeline_file.yaml_entries import read_entries

NOW = datetime(2026, 3, 1, 9, 30)
ENVIRONMENT = {"DATA": "/data", "EMPTY": ""}


def resolved(text: str) -> tuple[Any, list[tuple[str, int | None, str]]]:
    root = read_entries(text, layer="p.yaml", file="p.yaml")
    assert root is not None
    resolver = Resolver(root, NOW, ENVIRONMENT)
    document = resolver.document().plain()
    return document, [(d.code, d.place.line, d.message) for d in resolver.problems]


def variables(text: str) -> dict[str, Any]:
    document, problems = resolved(f"vars:\n{text}")
    assert problems == []
    found: dict[str, Any] = document["vars"]
    return found


def test_a_reference_alone_keeps_the_type_and_inside_a_text_becomes_text() -> None:
    assert variables(
        "  n: 3\n  on: true\n  none: null\n  list: [1, {a: 2}]\n"
        '  whole: ["${vars.n}", "${vars.on}", "${vars.none}", "${vars.list}"]\n'
        '  text: "${vars.n}/${vars.on}/${vars.none}/${vars.list[1].a}"\n'
    ) == {
        "n": 3,
        "on": True,
        "none": None,
        "list": [1, {"a": 2}],
        "whole": [3, True, None, [1, {"a": 2}]],
        "text": "3/true/null/2",
    }


def test_variables_refer_to_each_other_in_any_order_and_to_their_siblings() -> None:
    assert variables(
        '  c: "${vars.b * 2}"\n  b: "${vars.a + 1}"\n  a: 1\n'
        '  paths: {root: /d, data: "${vars.paths.root}/x", copy: "${vars.group.inner}"}\n'
        '  group: "${vars.other}"\n  other: {inner: 5}\n'
    ) == {
        "c": 4,
        "b": 2,
        "a": 1,
        "paths": {"root": "/d", "data": "/d/x", "copy": 5},
        "group": {"inner": 5},
        "other": {"inner": 5},
    }


def test_environment_variables_are_text_with_an_optional_default() -> None:
    assert variables(
        '  a: "${env:DATA}/x"\n  b: "${env:MISSING, 7}"\n  c: "${env:MISSING,}"\n  d: "${env:EMPTY, x}"\n'
    ) == {"a": "/data/x", "b": "7", "c": "", "d": ""}


def test_dates_start_from_the_given_moment() -> None:
    assert variables('  a: "in/${date:%Y/%m/%d, -1d}/x"\n  b: "${date:%H%M}"\n') == {
        "a": "in/2026/02/28/x",
        "b": "0930",
    }


def test_escapes_and_layout_are_left_alone() -> None:
    document, problems = resolved('vars: {a: "$${vars.b}"}\nlayout: {fit: "${x}"}\n')
    assert (document, problems) == ({"vars": {"a": "${vars.b}"}, "layout": {"fit": "${x}"}}, [])


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("${vars.sise}", "D021", "there is no vars.sise"),
        ("${vars.size.x}", "D021", "there is no vars.size.x"),
        ("${size}", "D021", "there is nothing called 'size'"),
        ("${date}", "D021", "there is nothing called 'date'"),
        ("${fit.model}", "D022", "refers to the node 'fit'"),
        ("${env:NOT_SET}", "D024", "NOT_SET is not set"),
        ("${date:yyyy}", "D025", "no date directive"),
        ("${vars.size / 0}", "D026", "division by zero"),
        ("${vars.size +}", "D026", "is not an expression"),
        ("a ${vars.map}", "D027", "a mapping cannot be part of a longer text"),
        ("${settings.x}", "D028", "only in the nodes of a component"),
        ("${vars.size", "D020", "is not closed"),
    ],
)
def test_a_bad_reference_is_reported_where_it_is_and_its_value_is_left_out(
    text: str, code: str, part: str
) -> None:
    document, problems = resolved(
        "vars: {size: 1, map: {k: 1}}\nnodes:\n  fit:\n    op: train\n"
        f'    x: "{text}"\n    y: 2\n'
    )
    assert document["nodes"] == {"fit": {"op": "train", "y": 2}}
    ((found, line, message),) = problems
    assert (found, line) == (code, 5)
    assert part in message


def test_a_circle_among_variables_is_reported_once_with_its_path() -> None:
    document, problems = resolved(
        'vars:\n  a: "${vars.b}"\n  b: "x${vars.c.d}"\n  c: {d: "${vars.a}"}\n  e: "${vars.a}"\n'
    )
    assert document["vars"] == {"c": {}}
    assert problems == [
        (
            "D023",
            2,
            "variables refer to each other in a circle: vars.a → vars.b → vars.c.d → vars.a",
        )
    ]


def test_a_variable_that_contains_itself_is_a_circle() -> None:
    _, problems = resolved('vars: {a: {b: "${vars.a}"}}\n')
    assert [(code, "vars.a.b → vars.a.b" in message) for code, _, message in problems] == [
        ("D023", True)
    ]


def test_what_depends_on_a_failed_variable_is_not_reported_again() -> None:
    _, problems = resolved('vars: {a: "${vars.x}", b: "${vars.a}", c: ["${vars.b}", 1]}\n')
    assert [code for code, _, _ in problems] == ["D021"]


@pytest.mark.parametrize(
    "space", ["[1, 2]", "{low: 1, high: 2}", "{low: 0.1, high: 1, log: true}", "{choices: [a]}"]
)
def test_searches_are_recognised_and_refused(space: str) -> None:
    document, problems = resolved(f"nodes:\n  fit: {{op: train, lr: {{search: {space}}}}}\n")
    assert document["nodes"] == {"fit": {"op": "train"}}
    ((code, line, message),) = problems
    assert (code, line) == ("D030", 2)
    assert "`netloom tune`" in message


def test_a_mapping_that_merely_has_a_key_search_is_no_search() -> None:
    document, problems = resolved(
        "nodes: {a: {op: x, b: {search: text}, c: {search: [1], k: 1}}}\n"
    )
    assert problems == []
    assert document["nodes"]["a"]["c"] == {"search": [1], "k": 1}


COMPONENT = """
vars: {k: 3, root: /d, kinds: [a, b]}
components:
  prep:
    settings: {size: 8, name: "${vars.root}"}
    nodes:
      a:
        op: x
        both: "${settings.size * vars.k}"
        text: "$${x}/${vars.root}/${settings.name}"
        only: "${vars.k}"
        listed: ["${settings.size in vars.kinds}"]
"""


def test_inside_components_settings_stay_and_everything_else_is_resolved() -> None:
    document, problems = resolved(COMPONENT)
    assert problems == []
    assert document["components"]["prep"] == {
        "settings": {"size": 8, "name": "/d"},
        "nodes": {
            "a": {
                "op": "x",
                "both": {"$template": "${settings.size * 3}"},
                "text": {"$template": "$${x}//d/${settings.name}"},
                "only": 3,
                "listed": [{"$template": "${settings.size in ['a', 'b']}"}],
            }
        },
    }


def test_a_component_must_declare_the_settings_its_nodes_use() -> None:
    _, problems = resolved(COMPONENT.replace("size * vars", "sizes * vars"))
    assert problems == [("D021", 9, "the component 'prep' has no setting 'sizes'")]


def test_references_that_multiply_are_stopped() -> None:
    lines = ["  a0: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for i in range(1, 12):
        reference = f'"${{vars.a{i - 1}}}"'
        lines.append(f"  a{i}: [{', '.join([reference] * 10)}]")
    _, problems = resolved("vars:\n" + "\n".join(lines) + "\n")
    assert {code for code, _, _ in problems} == {"D003"}


def test_texts_that_double_are_stopped() -> None:
    lines = ["  a0: xxxxxxxxxx"]
    for i in range(1, 40):
        reference = f"${{vars.a{i - 1}}}"
        lines.append(f'  a{i}: "{reference}{reference}"')
    _, problems = resolved("vars:\n" + "\n".join(lines) + "\n")
    assert [code for code, _, _ in problems] == ["D003"]
