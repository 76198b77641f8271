from __future__ import annotations

from typing import Any, NamedTuple

from netloom.core.diagnostics import Diagnostic, Place
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.wiring import wire


class Images: ...


class Model: ...


class Trained(Model): ...


class Fitted(NamedTuple):
    """A model and its history."""

    history: str
    model: Trained


@operator(group="x")
def images() -> Images:
    """Images."""
    return Images()


@operator(group="x")
def resize(images: Images) -> Images:
    """Resize."""
    return images


@operator(group="x")
def model() -> Model:
    """A model."""
    return Model()


@operator(group="x")
def fit(model: Model, images: Images, start_from: Trained | None = None) -> Fitted:
    """Fit."""
    return Fitted("", Trained())


@operator(group="x")
def score(trained: Trained, images: Images) -> float:
    """Score."""
    return 0.0


@operator(group="x")
def show(value: Any) -> None:
    """Show."""


@operator(group="x")
def merge(parts: list[Images]) -> Images:
    """Merge."""
    return parts[0]


CATALOGUE = Catalogue([images, resize, model, fit, score, show, merge])


def graph_of(**nodes: str | tuple[str, dict[str, Any]]) -> Graph:
    found = {}
    for name, written in nodes.items():
        op, inputs = written if isinstance(written, tuple) else (written, {})
        refs = {
            port: tuple(map(OutputRef.parse, source)) if isinstance(source, list) else
            OutputRef.parse(source)
            for port, source in inputs.items()
        }  # fmt: skip
        found[name] = Node(name, f"x.{op}", inputs=refs)
    return Graph(found)


def wired(graph: Graph) -> dict[str, dict[str, str]]:
    flat, _, diagnostics = wire(graph, CATALOGUE)
    assert diagnostics == []
    return {
        node.id: {port: str(source) for port, source in node.inputs.items()}
        for node in flat.nodes.values()
    }


def test_an_unset_port_takes_the_only_output_that_fits() -> None:
    assert wired(graph_of(pictures="images", net="model", fitted="fit", rating="score")) == {
        "pictures": {},
        "net": {},
        "fitted": {"model": "net", "images": "pictures"},
        "rating": {"trained": "fitted.model", "images": "pictures"},
    }


def test_optional_ports_are_never_guessed() -> None:
    graph = graph_of(
        pictures="images",
        net="model",
        first=("fit", {"model": "net"}),
        second=("fit", {"model": "net", "start_from": "first.model"}),
    )
    assert "start_from" not in wired(graph)["first"]


def test_what_is_set_stays() -> None:
    graph = graph_of(pictures="images", small=("resize", {"images": "pictures"}), net="model")
    small = graph.with_node(Node("fitted", "x.fit", inputs={"images": OutputRef("small")}))
    assert wired(small)["fitted"] == {"images": "small", "model": "net"}


def test_an_output_that_would_make_a_cycle_is_no_candidate() -> None:
    graph = graph_of(
        pictures="images",
        first="resize",
        second=("resize", {"images": "first"}),
        third=("resize", {"images": "second"}),
    )
    assert wired(graph)["first"] == {"images": "pictures"}


def test_later_ports_see_what_was_wired_before() -> None:
    graph = graph_of(second=("resize", {"images": "first"}), first="resize", pictures="images")
    assert wired(graph)["first"] == {"images": "pictures"}


def test_none_that_fits_is_an_error_that_says_what_is_missing() -> None:
    _, _, diagnostics = wire(graph_of(pictures="images", rating="score"), CATALOGUE)
    assert diagnostics == [
        Diagnostic(
            code="G105",
            message="the input 'trained' of rating is not connected and no node produces Trained",
            place=Place(node="rating", port="trained"),
            expected="Trained",
            got="nothing",
            fix="Write trained: <node id>, or add a node that produces it",
        )
    ]


def test_several_that_fit_are_an_error_that_names_them() -> None:
    graph = graph_of(left="images", right="images", net="model", fitted="fit")
    flat, _, diagnostics = wire(graph, CATALOGUE)
    assert diagnostics == [
        Diagnostic(
            code="G110",
            message="the input 'images' of fitted is not connected and 2 outputs would fit: "
            "left, right",
            place=Place(node="fitted", port="images"),
            expected="Images",
            fix="Say which one: images: right",
        )
    ]
    assert flat["fitted"].inputs == {"model": OutputRef("net")}


def test_every_unset_port_is_reported() -> None:
    _, _, diagnostics = wire(graph_of(fitted="fit", rating="score"), CATALOGUE)
    assert [(d.code, d.place.node, d.place.port) for d in diagnostics] == [
        ("G105", "fitted", "model"),
        ("G105", "fitted", "images"),
        ("G105", "rating", "images"),
    ]


def test_an_empty_list_of_connections_is_an_unset_port() -> None:
    assert wired(graph_of(pictures="images", all=("merge", {"parts": []})))["all"] == {
        "parts": "pictures"
    }


def test_outputs_of_unknown_type_are_not_guessed() -> None:
    graph = graph_of(mystery="unheard_of", small="resize")
    _, _, [problem] = wire(graph, CATALOGUE)
    assert (problem.code, problem.place.node) == ("G105", "small")
