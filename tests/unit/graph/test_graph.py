from __future__ import annotations

import pytest

from netloom.graph.graph import Graph, Node, OutputRef


def ref(text: str) -> OutputRef:
    return OutputRef.parse(text)


def graph(*nodes: Node) -> Graph:
    return Graph({node.id: node for node in nodes})


SOURCE = Node("source", "data.digits")
PARTS = Node("parts", "data.split", inputs={"dataset": ref("source")}, settings={"seed": 3})
MERGED = Node("merged", "data.merge", inputs={"datasets": (ref("source"), ref("parts.left"))})
DIGITS = graph(SOURCE, PARTS, MERGED)


@pytest.mark.parametrize("text", ["fit", "fit.model", "prep/resized.out"])
def test_references_are_written_as_they_are_read(text: str) -> None:
    assert str(ref(text)) == text


def test_a_reference_names_a_node_and_perhaps_a_port() -> None:
    assert ref("fit") == OutputRef("fit", None)
    assert ref("fit.model") == OutputRef("fit", "model")


def test_edges_are_listed_port_by_port() -> None:
    assert list(MERGED.edges()) == [("datasets", ref("source")), ("datasets", ref("parts.left"))]
    assert list(SOURCE.edges()) == []


def test_graphs_and_nodes_cannot_change() -> None:
    settings = {"seed": 3}
    node = Node("parts", "data.split", settings=settings)
    settings["seed"] = 4
    assert node.settings == {"seed": 3}
    with pytest.raises(TypeError):
        node.settings["seed"] = 5  # type: ignore[index]
    with pytest.raises(TypeError):
        DIGITS.nodes["other"] = node  # type: ignore[index]


def test_adding_a_node_gives_a_new_graph() -> None:
    extra = Node("extra", "data.digits")
    larger = DIGITS.with_node(extra)
    assert list(larger.nodes) == ["source", "parts", "merged", "extra"]
    assert (len(DIGITS), larger["extra"]) == (3, extra)


def test_a_node_of_the_same_id_is_replaced_in_its_place() -> None:
    other = Node("parts", "data.other")
    assert DIGITS.with_node(other) == graph(SOURCE, other, MERGED)


def test_removing_a_node_removes_the_edges_that_came_from_it() -> None:
    assert DIGITS.without_node("parts") == graph(
        SOURCE, Node("merged", "data.merge", inputs={"datasets": (ref("source"),)})
    )
    assert DIGITS.without_node("source") == graph(
        Node("parts", "data.split", settings={"seed": 3}),
        Node("merged", "data.merge", inputs={"datasets": (ref("parts.left"),)}),
    )


def test_a_fan_in_port_without_edges_is_unset() -> None:
    assert DIGITS.without_node("source").without_node("parts")["merged"].inputs == {}


def test_edges_follow_a_renamed_node() -> None:
    renamed = DIGITS.with_node_renamed("parts", "thirds")
    assert renamed == graph(
        SOURCE,
        Node("thirds", "data.split", inputs={"dataset": ref("source")}, settings={"seed": 3}),
        Node("merged", "data.merge", inputs={"datasets": (ref("source"), ref("thirds.left"))}),
    )
    assert list(renamed.nodes) == ["source", "thirds", "merged"]
    assert DIGITS.with_node_renamed("source", "s")["parts"].inputs == {"dataset": ref("s")}
