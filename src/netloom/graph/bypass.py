"""Bypassed nodes stand aside: what would take an output of one takes what goes into it.

Each output of a bypassed node is replaced by the source of the node's first connected input whose type fits
that output: inputs in the order of the operator, of an input with several connections the first that fits. An
output that nothing fits vanishes: what was connected to it counts as not connected. Types are those that
operators declare, so that the canvas (``web/src/graph/bypass.ts``) comes to the same answer by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netloom.core.identifiers import NodeId, PortName
from netloom.graph.bypassed_use import BypassedUse
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph, Input, Node, OutputRef
from netloom.graph.topology import topological_order
from netloom.graph.types import is_assignable


@dataclass(frozen=True, slots=True)
class Rewired:
    """A graph without its bypassed nodes.

    Attributes:
        cut: Input ports that lost a connection, with the bypassed node it came from.
    """

    graph: Graph
    cut: Mapping[tuple[NodeId, PortName], NodeId] = field(default_factory=dict)


def rewire(
    graph: Graph, catalogue: Catalogue, uses: Mapping[NodeId, BypassedUse] | None = None
) -> Rewired:
    """Take the bypassed nodes out of an acyclic graph without components.

    Args:
        uses: The bypassed nodes that are uses of components.
    """
    if not any(node.bypass for node in graph.nodes.values()):
        return Rewired(graph)
    wiring = _Rewiring(graph, _DeclaredPorts(graph, catalogue, uses or {}))
    changed = {node: wiring.inputs_of(graph[node]) for node in topological_order(graph)}
    kept = {
        node.id: replace(node, inputs=changed[node.id])
        for node in graph.nodes.values()
        if not node.bypass
    }
    return Rewired(replace(graph, nodes=kept), wiring.cut)


@dataclass(frozen=True, slots=True)
class _DeclaredPorts:
    """Ports as operators and components declare them."""

    graph: Graph
    catalogue: Catalogue
    uses: Mapping[NodeId, BypassedUse]

    def output_type(self, ref: OutputRef) -> Any:
        """Type of an output; ``Any`` if it is not known."""
        use = self.uses.get(ref.node)
        if use is None:
            return self._type_of(self.graph[ref.node].operator, ref.port)
        origin = use.outputs.get(ref.port) if ref.port else next(iter(use.outputs.values()), None)
        if origin is None:
            return Any
        if origin.input_type is not None:
            return self.catalogue.port_type(origin.input_type.partition("[")[0]) or Any
        return self._type_of(origin.operator, origin.port)

    def edges_in_order(self, node: Node) -> Iterator[OutputRef]:
        """What is connected to a node, in the order of its ports rather than of the text."""
        use, operator = self.uses.get(node.id), self.catalogue.get(node.operator)
        ports = use.inputs if use else tuple(operator.inputs) if operator else ()
        last = len(ports)
        place = {port: index for index, port in enumerate(ports)}
        for _, ref in sorted(node.edges(), key=lambda edge: place.get(edge[0], last)):
            yield ref

    def _type_of(self, operator: str, port: PortName | None) -> Any:
        found = self.catalogue.get(operator)
        outputs = found.outputs if found else {}
        output = outputs.get(port) if port else next(iter(outputs.values()), None)
        return output.type if output else Any


@dataclass
class _Rewiring:
    """Goes through a graph in topological order, so that nothing needs to be looked up deeper than once."""

    graph: Graph
    ports: _DeclaredPorts
    cut: dict[tuple[NodeId, PortName], NodeId] = field(default_factory=dict)
    _found: dict[OutputRef, OutputRef | None] = field(default_factory=dict)

    def inputs_of(self, node: Node) -> dict[PortName, Input]:
        """What goes into a node once bypassed nodes stand aside."""
        inputs: dict[PortName, Input] = {}
        for port, written in node.inputs.items():
            refs = written if isinstance(written, tuple) else (written,)
            sources = [self._source(ref) for ref in refs]
            for ref, source in zip(refs, sources, strict=True):
                if source is None:
                    self.cut[node.id, port] = ref.node
            found = tuple(source for source in sources if source is not None)
            if found or not refs:
                inputs[port] = found if isinstance(written, tuple) else found[0]
        return inputs

    def _source(self, ref: OutputRef) -> OutputRef | None:
        """The output of a node that runs and stands for ``ref``; None if there is none."""
        node = self.graph.nodes.get(ref.node)
        if node is None or not node.bypass:
            return ref
        if ref not in self._found:
            self._found[ref] = self._first_that_fits(node, self.ports.output_type(ref))
        return self._found[ref]

    def _first_that_fits(self, node: Node, wanted: Any) -> OutputRef | None:
        for ref in self.ports.edges_in_order(node):
            source = self._source(ref)
            if source is None or source.node not in self.graph.nodes:
                continue
            if is_assignable(self.ports.output_type(source), wanted):
                return source
        return None
