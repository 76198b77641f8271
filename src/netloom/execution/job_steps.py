"""Which steps a job consists of: the inline nodes it has to call first, then its own node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netloom.core.identifiers import NodeId, PortName
from netloom.execution.contents import KnownContents
from netloom.execution.events import Output
from netloom.execution.jobs import ArtifactInput, InputSource, Step, StepInput
from netloom.graph.graph import Node

Outputs = Mapping[NodeId, Mapping[PortName, Output]]
"""What is saved already."""


def steps_of_job(
    node: NodeId, contents: KnownContents, outputs: Outputs, *, order: Sequence[NodeId]
) -> tuple[Step, ...]:
    """Steps of the job of ``node``, each after those it takes inputs from.

    Args:
        order: All nodes of the run in topological order.
    """
    graph = contents.graph
    needed = {node}
    pending = [node]
    while pending:
        for _, ref in graph[pending.pop()].edges():
            if ref.node not in outputs and ref.node not in needed:
                needed.add(ref.node)
                pending.append(ref.node)
    members = [member for member in order if member in needed]
    indices = {member: index for index, member in enumerate(members)}
    return tuple(
        Step(
            node=member,
            operator=graph[member].operator,
            settings=dict(contents.settings[member]),
            inputs=_sources(graph[member], contents, outputs, indices),
        )
        for member in members
    )


def _sources(
    node: Node, contents: KnownContents, outputs: Outputs, indices: Mapping[NodeId, int]
) -> dict[PortName, InputSource | list[InputSource]]:
    ports = contents.operator(node.id).inputs
    single: dict[PortName, InputSource] = {}
    several: dict[PortName, list[InputSource]] = {}
    for name, ref in node.edges():
        port = contents.port(ref)
        source: InputSource
        if ref.node in outputs:
            source = ArtifactInput(outputs[ref.node][port].artifact)
        else:
            source = StepInput(indices[ref.node], port)
        if ports[name].many:
            several.setdefault(name, []).append(source)
        else:
            single[name] = source
    return {**single, **several}
