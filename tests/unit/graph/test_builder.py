from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import pytest

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidPipeline
from netloom.core.settings import Settings
from netloom.graph.builder import GraphBuilder
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.validation import check


class Images: ...


class Fitted(NamedTuple):
    """Both."""

    model: str
    history: str


class Optimizer(Settings):
    rate: float = 0.1


@operator(group="data")
def digits() -> Images:
    """Digits."""
    return Images()


@operator(group="data")
def merge(parts: list[Images]) -> Images:
    """Merge."""
    return parts[0]


@operator(group="train", id="fit")
def fit(
    images: Images, start: str | None = None, *, optimizer: Optimizer = Optimizer(), epochs: int = 1
) -> Fitted:
    """Fit."""
    return Fitted("", "")


def refs(**inputs: str) -> dict[str, OutputRef]:
    return {port: OutputRef.parse(text) for port, text in inputs.items()}


def refused(builder: GraphBuilder, call: Any) -> tuple[str, str, Place]:
    with builder, pytest.raises(InvalidPipeline) as caught:
        call()
    [problem] = caught.value.diagnostics
    return problem.code, problem.message, problem.place


def test_calls_become_nodes_and_edges() -> None:
    with GraphBuilder() as builder:
        images = digits()
        fitted = fit(images, epochs=3)
        again = fit(merge([images, images]), fitted.model, optimizer=Optimizer(rate=0.5))
    assert builder.graph == Graph(
        {
            "digits": Node("digits", "data.digits"),
            "fit": Node("fit", "fit", settings={"epochs": 3}, inputs=refs(images="digits")),
            "merge": Node(
                "merge",
                "data.merge",
                inputs={"parts": (OutputRef("digits"), OutputRef("digits"))},
            ),
            "fit_2": Node(
                "fit_2",
                "fit",
                settings={"optimizer": {"rate": 0.5}},
                inputs=refs(images="merge", start="fit.model"),
            ),
        }
    )
    assert repr(again) == "<output fit_2>"
    assert builder.recorded_operators == (digits, fit, merge)


def test_node_options_and_ids_can_be_given() -> None:
    with GraphBuilder() as builder:
        fit.node("best", retries=2, needs={"cpus": 2}, timeout_s=60, note="slow")(digits())
    assert builder.graph["best"] == Node(
        "best",
        "fit",
        inputs=refs(images="digits"),
        retries=2,
        needs={"cpus": 2},
        timeout_s=60,
        note="slow",
    )


def test_outputs_are_attributes_items_and_can_be_unpacked() -> None:
    with GraphBuilder():
        fitted: Any = fit(digits())
        model, history = fitted
    assert [str(handle.ref) for handle in (fitted, fitted.model, fitted["history"], model, history)] == [
        "fit", "fit.model", "fit.history", "fit.model", "fit.history",
    ]  # fmt: skip
    with pytest.raises(AttributeError, match=r"fit has no output 'modle'.*Did you mean 'model'"):
        _ = fitted.modle
    assert not hasattr(fitted, "_repr_html_")


def test_outside_the_block_operators_run() -> None:
    builder = GraphBuilder()
    with builder:
        digits()
    assert isinstance(digits(), Images)
    assert len(builder.graph) == 1


def test_blocks_nest_and_can_be_entered_again() -> None:
    outer, inner = GraphBuilder(), GraphBuilder()
    with outer:
        digits()
        with inner:
            digits()
        digits()
    with outer:
        digits()
    assert list(outer.graph.nodes) == ["digits", "digits_2", "digits_3"]
    assert list(inner.graph.nodes) == ["digits"]


def test_nodes_can_be_added_by_operator_id() -> None:
    component = Component("prepare", Graph(), inputs={"pictures": "Images"})
    builder = GraphBuilder()
    images = builder.add("data.digits", id="source")
    builder.add_component(component)
    prepared = builder.add("prepare", pictures=images)
    builder.add("fit", images=prepared["small"], epochs=2, retries=1, note="again")
    assert builder.graph == Graph(
        {
            "source": Node("source", "data.digits"),
            "prepare": Node("prepare", "prepare", inputs=refs(pictures="source")),
            "fit": Node(
                "fit",
                "fit",
                settings={"epochs": 2},
                inputs=refs(images="prepare.small"),
                retries=1,
                note="again",
            ),
        },
        {"prepare": component},
    )
    assert str(builder.input("pictures").ref) == "pictures"


def test_none_leaves_an_optional_input_unset() -> None:
    with GraphBuilder() as builder:
        fit(digits(), None)
    assert builder.graph["fit"].inputs == refs(images="digits")


def test_diagnostics_point_at_the_line_of_the_call() -> None:
    with GraphBuilder() as builder:
        digits()
        line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
        fit.node("wrong")(digits(), epochs="many")  # type: ignore[arg-type]
    [problem] = check(
        builder.graph, Catalogue([digits, fit]), place_of=builder.place_of
    ).diagnostics
    assert (problem.code, problem.place) == (
        "G103",
        Place(node="wrong", setting="epochs", file=__file__, line=line),
    )


def test_an_id_cannot_be_given_twice() -> None:
    builder = GraphBuilder()
    with builder:
        digits.node("same")()
    code, message, place = refused(builder, lambda: digits.node("same")())
    assert code == "G113"
    assert message.startswith(f"there is a node 'same' already ({__file__}:")
    assert place.file == __file__


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: digits.node("two words")(), "'two words' cannot be a node id"),
        (
            lambda: fit(digits(), digits(), digits()),
            "the operator fit takes 2 inputs, 3 were given",
        ),
        (lambda: fit(digits(), images=digits()), "the operator fit was given images twice"),
        (lambda: fit(3), "the input 'images' of fit was given int 3"),
        (
            lambda: fit(digits(), epochs=object()),
            "the setting 'epochs' of fit cannot be written to a file: Unable to serialize",
        ),
        (
            lambda: fit(digits(), epochs=float("nan")),
            "the setting 'epochs' of fit cannot be written to a file: Out of range float",
        ),
    ],
)
def test_calls_that_cannot_be_nodes_are_refused(call: Any, message: str) -> None:
    _, said, place = refused(GraphBuilder(), call)
    assert said.startswith(message)
    assert place.file == __file__
