"""Operators are asked, one after the other, what they know before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from netloom.core.diagnostics import Diagnostic, Place, Severity
from netloom.core.errors import InvalidData
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.foresight import Foresight, foresight, without_repetitions
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.prospect import Prospect
from netloom.graph.validation import check


class Halves(NamedTuple):
    """Two halves."""

    left: str
    right: str


def _told_text(prospect: Prospect) -> Mapping[str, Any]:
    return {"out": prospect.settings.value} if prospect.looks_outside else {}


@operator(group="x", foresee=_told_text)
def text(*, value: str = "abcd") -> str:
    """A text."""
    return value


@operator(group="x")
def secret(*, value: str = "?") -> str:
    """A text of which nobody knows anything."""
    return value


def _told_halves(prospect: Prospect) -> Mapping[str, Any]:
    whole = prospect.known("whole", str)
    if whole is None:
        return {}
    if len(whole) % 2:
        raise InvalidData.of("it cannot be halved", code="X1", got=whole)
    return {"left": whole[: len(whole) // 2], "right": whole[len(whole) // 2 :]}


@operator(group="x", foresee=_told_halves)
def halves(whole: str) -> Halves:
    """Halves of a text."""
    return Halves(whole, whole)


def _told_joined(prospect: Prospect) -> Mapping[str, Any]:
    parts = prospect.all_known("parts", str)
    known = [part for part in parts if part is not None]
    if prospect.settings.between in "".join(known):
        clash = Diagnostic(code="X2", message="a part has the separator in it")
        prospect.blame([clash], setting="between")
    return {} if len(known) < len(parts) else {"out": prospect.settings.between.join(known)}


@operator(group="x", foresee=_told_joined)
def joined(parts: list[str], *, between: str = "-") -> str:
    """Texts, one after the other."""
    return between.join(parts)


def _broken(prospect: Prospect) -> Mapping[str, Any]:
    raise KeyError("slip")


@operator(group="x", foresee=_broken)
def broken(whole: str) -> str:
    """Its author made a mistake."""
    return whole


CATALOGUE = Catalogue([text, secret, halves, joined, broken])


def told(*nodes: Node, **options: Any) -> Foresight:
    checked = check(Graph({node.id: node for node in nodes}), CATALOGUE)
    return foresight(checked, CATALOGUE, project=Path("/p"), resolve=Path, **options)


def node(name: str, of: str, inputs: Mapping[str, Any] | None = None, **settings: Any) -> Node:
    refs: dict[PortName, Any] = {
        PortName(port): tuple(map(OutputRef.parse, said))
        if isinstance(said, list)
        else OutputRef.parse(said)
        for port, said in (inputs or {}).items()
    }
    return Node(NodeId(name), OperatorId(f"x.{of}"), settings=settings, inputs=refs)


def test_what_is_known_is_passed_on_from_node_to_node() -> None:
    found = told(
        node("last", "joined", {"parts": ["cut.right", "cut.left", "start"]}),
        node("cut", "halves", {"whole": "start"}),
        node("start", "text"),
    )
    assert found.outputs == {
        "start": {"out": "abcd"},
        "cut": {"left": "ab", "right": "cd"},
        "last": {"out": "cd-ab-abcd"},
    }
    assert found.inputs[NodeId("last")] == {"parts": ("cd", "ab", "abcd")}
    assert found.problems == ()


def test_nothing_follows_from_what_is_not_known() -> None:
    start = [node("start", "text"), node("dark", "secret")]
    cut = node("cut", "halves", {"whole": "dark"})
    found = told(*start, cut, node("last", "joined", {"parts": ["start", "cut.left"]}))
    assert found.outputs == {"start": {"out": "abcd"}, "cut": {}, "last": {}}
    assert found.inputs[NodeId("last")] == {"parts": ("abcd", None)}
    assert found.problems == ()


def test_what_will_go_wrong_is_told_with_its_node_and_setting() -> None:
    found = told(
        node("odd", "text", value="a-b"),
        node("cut", "halves", {"whole": "odd"}),
        node("last", "joined", {"parts": ["odd", "cut.left"]}),
    )
    assert [(each.code, each.place) for each in found.problems] == [
        ("X1", Place(node="cut")),
        ("X2", Place(node="last", setting="between")),
    ]


def test_a_mistake_in_such_a_function_stops_nobody() -> None:
    found = told(node("start", "text"), node("bad", "broken", {"whole": "start"}))
    assert found.outputs[NodeId("bad")] == {}
    [problem] = found.problems
    assert (problem.code, problem.severity) == ("G125", Severity.WARNING)
    assert problem.message == "what x.broken will give cannot be foreseen: KeyError: 'slip'"


@pytest.mark.parametrize(
    "nodes",
    [
        [node("dark", "secret")],
        [node("a", "joined", {"parts": ["b"]}), node("b", "joined", {"parts": ["a"]})],
    ],
)
def test_graphs_that_tell_nothing_or_go_round_have_no_foresight(nodes: list[Node]) -> None:
    assert told(*nodes) == Foresight()


def test_broken_nodes_are_not_known_and_the_others_are() -> None:
    found = told(
        node("wrong", "text", value=3),
        node("none", "nothing"),
        node("start", "text"),
        node("last", "joined", {"parts": ["start", "wrong", "none", "nowhere"]}),
    )
    assert found.inputs[NodeId("last")] == {"parts": ("abcd", None, None, None)}
    assert found.outputs == {"start": {"out": "abcd"}, "last": {}}


def test_only_selected_nodes_are_asked_and_sources_only_look_for_who_may() -> None:
    nodes = [node("start", "text"), node("cut", "halves", {"whole": "start"})]
    assert told(*nodes, selected={"start"}).outputs == {"start": {"out": "abcd"}}
    assert told(*nodes, looks_outside=False).outputs == {"start": {}, "cut": {}}


def test_a_problem_that_was_told_is_not_told_again() -> None:
    first = Diagnostic(code="X1", message="a", place=Place(node="n", setting="s"))
    other = Diagnostic(code="X2", message="b", place=Place(node="n"))
    reported = [Diagnostic(code="X1", message="c", place=Place(node="n"))]
    assert without_repetitions([first, other], reported) == [other]
