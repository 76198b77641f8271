from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pytest

from netloom.core.identifiers import NodeId
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.validation import CheckedGraph, check


@dataclass(frozen=True)
class Images:
    """Pictures."""


class Model:
    """A network."""


class Fitted(NamedTuple):
    """What training gives."""

    model: Model
    history: str


class Brought(NamedTuple):
    """What a stored model gives."""

    model: Model


@operator(group="x", job=True)
def images() -> Images:
    """Images."""
    return Images()


@operator(group="x")
def network() -> Model:
    """Network."""
    return Model()


@operator(group="x", job=True, stand_in="x.stored")
def fit(net: Model, data: Images, *, epochs: int = 10) -> Fitted:
    """Fit."""
    return Fitted(net, "")


@operator(group="x", job=True)
def stored(data: Images | None = None, *, model: str) -> Brought:
    """A stored model."""
    return Brought(Model())


@operator(group="x", job=True)
def score(model: Model, data: Images) -> float:
    """Score."""
    return 0.0


@operator(group="x", job=True)
def draw(history: str) -> str:
    """Draw."""
    return history


CATALOGUE = Catalogue([images, network, fit, stored, score, draw])


def node(id: str, op: str, reuse: str | None = None, **inputs: str) -> Node:
    refs: dict[Any, Any] = {port: OutputRef.parse(source) for port, source in inputs.items()}
    return Node(NodeId(id), op, inputs=refs, reuse=reuse)  # type: ignore[arg-type]


DATA = node("data", "x.images")
NET = node("net", "x.network")
LEARN = node("learn", "x.fit", "birds@3", net="net", data="data")
QUALITY = node("quality", "x.score", model="learn.model", data="data")


def checked(*nodes: Node, component: Component | None = None) -> CheckedGraph:
    components = {component.name: component} if component else {}
    return check(Graph({each.id: each for each in nodes}, components), CATALOGUE)


def told(found: CheckedGraph) -> list[tuple[str, str | None, str | None]]:
    return [(d.code, d.place.node, d.place.port or d.place.setting) for d in found.diagnostics]


def test_another_operator_stands_in_with_the_inputs_they_share() -> None:
    found = checked(DATA, NET, LEARN, QUALITY)

    assert told(found) == []
    standing = found.flat[NodeId("learn")]
    assert (standing.operator, dict(standing.settings)) == ("x.stored", {"model": "birds@3"})
    assert {port: str(source) for port, source in standing.inputs.items()} == {"data": "data"}
    assert found.settings[NodeId("learn")].model_dump() == {"model": "birds@3"}
    assert found.written[NodeId("learn")] == LEARN


def test_ports_that_only_training_needs_may_stay_unconnected() -> None:
    alone = node("learn", "x.fit", "birds@3")

    assert told(checked(DATA, alone, QUALITY)) == []
    assert [code for code, *_ in told(checked(DATA, replace(alone, reuse=None), QUALITY))] == [
        "G105"
    ]


def test_outputs_that_only_training_gives_are_told() -> None:
    found = checked(DATA, NET, LEARN, node("curve", "x.draw", history="learn.history"))

    (problem,) = found.diagnostics
    assert told(found) == [("G145", "curve", "history")]
    assert problem.message == "the node learn uses a trained model, so it has no output 'history'"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (node("s", "x.images", "birds@3"), "x.images trains nothing"),
        (replace(LEARN, reuse=" "), "reuse names no model"),
    ],
)
def test_what_cannot_be_is_told_at_the_key(wrong: Node, message: str) -> None:
    found = checked(DATA, NET, wrong)

    assert [each for each in told(found) if each[0] == "G113"] == [("G113", wrong.id, "reuse")]
    assert message in found.diagnostics[0].message


def test_slips_in_settings_that_wait_are_told_all_the_same() -> None:
    wrong = replace(LEARN, settings={"epoch": 3})

    assert told(checked(DATA, NET, wrong)) == [("G102", "learn", "epoch")]


def test_a_bypassed_node_stays_aside() -> None:
    found = checked(DATA, NET, replace(LEARN, bypass=True))

    assert NodeId("learn") not in found.flat.nodes


def test_a_node_of_a_component_may_use_a_trained_model() -> None:
    inside = Graph({each.id: each for each in (NET, replace(LEARN, inputs={}))})
    use = Component("part", inside, outputs={"out": OutputRef.parse("learn.model")})  # type: ignore[dict-item]

    found = checked(
        DATA, node("p", "part"), node("q", "x.score", model="p", data="data"), component=use
    )

    assert told(found) == []
    assert found.flat[NodeId("p/learn")].operator == "x.stored"
