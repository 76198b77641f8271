from typing import Any

import pytest

from netloom.core.errors import Conflict, NetloomError, NotFound
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    GraphEdit,
    MoveNode,
    RemoveNode,
    RenameNode,
    ResetSetting,
    SetCanvas,
    SetNodeKey,
    SetSetting,
    apply_edit,
)
from netloom.graph.graph import Graph, Node, OutputRef

A, B, C = NodeId("a"), NodeId("b"), NodeId("c")
IN, MANY = PortName("data"), PortName("parts")


def ref(text: str) -> OutputRef:
    return OutputRef.parse(text)


GRAPH = Graph(
    {
        A: Node(A, OperatorId("x")),
        B: Node(
            B,
            OperatorId("y"),
            settings={"k": 1, "deep": {"type": "t", "n": 2}},
            inputs={IN: ref("a.out"), MANY: (ref("a"), ref("c"))},
        ),
        C: Node(C, OperatorId("z")),
    }
)


def b_after(edit: GraphEdit) -> Node:
    after = apply_edit(GRAPH, edit)
    assert [after[A], after[C]] == [GRAPH[A], GRAPH[C]]
    return after[B]


def test_settings_are_set_and_reset_also_deep_inside() -> None:
    assert b_after(SetSetting(B, "k", 5)).settings["k"] == 5
    assert b_after(SetSetting(B, "deep.n", 5)).settings["deep"] == {"type": "t", "n": 5}
    assert b_after(SetSetting(B, "new.n", 5)).settings["new"] == {"n": 5}
    assert dict(b_after(ResetSetting(B, "k")).settings) == {"deep": {"type": "t", "n": 2}}
    assert b_after(ResetSetting(B, "deep.n")).settings["deep"] == {"type": "t"}
    assert b_after(ResetSetting(B, "not.there")) == GRAPH[B]


@pytest.mark.parametrize(
    ("edit", "port", "expected"),
    [
        (Connect(ref("c"), B, IN), IN, ref("c")),
        (Connect(ref("c.model"), B, MANY), MANY, (ref("a"), ref("c"), ref("c.model"))),
        (Connect(ref("c"), B, MANY), MANY, (ref("a"), ref("c"))),
        (Connect(ref("c"), B, PortName("new")), "new", ref("c")),
        (Connect(ref("c"), B, PortName("new"), many=True), "new", (ref("c"),)),
        (Connect(ref("c"), B, IN, many=True), IN, (ref("a.out"), ref("c"))),
        (Disconnect(B, IN), IN, None),
        (Disconnect(B, MANY), MANY, None),
        (Disconnect(B, MANY, ref("a")), MANY, (ref("c"),)),
        (Disconnect(B, IN, ref("a.out")), IN, None),
    ],
)
def test_connections_change(edit: GraphEdit, port: str, expected: Any) -> None:
    assert b_after(edit).inputs.get(PortName(port)) == expected


def test_reserved_keys_are_set_and_return_to_their_defaults() -> None:
    node = b_after(SetNodeKey(B, "retries", 3))
    assert node.retries == 3
    again = apply_edit(GRAPH.with_node(node), SetNodeKey(B, "retries", None))
    assert again == GRAPH


def test_nodes_are_added_renamed_removed_and_moved() -> None:
    new = Node(NodeId("d"), OperatorId("w"))
    assert apply_edit(GRAPH, AddNode(new)) == GRAPH.with_node(new)
    renamed = apply_edit(GRAPH, RenameNode(A, NodeId("z1")))
    assert list(renamed.nodes) == ["z1", "b", "c"]
    assert renamed[B].inputs == {IN: ref("z1.out"), MANY: (ref("z1"), ref("c"))}
    removed = apply_edit(GRAPH, RemoveNode(A))
    assert removed[B].inputs == {MANY: (ref("c"),)}
    assert apply_edit(GRAPH, MoveNode(A, 1, 2)) is GRAPH
    assert apply_edit(GRAPH, SetCanvas("notes", "n1", {"text": "later"})) is GRAPH


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (AddNode(Node(A, OperatorId("x"))), Conflict),
        (AddNode(Node(NodeId("1x"), OperatorId("x"))), Conflict),
        (RenameNode(A, B), Conflict),
        (RenameNode(A, NodeId("x/y")), Conflict),
        (RemoveNode(NodeId("no")), NotFound),
        (SetSetting(NodeId("no"), "k", 1), NotFound),
        (Disconnect(A, IN), NotFound),
        (Disconnect(B, IN, ref("c")), NotFound),
        (SetNodeKey(B, "retrys", 1), NotFound),
    ],
)
def test_impossible_edits_are_refused(edit: GraphEdit, kind: type[NetloomError]) -> None:
    with pytest.raises(kind):
        apply_edit(GRAPH, edit)


def test_renaming_to_the_same_id_changes_nothing() -> None:
    assert apply_edit(GRAPH, RenameNode(A, A)) == GRAPH
