"""Progress of one run: which nodes come next, and what each event means for the rest.

Pure book-keeping: no clocks but the one passed in, no processes, no database. The dispatcher feeds it
job events and carries out what it returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import NetloomError, StorageFailed
from netloom.core.identifiers import Fingerprint, NodeId, PortName, new_job_id
from netloom.execution.cache import CachedResult, ResultCache
from netloom.execution.contents import KnownContents
from netloom.execution.events import JobEnded, JobSucceeded, NodeChanged, Output
from netloom.execution.job_steps import steps_of_job
from netloom.execution.jobs import JobSpec
from netloom.execution.ledger import OpenRun
from netloom.execution.plan import inner_nodes
from netloom.execution.states import RunState, check_transition
from netloom.execution.verdict import judge
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import Ingredients
from netloom.graph.topology import topological_order
from netloom.graph.validation import CheckedGraph


@dataclass(slots=True)
class Advance:
    """What follows from the present state: news to record and jobs to queue."""

    events: list[NodeChanged] = field(default_factory=list)
    jobs: list[JobSpec] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where jobs of one run find things, as absolute paths."""

    workspace: Path
    run: Path
    project: Path

    def node(self, node: NodeId) -> Path:
        """Folder of one node in the run; ``/`` of nested ids becomes a folder level."""
        return self.run / "nodes" / node


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
        self.states: dict[NodeId, RunState] = {n: node.state for n, node in run.nodes.items()}
        self.folders = folders
        self._checked = checked
        self._cache = cache
        self._catalogue_path = catalogue_path
        self._force = {n for name in run.force for n in inner_nodes(checked.flat, name)}
        self._attempts = {n: node.attempt for n, node in run.nodes.items()}
        self._outputs: dict[NodeId, Mapping[PortName, Output]] = {}
        self._ingredients: dict[NodeId, Ingredients] = {}
        self._metrics: dict[NodeId, dict[str, float]] = {}
        self._answers: dict[NodeId, Sequence[Mapping[str, Any]]] = {
            n: node.answers for n, node in run.nodes.items()
        }
        self._failures: Counter[NodeId] = Counter()
        self._jobs: dict[NodeId, JobSpec] = {}
        self._order = [node for node in topological_order(checked.flat) if node in run.nodes]
        self._contents = KnownContents(
            checked, catalogue, selected=run.nodes.keys(), project=folders.project
        )
        for node in self._order:
            self._restore(node)

    @property
    def fingerprints_in_flight(self) -> set[Fingerprint]:
        """What is being computed for this run now."""
        return {
            self._ingredients[node].fingerprint for node in self._jobs if node in self._ingredients
        }

    @property
    def jobs(self) -> Mapping[NodeId, JobSpec]:
        """Jobs queued or running for this run."""
        return self._jobs

    @property
    def state(self) -> RunState:
        """State of the run as a whole."""
        states = set(self.states.values())
        waiting = self._waiting()
        if self._jobs or not all(s.is_final or n in waiting for n, s in self.states.items()):
            return RunState.RUNNING
        for decisive in (RunState.WAITING, RunState.CANCELLED, RunState.FAILED):
            if decisive in states:
                return decisive
        return RunState.SUCCEEDED

    def advance(self, in_flight: Collection[Fingerprint], *, now: float) -> Advance:
        """Settle every node that can be settled and make jobs for those that are ready.

        Args:
            in_flight: Fingerprints other runs are computing: wait for their result instead.
        """
        step = Advance()
        for node in self._order:
            if self.states[node] is not RunState.PENDING:
                continue
            predecessors = {ref.node for _, ref in self._checked.flat[node].edges()}
            blocked = sorted(p for p in predecessors if self._is_lost(p))
            if blocked:
                why = f"{', '.join(blocked)} did not succeed"
                step.events.append(self._change(node, RunState.SKIPPED, now, why=why))
            elif all(self.states[p].has_outputs for p in predecessors):
                self._settle(node, in_flight, step, now)
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
        ingredients = self._ingredients[node]
        self._outputs[node] = event.outputs
        self._contents.settle_outputs(node, event.outputs)
        remarks: tuple[Diagnostic, ...] = ()
        if not (ingredients.identity or "").startswith(_VOLATILE):
            metrics = self._metrics.get(node, {})
            result = CachedResult(
                ingredients.fingerprint, event.outputs, self.run.id, node, event.seconds, metrics
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
        if node not in self._ingredients:
            ingredients = self._known_ingredients(node, self._identity(node))
            self._ingredients[node] = ingredients
            facts = {
                "fingerprint": ingredients.fingerprint,
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
        self._ingredients.pop(node, None)
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
            ingredients = self._contents.ingredients(node)
            if ingredients is not None:
                self._contents.settle_inline(node, ingredients.fingerprint)

    def _settle(
        self, node: NodeId, in_flight: Collection[Fingerprint], step: Advance, now: float
    ) -> None:
        is_scheduled = self._contents.is_scheduled(node)
        try:
            identity = self._identity(node)
        except NetloomError as error:
            failed = self._change(node, RunState.FAILED, now, diagnostics=error.diagnostics)
            step.events.append(failed)
            return
        ingredients = self._known_ingredients(node, identity)
        fingerprint = ingredients.fingerprint
        busy = fingerprint in in_flight or fingerprint in self.fingerprints_in_flight
        if is_scheduled and busy and node not in self._force:
            return
        self._ingredients[node] = ingredients
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

    def _known_ingredients(self, node: NodeId, identity: str | None) -> Ingredients:
        ingredients = self._contents.ingredients(
            node, identity=identity, answers=self._answers.get(node, ())
        )
        assert ingredients is not None, f"inputs of {node} are not settled"
        return ingredients

    def _identity(self, node: NodeId) -> str | None:
        if not self._contents.operator(node).is_source:
            return None
        return self._contents.identity(node) or f"{_VOLATILE}{self.run.id}"

    def _make_job(self, node: NodeId) -> JobSpec:
        self._attempts[node] += 1
        needs = self._checked.needs[node]
        answers = self._answers.get(node, ())
        steps = steps_of_job(node, self._contents, self._outputs, order=self._order)
        preload = {
            name: None for step in steps for name in self._contents.operator(step.node).preload
        }
        job = JobSpec(
            id=new_job_id(),
            run=self.run.id,
            node=node,
            attempt=self._attempts[node],
            steps=steps,
            catalogue=self._catalogue_path,
            operator_files=self.run.operator_files,
            code=self._contents.code(node),
            workspace=str(self.folders.workspace),
            folder=str(self.folders.node(node)),
            project=str(self.folders.project),
            needs=needs,
            seed=int(self._ingredients[node].fingerprint[:15], 16),
            threads=max(1, int(needs.cpus)),
            timeout_s=self._checked.flat[node].timeout_s,
            preload=tuple(preload),
            keep_worker=needs.keep_worker,
            priority=self.run.priority,
            answer=dict(answers[-1]) if answers else None,
        )
        self._jobs[node] = job
        return job

    def _waiting(self) -> set[NodeId]:
        """Nodes that wait for a person, and those that can do nothing before."""
        found: set[NodeId] = set()
        for node in self._order:
            state = self.states[node]
            predecessors = {ref.node for _, ref in self._checked.flat[node].edges()}
            if state is RunState.WAITING or (state is RunState.PENDING and predecessors & found):
                found.add(node)
        return found

    def _is_lost(self, node: NodeId) -> bool:
        state = self.states[node]
        return state.is_final and not state.has_outputs

    def _change(self, node: NodeId, state: RunState, now: float, **facts: Any) -> NodeChanged:
        check_transition(self.states[node], state)
        self.states[node] = state
        return NodeChanged(run=self.run.id, node=node, state=state, time=now, **facts)


_VOLATILE = "volatile:"
"""Start of the identity, in one run, of a source that has none."""


def _first_message(diagnostics: tuple[Diagnostic, ...]) -> str:
    return diagnostics[0].message if diagnostics else "no reason was given"
