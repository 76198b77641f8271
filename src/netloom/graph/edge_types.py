"""Types along the edges of a graph: what each output carries, and which edges do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import NodeId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import InputPort, Operator
from netloom.graph.topology import topological_order
from netloom.graph.types import Bindings, is_assignable, substitute, type_name, without_none


@dataclass(frozen=True, slots=True)
class EdgeTypes:
    """Result of typing a graph.

    Attributes:
        outputs: Type of every output, type variables replaced by what they stand for.
        mismatches: One G108 diagnostic for each edge that does not fit.
        bindings: What the type variables of each node's operator stand for, as far as its edges tell.
    """

    outputs: Mapping[NodeId, Mapping[PortName, Any]]
    mismatches: tuple[Diagnostic, ...] = field(default=())
    bindings: Mapping[NodeId, Bindings] = field(default_factory=dict)

    def of(self, ref: OutputRef) -> Any:
        """Type of what a reference points to; ``Any`` if it is unknown."""
        ports = self.outputs.get(ref.node, {})
        if ref.port is None:
            return next(iter(ports.values()), Any)
        return ports.get(ref.port, Any)


def edge_types(graph: Graph, catalogue: Catalogue) -> EdgeTypes:
    """Type an acyclic, component-free graph. Unknown operators and outputs count as unknown types."""
    outputs: dict[NodeId, dict[PortName, Any]] = {}
    mismatches: list[Diagnostic] = []
    bound: dict[NodeId, Bindings] = {}
    types = EdgeTypes(outputs)
    for node_id in topological_order(graph):
        node = graph[node_id]
        operator = catalogue.get(node.operator)
        if operator is None:
            continue
        bindings = bound[node_id] = {}
        mismatches.extend(_mismatches(node, operator, types, bindings))
        outputs[node_id] = {
            name: substitute(port.type, bindings) for name, port in operator.outputs.items()
        }
    return EdgeTypes(outputs, tuple(mismatches), bound)


def _mismatches(
    node: Node, operator: Operator[Any, Any], types: EdgeTypes, bindings: Bindings
) -> Iterator[Diagnostic]:
    for name, ref in node.edges():
        port = operator.inputs.get(name)
        if port is None:
            continue
        produced = types.of(ref)
        if port.takes_none:
            produced, _ = without_none(produced)
        if not is_assignable(produced, port.type, bindings):
            required = substitute(port.type, bindings) if bindings else port.type
            yield _mismatch(node, port, ref, produced, required)


def _mismatch(
    node: Node, port: InputPort, ref: OutputRef, produced: Any, required: Any
) -> Diagnostic:
    return Diagnostic(
        code="G108",
        message=f"the output {ref} cannot be connected to {node.id}.{port.name}: the types do not match",
        place=Place(node=node.id, port=port.name),
        expected=type_name(required),
        got=type_name(produced),
        fix="Connect an output of the expected type, or put an operator that converts in between",
    )
