"""Nodes that use a trained model instead of making one: ``reuse`` names it.

In what runs, another operator stands in for such a node under the same id, with the inputs they share and
one setting, ``model``. So plans, fingerprints and results treat it like any other node. The operator of the
node says which one that is (:attr:`netloom.graph.operator.Operator.stand_in`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph, Node, OutputRef

SETTING = "model"
"""Of an operator that stands in: which model it is."""


@dataclass(frozen=True, slots=True)
class StoodIn:
    """A graph in which others stand in for nodes with ``reuse``.

    Attributes:
        replaced: Those nodes as they were written.
    """

    graph: Graph
    replaced: Mapping[NodeId, Node] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def with_stand_ins(graph: Graph, catalogue: Catalogue) -> StoodIn:
    """Put others in the place of nodes with ``reuse``; bypassed ones are left alone."""
    replaced: dict[NodeId, Node] = {}
    problems: list[Diagnostic] = []
    for node in graph.nodes.values():
        operator = catalogue.get(node.operator)
        if node.reuse is None or node.bypass or operator is None:
            continue
        if operator.stand_in is None or not node.reuse.strip():
            problems.append(_cannot_reuse(node, can=operator.stand_in is not None))
            continue
        replaced[node.id] = node
        graph = graph.with_node(_stand_in(node, operator.stand_in, catalogue))
    return StoodIn(graph, replaced, tuple(problems))


def missing_output(node: Node, port: PortName, ref: OutputRef) -> Diagnostic:
    """What to say where something takes an output that only training gives."""
    return Diagnostic(
        code="G145",
        message=f"the node {ref.node} uses a trained model, so it has no output {ref.port or ''!r}",
        place=Place(node=node.id, port=port),
        expected="its model",
        got=str(ref),
        fix=f"Take this connection away, or let {ref.node} train",
    )


def _stand_in(node: Node, operator: OperatorId, catalogue: Catalogue) -> Node:
    ports = catalogue.operator(operator).inputs
    return replace(
        node,
        operator=operator,
        settings={SETTING: node.reuse},
        inputs={port: source for port, source in node.inputs.items() if port in ports},
        needs=None,
    )


def _cannot_reuse(node: Node, *, can: bool) -> Diagnostic:
    if can:
        message = "reuse names no model"
    else:
        message = f"{node.operator} trains nothing, so no trained model can stand in for it"
    return Diagnostic(
        code="G113",
        message=message,
        place=Place(node=node.id, setting="reuse"),
        expected="a registered model, an output of a run, or a folder" if can else None,
        got=node.reuse,
        fix="Name one, or remove reuse" if can else "Remove it",
    )
