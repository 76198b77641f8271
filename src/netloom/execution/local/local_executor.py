"""The local executor: jobs in processes of this machine, supervised from one thread."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

from netloom.core.identifiers import JobId
from netloom.execution.devices import memory_mb
from netloom.execution.events import JobEnded, JobEvent, JobStarted, JobSucceeded
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.local.attempt import Attempt, StopReason
from netloom.execution.local.claim import break_claim
from netloom.execution.local.launch import StartMethod, default_start_method, launcher
from netloom.execution.local.memory_watch import MemoryWatch
from netloom.execution.local.wire import BrokenWire, Frame, event_of_frame
from netloom.execution.local.worker import STALE, STAYS
from netloom.execution.local.worker_link import PoolKey, WorkerLink, pool_key

_CLOSING_GRACE_S = 2.0
_LINGER_S = 2.0
"""How long a process may take to exit after its final event."""
_START_LIMIT_S = 120.0
_NEVER = float("inf")


class LocalExecutor:
    """Runs jobs in worker processes. See :class:`netloom.execution.executor.Executor`.

    Everything happens inside ``poll``: reading what workers say, time limits, the watch on memory, the
    escalation of a cancel. A dispatcher that stops polling stops supervising.

    Args:
        start_method: How workers start; see :func:`default_start_method`.
        memory_limit_mb: What one job may use if neither its lease nor its needs say; None is nine
            tenths of the machine, so that a runaway job dies before the machine swaps.
        idle_s: How long a kept worker waits for another job.
    """

    def __init__(
        self,
        *,
        start_method: StartMethod | None = None,
        memory_limit_mb: int | None = None,
        idle_s: float = 30.0,
    ) -> None:
        self._memory_limit_mb = memory_limit_mb or memory_mb() * 9 // 10
        self._idle_s = idle_s
        self._selector = DefaultSelector()
        self._launcher = launcher(start_method or default_start_method(), self._selector, self)
        self._numbers = count(1)
        self._workers: dict[int, WorkerLink] = {}
        self._jobs: dict[JobId, WorkerLink] = {}
        self._idle: dict[PoolKey, list[WorkerLink]] = {}
        self._events: deque[JobEvent] = deque()
        self._memory = MemoryWatch()
        self._is_closed = False
        self._was_woken = False
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        self._selector.register(self._woken, EVENT_READ, self._on_woken)

    def preload(self, modules: Sequence[str]) -> None:
        """Let the fork-server import modules now, while there is nothing else to do."""
        self._launcher.preload(modules)

    def submit(self, job: JobSpec, lease: DeviceLease) -> None:
        """Start a job; returns at once."""
        if self._is_closed:
            raise RuntimeError("the executor is closed")
        if job.id in self._jobs:
            raise ValueError(f"job {job.id} is running already")
        limit_mb = lease.memory_mb or job.needs.memory_mb or self._memory_limit_mb
        attempt = Attempt(job, lease, time.monotonic(), limit_mb)
        idle = self._idle.get(pool_key(job)) if not lease.gpus else None
        if idle:
            worker = idle.pop()
            self._jobs[job.id] = worker
            worker.hand_over(attempt)
        else:
            self._launch(attempt)

    def cancel(self, job: JobId, *, grace_s: float = 5.0) -> None:
        """Ask a job to stop; KILL after ``grace_s``."""
        worker = self._jobs.get(job)
        if worker is not None and worker.attempt is not None and worker.attempt.final is None:
            self._stop(worker, StopReason.CANCELLED, grace_s=grace_s)

    def poll(self, timeout_s: float) -> Sequence[JobEvent]:
        """Supervise for up to ``timeout_s``, or until something happened."""
        deadline = time.monotonic() + timeout_s
        while not self._is_closed:
            now = time.monotonic()
            next_due = self._tick(now)
            wait = 0.0 if self._events else max(0.0, min(deadline, next_due) - now)
            for key, _ in self._selector.select(wait):
                key.data()
            if self._events or self._was_woken or time.monotonic() >= deadline:
                break
        self._was_woken = False
        events = list(self._events)
        self._events.clear()
        return events

    def wake(self) -> None:
        """Make a ``poll`` in progress return early."""
        with contextlib.suppress(OSError):  # full: it is about to wake up; or closed
            self._wake.send(b"\0")

    def reattach(self, job: JobSpec, lease: DeviceLease) -> bool:
        """Workers end with their dispatcher, so there is never anything to take over.

        What may still be on its way out is killed, so that the job can be started again at once.
        """
        if job.id in self._jobs:
            return True
        break_claim(Path(job.folder))
        return False

    def close(self) -> None:
        """Stop everything; final events of running jobs can still be polled."""
        if self._is_closed:
            return
        for job in list(self._jobs):
            self.cancel(job, grace_s=_CLOSING_GRACE_S)
        deadline = time.monotonic() + _CLOSING_GRACE_S + _LINGER_S
        while self._jobs and time.monotonic() < deadline:
            due = self._tick(time.monotonic())
            wait = min(deadline, due) - time.monotonic()
            for key, _ in self._selector.select(max(0.0, wait)):
                key.data()
        self._launcher.close()
        for worker in list(self._workers.values()):
            self.on_exited(worker.number, None, "the executor was closed")
        self._is_closed = True
        self._selector.close()
        self._woken.close()
        self._wake.close()

    # What the launcher reports.

    def on_launched(self, worker: int, pid: int) -> None:
        """A process exists: give it its job."""
        launched = self._workers.get(worker)
        if launched is None:
            return  # given up meanwhile; its connection is closed, so it ends by itself
        launched.pid = pid
        assert launched.attempt is not None
        launched.hand_over(launched.attempt)

    def on_exited(self, worker: int, status: int | None, reason: str) -> None:
        """A process is gone: its job ends, if it had one."""
        gone = self._workers.get(worker)
        if gone is None:
            return
        self._read(gone)
        attempt = gone.attempt
        self._forget(gone)
        if attempt is None:
            return
        if gone.has_served and not attempt.has_started and attempt.stop is None:
            self._launch(attempt)  # a kept worker died in its sleep: not the job's fault
            return
        self._deliver(attempt.conclusion(status, reason=reason, now=time.monotonic()))

    # Workers.

    def _launch(self, attempt: Attempt) -> None:
        ours, theirs = socket.socketpair()
        worker = WorkerLink(next(self._numbers), ours, pool_key(attempt.job), attempt)
        self._workers[worker.number] = worker
        self._jobs[attempt.job.id] = worker
        self._selector.register(ours, EVENT_READ, lambda: self._read(worker))
        self._launcher.launch(worker.number, theirs, _modules(attempt.job))

    def _read(self, worker: WorkerLink) -> None:
        if worker.number not in self._workers:
            return  # it ended, and was read to the end, earlier in the same round
        try:
            frames, is_open = worker.receive()
            for frame in frames:
                self._on_frame(worker, frame)
        except BrokenWire as error:
            is_open = False
            if worker.attempt is not None:
                failure = worker.attempt.spoke_nonsense(str(error))
                worker.attempt.request_stop(
                    StopReason.BROKEN, now=time.monotonic(), grace_s=0.0, failure=failure
                )
        if not is_open:
            self._unwatch(worker)

    def _on_frame(self, worker: WorkerLink, frame: Frame) -> None:
        document, blob = frame
        attempt = worker.attempt
        if attempt is None or attempt.final is not None:
            return
        if document == STALE:
            worker.attempt = None
            self._launch(attempt)
            return
        stays = bool(document.pop(STAYS, False))
        event = event_of_frame((document, blob))
        if event.job != attempt.job.id:
            raise BrokenWire(f"an event of another job, {event.job}")
        if isinstance(event, JobSucceeded | JobEnded):
            self._on_final(worker, attempt, event, stays=stays)
            return
        attempt.has_started |= isinstance(event, JobStarted)
        self._events.append(event)

    def _on_final(
        self, worker: WorkerLink, attempt: Attempt, event: JobSucceeded | JobEnded, *, stays: bool
    ) -> None:
        attempt.final = event
        if not stays or attempt.stop is not None:
            worker.end_by = time.monotonic() + _LINGER_S
            if stays:
                worker.dismiss()
            return
        worker.attempt = None
        worker.has_served = True
        worker.end_by = time.monotonic() + self._idle_s
        self._idle.setdefault(worker.key, []).append(worker)
        self._deliver(event)

    def _deliver(self, event: JobSucceeded | JobEnded) -> None:
        self._jobs.pop(event.job, None)
        self._events.append(event)

    def _forget(self, worker: WorkerLink) -> None:
        self._workers.pop(worker.number, None)
        self._unwatch(worker)
        worker.connection.close()
        idle = self._idle.get(worker.key, [])
        if worker in idle:
            idle.remove(worker)

    def _unwatch(self, worker: WorkerLink) -> None:
        if worker.connection.fileno() in self._selector.get_map():
            self._selector.unregister(worker.connection)

    # Time.

    def _tick(self, now: float) -> float:
        """Do what is due; return when something will be due next."""
        next_due = _NEVER
        if self._launcher.tick_s is not None:
            self._launcher.tick()
            next_due = now + self._launcher.tick_s
        at_work = {w.pid: w.attempt for w in self._workers.values() if w.pid and w.attempt}
        next_due = min(next_due, self._memory.check(at_work, now=now))
        for worker in list(self._workers.values()):
            next_due = min(next_due, self._tick_worker(worker, now))
        return next_due

    def _tick_worker(self, worker: WorkerLink, now: float) -> float:
        attempt = worker.attempt
        if worker.end_by is not None:
            if now < worker.end_by:
                return worker.end_by
            self._end(worker)
            worker.end_by = now + _LINGER_S
            return worker.end_by
        if attempt is None:
            return _NEVER
        if attempt.launched is None:
            return self._tick_unlaunched(worker, attempt, now)
        return attempt.tick(worker.pid, now=now)

    def _tick_unlaunched(self, worker: WorkerLink, attempt: Attempt, now: float) -> float:
        """No process yet: a stop takes effect at once, and waiting has an end."""
        limit = attempt.submitted + _START_LIMIT_S
        if attempt.stop is None and now < limit:
            return limit
        self._forget(worker)
        reason = "" if attempt.stop else f"none started within {_START_LIMIT_S:g} s"
        self._deliver(attempt.conclusion(None, reason=reason, now=now))
        return _NEVER

    def _end(self, worker: WorkerLink) -> None:
        """End an idle worker, or one that does not exit by itself."""
        idle = self._idle.get(worker.key, [])
        if worker in idle:
            idle.remove(worker)
            worker.dismiss()
        else:
            worker.kill()

    def _stop(self, worker: WorkerLink, reason: StopReason, *, grace_s: float) -> None:
        assert worker.attempt is not None
        now = time.monotonic()
        worker.attempt.request_stop(reason, now=now, grace_s=grace_s)
        self._tick_worker(worker, now)

    def _on_woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        self._was_woken = True


def _modules(job: JobSpec) -> tuple[str, ...]:
    """What is worth importing before forking: never the user's project, which may change."""
    return job.catalogue.partition(":")[0], *job.preload
