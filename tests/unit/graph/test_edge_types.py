from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from netloom.core.diagnostics import Diagnostic, Place
from netloom.graph.catalogue import Catalogue
from netloom.graph.edge_types import edge_types
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import operator


class Task: ...


class Sorting(Task): ...


class Counting(Task): ...


T = TypeVar("T", bound=Task)


class Data(Generic[T]): ...


class Model(Generic[T]): ...


class Fitted(NamedTuple, Generic[T]):
    """A model and how it went."""

    model: Model[T]
    history: str


@operator(group="x")
def letters() -> Data[Sorting]:
    """Letters."""
    return Data()


@operator(group="x")
def dots() -> Data[Counting]:
    """Dots."""
    return Data()


@operator(group="x")
def merge(parts: list[Data[T]]) -> Data[T]:
    """Merge."""
    return parts[0]


@operator(group="x")
def fit(data: Data[T], start_from: Model[T] | None = None) -> Fitted[T]:
    """Fit."""
    return Fitted(Model(), "")


@operator(group="x")
def maybe(data: Data[T]) -> Model[T] | None:
    """A model, if there is one."""
    return None


CATALOGUE = Catalogue([letters, dots, merge, fit, maybe])


def graph_of(**nodes: tuple[str, dict[str, str]]) -> Graph:
    def source(text: str) -> Any:
        refs = tuple(OutputRef.parse(part) for part in text.split())
        return refs if len(refs) > 1 else refs[0]

    return Graph(
        {
            name: Node(
                name, f"x.{op}", inputs={port: source(text) for port, text in inputs.items()}
            )
            for name, (op, inputs) in nodes.items()
        }
    )


def test_type_variables_travel_along_the_edges() -> None:
    graph = graph_of(
        letters=("letters", {}),
        merged=("merge", {"parts": "letters letters"}),
        fitted=("fit", {"data": "merged"}),
    )
    types = edge_types(graph, CATALOGUE)
    assert types.mismatches == ()
    assert types.of(OutputRef("merged")) == Data[Sorting]
    assert types.of(OutputRef("fitted")) == Model[Sorting]
    assert types.of(OutputRef("fitted", "history")) is str


def test_the_order_of_writing_does_not_matter() -> None:
    graph = graph_of(fitted=("fit", {"data": "letters"}), letters=("letters", {}))
    assert edge_types(graph, CATALOGUE).of(OutputRef("fitted", "model")) == Model[Sorting]


def test_what_is_unknown_has_any_type() -> None:
    graph = graph_of(new=("unheard_of", {}), fitted=("fit", {"data": "new"}))
    types = edge_types(graph, CATALOGUE)
    assert types.mismatches == ()
    assert types.of(OutputRef("new")) is Any
    assert types.of(OutputRef("ghost")) is Any
    assert types.of(OutputRef("fitted", "ghost")) is Any
    assert types.of(OutputRef("fitted")) == Model[Any]


def test_each_edge_that_does_not_fit_is_reported() -> None:
    graph = graph_of(
        letters=("letters", {}),
        dots=("dots", {}),
        fitted=("fit", {"data": "letters"}),
        again=("fit", {"data": "dots", "start_from": "fitted.model"}),
        text=("merge", {"parts": "fitted.history"}),
    )
    fix = "Connect an output of the expected type, or put an operator that converts in between"
    assert edge_types(graph, CATALOGUE).mismatches == (
        Diagnostic(
            code="G108",
            message="the output fitted.model cannot be connected to again.start_from: the types do not match",
            place=Place(node="again", port="start_from"),
            expected="Model[Counting]",
            got="Model[Sorting]",
            fix=fix,
        ),
        Diagnostic(
            code="G108",
            message="the output fitted.history cannot be connected to text.parts: the types do not match",
            place=Place(node="text", port="parts"),
            expected="Data",
            got="str",
            fix=fix,
        ),
    )


def test_the_elements_of_a_fan_in_port_must_agree() -> None:
    graph = graph_of(
        letters=("letters", {}), dots=("dots", {}), all=("merge", {"parts": "letters dots"})
    )
    [mismatch] = edge_types(graph, CATALOGUE).mismatches
    assert mismatch.message.startswith("the output dots cannot be connected to all.parts")


def test_an_output_that_may_be_nothing_fits_an_input_that_may_be_nothing() -> None:
    graph = graph_of(
        letters=("letters", {}),
        perhaps=("maybe", {"data": "letters"}),
        fitted=("fit", {"data": "letters", "start_from": "perhaps"}),
    )
    assert edge_types(graph, CATALOGUE).mismatches == ()
