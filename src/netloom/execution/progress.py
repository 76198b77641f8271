"""Progress of one run: which nodes come next, and what each event means for the rest.

Pure book-keeping: no clocks but the one passed in, no processes, no database. The dispatcher feeds it
job events and carries out what it returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import NetloomError, StorageFailed
from netloom.core.identifiers import Fingerprint, NodeId, PortName
from netloom.execution.cache import CachedResult, ResultCache
from netloom.execution.contents import KnownContents
from netloom.execution.events import JobEnded, JobSucceeded, NodeChanged, Output
from netloom.execution.job_template import Folders, JobTemplate
from netloom.execution.jobs import JobSpec
from netloom.execution.ledger import OpenRun
from netloom.execution.plan import forced_nodes
from netloom.execution.states import RunState, check_transition
from netloom.execution.verdict import judge
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import Ingredients
from netloom.graph.topology import Neighbours, predecessors, topological_order
from netloom.graph.validation import CheckedGraph


@dataclass(slots=True)
class Advance:
    """What follows from the present state: news to record and jobs to queue."""

    events: list[NodeChanged] = field(default_factory=list)
    jobs: list[JobSpec] = field(default_factory=list)


class RunProgress:
    """The state machine of one run.

    Args:
        catalogue_path: Import path of the catalogue function, for workers.
    """

    def __init__(
        self,
        run: OpenRun,
        checked: CheckedGraph,
        catalogue: Catalogue,
        cache: ResultCache,
        *,
        folders: Folders,
        catalogue_path: str,
    ) -> None:
        self.run = run
        self._checked = checked
        self._cache = cache
        self._attempts = {n: node.attempt for n, node in run.nodes.items()}
        self._outputs: dict[NodeId, Mapping[PortName, Output]] = {}
        self._metrics: dict[NodeId, dict[str, float]] = {}
        self._answers: dict[NodeId, Sequence[Mapping[str, Any]]] = {
            n: node.answers for n, node in run.nodes.items()
        }
        self._failures: Counter[NodeId] = Counter()
        self._has_news = True
        self._is_held_up = False
        self._jobs: dict[NodeId, JobSpec] = {}
        self._order = [node for node in topological_order(checked.flat) if node in run.nodes]
        self._contents = KnownContents(
            checked, catalogue, selected=run.nodes.keys(), project=folders.project
        )
        self._force = forced_nodes(self._contents, run.force)
        self._recipes = _Recipes(self._contents, run)
        self.states: dict[NodeId, RunState] = {n: run.nodes[n].state for n in self._order}
        self._template = JobTemplate(
            run, checked, self._contents, self._order, folders, catalogue_path
        )
        self._before = predecessors(checked.flat)
        for node in self._order:
            self._restore(node)

    def reprioritise(self, priority: int) -> None:
        """Jobs that are made from now on have another priority."""
        self.run = replace(self.run, priority=priority)
        self._template = replace(self._template, run=self.run)

    @property
    def fingerprints_in_flight(self) -> set[Fingerprint]:
        """What is being computed for this run now."""
        known = self._recipes.fingerprints
        return {known[node] for node in self._jobs if node in known}

    @property
    def jobs(self) -> Mapping[NodeId, JobSpec]:
        """Jobs queued or running for this run."""
        return self._jobs

    @property
    def state(self) -> RunState:
        """State of the run as a whole."""
        return state_of_run(self.states, self._before, has_jobs=bool(self._jobs))

    def advance(self, in_flight: Collection[Fingerprint], *, now: float) -> Advance:
        """Settle every node that can be settled and make jobs for those that are ready.

        Args:
            in_flight: Fingerprints other runs are computing: wait for their result instead.
        """
        step = Advance()
        if not (self._has_news or self._is_held_up):
            return step
        self._is_held_up = False
        for node in self._order:
            if self.states[node] is not RunState.PENDING:
                continue
            before = self._before[node]
            blocked = sorted(p for p in before if self.states[p].is_lost)
            if blocked:
                why = f"{', '.join(blocked)} did not succeed"
                step.events.append(self._change(node, RunState.SKIPPED, now, why=why))
            elif all(self.states[p].has_outputs for p in before):
                self._settle(node, in_flight, step, now)
        self._has_news = False  # in topological order one pass settles all that can be settled
        return step

    def started(self, node: NodeId, *, now: float) -> NodeChanged:
        """A worker runs the node's job."""
        return self._change(node, RunState.RUNNING, now, attempt=self._attempts[node])

    def measured(self, node: NodeId, name: str, value: float) -> None:
        """A metric of the node has a new last value."""
        self._metrics.setdefault(node, {})[name] = value

    def succeeded(self, node: NodeId, event: JobSucceeded, *, now: float) -> NodeChanged:
        """The job saved its outputs: keep the result and remember the contents."""
        del self._jobs[node]
        ingredients = self._recipes.ingredients[node]
        fingerprint = self._recipes.fingerprints[node]
        self._outputs[node] = event.outputs
        self._contents.settle_outputs(node, event.outputs)
        remarks: tuple[Diagnostic, ...] = ()
        if not (ingredients.identity or "").startswith(_VOLATILE):
            metrics = self._metrics.get(node, {})
            result = CachedResult(
                fingerprint, event.outputs, self.run.id, node, event.seconds, metrics
            )
            try:
                self._cache.keep(result)
            except StorageFailed as error:
                # This run can go on; only later ones will repeat the work.
                remarks = tuple(replace(d, severity=Severity.WARNING) for d in error.diagnostics)
        return self._change(
            node,
            RunState.SUCCEEDED,
            now,
            outputs=event.outputs,
            seconds=event.seconds,
            diagnostics=remarks,
        )

    def ended(self, node: NodeId, event: JobEnded, *, now: float) -> tuple[NodeChanged, ...]:
        """The job ended without outputs: try again, wait, or give the node up."""
        job = self._jobs.pop(node)
        if event.outcome == "waiting":
            return (self._change(node, RunState.WAITING, now, request=event.request),)
        if event.outcome == "cancelled":
            return (self._change(node, RunState.CANCELLED, now, seconds=event.seconds),)
        self._failures[node] += 1
        retries = self._checked.flat[node].retries
        if event.retryable and self._failures[node] <= retries:
            why = f"attempt {job.attempt} failed: {_first_message(event.diagnostics)}"
            return (
                self._change(node, RunState.QUEUED, now, why=why, diagnostics=event.diagnostics),
            )
        return (
            self._change(
                node,
                RunState.FAILED,
                now,
                seconds=event.seconds,
                diagnostics=event.diagnostics,
                attempt=job.attempt,
            ),
        )

    def take_up(self, *, now: float) -> Advance:
        """Go on where an earlier dispatcher left: jobs for what it had queued or was running.

        Raises:
            NetloomError: A source is gone; nothing can be said about its node.
        """
        step = Advance()
        for node, state in self.states.items():
            if state is RunState.RUNNING:  # its process is gone with its dispatcher
                why = "the process that ran it ended; it goes on from its last checkpoint"
                step.events.append(self._change(node, RunState.QUEUED, now, why=why))
            if state in (RunState.RUNNING, RunState.QUEUED):
                resumed = self.resume(node, now=now)
                step.events += resumed.events
                step.jobs += resumed.jobs
        return step

    def resume(self, node: NodeId, *, now: float) -> Advance:
        """Another attempt at a node that is queued (again)."""
        step = Advance()
        if node not in self._recipes.ingredients:
            ingredients = self._recipes.find(node, self._answers[node])
            self._recipes.keep(node, ingredients)
            facts = {
                "fingerprint": self._recipes.fingerprints[node],
                "ingredients": ingredients.to_json(),
            }
            step.events.append(self._change(node, RunState.QUEUED, now, **facts))
        step.jobs.append(self._make_job(node))
        return step

    def give_up(self, *, now: float, diagnostic: Diagnostic | None = None) -> list[NodeChanged]:
        """End every node that has no job: running ones as failed, the others as cancelled."""
        events = []
        for node, state in self.states.items():
            if state.is_final or node in self._jobs:
                continue
            if diagnostic is not None and state is RunState.RUNNING:
                events.append(self._change(node, RunState.FAILED, now, diagnostics=(diagnostic,)))
            else:
                events.append(
                    self._change(node, RunState.CANCELLED, now, why="the run was stopped")
                )
        return events

    def drop_queued(self, node: NodeId, *, now: float) -> NodeChanged:
        """The node's job was taken from the queue before it started."""
        self._jobs.pop(node, None)
        return self._change(node, RunState.CANCELLED, now, why="the run was stopped")

    def answered(
        self, node: NodeId, answers: Sequence[Mapping[str, Any]], *, now: float
    ) -> Advance:
        """A person answered: the node is queued with the answer as one of its ingredients."""
        self._answers[node] = answers
        self._recipes.ingredients.pop(node, None)
        self.states[node] = RunState.QUEUED
        return self.resume(node, now=now)

    def _restore(self, node: NodeId) -> None:
        """Take up where an earlier dispatcher left: contents of finished nodes are known again."""
        record = self.run.nodes[node]
        if not record.state.has_outputs:
            return
        if record.outputs:
            self._outputs[node] = record.outputs
            self._contents.settle_outputs(node, record.outputs)
        elif not self._contents.is_scheduled(node):
            ingredients = self._contents.ingredients(node, identity=self._recipes.identity(node))
            if ingredients is not None:
                self._contents.settle_inline(node, ingredients.fingerprint)

    def _settle(
        self, node: NodeId, in_flight: Collection[Fingerprint], step: Advance, now: float
    ) -> None:
        is_scheduled = self._contents.is_scheduled(node)
        try:
            ingredients = self._recipes.find(node, self._answers[node])
        except NetloomError as error:
            failed = self._change(node, RunState.FAILED, now, diagnostics=error.diagnostics)
            step.events.append(failed)
            return
        fingerprint = ingredients.fingerprint
        busy = fingerprint in in_flight or fingerprint in self.fingerprints_in_flight
        if is_scheduled and busy and node not in self._force:
            self._is_held_up = True
            return
        self._recipes.keep(node, ingredients)
        verdict = judge(
            ingredients,
            cache=self._cache if is_scheduled else None,
            forced=node in self._force,
            earlier=self.run.earlier.get(node),
        )
        facts: dict[str, Any] = {
            "why": verdict.why,
            "fingerprint": fingerprint,
            "ingredients": ingredients.to_json(),
        }
        if verdict.result is not None:
            self._outputs[node] = verdict.result.outputs
            self._contents.settle_outputs(node, verdict.result.outputs)
            facts["outputs"] = verdict.result.outputs
            facts["metrics"] = verdict.result.metrics
            step.events.append(self._change(node, RunState.CACHED, now, **facts))
        elif not is_scheduled:
            self._contents.settle_inline(node, fingerprint)
            state = RunState.CACHED if verdict.kind == "reuse" else RunState.SUCCEEDED
            step.events.append(self._change(node, state, now, **facts))
        else:
            step.events.append(self._change(node, RunState.QUEUED, now, **facts))
            step.jobs.append(self._make_job(node))

    def _make_job(self, node: NodeId) -> JobSpec:
        self._attempts[node] += 1
        job = self._template.job(
            node,
            self._outputs,
            attempt=self._attempts[node],
            fingerprint=self._recipes.fingerprints[node],
            answers=self._answers[node],
        )
        self._jobs[node] = job
        return job

    def _change(self, node: NodeId, state: RunState, now: float, **facts: Any) -> NodeChanged:
        check_transition(self.states[node], state)
        self.states[node] = state
        self._has_news = True
        return NodeChanged(run=self.run.id, node=node, state=state, time=now, **facts)


class _Recipes:
    """What goes into each node that was looked at, and the hash of that, computed once."""

    def __init__(self, contents: KnownContents, run: OpenRun) -> None:
        self.ingredients: dict[NodeId, Ingredients] = {}
        self.fingerprints: dict[NodeId, Fingerprint] = {}
        self._contents = contents
        self._run = run

    def find(self, node: NodeId, answers: Sequence[Mapping[str, Any]]) -> Ingredients:
        """Ingredients of a node whose inputs are settled.

        Raises:
            NetloomError: It is a source, and its data are gone.
        """
        found = self._contents.ingredients(node, identity=self.identity(node), answers=answers)
        assert found is not None, f"inputs of {node} are not settled"
        return found

    def identity(self, node: NodeId) -> str | None:
        """Identity of what the node takes from outside the graph; None if it takes nothing.

        Raises:
            NetloomError: It is gone.
        """
        if not self._contents.operator(node).looks_outside:
            return None
        identity = self._contents.identity(node)
        return f"{_VOLATILE}{self._run.id}" if identity is None else identity

    def keep(self, node: NodeId, ingredients: Ingredients) -> None:
        """The node is computed, or was found, with these."""
        self.ingredients[node] = ingredients
        self.fingerprints[node] = ingredients.fingerprint


def state_of_run(
    states: Mapping[NodeId, RunState], before: Neighbours, *, has_jobs: bool
) -> RunState:
    """State of a run as a whole.

    Args:
        states: Nodes in topological order.
        before: The nodes each node takes inputs from.
        has_jobs: Whether a job is queued or running.
    """
    waiting: set[NodeId] = set()  # for a person, or behind a node that does
    for node, state in states.items():
        is_behind = state is RunState.PENDING and not waiting.isdisjoint(before[node])
        if state is RunState.WAITING or is_behind:
            waiting.add(node)
    if has_jobs or not all(state.is_final or node in waiting for node, state in states.items()):
        return RunState.RUNNING
    for decisive in (RunState.WAITING, RunState.CANCELLED, RunState.FAILED):
        if decisive in states.values():
            return decisive
    return RunState.SUCCEEDED


_VOLATILE = "volatile:"
"""Start of the identity, in one run, of a source that has none."""


def _first_message(diagnostics: tuple[Diagnostic, ...]) -> str:
    return diagnostics[0].message if diagnostics else "no reason was given"
