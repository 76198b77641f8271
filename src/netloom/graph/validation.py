"""Checking a graph against a catalogue: every problem at once, before anything is queued.

Codes:
    G101 unknown operator        G106 unknown node in a reference    G112 several edges, one port
    G102 unknown setting/port    G107 unknown output                 G113 bad node key
    G103 bad setting value       G108 types do not match             G114 bad component
    G104 missing setting         G109 cycle                          G120 operator defined twice
    G105 unconnected input       G110 ambiguous automatic wiring     G121 operators failed to load

Elsewhere: G115 a node to be forced is not part of the run, G116 a bypassed node is asked for, G122 a file of
operators starts a run, G124 a setting is of another learning task. What is wrong with a bypassed node is a
warning.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic, Place, Severity, did_you_mean
from netloom.core.errors import raise_for
from netloom.core.identifiers import NODE_ID_PATTERN, NodeId
from netloom.core.settings import Settings
from netloom.graph.bad_settings import check_settings, shown
from netloom.graph.bypass import rewire
from netloom.graph.catalogue import Catalogue
from netloom.graph.components import Expansion, expand
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import Needs, Operator
from netloom.graph.stand_ins import missing_output, with_stand_ins
from netloom.graph.task_settings import check_task_settings
from netloom.graph.topology import cycle
from netloom.graph.unknown_keys import KnownKeys, key_problems
from netloom.graph.wiring import wire

PlaceOf = Callable[[Place], Place]
"""Adds file and line to a place in the graph."""


def as_it_is(place: Place) -> Place:
    """For graphs of which nobody knows where they are written."""
    return place


@dataclass(frozen=True, slots=True)
class CheckedGraph:
    """A graph and all that checking found out about it.

    Attributes:
        written: The graph as its author wrote it.
        flat: Components expanded, bypassed nodes taken out, nodes that use a trained model replaced by what
            brings it, and unset ports wired: what a run executes.
        settings: Complete, validated settings of every node of ``flat`` that has valid ones.
        needs: Resources of every such node, with the node's own overrides.
        diagnostics: Everything found, errors and warnings, in the order of the file.
        bypassed: Nodes that stand aside and are not in ``flat``; a bypassed component is one of them.
    """

    written: Graph
    flat: Graph
    settings: Mapping[NodeId, Settings] = field(default_factory=dict)
    needs: Mapping[NodeId, Needs] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    bypassed: tuple[NodeId, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Nothing stands against running it."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    def require_valid(self) -> CheckedGraph:
        """This graph, or InvalidPipeline with every error."""
        raise_for(self.diagnostics)
        return self


def check(
    graph: Graph,
    catalogue: Catalogue,
    *,
    earlier: Iterable[Diagnostic] = (),
    place_of: PlaceOf = as_it_is,
) -> CheckedGraph:
    """Check a graph completely.

    Args:
        earlier: Problems already found while reading the graph's file; not reported twice.
        place_of: Adds file and line to places.
    """
    expansion = expand(graph)
    standing = with_stand_ins(expansion.graph, catalogue)
    expansion = replace(expansion, graph=standing.graph)
    flat = expansion.graph
    earlier = tuple(earlier)
    nameless = {d.place.node for d in earlier if d.code == "G113"}
    found = [*_loading_problems(catalogue, flat), *expansion.diagnostics, *standing.diagnostics]
    settings: dict[NodeId, Settings] = {}
    needs: dict[NodeId, Needs] = {}
    for node in standing.replaced.values():  # a slip in it would come to light once it trains again
        found.extend(_waiting_problems(node, catalogue.operator(node.operator)))
    for node in flat.nodes.values():
        found.extend(_node_key_problems(node))
        found.extend(_reference_problems(node, flat, catalogue, standing.replaced))
        operator = catalogue.get(node.operator)
        if operator is None:
            is_component = node.id in expansion.bypassed_uses
            if not is_component and (node.operator or node.id not in nameless):
                found.append(_unknown_operator(node, catalogue, graph))
            continue
        found.extend(_key_problems(node, operator))
        valid, problems = check_settings(node, operator)
        found.extend(problems)
        if valid is not None:
            settings[node.id] = valid
            found.extend(_needs_problems(node, operator, valid, needs))
    bypassed = tuple(node.id for node in flat.nodes.values() if node.bypass)
    flat, topology_problems = _check_topology(expansion, catalogue, settings)
    found.extend(topology_problems)
    located = (replace(diagnostic, place=place_of(diagnostic.place)) for diagnostic in found)
    told = _distinct((*earlier, *located), unresolved=expansion.unresolved)
    return CheckedGraph(
        written=graph,
        flat=flat,
        settings={node: valid for node, valid in settings.items() if node not in bypassed},
        needs={node: wanted for node, wanted in needs.items() if node not in bypassed},
        diagnostics=tuple(_milder(told, {*bypassed, *_bypassed_in_components(graph)})),
        bypassed=bypassed,
    )


def _milder(diagnostics: Iterable[Diagnostic], bypassed: Collection[str]) -> Iterator[Diagnostic]:
    """The same, but what is wrong with a node that does not run stops nobody."""
    for diagnostic in diagnostics:
        is_aside = diagnostic.place.node in bypassed and diagnostic.code != "G109"
        yield replace(diagnostic, severity=Severity.WARNING) if is_aside else diagnostic


def _bypassed_in_components(graph: Graph) -> Iterator[str]:
    """Bypassed nodes of components as diagnostics about a file name them."""
    for component in graph.components.values():
        for node in component.graph.nodes.values():
            if node.bypass:
                yield f"{component.name}/{node.id}"


def _check_topology(
    expansion: Expansion, catalogue: Catalogue, settings: Mapping[NodeId, Settings]
) -> tuple[Graph, list[Diagnostic]]:
    flat = expansion.graph
    path = cycle(flat)
    if path:
        return flat, [
            Diagnostic(
                code="G109",
                message="the nodes form a cycle: " + " → ".join(path),
                place=Place(node=path[-1]),
                fix="Remove one of these connections",
            )
        ]
    rewired = rewire(flat, catalogue, expansion.bypassed_uses)
    flat, types, diagnostics = wire(rewired.graph, catalogue, cut=rewired.cut)
    misfits = check_task_settings(settings, types.bindings)
    return flat, [*diagnostics, *types.mismatches, *misfits]


def _unknown_operator(node: Node, catalogue: Catalogue, graph: Graph) -> Diagnostic:
    names = [*catalogue.operators, *graph.components]
    return Diagnostic(
        code="G101",
        message=f"there is no operator {node.operator!r}",
        place=Place(node=node.id),
        fix=did_you_mean(node.operator, names) or "`netloom operators` lists them all",
    )


def _key_problems(node: Node, operator: Operator[Any, Any]) -> Iterator[Diagnostic]:
    known = KnownKeys(f"the operator {node.operator}", operator.inputs, operator.setting_names)
    yield from key_problems(node, known, node_id=node.id)
    for name, source in node.inputs.items():
        port = operator.inputs.get(name)
        if port and isinstance(source, tuple) and len(source) > 1 and not port.many:
            yield Diagnostic(
                code="G112",
                message=f"the input {name!r} of {node.operator} takes one connection",
                place=Place(node=node.id, port=name),
                expected="one node",
                got=", ".join(str(ref) for ref in source),
                fix="Keep one of them, or merge them first",
            )


def _waiting_problems(node: Node, operator: Operator[Any, Any]) -> Iterator[Diagnostic]:
    """What is wrong with settings that another operator stands in for at the moment."""
    yield from _key_problems(node, operator)
    yield from check_settings(node, operator)[1]


def _node_key_problems(node: Node) -> Iterator[Diagnostic]:
    if not NODE_ID_PATTERN.match(node.id):
        yield Diagnostic(
            code="G113",
            message=f"{node.id!r} cannot be a node id",
            place=Place(node=node.id),
            expected="letters, digits and underscores, not starting with a digit",
            fix="Rename the node",
        )
    if node.retries < 0 or (node.timeout_s is not None and node.timeout_s <= 0):
        yield Diagnostic(
            code="G113",
            message="retries must be 0 or more and timeout_s more than 0",
            place=Place(node=node.id),
            got=f"retries {node.retries}, timeout_s {node.timeout_s}",
        )


def _reference_problems(
    node: Node, graph: Graph, catalogue: Catalogue, replaced: Collection[NodeId]
) -> Iterator[Diagnostic]:
    for port, ref in node.edges():
        place = Place(node=node.id, port=port)
        if ref.node not in graph.nodes:
            yield Diagnostic(
                code="G106",
                message=f"there is no node {ref.node!r}",
                place=place,
                fix=did_you_mean(ref.node, graph.nodes) or f"Nodes: {', '.join(graph.nodes)}",
            )
            continue
        producer = catalogue.get(graph[ref.node].operator)
        if producer is not None and ref.node in replaced and not _has_output(producer, ref):
            yield missing_output(node, port, ref)
        elif producer is not None and not _has_output(producer, ref):
            outputs = ", ".join(producer.outputs) or "no outputs"
            yield Diagnostic(
                code="G107",
                message=f"the node {ref.node} ({producer.id}) has no output {ref.port or ''!r}",
                place=place,
                expected=outputs,
                got=ref.port or "the only output",
                fix=did_you_mean(ref.port or "", producer.outputs),
            )


def _has_output(producer: Operator[Any, Any], ref: OutputRef) -> bool:
    return ref.port in producer.outputs if ref.port else bool(producer.outputs)


def _needs_problems(
    node: Node, operator: Operator[Any, Any], settings: Settings, needs: dict[NodeId, Needs]
) -> list[Diagnostic]:
    wanted = operator.needs_for(settings)
    if node.needs:
        try:
            wanted = Needs.model_validate({**wanted.model_dump(), **node.needs})
        except ValidationError as error:
            return [
                Diagnostic(
                    code="G113",
                    message=f"needs.{'.'.join(str(part) for part in problem['loc'])}: "
                    f"{problem['msg']}",
                    place=Place(node=node.id, setting="needs"),
                    got=shown(problem["input"]),
                    fix=f"Allowed: {', '.join(Needs.model_fields)}",
                )
                for problem in error.errors()
            ]
    needs[node.id] = wanted
    return []


def _loading_problems(catalogue: Catalogue, flat: Graph) -> Iterator[Diagnostic]:
    """What could not be loaded; only a warning if every operator of the graph is there anyway."""
    is_complete = all(catalogue.get(n.operator) for n in flat.nodes.values() if not n.bypass)
    for problem in catalogue.problems:
        is_harmless = is_complete and problem.code == "G121"
        yield replace(problem, severity=Severity.WARNING) if is_harmless else problem


_CONSEQUENCES = frozenset({"G104", "G105", "G110"})
"""Something is missing: often because what was written there is wrong, which is reported already."""


def _distinct(
    diagnostics: Iterable[Diagnostic], *, unresolved: Collection[tuple[NodeId, str]]
) -> tuple[Diagnostic, ...]:
    """The first diagnostic for each (code, node, port or setting), consequences of others left out."""
    first: dict[tuple[Any, ...], Diagnostic] = {}
    reported: set[tuple[Any, Any]] = set(unresolved)
    for diagnostic in diagnostics:
        place = diagnostic.place
        about = place.port or place.setting
        spot = (place.node, about) if place.node else (place.file, place.line, diagnostic.message)
        if diagnostic.code not in _CONSEQUENCES or (place.node, about) not in reported:
            first.setdefault((diagnostic.code, *spot), diagnostic)
        reported.add((place.node, about))
    return tuple(first.values())
