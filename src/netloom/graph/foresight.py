"""What is known of a graph before anything runs, and what will go wrong: its operators are asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import NetloomError
from netloom.core.identifiers import NodeId, PortName
from netloom.core.locations import Resolve
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Node
from netloom.graph.operator import Operator
from netloom.graph.prospect import Prospect
from netloom.graph.topology import cycle, topological_order
from netloom.graph.validation import CheckedGraph


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is known of a graph before it runs.

    Attributes:
        outputs: By node and port; what is not known is not in it.
        inputs: What comes into each port, a value for each connection; None where nothing is known.
        problems: What will go wrong, in the order of the graph.
    """

    outputs: Mapping[NodeId, Mapping[PortName, Any]] = field(default_factory=dict)
    inputs: Mapping[NodeId, Mapping[PortName, tuple[Any, ...]]] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()


def foresight(
    checked: CheckedGraph,
    catalogue: Catalogue,
    *,
    project: Path,
    resolve: Resolve,
    selected: Collection[NodeId] | None = None,
    looks_outside: bool = True,
) -> Foresight:
    """Ask the operators of a graph what they know; those that cannot tell cost nothing.

    Args:
        checked: It may have errors: what is wrong is not known.
        selected: Only these nodes; None is all.
        looks_outside: Whether sources may look at their data.
    """
    flat = checked.flat
    asked = [node for node in flat.nodes.values() if _foresees(catalogue.get(node.operator))]
    if not asked or cycle(flat):
        return Foresight()
    outputs: dict[NodeId, Mapping[PortName, Any]] = {}
    inputs: dict[NodeId, Mapping[PortName, tuple[Any, ...]]] = {}
    problems: list[Diagnostic] = []
    for node in map(flat.nodes.__getitem__, topological_order(flat)):
        operator = catalogue.get(node.operator)
        if operator is None or not (selected is None or node.id in selected):
            continue
        inputs[node.id] = _inputs_of(node, outputs, catalogue, flat.nodes)
        settings = checked.settings.get(node.id)
        if operator.foresee is None or settings is None:
            continue
        prospect = Prospect(settings, inputs[node.id], project, resolve, looks_outside)
        outputs[node.id] = _asked(operator, prospect)
        problems += [
            replace(found.seen_from(project), place=replace(found.place, node=node.id))
            for found in prospect.problems
        ]
    return Foresight(outputs, inputs, tuple(problems))


def _foresees(operator: Operator[Any, Any] | None) -> bool:
    return operator is not None and operator.foresee is not None


def _inputs_of(
    node: Node,
    outputs: Mapping[NodeId, Mapping[PortName, Any]],
    catalogue: Catalogue,
    nodes: Mapping[NodeId, Node],
) -> dict[PortName, tuple[Any, ...]]:
    found: dict[PortName, tuple[Any, ...]] = {}
    for port, ref in node.edges():
        producer = catalogue.get(nodes[ref.node].operator) if ref.node in nodes else None
        name = ref.port or next(iter(producer.outputs if producer else ()), None)
        value = None if name is None else outputs.get(ref.node, {}).get(name)
        found[port] = (*found.get(port, ()), value)
    return found


def _asked(operator: Operator[Any, Any], prospect: Prospect) -> Mapping[PortName, Any]:
    assert operator.foresee is not None
    try:
        told = operator.foresee(prospect)
    except NetloomError as error:
        prospect.blame(error.diagnostics)
        return {}
    except Exception as error:  # noqa: BLE001 - user code, and no run shall fail because of it
        prospect.blame(
            [
                Diagnostic(
                    code="G125",
                    message=f"what {operator.id} will give cannot be foreseen: "
                    f"{type(error).__name__}: {error}",
                    severity=Severity.WARNING,
                    fix="This does not stop a run; mend the operator's function `foresee`",
                )
            ]
        )
        return {}
    return {PortName(port): value for port, value in told.items() if value is not None}


def without_repetitions(
    problems: Sequence[Diagnostic], reported: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """Problems that nobody has told of yet: the same code at the same node says the same thing."""
    known = {(problem.code, problem.place.node) for problem in reported}
    return [problem for problem in problems if (problem.code, problem.place.node) not in known]
