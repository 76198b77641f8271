"""A picture of a graph as SVG: layers from left to right, for notebooks, reports and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from netloom.core.identifiers import NodeId
from netloom.graph.graph import Graph
from netloom.graph.topology import cycle, predecessors, topological_order

_WIDTH, _HEIGHT = 168, 44
_GAP_X, _GAP_Y, _MARGIN = 48, 18, 12


@dataclass(frozen=True, slots=True)
class Badge:
    """How a node's state is shown: always colour, icon and word together."""

    color: str
    icon: str
    word: str


@dataclass(frozen=True, slots=True)
class _Box:
    node: NodeId
    x: int
    y: int


def svg_from_graph(graph: Graph, badges: Mapping[NodeId, Badge] | None = None) -> str:
    """Draw a graph.

    Args:
        badges: State of each node; nodes without one are drawn as drafts.

    Returns:
        A self-contained ``<svg>`` element that reads on light and dark backgrounds.
    """
    boxes = _layout(graph)
    badges = badges or {}
    width = max((box.x for box in boxes.values()), default=0) + _WIDTH + _MARGIN
    height = max((box.y for box in boxes.values()), default=0) + _HEIGHT + _MARGIN
    edges = "".join(
        _edge(boxes[ref.node], boxes[node.id])
        for node in graph.nodes.values()
        for _, ref in node.edges()
        if ref.node in boxes
    )
    nodes = "".join(
        _node(box, graph.nodes[box.node].operator, badges.get(box.node)) for box in boxes.values()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="Graph of {len(boxes)} nodes" '
        f'font-family="system-ui, sans-serif" font-size="12">{edges}{nodes}</svg>'
    )


def _layout(graph: Graph) -> dict[NodeId, _Box]:
    """Column: longest path from a source. Row: mean row of the predecessors, then order written."""
    if cycle(graph):
        columns = {node: index for index, node in enumerate(graph.nodes)}
        return {
            node: _Box(node, _MARGIN + i * (_WIDTH + _GAP_X), _MARGIN)
            for node, i in columns.items()
        }
    before = predecessors(graph)
    column: dict[NodeId, int] = {}
    for node in topological_order(graph):
        column[node] = 1 + max((column[source] for source in before[node]), default=-1)
    rows: dict[NodeId, float] = {}
    boxes: dict[NodeId, _Box] = {}
    for rank in range(max(column.values(), default=-1) + 1):
        members = [node for node in graph.nodes if column[node] == rank]
        members.sort(key=lambda node: _mean([rows[source] for source in before[node]]))
        for row, node in enumerate(members):
            rows[node] = row
            x = _MARGIN + rank * (_WIDTH + _GAP_X)
            boxes[node] = _Box(node, x, _MARGIN + row * (_HEIGHT + _GAP_Y))
    return boxes


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _edge(source: _Box, target: _Box) -> str:
    x1, y1 = source.x + _WIDTH, source.y + _HEIGHT // 2
    x2, y2 = target.x, target.y + _HEIGHT // 2
    bend = max(24, (x2 - x1) // 2)
    return (
        f'<path d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" '
        'fill="none" stroke="#8a8f98" stroke-width="1.5"/>'
    )


def _node(box: _Box, operator: str, badge: Badge | None) -> str:
    color = badge.color if badge else "#8a8f98"
    dashes = "" if badge else ' stroke-dasharray="4 3"'
    state = f"{badge.icon} {badge.word}" if badge else ""
    title = f"{box.node} ({operator}) {state}".strip()
    return (
        f'<g transform="translate({box.x} {box.y})"><title>{escape(title)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="{color}" fill-opacity="0.10" '
        f'stroke="{color}" stroke-width="1.5"{dashes}/>'
        f'<text x="10" y="18" font-weight="600" fill="currentColor">'
        f"{escape(_cut(box.node, 22))}</text>"
        f'<text x="10" y="34" fill="currentColor" fill-opacity="0.7">'
        f"{escape(_cut(operator, 18))}</text>"
        f'<text x="{_WIDTH - 10}" y="34" text-anchor="end" fill="{color}">{escape(state)}</text>'
        "</g>"
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
