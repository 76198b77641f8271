"""The plan: which nodes a run would execute, which results it would reuse, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidInput, InvalidPipeline, NetloomError
from netloom.core.identifiers import Fingerprint, NodeId, PortName, RunId
from netloom.execution.cache import ResultCache
from netloom.execution.contents import KnownContents
from netloom.execution.events import Output
from netloom.execution.explanation import Change
from netloom.execution.states import PlanState
from netloom.execution.verdict import Earlier, judge
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import Ingredients
from netloom.graph.graph import Graph
from netloom.graph.topology import selection, successors, topological_order
from netloom.graph.validation import CheckedGraph


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One node of a plan.

    Attributes:
        is_job: Whether it would occupy a worker; inline nodes only describe.
        expected_s: Seconds it took last time; None if unknown or not going to run.
    """

    node: NodeId
    operator: str
    state: PlanState
    why: str
    is_job: bool
    fingerprint: Fingerprint | None = None
    ingredients: Ingredients | None = None
    outputs: Mapping[PortName, Output] | None = None
    changes: tuple[Change, ...] = ()
    last_run: RunId | None = None
    expected_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "operator": self.operator,
            "state": str(self.state),
            "why": self.why,
            "job": self.is_job,
            "fingerprint": self.fingerprint,
            "expected_s": self.expected_s,
            "changes": [change.to_json() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: nodes in the order of execution; those left out by ``--to``/``--from`` are absent.

    Attributes:
        bypassed: Nodes of the graph that stand aside: a run knows nothing of them.
    """

    nodes: Mapping[NodeId, PlannedNode]
    bypassed: tuple[NodeId, ...] = ()

    def __str__(self) -> str:
        return "\n".join(f"{n.node}: {n.state}: {n.why}" for n in self.nodes.values())

    def count(self, state: PlanState) -> int:
        """How many jobs are in a state."""
        return sum(1 for node in self.nodes.values() if node.is_job and node.state is state)

    @property
    def expected_s(self) -> float | None:
        """Seconds the jobs to run took last time, one after the other; None if none is known."""
        known = [n.expected_s for n in self.nodes.values() if n.expected_s is not None]
        return sum(known) if known else None

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "nodes": {node.node: node.to_json() for node in self.nodes.values()},
            "jobs_to_run": self.count(PlanState.READY) + self.count(PlanState.STALE),
            "jobs_that_may_run": self.count(PlanState.MAY_RUN),
            "jobs_cached": self.count(PlanState.CACHED),
            "expected_s": self.expected_s,
            "bypassed": list(self.bypassed),
        }


def make_plan(
    checked: CheckedGraph,
    catalogue: Catalogue,
    cache: ResultCache,
    *,
    project: Path,
    to: Collection[NodeId] = (),
    start: Collection[NodeId] = (),
    force: Collection[NodeId] = (),
    earlier: Mapping[NodeId, Earlier] | None = None,
) -> Plan:
    """Plan a valid graph.

    Args:
        to: Only what these nodes need, and they themselves.
        start: Only these nodes and what depends on them.
        force: Run these even if their result is cached.
        earlier: Last record of each node, for the reasons.

    Raises:
        InvalidInput: A named node does not exist, or a source cannot be found; all at once.
    """
    wanted = selected_nodes(checked, to=to, start=start, force=force)
    contents = KnownContents(checked, catalogue, selected=wanted, project=project)
    planning = _Planning(contents, cache, force, earlier or {})
    problems: list[Diagnostic] = []
    for node in topological_order(checked.flat):
        if node in wanted:
            problems += planning.add(node)
    if problems:
        raise InvalidInput(*problems)
    return Plan(planning.nodes, checked.bypassed)


def check_sources(
    checked: CheckedGraph, catalogue: Catalogue, *, selected: Collection[NodeId], project: Path
) -> None:
    """Look whether the data of every source among the selected nodes is there.

    Raises:
        InvalidInput: Some is not; all at once.
    """
    contents = KnownContents(checked, catalogue, selected=selected, project=project)
    problems: list[Diagnostic] = []
    for node in checked.flat.nodes:
        if node in selected:
            try:
                contents.identity(node)
            except NetloomError as error:
                problems += [_about(node, problem) for problem in error.diagnostics]
    if problems:
        raise InvalidInput(*problems)


def selected_nodes(
    checked: CheckedGraph,
    *,
    to: Collection[NodeId],
    start: Collection[NodeId],
    force: Collection[NodeId] = (),
) -> frozenset[NodeId]:
    """The nodes a partial run is about. A component's name stands for all its inner nodes.

    Raises:
        InvalidPipeline: A name is no node or that of a bypassed one, or a node to be forced is not among the
            selected ones.
    """
    flat = checked.flat
    unknown = [name for name in (*to, *start, *force) if not inner_nodes(flat, name)]
    if unknown:
        raise InvalidPipeline(*(_not_in_a_run(name, checked) for name in unknown))
    wanted = selection(
        flat,
        to=[node for name in to for node in inner_nodes(flat, name)],
        start=[node for name in start for node in inner_nodes(flat, name)],
    )
    left_out = [name for name in force if not wanted.intersection(inner_nodes(flat, name))]
    if left_out:
        raise InvalidPipeline(
            *(
                Diagnostic(
                    code="G115",
                    message=f"the node {name} is to be forced, but it is not part of this run",
                    place=Place(node=name),
                    fix="Leave --force away, or choose --to and --from so that the node is included",
                )
                for name in left_out
            )
        )
    return wanted


def bypassed_node(name: str, bypassed: Collection[NodeId]) -> Diagnostic | None:
    """Why nothing can be asked of this node, if it is that it, or all that it stands for, is bypassed."""
    if not any(
        f"{node}/".startswith(f"{name}/") or name.startswith(f"{node}/") for node in bypassed
    ):
        return None
    return Diagnostic(
        code="G116",
        message=f"the node {name!r} is bypassed: it does not run",
        place=Place(node=name),
        fix="Use it again (take bypass away), or choose another node",
    )


def _not_in_a_run(name: str, checked: CheckedGraph) -> Diagnostic:
    flat = checked.flat
    return bypassed_node(name, checked.bypassed) or Diagnostic(
        code="G106",
        message=f"there is no node {name!r}",
        place=Place(node=name),
        fix=did_you_mean(name, flat.nodes) or f"Nodes: {', '.join(flat.nodes)}",
    )


def inner_nodes(flat: Graph, name: str) -> list[NodeId]:
    """The node of this id, or the nodes inside the component of this id."""
    return [node for node in flat.nodes if node == name or node.startswith(f"{name}/")]


def forced_nodes(contents: KnownContents, names: Collection[NodeId]) -> frozenset[NodeId]:
    """The nodes that must not reuse a result because these are to run.

    An inline node only describes, so forcing it means to force the jobs that act on the description: the
    nearest ones behind it.
    """
    if not names:
        return frozenset()  # almost always; every plan and every run comes by here
    graph = contents.graph
    after = successors(graph)
    forced = {node for name in names for node in inner_nodes(graph, name)}
    pending = [node for node in forced if not contents.is_scheduled(node)]
    while pending:
        reached = after[pending.pop()] - forced
        forced |= reached
        pending += [node for node in reached if not contents.is_scheduled(node)]
    return frozenset(forced)


_PLAN_STATES = {
    "reuse": PlanState.CACHED,
    "new": PlanState.READY,
    "changed": PlanState.STALE,
}


class _Planning:
    def __init__(
        self,
        contents: KnownContents,
        cache: ResultCache,
        force: Collection[NodeId],
        earlier: Mapping[NodeId, Earlier],
    ) -> None:
        self.nodes: dict[NodeId, PlannedNode] = {}
        self._contents = contents
        self._cache = cache
        self._force = forced_nodes(contents, force)
        self._earlier = earlier

    def add(self, node: NodeId) -> tuple[Diagnostic, ...]:
        """Plan one node whose predecessors are planned; returns what stands against it."""
        identity: str | None = None
        if self._contents.operator(node).looks_outside:
            try:
                identity = self._contents.identity(node)
            except NetloomError as error:
                return tuple(_about(node, problem) for problem in error.diagnostics)
            if identity is None:
                self._put(node, PlanState.READY, "a volatile source always runs")
                return ()
        ingredients = self._contents.ingredients(node, identity=identity)
        if ingredients is None:
            self._put(node, PlanState.MAY_RUN, self._waiting_for(node))
        else:
            self._judge(node, ingredients)
        return ()

    def _judge(self, node: NodeId, ingredients: Ingredients) -> None:
        is_scheduled = self._contents.is_scheduled(node)
        verdict = judge(
            ingredients,
            cache=self._cache if is_scheduled else None,
            forced=node in self._force,
            earlier=self._earlier.get(node),
        )
        state = _PLAN_STATES[verdict.kind]
        outputs = verdict.result.outputs if verdict.result else None
        if outputs is not None:
            self._contents.settle_outputs(node, outputs)
        elif not is_scheduled:
            self._contents.settle_inline(node, ingredients.fingerprint)
        self._put(node, state, verdict.why, ingredients, outputs=outputs, changes=verdict.changes)

    def _waiting_for(self, node: NodeId) -> str:
        unsettled = {
            ref.node
            for _, ref in self._contents.graph[node].edges()
            if not self._contents.is_settled(ref.node)
        }
        return "depends on " + ", ".join(sorted(unsettled)) + ", which may change"

    def _put(
        self,
        node: NodeId,
        state: PlanState,
        why: str,
        ingredients: Ingredients | None = None,
        *,
        outputs: Mapping[PortName, Output] | None = None,
        changes: tuple[Change, ...] = (),
    ) -> None:
        earlier = self._earlier.get(node)
        reused = self._contents.graph[node].reuse
        is_job = self._contents.is_scheduled(node)
        will_run = is_job and state is not PlanState.CACHED
        self.nodes[node] = PlannedNode(
            node=node,
            operator=self._contents.graph[node].operator,
            state=state,
            why=why if reused is None else _with_model(reused, why),
            is_job=is_job,
            fingerprint=ingredients.fingerprint if ingredients else None,
            ingredients=ingredients,
            outputs=outputs,
            changes=changes,
            last_run=earlier.run if earlier else None,
            expected_s=earlier.seconds if earlier and will_run else None,
        )


def _with_model(reused: str, why: str) -> str:
    """The reason, with the trained model that is used instead of training."""
    return f"uses the trained model {reused}; {why}"


def _about(node: NodeId, problem: Diagnostic) -> Diagnostic:
    return replace(problem, place=replace(problem.place, node=node))
