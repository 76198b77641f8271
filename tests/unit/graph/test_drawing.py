from __future__ import annotations

import xml.etree.ElementTree as ET

from netloom.graph.drawing import Badge, svg_from_graph
from netloom.graph.graph import Graph, Node, OutputRef

SVG = "{http://www.w3.org/2000/svg}"


def graph_of(**sources: str) -> Graph:
    return Graph(
        {
            name: Node(
                name,
                "group.op",
                inputs={f"in{i}": OutputRef(s) for i, s in enumerate(text.split())},
            )
            for name, text in sources.items()
        }
    )


def drawn(graph: Graph, badges: dict[str, Badge] | None = None) -> ET.Element:
    return ET.fromstring(svg_from_graph(graph, badges))


def positions(picture: ET.Element) -> dict[str, tuple[int, int]]:
    found = {}
    for group in picture.iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        assert title is not None
        assert title.text
        x, y = group.attrib["transform"].removeprefix("translate(").removesuffix(")").split()
        found[title.text.split()[0]] = (int(x), int(y))
    return found


def test_data_flows_from_left_to_right() -> None:
    picture = drawn(graph_of(c="b", b="a", a="", d="a c"))
    columns = {name: x for name, (x, _) in positions(picture).items()}
    assert columns["a"] < columns["b"] < columns["c"] < columns["d"]
    assert len(list(picture.iter(f"{SVG}path"))) == 4


def test_no_two_nodes_lie_on_each_other() -> None:
    placed = positions(drawn(graph_of(a="", b="", c="a b", d="a", e="c d b")))
    assert len(set(placed.values())) == 5


def test_the_picture_is_as_large_as_its_nodes_need() -> None:
    picture = drawn(graph_of(a="", b="a", c="a"))
    width, height = int(picture.attrib["width"]), int(picture.attrib["height"])
    assert all(x + 168 <= width and y + 44 <= height for x, y in positions(picture).values())


def test_states_are_shown_by_colour_icon_and_word() -> None:
    text = svg_from_graph(graph_of(a="", b="a"), {"a": Badge("#123456", "✓", "succeeded")})
    picture = ET.fromstring(text)
    first, second = picture.iter(f"{SVG}g")
    assert "✓ succeeded" in "".join(first.itertext())
    box = first.find(f"{SVG}rect")
    draft = second.find(f"{SVG}rect")
    assert box is not None
    assert draft is not None
    assert (box.attrib["stroke"], "stroke-dasharray" in box.attrib) == ("#123456", False)
    assert "stroke-dasharray" in draft.attrib


def test_names_cannot_break_out_of_the_picture() -> None:
    node = Node("<script>", 'a"&b')
    picture = drawn(Graph({node.id: node}))
    assert "<script>" in "".join(picture.itertext())
    assert not list(picture.iter(f"{SVG}script"))


def test_broken_graphs_can_be_drawn() -> None:
    assert set(positions(drawn(graph_of(a="b", b="a", c="ghost")))) == {"a", "b", "c"}
    assert positions(drawn(Graph())) == {}
