"""Order and reachability in a graph: pure functions over :class:`Graph`."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping

from netloom.core.identifiers import NodeId
from netloom.graph.graph import Graph

Neighbours = Mapping[NodeId, frozenset[NodeId]]


def predecessors(graph: Graph) -> Neighbours:
    """The nodes each node takes inputs from; references to unknown nodes are left out."""
    return {
        node.id: frozenset(ref.node for _, ref in node.edges() if ref.node in graph.nodes)
        for node in graph.nodes.values()
    }


def successors(graph: Graph) -> Neighbours:
    """The nodes that take inputs from each node."""
    found: dict[NodeId, set[NodeId]] = {node: set() for node in graph.nodes}
    for node, sources in predecessors(graph).items():
        for source in sources:
            found[source].add(node)
    return {node: frozenset(targets) for node, targets in found.items()}


def cycle(graph: Graph) -> list[NodeId] | None:
    """A cycle as a path that ends where it begins, following the direction of data; None if acyclic.

    The same one in every process: it begins at the node of the cycle that was written first.
    """
    position = {node: index for index, node in enumerate(graph.nodes)}
    before = predecessors(graph)
    in_order = {node: sorted(before[node], key=position.__getitem__) for node in graph.nodes}
    try:
        graphlib.TopologicalSorter(in_order).prepare()
    except graphlib.CycleError as error:
        path: list[NodeId] = error.args[1][:-1]
        first = path.index(min(path, key=position.__getitem__))
        return [*path[first:], *path[: first + 1]]
    return None


def topological_order(graph: Graph) -> list[NodeId]:
    """Every node after the nodes it depends on; among equals, in the order written.

    Raises:
        graphlib.CycleError: The graph has a cycle.
    """
    position = {node: index for index, node in enumerate(graph.nodes)}
    sorter = graphlib.TopologicalSorter(predecessors(graph))
    sorter.prepare()
    order: list[NodeId] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return order


def reachable(start: Iterable[NodeId], neighbours: Neighbours) -> frozenset[NodeId]:
    """``start`` and everything reached from it along ``neighbours``."""
    found: set[NodeId] = set()
    pending = [node for node in start if node in neighbours]
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending.extend(neighbours[node])
    return frozenset(found)


def selection(graph: Graph, *, to: Iterable[NodeId], start: Iterable[NodeId]) -> frozenset[NodeId]:
    """Nodes a partial run is about.

    Args:
        to: Only what these nodes need, and they themselves; empty for no such limit.
        start: Only these nodes and what depends on them, plus what *that* needs; empty for no limit.
    """
    before, after = predecessors(graph), successors(graph)
    wanted = frozenset(graph.nodes)
    to, start = tuple(to), tuple(start)
    if start:
        wanted = reachable(start, after)
    if to:
        wanted &= reachable(to, before)
    return reachable(wanted, before)
