"""Auto-wiring: a required port left unset takes the only output in the graph that fits.

None or several candidates are an error that names them; optional ports are never wired by guess. An
output fits if its type does and if taking it makes no cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import NodeId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.edge_types import EdgeTypes, edge_types
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import InputPort, Operator
from netloom.graph.topology import reachable, successors
from netloom.graph.types import Bindings, is_assignable, type_name


def wire(
    graph: Graph,
    catalogue: Catalogue,
    *,
    cut: Mapping[tuple[NodeId, PortName], NodeId] | None = None,
) -> tuple[Graph, EdgeTypes, list[Diagnostic]]:
    """Fill the unset required ports of an acyclic, component-free graph; with its types then.

    Args:
        cut: Ports that lost their connection to a bypassed node, and that node.
    """
    diagnostics: list[Diagnostic] = []
    types = edge_types(graph, catalogue)
    for node_id, operator, port in _unset_ports(graph, catalogue):
        candidates = _candidates(graph, node_id, operator, port, types)
        if len(candidates) == 1:
            node = graph[node_id]
            graph = graph.with_node(replace(node, inputs={**node.inputs, port.name: candidates[0]}))
            types = edge_types(graph, catalogue)
        else:
            bypassed = (cut or {}).get((node_id, port.name))
            diagnostics.append(_unwired(node_id, port, candidates, bypassed))
    return graph, types, diagnostics


def _unset_ports(
    graph: Graph, catalogue: Catalogue
) -> Iterator[tuple[NodeId, Operator[Any, Any], InputPort]]:
    for node in graph.nodes.values():
        operator = catalogue.get(node.operator)
        for port in operator.inputs.values() if operator else ():
            if port.required and not node.inputs.get(port.name) and operator:
                yield node.id, operator, port


def _candidates(
    graph: Graph,
    node_id: NodeId,
    operator: Operator[Any, Any],
    port: InputPort,
    types: EdgeTypes,
) -> list[OutputRef]:
    after = reachable([node_id], successors(graph))
    bindings = _bindings(graph[node_id], operator, types)
    found = []
    for other, ports in types.outputs.items():
        for index, (name, produced) in enumerate(ports.items()):
            fits = produced is not Any and is_assignable(produced, port.type, dict(bindings))
            if other not in after and fits:
                found.append(OutputRef(other, None if index == 0 else name))
    return found


def _bindings(node: Node, operator: Operator[Any, Any], types: EdgeTypes) -> Bindings:
    bindings: Bindings = {}
    for name, ref in node.edges():
        port = operator.inputs.get(name)
        if port is not None:
            is_assignable(types.of(ref), port.type, bindings)
    return bindings


def _unwired(
    node: NodeId, port: InputPort, candidates: list[OutputRef], bypassed: NodeId | None
) -> Diagnostic:
    place = Place(node=node, port=port.name)
    if not candidates and bypassed is not None:
        return Diagnostic(
            code="G105",
            message=f"the input {port.name!r} of {node} is not connected, because {bypassed} before it is "
            f"bypassed and nothing that goes into {bypassed} fits",
            place=place,
            expected=type_name(port.type),
            got="nothing",
            fix=f"Use {bypassed} again, or connect {port.name} to another node",
        )
    if not candidates:
        return Diagnostic(
            code="G105",
            message=f"the input {port.name!r} of {node} is not connected and no node produces "
            f"{type_name(port.type)}",
            place=place,
            expected=type_name(port.type),
            got="nothing",
            fix=f"Write {port.name}: <node id>, or add a node that produces it",
        )
    names = ", ".join(str(ref) for ref in candidates)
    return Diagnostic(
        code="G110",
        message=f"the input {port.name!r} of {node} is not connected and {len(candidates)} outputs "
        f"would fit: {names}",
        place=place,
        expected=type_name(port.type),
        fix=f"Say which one: {port.name}: {candidates[-1]}",
    )
