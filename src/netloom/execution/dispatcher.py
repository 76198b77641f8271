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
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from netloom.core.errors import NetloomError
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.adoption import INTERRUPTED, is_abandoned, refusal
from netloom.execution.cache import ResultCache
from netloom.execution.devices import Inventory
from netloom.execution.election import Candidate, DispatchLease
from netloom.execution.events import (
    EventSink,
    JobEnded,
    JobEvent,
    JobStarted,
    JobSucceeded,
    MetricsLogged,
    NodeMetrics,
    NodeNoted,
    NodeProgressed,
    Noted,
    Progressed,
    RunChanged,
    RunEvent,
)
from netloom.execution.executor import Executor
from netloom.execution.job_desk import JobDesk, JobQueue
from netloom.execution.job_template import Folders
from netloom.execution.ledger import OpenRun, RunLedger
from netloom.execution.progress import RunProgress
from netloom.execution.states import RunState
from netloom.graph.catalogue import Catalogue
from netloom.graph.serialization import graph_from_json
from netloom.graph.validation import check

POLL_S = 0.1
"""How often other processes' requests (new runs, cancels, answers) are looked for."""


_LULL_S = 0.01
"""News that can wait (a job runs, a metric) is recorded once nothing else has happened for so long …"""
_LATEST_S = 0.1
"""… or at the latest after this."""


class DispatchQueue(JobQueue, DispatchLease, Protocol):
    """What a dispatcher needs of the queue store."""

    def together(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Site:
    """The place a dispatcher works in.

    Attributes:
        inventory: What the machine has.
        usable: What of it may be used at the moment; asked before jobs are started.
        catalogue_for: Operators, given the user's operator files.
        catalogue_path: Import path of that function, for workers.
    """

    workspace: Path
    cache: ResultCache
    inventory: Inventory
    usable: Callable[[], Inventory]
    catalogue_for: Callable[[Sequence[Path]], Catalogue]
    catalogue_path: str

    def folders(self, run: RunId, project: str) -> Folders:
        """Folders of one run."""
        return Folders(self.workspace, self.workspace / "runs" / run, Path(project))


class Dispatcher:
    """Drives all open runs of a workspace. All methods are called from one thread, except ``wake``.

    Args:
        on_recorded: Told of events once they are durable.
    """

    def __init__(
        self,
        site: Site,
        *,
        ledger: RunLedger,
        queue: DispatchQueue,
        sink: EventSink,
        executor: Executor,
        holder: str,
        on_recorded: Callable[[Sequence[RunEvent]], None] = lambda events: None,
    ) -> None:
        self._site = site
        self._executor = executor
        self._on_recorded = on_recorded
        self._ledger = ledger
        self._sink = sink
        self._queue = queue
        self._candidate = Candidate(queue, holder)
        self._desk = JobDesk(queue, executor, site.inventory, holder=holder, usable=site.usable)
        self._runs: dict[RunId, RunProgress] = {}
        self._cancelling: set[RunId] = set()
        self._waiting: set[RunId] = set()
        self._untold: list[RunEvent] = []
        self._untold_since = 0.0
        self._is_draining = False
        self._looked_at = 0.0

    def acquire(self) -> bool:
        """Become the dispatcher of the workspace, or stay it. False: another process is."""
        is_new = self._candidate.is_new
        if not self._candidate.holds():
            return False
        if is_new:
            self._desk.forget_dead()
        return True

    def serve(self, until: Callable[[], bool]) -> bool:
        """Work until ``until()`` is true. Returns False if the lease was lost to another process."""
        while not until():
            if not self.acquire():
                return False
            self.step(POLL_S)
        return True

    def wake(self) -> None:
        """Look for requests at once, not at the next poll. Safe from other threads."""
        self._looked_at = 0.0
        self._executor.wake()

    def end_abandoned(self) -> None:
        """End the runs whose owner died and the waiting ones that are to stop; leave all others."""
        for run, wishes in self._ledger.open_runs().items():
            record = self._ledger.load(run)
            waits = record.state is RunState.WAITING
            if is_abandoned(record.owner, record.state) or (waits and wishes.cancel):
                self._take(run)
                if run in self._runs:
                    self._cancel(run)
        self._record()

    def drain(self) -> None:
        """Start no further jobs, and work until those that run have ended."""
        self._is_draining = True
        while self._desk.has_running and self.acquire():
            self.step(POLL_S)
        self._advance()  # what the last of them completed
        self._record()

    def step(self, timeout_s: float) -> None:
        """One round: look for requests, advance the runs, start jobs, handle events."""
        now = time.time()
        if now - self._looked_at >= POLL_S:
            self._looked_at = now  # first: whoever wakes us meanwhile wants another look
            self._look_for_requests()
        num_runs = len(self._runs)
        has_changed = self._advance()
        if len(self._runs) < num_runs:
            return  # whoever waited for that run may want to leave before more is started
        if not self._is_draining:
            for progress, node, event in self._desk.start():
                self._handle(progress, node, event)
        if has_changed or time.time() - self._untold_since > _LATEST_S:
            self._record()  # while the jobs that were just started begin their work
        self._hear(timeout_s)

    def _hear(self, timeout_s: float) -> None:
        """Wait for what jobs have to say."""
        if not self._desk.has_running and self._desk.has_queued:
            timeout_s = 0.0
        has_heard = False
        for progress, node, event in self._desk.poll(_LULL_S if self._untold else timeout_s):
            self._handle(progress, node, event)
            has_heard = True
        if not has_heard:
            self._record()

    def close(self) -> None:
        """Stop all jobs and give the lease up. Runs stay open: another dispatcher may go on."""
        self._record()
        self._desk.close()
        self._candidate.resign()

    def _look_for_requests(self) -> None:
        for run, wishes in self._ledger.open_runs().items():
            if run not in self._runs:
                self._take(run)
            progress = self._runs.get(run)
            if progress is None:
                continue
            if progress.run.priority != wishes.priority:
                progress.reprioritise(wishes.priority)
                self._desk.reorder(run, wishes.priority)
            if wishes.cancel and run not in self._cancelling:
                self._cancel(run)
        for run, progress in list(self._runs.items()):
            if RunState.WAITING in progress.states.values():
                self._look_for_answers(run, progress)

    def _take(self, run: RunId) -> None:
        record = self._ledger.load(run)
        try:
            progress = self._progress_of(record)
            if is_abandoned(record.owner, record.state):
                self._interrupt(progress)
                return
            taken_up = progress.take_up(now=time.time())
        except NetloomError as error:
            self._tell(*refusal(record, error, now=time.time()))
            return
        self._runs[run] = progress
        if record.state is not RunState.WAITING:
            self._tell(RunChanged(run, RunState.RUNNING, time.time()), *taken_up.events)
        self._desk.enqueue(progress, taken_up.jobs)

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

    def _interrupt(self, progress: RunProgress) -> None:
        now = time.time()
        events: list[RunEvent] = list(progress.give_up(now=now, diagnostic=INTERRUPTED))
        is_done = progress.state is RunState.SUCCEEDED  # all that was missing is to say so
        state = RunState.SUCCEEDED if is_done else RunState.FAILED
        self._tell(*events, RunChanged(progress.run.id, state, now))

    def _cancel(self, run: RunId) -> None:
        self._cancelling.add(run)
        progress = self._runs[run]
        now = time.time()
        events: list[RunEvent] = []
        for node, job in dict(progress.jobs).items():
            if not self._desk.cancel(job.id):
                events.append(progress.drop_queued(node, now=now))
        events.extend(progress.give_up(now=now))
        self._tell(*events)
        self._finish_if_done(progress)

    def _look_for_answers(self, run: RunId, progress: RunProgress) -> None:
        stored = self._ledger.states(run)
        for node, state in list(progress.states.items()):
            if state is RunState.WAITING and stored.get(node) is RunState.QUEUED:
                answers = list(self._ledger.answers(run, node))
                now = time.time()
                step = progress.answered(node, answers, now=now)
                self._tell(RunChanged(run, RunState.RUNNING, now), *step.events)
                self._waiting.discard(run)
                self._desk.enqueue(progress, step.jobs)

    def _advance(self) -> bool:
        """Let every run go on as far as it can. True if a node changed its state."""
        now = time.time()
        has_changed = False
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
                has_changed = True
                self._tell(*step.events)
                self._desk.enqueue(progress, step.jobs)
            self._finish_if_done(progress)
        return has_changed

    def _finish_if_done(self, progress: RunProgress) -> None:
        state = progress.state
        run = progress.run.id
        if state is RunState.RUNNING or run not in self._runs:
            return
        if state is RunState.WAITING:
            if run not in self._waiting:
                self._waiting.add(run)
                self._tell(RunChanged(run, state, time.time()))
            return
        del self._runs[run]
        self._cancelling.discard(run)
        self._waiting.discard(run)
        self._tell(RunChanged(run, state, time.time()))
        self._record()  # whoever waits for the run must know before other runs' jobs are started

    def _tell(self, *events: RunEvent) -> None:
        """Record events soon: those of one round share a transaction."""
        if not self._untold:
            self._untold_since = time.time()
        self._untold.extend(events)

    def _record(self) -> None:
        """Make everything that happened durable, events and queue together."""
        events, self._untold = self._untold, []
        with self._queue.together():
            if events:
                self._sink.emit(*events)
            self._desk.record()
        if events:
            self._on_recorded(events)

    def _handle(self, progress: RunProgress, node: NodeId, event: JobEvent) -> None:
        if isinstance(event, JobSucceeded | JobEnded):
            self._end(progress, node, event)
        else:
            self._tell(_news(progress, node, event))

    def _end(self, progress: RunProgress, node: NodeId, event: JobSucceeded | JobEnded) -> None:
        is_cancelling = progress.run.id in self._cancelling
        now = time.time()
        if isinstance(event, JobSucceeded):
            self._tell(progress.succeeded(node, event, now=now))
        else:
            self._tell(*progress.ended(node, event, now=now))
            if progress.states[node] is RunState.QUEUED and not is_cancelling:
                self._desk.enqueue(progress, progress.resume(node, now=now).jobs)
        if is_cancelling:
            self._tell(*progress.give_up(now=now))
            self._finish_if_done(progress)


def _news(
    progress: RunProgress, node: NodeId, event: JobStarted | MetricsLogged | Progressed | Noted
) -> RunEvent:
    """What a job's event means for its run."""
    run, now = progress.run.id, time.time()
    match event:
        case JobStarted():
            return progress.started(node, now=now)
        case Progressed():
            return NodeProgressed(run, node, now, event.done, event.total, event.unit, event.eta_s)
        case Noted():
            return NodeNoted(run, node, now, event.message)
        case MetricsLogged():
            progress.measured(node, event.name, struct.unpack("<d", event.values[-8:])[0])
            attempt = progress.jobs[node].attempt
            return NodeMetrics(
                run, node, attempt, event.name, event.steps, event.values, event.times
            )
