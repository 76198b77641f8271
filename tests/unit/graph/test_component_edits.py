from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netloom.core.errors import Conflict, NotFound
from netloom.graph.component_edits import BoundaryInput, DissolveComponent, MakeComponent
from netloom.graph.edits import apply_edit
from netloom.graph.graph import REQUIRED, Component, Graph, Node, OutputRef

ref = OutputRef.parse


def node(name: str, op: str, settings: dict[str, Any] | None = None, **inputs: Any) -> Node:
    refs = {p: tuple(map(ref, s)) if isinstance(s, list) else ref(s) for p, s in inputs.items()}
    return Node(name, op, settings=settings or {}, inputs=refs)


def graph(*nodes: Node, **components: Component) -> Graph:
    return Graph({each.id: each for each in nodes}, components)


DIGITS = graph(
    node("digits", "data.digits"),
    node("parts", "data.split", {"valid": 0.1}, dataset="digits"),
    node("small", "image.resize", {"size": 8}, images="parts"),
    node("turned", "image.rotate", images="small.out"),
    node("both", "data.merge", parts=["turned", "parts", "small"]),
    node("fit", "train", dataset="turned", model="net.model"),
)
PREPARE = MakeComponent(
    name="prepare",
    node="ready",
    nodes=("small", "turned"),
    inputs={"images": BoundaryInput("Dataset", ref("parts"))},
    outputs={"images": ref("turned"), "small": ref("small")},
)
MADE = graph(
    node("digits", "data.digits"),
    node("parts", "data.split", {"valid": 0.1}, dataset="digits"),
    node("both", "data.merge", parts=["ready.images", "parts", "ready.small"]),
    node("fit", "train", dataset="ready.images", model="net.model"),
    node("ready", "prepare", images="parts"),
    prepare=Component(
        "prepare",
        graph(
            node("small", "image.resize", {"size": 8}, images="images"),
            node("turned", "image.rotate", images="small.out"),
        ),
        inputs={"images": "Dataset"},
        outputs={"images": ref("turned"), "small": ref("small")},
    ),
)


def test_nodes_become_a_component_and_connections_stay() -> None:
    made = apply_edit(DIGITS, PREPARE)
    assert made == MADE
    assert list(made.nodes) == ["digits", "parts", "both", "fit", "ready"]


def test_dissolving_is_the_reverse() -> None:
    names = {"small": "small", "turned": "turned"}
    back = apply_edit(MADE, DissolveComponent("ready", names))
    by_hand = graph(*DIGITS.nodes.values())
    assert {n.id: n for n in back.nodes.values()} == {
        **by_hand.nodes,
        "both": node("both", "data.merge", parts=["turned", "parts", "small"]),
    }
    assert back.components == {}


def test_a_component_stays_while_something_uses_it() -> None:
    twice = MADE.with_node(node("again", "prepare", images="digits"))
    names = {"small": "small", "turned": "turned"}
    once = apply_edit(twice, DissolveComponent("ready", names))
    assert set(once.components) == {"prepare"}
    names = {"small": "small2", "turned": "turned2"}
    assert apply_edit(once, DissolveComponent("again", names)).components == {}


def test_settings_and_node_keys_of_the_use_go_to_the_nodes() -> None:
    inner = graph(
        node("a", "image.resize", {"size": {"$template": "${settings.size * 2}"}}, images="it"),
        replace(node("b", "image.resize", {"size": 3}, images="a"), retries=1),
    )
    component = Component(
        "c",
        inner,
        inputs={"it": "Dataset"},
        settings={"size": REQUIRED, "unused": 1},
        outputs={"end": ref("b"), "same": ref("it")},
    )
    use = replace(node("use", "c", {"size": 4}, it=["x", "y"]), retries=5, needs={"cpus": 2})
    before = graph(
        use,
        node("e", "data.merge", parts=["use", "use.same"]),
        node("g", "i", x="use.none"),
        c=component,
    )
    after = apply_edit(before, DissolveComponent("use", {"a": "p", "b": "q"}))
    assert after == graph(
        node("e", "data.merge", parts=["q", "x", "y"]),
        node("g", "i"),
        replace(
            node("p", "image.resize", {"size": 8}, images=["x", "y"]), retries=5, needs={"cpus": 2}
        ),
        replace(node("q", "image.resize", {"size": 3}, images="p"), retries=1, needs={"cpus": 2}),
    )


def test_a_way_out_and_back_in_is_refused_and_named() -> None:
    edit = MakeComponent(
        "c",
        "use",
        ("small", "both"),
        {"images": BoundaryInput("Dataset", ref("parts")), "t": BoundaryInput("D", ref("turned"))},
        {"small": ref("small.out")},
    )
    with pytest.raises(Conflict, match="out of these nodes and back in, through turned"):
        apply_edit(DIGITS, edit)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": ()}, "needs nodes"),
        ({"node": "fit"}, "is a node 'fit' already"),
        ({"node": "a/b"}, "cannot be a name"),
        ({"name": "1st"}, "cannot be a name"),
        ({"inputs": {}}, "small takes parts, for which there is no input"),
        ({"outputs": {"images": ref("turned")}}, "both takes small, for which there is no output"),
        ({"outputs": {"images": ref("fit")}}, "which is outside"),
        ({"inputs": {"turned": BoundaryInput("D", ref("parts"))}}, "cannot have the name 'turned'"),
        ({"inputs": {"note": BoundaryInput("D", ref("parts"))}}, "cannot have the name 'note'"),
    ],
)
def test_what_cannot_be_made_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Conflict, match=message):
        apply_edit(DIGITS, replace(PREPARE, **change))


def test_a_name_that_is_taken_is_refused() -> None:
    edit = replace(PREPARE, nodes=("digits",), node="n", inputs={}, outputs={"d": ref("digits")})
    with pytest.raises(Conflict, match="is a component 'prepare' already"):
        apply_edit(MADE, edit)


def test_nodes_that_do_not_exist_are_not_found() -> None:
    with pytest.raises(NotFound):
        apply_edit(DIGITS, replace(PREPARE, nodes=("small", "nobody")))
    with pytest.raises(NotFound):
        apply_edit(DIGITS, DissolveComponent("nobody", {}))


@pytest.mark.parametrize(
    ("use", "component", "names", "message"),
    [
        ({"operator": "data.digits"}, {}, {}, "does not use a component"),
        ({"bypass": True}, {}, {}, "is bypassed"),
        ({}, {"graph": graph(inner=Component("inner", Graph()))}, {}, "components of its own"),
        ({}, {"settings": {"size": REQUIRED}}, {}, "setting 'size' of ready has no value"),
        ({}, {}, {"small": "fit", "turned": "t"}, "small cannot get the id 'fit'"),
        ({}, {}, {"small": "t", "turned": "t"}, "turned cannot get the id 't'"),
        ({}, {}, {"small": "s"}, "turned cannot get the id ''"),
    ],
)
def test_what_cannot_be_dissolved_is_refused(
    use: dict[str, Any], component: dict[str, Any], names: dict[str, str], message: str
) -> None:
    before = Graph(
        {**MADE.nodes, "ready": replace(MADE.nodes["ready"], **use)},
        {"prepare": replace(MADE.components["prepare"], **component)},
    )
    with pytest.raises(Conflict, match=message):
        apply_edit(before, DissolveComponent("ready", names))
