"""Connections that are not written in a graph but follow, because only one output fits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph, OutputRef
from netloom.graph.serialization import graph_from_json
from netloom.graph.validation import check
from netloom.tracking.records import RunRecord

_MOST_KNOWN = 200


@dataclass(frozen=True, slots=True)
class ImpliedConnection:
    """An output that goes into a port by itself."""

    node: NodeId
    port: PortName
    source: OutputRef


def implied_connections(written: Graph, flat: Graph) -> tuple[ImpliedConnection, ...]:
    """What checking added to a graph: ``flat`` is the same graph with unset ports wired."""
    return tuple(
        ImpliedConnection(node.id, port, ref)
        for node in flat.nodes.values()
        if node.id in written.nodes
        for port, ref in node.edges()
        if port not in written[node.id].inputs
    )


class RunConnections:
    """The implied connections of runs. A run's graph never changes, so they are found once."""

    def __init__(self) -> None:
        self._known: OrderedDict[RunId, tuple[ImpliedConnection, ...]] = OrderedDict()

    def of(
        self, record: RunRecord, catalogue: Callable[[], Catalogue]
    ) -> tuple[ImpliedConnection, ...]:
        """Those of one run; with operators that have changed since, as far as they still check."""
        known = self._known.get(record.id)
        if known is None:
            graph = graph_from_json(record.request.graph)
            known = implied_connections(graph, check(graph, catalogue()).flat)
            self._known[record.id] = known
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return known
