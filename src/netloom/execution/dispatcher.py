"""The dispatcher: takes open runs forward, job by job, until there is nothing left to do.

One dispatcher is active in a workspace at a time, elected by a lease in the database. It alone starts
jobs and records their events. When its process dies, its jobs die with it (local executor), and the next
dispatcher finds the runs in the database: those whose owner died too end as interrupted, the others go on
from their checkpoints.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import NetloomError
from netloom.core.identifiers import JobId, NodeId, RunId
from netloom.execution.cache import ResultCache
from netloom.execution.devices import Inventory
from netloom.execution.events import (
    EventSink,
    JobEnded,
    JobEvent,
    JobStarted,
    JobSucceeded,
    MetricsLogged,
    NodeChanged,
    NodeMetrics,
    NodeNoted,
    NodeProgressed,
    Noted,
    Progressed,
    RunChanged,
    RunEvent,
)
from netloom.execution.executor import Executor
from netloom.execution.job_template import Folders
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.ledger import OpenRun, RunLedger
from netloom.execution.placement import place
from netloom.execution.process_name import is_alive
from netloom.execution.progress import RunProgress
from netloom.execution.states import RunState
from netloom.graph.catalogue import Catalogue
from netloom.graph.serialization import graph_from_json
from netloom.graph.validation import check

LEASE_TTL_S = 10.0
POLL_S = 0.1
"""How often other processes' requests (new runs, cancels, answers) are looked for."""


class JobQueue(Protocol):
    """The part of the queue store a dispatcher uses; see ``netloom.tracking.run_store.QueueStore``."""

    def acquire_dispatch(self, holder: str, *, ttl_s: float, now: float) -> bool: ...
    def release_dispatch(self, holder: str) -> None: ...
    def dispatcher(self, *, now: float) -> str | None: ...
    def enqueue(self, jobs: Sequence[JobSpec], *, now: float) -> None: ...
    def lease(self, job: JobId, lease: DeviceLease, *, holder: str, now: float) -> bool: ...
    def leased(self) -> Sequence[tuple[JobSpec, DeviceLease]]: ...
    def finish(self, job: JobId) -> None: ...


@dataclass(frozen=True, slots=True)
class Site:
    """The place a dispatcher works in.

    Attributes:
        catalogue_for: Operators, given the user's operator files.
        catalogue_path: Import path of that function, for workers.
    """

    workspace: Path
    cache: ResultCache
    inventory: Inventory
    catalogue_for: Callable[[Sequence[Path]], Catalogue]
    catalogue_path: str

    def folders(self, run: RunId, project: str) -> Folders:
        """Folders of one run."""
        return Folders(self.workspace, self.workspace / "runs" / run, Path(project))


class Dispatcher:
    """Drives all open runs of a workspace. All methods are called from one thread."""

    def __init__(
        self,
        site: Site,
        *,
        ledger: RunLedger,
        queue: JobQueue,
        sink: EventSink,
        executor: Executor,
        holder: str,
    ) -> None:
        self._site = site
        self._ledger = ledger
        self._queue = queue
        self._sink = sink
        self._executor = executor
        self._holder = holder
        self._runs: dict[RunId, RunProgress] = {}
        self._jobs: dict[JobId, tuple[RunProgress, NodeId]] = {}
        self._queued: list[JobSpec] = []
        self._leases: dict[JobId, DeviceLease] = {}
        self._cancelling: set[RunId] = set()
        self._waiting: set[RunId] = set()
        self._draining = False
        self._renewed_at = 0.0
        self._looked_at = 0.0

    def acquire(self) -> bool:
        """Become the dispatcher of the workspace, or stay it. False: another process is."""
        now = time.time()
        if now - self._renewed_at < LEASE_TTL_S / 4:
            return True
        if not self._is_elected(now):
            return False
        if not self._renewed_at:
            self._forget_dead_jobs()
        self._renewed_at = now
        return True

    def serve(self, until: Callable[[], bool]) -> bool:
        """Work until ``until()`` is true. Returns False if the lease was lost to another process."""
        while not until():
            if not self.acquire():
                return False
            self.step(POLL_S)
        return True

    def end_abandoned(self) -> None:
        """End the runs whose owner died and the waiting ones that are to stop; leave all others."""
        for run, cancel_requested in self._ledger.open_runs().items():
            record = self._ledger.load(run)
            waits = record.state is RunState.WAITING
            if _is_abandoned(record) or (waits and cancel_requested):
                self._take(run)
                if run in self._runs:
                    self._cancel(run)

    def drain(self) -> None:
        """Start no further jobs, and work until those that run have ended."""
        self._draining = True
        while self._leases and self.acquire():
            self.step(POLL_S)

    @property
    def has_jobs(self) -> bool:
        """Whether a job is running."""
        return bool(self._leases)

    def step(self, timeout_s: float) -> None:
        """One round: look for requests, advance the runs, start jobs, handle events."""
        now = time.time()
        if now - self._looked_at >= POLL_S:
            self._look_for_requests()
            self._looked_at = now
        self._advance()
        self._start_jobs()
        has_to_wait = bool(self._leases) or (bool(self._runs) and not self._queued)
        self._handle(self._executor.poll(timeout_s if has_to_wait else 0.0))

    def close(self) -> None:
        """Stop all jobs and give the lease up. Runs stay open: another dispatcher may go on."""
        self._executor.close()
        for job in list(self._leases):
            self._queue.finish(job)
        self._queue.release_dispatch(self._holder)

    def _is_elected(self, now: float) -> bool:
        """Whether the lease is ours now. One whose holder has died is not waited out."""
        if self._queue.acquire_dispatch(self._holder, ttl_s=LEASE_TTL_S, now=now):
            return True
        holder = self._queue.dispatcher(now=now)
        if holder is None or is_alive(holder):
            return False
        self._queue.release_dispatch(holder)
        return self._queue.acquire_dispatch(self._holder, ttl_s=LEASE_TTL_S, now=now)

    def _look_for_requests(self) -> None:
        open_runs = self._ledger.open_runs()
        for run, cancel_requested in open_runs.items():
            if run not in self._runs:
                self._take(run)
            if cancel_requested and run in self._runs and run not in self._cancelling:
                self._cancel(run)
        for run, progress in list(self._runs.items()):
            if RunState.WAITING in progress.states.values():
                self._look_for_answers(run, progress)

    def _take(self, run: RunId) -> None:
        record = self._ledger.load(run)
        try:
            progress = self._progress_of(record)
            if _is_abandoned(record):
                self._interrupt(progress)
                return
            taken_up = progress.take_up(now=time.time())
        except NetloomError as error:
            self._refuse(record, error)
            return
        self._runs[run] = progress
        if record.state is not RunState.WAITING:
            self._sink.emit(RunChanged(run, RunState.RUNNING, time.time()), *taken_up.events)
        self._enqueue(progress, taken_up.jobs)

    def _progress_of(self, record: OpenRun) -> RunProgress:
        files = [Path(file) for file in record.operator_files]
        catalogue = self._site.catalogue_for(files)
        checked = check(graph_from_json(record.graph), catalogue).require_valid()
        return RunProgress(
            record,
            checked,
            catalogue,
            self._site.cache,
            folders=self._site.folders(record.id, record.project),
            catalogue_path=self._site.catalogue_path,
        )

    def _refuse(self, record: OpenRun, error: NetloomError) -> None:
        """The run cannot be carried on (its operators are gone): end it with the reason."""
        now = time.time()
        events: list[RunEvent] = []
        for node, known in record.nodes.items():
            if not known.state.is_final:
                events.append(_refusal(record.id, node, known.state, error, now))
        self._sink.emit(*events, RunChanged(record.id, RunState.FAILED, now))

    def _interrupt(self, progress: RunProgress) -> None:
        now = time.time()
        events: list[RunEvent] = list(progress.give_up(now=now, diagnostic=_INTERRUPTED))
        self._sink.emit(*events, RunChanged(progress.run.id, RunState.FAILED, now))

    def _cancel(self, run: RunId) -> None:
        self._cancelling.add(run)
        progress = self._runs[run]
        now = time.time()
        events: list[RunEvent] = []
        for node, job in dict(progress.jobs).items():
            if job.id in self._leases:
                self._executor.cancel(job.id)
            else:
                self._queued = [queued for queued in self._queued if queued.id != job.id]
                self._queue.finish(job.id)
                self._jobs.pop(job.id, None)
                events.append(progress.drop_queued(node, now=now))
        events.extend(progress.give_up(now=now))
        self._sink.emit(*events)
        self._finish_if_done(progress)

    def _look_for_answers(self, run: RunId, progress: RunProgress) -> None:
        stored = self._ledger.states(run)
        for node, state in list(progress.states.items()):
            if state is RunState.WAITING and stored.get(node) is RunState.QUEUED:
                answers = list(self._ledger.answers(run, node))
                now = time.time()
                step = progress.answered(node, answers, now=now)
                self._sink.emit(RunChanged(run, RunState.RUNNING, now), *step.events)
                self._waiting.discard(run)
                self._enqueue(progress, step.jobs)

    def _advance(self) -> None:
        now = time.time()
        for run, progress in list(self._runs.items()):
            if run in self._cancelling:
                continue
            in_flight = {
                fingerprint
                for other in self._runs.values()
                if other is not progress
                for fingerprint in other.fingerprints_in_flight
            }
            while True:
                step = progress.advance(in_flight, now=now)
                if not step.events:
                    break
                self._sink.emit(*step.events)
                self._enqueue(progress, step.jobs)
            self._finish_if_done(progress)

    def _finish_if_done(self, progress: RunProgress) -> None:
        state = progress.state
        run = progress.run.id
        if state is RunState.RUNNING or run not in self._runs:
            return
        if state is RunState.WAITING:
            if run not in self._waiting:
                self._waiting.add(run)
                self._sink.emit(RunChanged(run, state, time.time()))
            return
        del self._runs[run]
        self._cancelling.discard(run)
        self._waiting.discard(run)
        self._sink.emit(RunChanged(run, state, time.time()))

    def _enqueue(self, progress: RunProgress, jobs: Sequence[JobSpec]) -> None:
        if not jobs:
            return
        self._queue.enqueue(jobs, now=time.time())
        for job in jobs:
            self._jobs[job.id] = (progress, job.node)
        self._queued.extend(jobs)
        self._queued.sort(key=lambda job: -job.priority)  # stable: oldest first among equals

    def _start_jobs(self) -> None:
        if not self._queued or self._draining:
            return
        placed, impossible = place(self._queued, self._site.inventory, list(self._leases.values()))
        for job, problem in impossible:
            self._queued.remove(job)
            self._end(JobEnded(job.id, "failed", 0.0, (problem,), retryable=False))
        for job, lease in placed:
            self._queued.remove(job)
            if not self._queue.lease(job.id, lease, holder=self._holder, now=time.time()):
                self._jobs.pop(job.id, None)
                continue
            self._leases[job.id] = lease
            self._executor.submit(job, lease)

    def _handle(self, events: Sequence[JobEvent]) -> None:
        for event in events:
            if event.job not in self._jobs:
                continue
            if isinstance(event, JobSucceeded | JobEnded):
                self._end(event)
            else:
                self._sink.emit(self._news(event))

    def _news(self, event: JobStarted | MetricsLogged | Progressed | Noted) -> RunEvent:
        progress, node = self._jobs[event.job]
        run, now = progress.run.id, time.time()
        match event:
            case JobStarted():
                return progress.started(node, now=now)
            case Progressed():
                return NodeProgressed(
                    run, node, now, event.done, event.total, event.unit, event.eta_s
                )
            case Noted():
                return NodeNoted(run, node, now, event.message)
            case MetricsLogged():
                progress.measured(node, event.name, struct.unpack("<d", event.values[-8:])[0])
                attempt = progress.jobs[node].attempt
                return NodeMetrics(
                    run, node, attempt, event.name, event.steps, event.values, event.times
                )

    def _end(self, event: JobSucceeded | JobEnded) -> None:
        progress, node = self._jobs.pop(event.job)
        is_cancelling = progress.run.id in self._cancelling
        self._leases.pop(event.job, None)
        self._queue.finish(event.job)
        now = time.time()
        if isinstance(event, JobSucceeded):
            self._sink.emit(progress.succeeded(node, event, now=now))
        else:
            changes = progress.ended(node, event, now=now)
            self._sink.emit(*changes)
            if progress.states[node] is RunState.QUEUED and not is_cancelling:
                self._enqueue(progress, progress.resume(node, now=now).jobs)
        if is_cancelling:
            self._sink.emit(*progress.give_up(now=now))
            self._finish_if_done(progress)

    def _forget_dead_jobs(self) -> None:
        """Jobs of an earlier dispatcher: taken over if the executor can, else out of the queue."""
        for job, lease in self._queue.leased():
            if not self._executor.reattach(job, lease):
                self._queue.finish(job.id)


def _is_abandoned(record: OpenRun) -> bool:
    """Whether the process that waits for a run has died. Nobody needs to wait while the run does."""
    is_left = bool(record.owner) and not is_alive(record.owner)
    return is_left and record.state is not RunState.WAITING


_INTERRUPTED = Diagnostic(
    code="X207",
    message="the run was interrupted: the program that ran it ended",
    fix="netloom retry RUN goes on from the last checkpoint; finished nodes are kept",
)


def _refusal(
    run: RunId, node: NodeId, state: RunState, error: NetloomError, now: float
) -> RunEvent:
    diagnostics = tuple(
        Diagnostic(
            code=problem.code,
            message=problem.message,
            place=Place(node=problem.place.node or node, setting=problem.place.setting),
            fix=problem.fix,
        )
        for problem in error.diagnostics
    )
    final = RunState.CANCELLED if state is RunState.WAITING else RunState.FAILED
    return NodeChanged(run, node, final, now, diagnostics=diagnostics)
