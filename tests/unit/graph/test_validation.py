from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import Field

from netloom.core.diagnostics import Diagnostic, Place, Severity
from netloom.core.errors import InvalidPipeline
from netloom.core.settings import PositiveInt, Settings
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.operator import Needs, operator
from netloom.graph.validation import CheckedGraph, check


class Images: ...


class Model: ...


class Fitted(NamedTuple):
    """A model and its history."""

    model: Model
    history: str


class Small(Settings):
    type: Literal["small"] = "small"
    width: PositiveInt = 8


class Deep(Settings):
    type: Literal["deep"] = "deep"
    depth: PositiveInt


Backbone = Annotated[Small | Deep, Field(discriminator="type")]


@operator(group="x")
def images() -> Images:
    """Images."""
    return Images()


@operator(group="x")
def model(*, backbone: Backbone = Small()) -> Model:
    """A model."""
    return Model()


@operator(group="x")
def resize(images: Images, *, size: int | tuple[int, int]) -> Images:
    """Resize."""
    return images


@operator(group="x", job=lambda settings: Needs(cpus=settings.cpus, gpus=1, gpu="preferred"))
def fit(model: Model, images: Images, *, epochs: PositiveInt = 10, cpus: int = 1) -> Fitted:
    """Fit."""
    return Fitted(model, "")


@operator(group="x")
def forget(images: Images) -> None:
    """Nothing comes of it."""


CATALOGUE = Catalogue([images, model, resize, fit, forget])


def node(name: str, op: str, settings: dict[str, Any] | None = None, **inputs: Any) -> Node:
    refs = {
        port: tuple(map(OutputRef.parse, source)) if isinstance(source, list)
        else OutputRef.parse(source)
        for port, source in inputs.items()
    }  # fmt: skip
    return Node(name, f"x.{op}", settings=settings or {}, inputs=refs)


def graph(*nodes: Node) -> Graph:
    return Graph({n.id: n for n in nodes})


def spots(checked: CheckedGraph) -> list[tuple[str, str | None, str | None]]:
    return [(d.code, d.place.node, d.place.port or d.place.setting) for d in checked.diagnostics]


GOOD = graph(
    node("pictures", "images"),
    node("net", "model"),
    node("small", "resize", {"size": 32}, images="pictures"),
    node("fitted", "fit", {"cpus": 3}, images="small"),
)


def test_a_good_graph_is_wired_with_complete_settings_and_needs() -> None:
    checked = check(GOOD, CATALOGUE)
    assert checked.diagnostics == ()
    assert checked.is_valid
    assert checked.require_valid() is checked
    assert checked.written is GOOD
    assert checked.flat["fitted"].inputs == {
        "images": OutputRef("small"), "model": OutputRef("net"),
    }  # fmt: skip
    assert checked.settings["fitted"].model_dump() == {"epochs": 10, "cpus": 3}
    assert checked.needs["fitted"] == Needs(cpus=3, gpus=1, gpu="preferred")
    assert checked.needs["small"] == Needs(cpus=0)


def test_a_node_overrides_some_needs() -> None:
    fitted = replace(GOOD["fitted"], needs={"gpus": [1, 4], "memory_mb": 500})
    checked = check(GOOD.with_node(fitted), CATALOGUE)
    assert checked.diagnostics == ()
    assert checked.needs["fitted"] == Needs(cpus=3, gpus=(1, 4), gpu="preferred", memory_mb=500)


EVERYTHING_WRONG = graph(
    node("pictures", "imagse"),
    node("net", "model", {"backbone": {"type": "deep"}}),
    node("small", "resize", {"siez": 3}, images="picture"),
    node("net2", "model", {"backbone": {"type": "deep", "depth": -1}}),
    node("fitted", "fit", {"epochs": "many", "model": 3}, images=["pictures", "net.weights"]),
    node("gone", "forget", images="fitted.history"),
    node("after", "resize", {"size": 1}, images="gone", size="small"),
    replace(
        node("1st", "model", backbone="net"), retries=-1, needs={"cpus": -1, "gpu": "a"}, reuse="x"
    ),
)


def test_all_problems_are_reported_at_once() -> None:
    assert sorted(spots(check(EVERYTHING_WRONG, CATALOGUE)), key=str) == [
        ("G101", "pictures", None),
        ("G102", "1st", "backbone"),
        ("G102", "after", "size"),
        ("G102", "fitted", "model"),
        ("G102", "small", "siez"),
        ("G103", "fitted", "epochs"),
        ("G103", "net2", "backbone.depth"),
        ("G104", "net", "backbone.depth"),
        ("G104", "small", "size"),
        ("G106", "small", "images"),
        ("G107", "after", "images"),
        ("G107", "fitted", "images"),
        ("G108", "gone", "images"),
        ("G112", "fitted", "images"),
        ("G113", "1st", "needs"),
        ("G113", "1st", "reuse"),
        ("G113", "1st", None),
    ]


def only(checked: CheckedGraph, code: str) -> Diagnostic:
    [found] = [d for d in checked.diagnostics if d.code == code]
    return found


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            node("pictures", "imagse"),
            Diagnostic(
                code="G101",
                message="there is no operator 'x.imagse'",
                place=Place(node="pictures"),
                fix="Did you mean 'x.images'?",
            ),
        ),
        (
            node("small", "resize", {"size": 1, "siez": 3}),
            Diagnostic(
                code="G102",
                message="the operator x.resize has no input or setting 'siez'",
                place=Place(node="small", setting="siez"),
                expected="images, size",
                got="siez",
                fix="Did you mean 'size'?",
            ),
        ),
        (
            node("small", "resize", {"size": 1, "images": "a/b"}),
            Diagnostic(
                code="G102",
                message="'images' of the operator x.resize is an input, not a setting",
                place=Place(node="small", port="images"),
                fix="Connect the output of another node to it",
            ),
        ),
        (
            node("net", "model", backbone="pictures"),
            Diagnostic(
                code="G102",
                message="'backbone' of the operator x.model is a setting, not an input",
                place=Place(node="net", port="backbone"),
                fix="Write its value; outputs of nodes cannot be settings",
            ),
        ),
        (
            node("small", "resize", {"size": "big"}),
            Diagnostic(
                code="G103",
                message="the setting 'size' of x.resize has a value it cannot have",
                place=Place(node="small", setting="size"),
                expected="a whole number or a list",
                got="'big'",
                fix="`netloom operators show x.resize` lists what is allowed",
            ),
        ),
        (
            node("net", "model", {"backbone": {"type": "tall"}}),
            Diagnostic(
                code="G103",
                message="the setting 'backbone' of x.model has a value it cannot have",
                place=Place(node="net", setting="backbone"),
                expected="'type' to be one of 'small', 'deep'",
                got="{'type': 'tall'}",
                fix="`netloom operators show x.model` lists what is allowed",
            ),
        ),
        (
            node("net", "model", {"backbone": {"type": "deep"}}),
            Diagnostic(
                code="G104",
                message="the setting 'backbone.depth' of x.model has no value and no default",
                place=Place(node="net", setting="backbone.depth"),
                fix="Write backbone.depth: <value>",
            ),
        ),
        (
            node("small", "resize", {"size": 1}, images="pictuers"),
            Diagnostic(
                code="G106",
                message="there is no node 'pictuers'",
                place=Place(node="small", port="images"),
                fix="Did you mean 'pictures'?",
            ),
        ),
        (
            node("small", "resize", {"size": 1}, images="pictures.big"),
            Diagnostic(
                code="G107",
                message="the node pictures (x.images) has no output 'big'",
                place=Place(node="small", port="images"),
                expected="out",
                got="big",
            ),
        ),
        (
            node("small", "resize", {"size": 1}, images=["pictures", "pictures"]),
            Diagnostic(
                code="G112",
                message="the input 'images' of x.resize takes one connection",
                place=Place(node="small", port="images"),
                expected="one node",
                got="pictures, pictures",
                fix="Keep one of them, or merge them first",
            ),
        ),
        (
            replace(node("net", "model"), timeout_s=0),
            Diagnostic(
                code="G113",
                message="retries must be 0 or more and timeout_s more than 0",
                place=Place(node="net"),
                got="retries 0, timeout_s 0",
            ),
        ),
        (
            node("two words", "model"),
            Diagnostic(
                code="G113",
                message="'two words' cannot be a node id",
                place=Place(node="two words"),
                expected="letters, digits and underscores, not starting with a digit",
                fix="Rename the node",
            ),
        ),
        (
            replace(node("net", "model"), needs={"gpu": "maybe"}),
            Diagnostic(
                code="G113",
                message="needs.gpu: Input should be 'never', 'preferred' or 'required'",
                place=Place(node="net", setting="needs"),
                got="'maybe'",
                fix="Allowed: cpus, gpus, gpu, memory_mb, gpu_memory_mb, keep_worker",
            ),
        ),
    ],
    ids=lambda value: value.id if isinstance(value, Node) else value.code,
)
def test_a_diagnostic_says_where_what_and_what_to_do(wrong: Node, expected: Diagnostic) -> None:
    checked = check(graph(node("pictures", "images"), wrong), CATALOGUE)
    assert only(checked, expected.code) == expected
    assert not checked.is_valid


def test_a_cycle_is_shown_as_a_path() -> None:
    looped = graph(
        node("a", "resize", {"size": 1}, images="c"),
        node("b", "resize", {"size": 1}, images="a"),
        node("c", "resize", {"size": 1}, images="b"),
    )
    assert check(looped, CATALOGUE).diagnostics == (
        Diagnostic(
            code="G109",
            message="the nodes form a cycle: a → b → c → a",
            place=Place(node="a"),
            fix="Remove one of these connections",
        ),
    )


def test_a_required_graph_raises_every_error() -> None:
    with pytest.raises(InvalidPipeline) as caught:
        check(EVERYTHING_WRONG, CATALOGUE).require_valid()
    assert caught.value.diagnostics == check(EVERYTHING_WRONG, CATALOGUE).diagnostics


def test_what_was_found_in_the_file_is_not_reported_twice() -> None:
    place = Place(node="small", setting="siez", file="a.yaml", line=4)
    known = Diagnostic(code="G102", message="the same", place=place)
    wrong = graph(node("pictures", "images"), node("small", "resize", {"siez": 1, "size": 3}))
    assert check(wrong, CATALOGUE, earlier=[known]).diagnostics == (known,)


def test_a_node_whose_missing_operator_the_file_reported_is_not_an_unknown_operator_too() -> None:
    place = Place(node="small", file="a.yaml", line=4)
    known = Diagnostic(code="G113", message="op is missing", place=place)
    nameless = graph(Node("small", ""))
    assert check(nameless, CATALOGUE, earlier=[known]).diagnostics == (known,)
    assert [d.code for d in check(nameless, CATALOGUE).diagnostics] == ["G101"]


def test_what_is_missing_because_its_value_is_wrong_is_not_reported_again() -> None:
    """A reference the file's reader refused leaves the port unset, a bad expression the setting."""
    port = Place(node="small", setting="images", file="a.yaml", line=4)
    setting = Place(node="small", setting="size", file="a.yaml", line=5)
    known = [
        Diagnostic(code="G106", message="no such thing", place=port),
        Diagnostic(code="D026", message="cannot be computed", place=setting),
    ]
    checked = check(graph(node("small", "resize")), CATALOGUE, earlier=known)
    assert checked.diagnostics == tuple(known)


def test_places_get_their_line() -> None:
    wrong = graph(node("pictures", "imagse"))
    checked = check(wrong, CATALOGUE, place_of=lambda place: replace(place, file="p.yaml", line=7))
    assert [str(d) for d in checked.diagnostics] == [
        "p.yaml:7: pictures: There is no operator 'x.imagse'. Did you mean 'x.images'?"
    ]


BROKEN_FILE = Diagnostic(code="G121", message="this operator file cannot be loaded")
DUPLICATE = Diagnostic(code="G120", message="two operators are called 'x.fit'")


def test_operators_that_failed_to_load_are_an_error_if_one_is_missing() -> None:
    catalogue = CATALOGUE.with_problem(BROKEN_FILE)
    checked = check(graph(node("pictures", "unheard_of")), catalogue)
    assert [d.code for d in checked.diagnostics] == ["G121", "G101"]
    assert not checked.is_valid


def test_operators_that_failed_to_load_are_a_warning_to_graphs_without_them() -> None:
    checked = check(GOOD, CATALOGUE.with_problem(BROKEN_FILE))
    assert checked.diagnostics == (replace(BROKEN_FILE, severity=Severity.WARNING),)
    assert checked.is_valid


def test_an_operator_defined_twice_is_always_an_error() -> None:
    assert check(GOOD, CATALOGUE.with_problem(DUPLICATE)).diagnostics == (DUPLICATE,)
    assert not check(GOOD, CATALOGUE.with_problem(DUPLICATE)).is_valid


def test_the_name_of_a_component_is_suggested_too() -> None:
    graph = Graph({"a": Node("a", "prepar")}, {"prepare": Component("prepare", Graph())})
    assert only(check(graph, CATALOGUE), "G101").fix == "Did you mean 'prepare'?"
