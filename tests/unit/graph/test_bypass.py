from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.diagnostics import Diagnostic, Place, Severity
from netloom.core.identifiers import NodeId
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import graph_fingerprint
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.validation import CheckedGraph, check


class Images: ...


class Model: ...


class Trained(Model): ...


class Fitted(NamedTuple):
    """A model and its history."""

    history: str
    model: Trained


@operator(group="x")
def images(*, seed: int = 0) -> Images:
    """Images."""
    return Images()


@operator(group="x")
def resize(images: Images, *, size: int = 8) -> Images:
    """Resize."""
    return images


@operator(group="x")
def paste(background: Images, foreground: Images | None = None) -> Images:
    """Paste."""
    return background


@operator(group="x")
def merge(parts: list[Images]) -> Images:
    """Merge."""
    return parts[0]


@operator(group="x")
def model() -> Model:
    """A model."""
    return Model()


@operator(group="x")
def load() -> Trained:
    """A trained model."""
    return Trained()


@operator(group="x")
def fit(model: Model, images: Images, start_from: Model | None = None) -> Fitted:
    """Fit."""
    return Fitted("", Trained())


@operator(group="x")
def score(trained: Trained, images: Images) -> float:
    """Score."""
    return 0.0


CATALOGUE = Catalogue([images, resize, paste, merge, model, load, fit, score])


def node(
    name: str, op: str, settings: dict[str, Any] | None = None, *, off: bool = False, **inputs: Any
) -> Node:
    refs = {
        port: tuple(map(OutputRef.parse, source)) if isinstance(source, list)
        else OutputRef.parse(source)
        for port, source in inputs.items()
    }  # fmt: skip
    return Node(name, op, settings=settings or {}, inputs=refs, bypass=off)


def graph(*parts: Node | Component) -> Graph:
    return Graph(
        {part.id: part for part in parts if isinstance(part, Node)},
        {part.name: part for part in parts if isinstance(part, Component)},
    )


def checked(*parts: Node | Component) -> CheckedGraph:
    return check(graph(*parts), CATALOGUE)


def what_runs(*parts: Node | Component) -> Graph:
    found = checked(*parts)
    assert [d for d in found.diagnostics if d.severity is Severity.ERROR] == []
    return found.flat


def test_the_graph_is_that_wired_without_the_node() -> None:
    start = node("start", "x.images")
    found = checked(
        start,
        node("small", "x.resize", off=True, images="start"),
        node("end", "x.resize", images="small"),
    )
    assert found.flat == graph(start, node("end", "x.resize", images="start"))
    assert found.bypassed == ("small",)
    assert set(found.settings) == set(found.needs) == {"start", "end"}
    assert found.diagnostics == ()


def test_a_chain_of_bypassed_nodes_hands_on_what_goes_into_its_first() -> None:
    chain = [node(f"n{i}", "x.resize", off=True, images=f"n{i - 1}.out") for i in range(1, 3_000)]
    flat = what_runs(node("n0", "x.images"), *chain, node("end", "x.resize", images="n2999"))
    assert flat == graph(node("n0", "x.images"), node("end", "x.resize", images="n0.out"))


def test_the_first_connected_input_counts_in_the_order_of_the_operator() -> None:
    sources = [node("a", "x.images"), node("b", "x.images")]
    end = node("end", "x.resize", images="both")
    both = node("both", "x.paste", off=True, foreground="b", background="a")
    assert what_runs(*sources, both, end)["end"].inputs == {"images": OutputRef("a")}
    only = node("both", "x.paste", off=True, foreground="b")
    assert what_runs(*sources, only, end)["end"].inputs == {"images": OutputRef("b")}


def test_each_output_takes_the_first_source_that_fits_it() -> None:
    """The history fits nothing; the trained model is not the description but the one started from."""
    flat = what_runs(
        node("data", "x.images"),
        node("network", "x.model"),
        node("before", "x.load"),
        node("fit", "x.fit", off=True, model="network", images="data", start_from="before"),
        node("score", "x.score", trained="fit.model", images="data"),
    )
    assert flat["score"].inputs["trained"] == OutputRef("before")


def test_of_several_connections_of_one_input_the_first_goes_on() -> None:
    flat = what_runs(
        node("a", "x.images"),
        node("b", "x.images"),
        node("all", "x.merge", off=True, parts=["b", "a"]),
        node("end", "x.merge", parts=["a", "all"]),
    )
    assert flat["end"].inputs == {"parts": (OutputRef("a"), OutputRef("b"))}


def test_a_connection_among_several_that_vanishes_leaves_the_others() -> None:
    flat = what_runs(
        node("a", "x.images"),
        node("gone", "x.images", off=True),
        node("end", "x.merge", parts=["gone", "a"]),
    )
    assert flat["end"].inputs == {"parts": (OutputRef("a"),)}


def test_a_required_input_that_lost_its_connection_says_which_node_is_bypassed() -> None:
    found = checked(
        node("data", "x.images"),
        node("network", "x.model"),
        node("fit", "x.fit", off=True, model="network", images="data"),
        node("score", "x.score", trained="fit.model", images="data"),
    )
    assert found.diagnostics == (
        Diagnostic(
            code="G105",
            message="the input 'trained' of score is not connected, because fit before it is bypassed and "
            "nothing that goes into fit fits",
            place=Place(node="score", port="trained"),
            expected="Trained",
            got="nothing",
            fix="Use fit again, or connect trained to another node",
        ),
    )


def test_an_optional_input_that_lost_its_connection_stays_unset() -> None:
    flat = what_runs(
        node("data", "x.images"),
        node("over", "x.images", off=True),
        node("end", "x.paste", background="data", foreground="over"),
    )
    assert flat["end"].inputs == {"background": OutputRef("data")}


def test_wiring_by_type_sees_the_graph_without_the_node() -> None:
    """`small` would be a second candidate, and `score` needs another model once `fit` is gone."""
    flat = what_runs(
        node("data", "x.images"),
        node("small", "x.resize", off=True, images="data"),
        node("network", "x.model"),
        node("spare", "x.load"),
        node("fit", "x.fit", off=True, model="network", images="data"),
        node("score", "x.score", trained="fit.model"),
    )
    assert flat["score"].inputs == {"images": OutputRef("data"), "trained": OutputRef("spare")}


def test_what_is_wrong_with_a_bypassed_node_is_a_warning() -> None:
    found = checked(
        node("data", "x.images"),
        node("bad", "x.resize", {"size": "large", "colour": 1}, off=True, images="data"),
        node("lost", "x.rezise", off=True, images="data", other="nobody"),
        node("end", "x.paste", background="bad", foreground="lost"),
    )
    assert found.is_valid
    assert {(d.code, d.place.node, d.severity) for d in found.diagnostics} == {
        ("G102", "bad", Severity.WARNING),
        ("G103", "bad", Severity.WARNING),
        ("G101", "lost", Severity.WARNING),
        ("G106", "lost", Severity.WARNING),
    }
    assert found.flat["end"].inputs == {
        "background": OutputRef("data"),
        "foreground": OutputRef("data"),
    }


def test_an_output_that_the_bypassed_node_never_had_is_an_error() -> None:
    found = checked(
        node("data", "x.images"),
        node("small", "x.resize", off=True, images="data"),
        node("end", "x.resize", images="small.large"),
    )
    assert [(d.code, d.place.node, d.severity) for d in found.diagnostics] == [
        ("G107", "end", Severity.ERROR)
    ]


def test_a_cycle_through_a_bypassed_node_is_still_a_cycle() -> None:
    found = checked(node("a", "x.resize", images="b"), node("b", "x.resize", off=True, images="a"))
    assert [d.code for d in found.diagnostics if d.severity is Severity.ERROR] == ["G109"]


INNER = Component(
    "prepare",
    graph(
        node("small", "x.resize", images="pictures"),
        node("again", "x.resize", {"size": 4}, images="small"),
        node("network", "x.model"),
    ),
    inputs={"pictures": "Images"},
    outputs={"images": OutputRef("again"), "model": OutputRef("network")},
)


def test_a_node_inside_a_component_can_be_bypassed() -> None:
    inside = INNER.graph.with_node(replace(INNER.graph[NodeId("small")], bypass=True))
    found = checked(
        node("data", "x.images"),
        node("prep", "prepare", pictures="data"),
        replace(INNER, graph=inside),
    )
    assert found.bypassed == ("prep/small",)
    assert found.flat["prep/again"].inputs == {"images": OutputRef("data")}


def test_a_bypassed_use_of_a_component_is_one_node_that_stands_aside() -> None:
    found = checked(
        node("data", "x.images"),
        node("prep", "prepare", {"no_such": 1}, off=True, pictures="data"),
        node("end", "x.resize", images="prep.images"),
        node("train", "x.fit", model="prep.model", images="end"),
        INNER,
    )
    assert found.bypassed == ("prep",)
    assert [(d.code, d.place.node, d.severity) for d in found.diagnostics] == [
        ("G102", "prep", Severity.WARNING),
        ("G105", "train", Severity.ERROR),
    ]
    assert found.flat == graph(
        node("data", "x.images"),
        node("end", "x.resize", images="data"),
        node("train", "x.fit", images="end"),
    )


def test_a_component_that_hands_an_input_through_is_bypassed_by_its_type() -> None:
    through = Component(
        "through", Graph(), inputs={"it": "Images"}, outputs={"same": OutputRef("it")}
    )
    flat = what_runs(
        node("data", "x.images"),
        node("use", "through", off=True, it="data"),
        node("end", "x.resize", images="use.same"),
        through,
    )
    assert flat["end"].inputs == {"images": OutputRef("data")}


def test_a_component_that_would_contain_itself_can_be_set_aside() -> None:
    loop = Component("loop", graph(node("me", "loop", off=True)))
    assert what_runs(node("use", "loop"), loop) == Graph()


def test_bypassing_is_part_of_what_a_graph_means() -> None:
    used, aside = graph(node("a", "x.images")), graph(node("a", "x.images", off=True))
    assert graph_fingerprint(used) != graph_fingerprint(aside)


@st.composite
def half_bypassed(draw: st.DrawFn) -> tuple[Graph, frozenset[str]]:
    """A few nodes on top of each other, every one connected, and those of them that are bypassed."""
    nodes = [node("n0", "x.images")]
    for number in range(1, draw(st.integers(2, 9))):
        earlier = st.integers(0, number - 1).map("n{}".format)
        kind = draw(st.sampled_from(["x.resize", "x.paste", "x.merge"]))
        if kind == "x.resize":
            made = node(f"n{number}", kind, images=draw(earlier))
        elif kind == "x.paste":
            made = node(f"n{number}", kind, background=draw(earlier), foreground=draw(earlier))
        else:
            made = node(f"n{number}", kind, parts=draw(st.lists(earlier, min_size=1, max_size=3)))
        nodes.append(made)
    bypassed = draw(st.frozensets(st.sampled_from([each.id for each in nodes[1:]])))
    return graph(*nodes), bypassed


def wired_by_hand(written: Graph, bypassed: frozenset[str]) -> Graph:
    """Take one bypassed node after the other out, connecting what came after it to what came before."""
    for gone in (written[NodeId(name)] for name in sorted(bypassed, reverse=True)):
        _, source = next(iter(gone.edges()))

        def instead(given: Any, gone: Node = gone, source: OutputRef = source) -> Any:
            if isinstance(given, tuple):
                return tuple(source if ref.node == gone.id else ref for ref in given)
            return source if given.node == gone.id else given

        written = Graph(
            {
                each.id: replace(each, inputs={p: instead(i) for p, i in each.inputs.items()})
                for each in written.nodes.values()
                if each.id != gone.id
            }
        )
    return written


@given(half_bypassed())
def test_any_graph_is_checked_as_if_wired_by_hand(case: tuple[Graph, frozenset[str]]) -> None:
    written, names = case
    aside = Graph({n.id: replace(n, bypass=n.id in names) for n in written.nodes.values()})
    found, by_hand = check(aside, CATALOGUE), check(wired_by_hand(written, names), CATALOGUE)
    assert (found.flat, found.settings, found.needs) == (
        by_hand.flat,
        by_hand.settings,
        by_hand.needs,
    )
    assert found.diagnostics == by_hand.diagnostics == ()


@pytest.mark.parametrize("name", ["bypass", "retries"])
def test_its_key_is_reserved(name: str) -> None:
    def broken(data: Images, *, bypass: bool = False, retries: int = 0) -> Images:
        return data

    with pytest.raises(TypeError, match="reserved node key"):
        operator(group="x")(broken)
