"""The local executor: jobs in processes of this machine, supervised from one thread."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Literal

from netloom.core.identifiers import JobId
from netloom.execution.attempt import Attempt, StopReason
from netloom.execution.claim import break_claim
from netloom.execution.devices import inventory
from netloom.execution.events import JobEnded, JobEvent, JobStarted, JobSucceeded
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.launch import (
    ForkServerLauncher,
    Launcher,
    SpawnLauncher,
    import_path,
    kill_group,
)
from netloom.execution.limits import worker_environ
from netloom.execution.memory_watch import over_limit
from netloom.execution.wire import (
    BrokenWire,
    Frame,
    FrameReader,
    Order,
    event_of_frame,
    frame_bytes,
)
from netloom.execution.worker import STAYS

StartMethod = Literal["fork", "spawn"]

_READ_BYTES = 1 << 18
_TIMEOUT_GRACE_S = 5.0
_CLOSING_GRACE_S = 2.0
_LINGER_S = 2.0
"""How long a process may take to exit after its final event."""
_START_LIMIT_S = 120.0
_MEMORY_EVERY_S = 0.5

_PoolKey = tuple[str, str, tuple[str, ...], tuple[str, ...], int]


@dataclass(eq=False)
class _Worker:
    """A worker process from the dispatcher's side.

    Attributes:
        pid: None until the process exists.
        end_by: Monotonic time at which it is killed if it is still there: after a final event, or when
            it has been idle for long enough.
    """

    number: int
    connection: socket.socket
    key: _PoolKey
    attempt: Attempt | None
    pid: int | None = None
    end_by: float | None = None
    has_served: bool = False
    reader: FrameReader = field(default_factory=FrameReader)


def default_start_method() -> StartMethod:
    """``NETLOOM_START_METHOD`` if set, else fork on Linux and spawn elsewhere."""
    chosen = os.environ.get("NETLOOM_START_METHOD", "")
    if chosen == "spawn" or (chosen != "fork" and sys.platform != "linux"):
        return "spawn"
    return "fork"


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
        self._memory_limit_mb = memory_limit_mb or inventory().memory_mb * 9 // 10
        self._idle_s = idle_s
        self._selector = DefaultSelector()
        self._launcher: Launcher = (
            ForkServerLauncher(self._selector, self)
            if (start_method or default_start_method()) == "fork"
            else SpawnLauncher(self._selector, self)
        )
        self._numbers = count(1)
        self._workers: dict[int, _Worker] = {}
        self._jobs: dict[JobId, _Worker] = {}
        self._idle: dict[_PoolKey, list[_Worker]] = {}
        self._events: deque[JobEvent] = deque()
        self._memory_checked = 0.0
        self._is_closed = False
        self._was_woken = False
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        self._selector.register(self._woken, EVENT_READ, self._on_woken)

    def preload(self, modules: Sequence[str]) -> None:
        """Let the fork-server import modules now, while there is nothing else to do."""
        if isinstance(self._launcher, ForkServerLauncher):
            self._launcher.preload(modules)

    def submit(self, job: JobSpec, lease: DeviceLease) -> None:
        """Start a job; returns at once."""
        if self._is_closed:
            raise RuntimeError("the executor is closed")
        if job.id in self._jobs:
            raise ValueError(f"job {job.id} is running already")
        limit_mb = lease.memory_mb or job.needs.memory_mb or self._memory_limit_mb
        attempt = Attempt(job, lease, time.monotonic(), limit_mb)
        idle = self._idle.get(_pool_key(job)) if not lease.gpus else None
        if idle:
            worker = idle.pop()
            worker.attempt, worker.end_by = attempt, None
            self._jobs[job.id] = worker
            self._hand_over(worker)
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
        try:
            self._wake.send(b"\0")
        except OSError:
            pass  # full: it is about to wake up; or closed

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
        self._hand_over(launched)

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
        worker = _Worker(next(self._numbers), ours, _pool_key(attempt.job), attempt)
        self._workers[worker.number] = worker
        self._jobs[attempt.job.id] = worker
        self._selector.register(ours, EVENT_READ, lambda: self._read(worker))
        self._launcher.launch(worker.number, theirs, _modules(attempt.job))

    def _hand_over(self, worker: _Worker) -> None:
        attempt = worker.attempt
        assert attempt is not None
        job, lease = attempt.job, attempt.lease
        order = Order(
            job=job,
            lease=lease,
            environ=worker_environ(os.environ, threads=job.threads, gpus=lease.gpus),
            import_path=import_path(),
            memory_limit_mb=attempt.limit_mb,
            # An idle process would go on holding GPU memory that the next lease counts on.
            may_stay=job.keep_worker and not lease.gpus,
        )
        attempt.launched = time.monotonic()
        try:
            worker.connection.sendall(frame_bytes(order.to_json()))
        except OSError:
            pass  # it is dying; its exit is reported in a moment

    def _read(self, worker: _Worker) -> None:
        while True:
            try:
                received = worker.connection.recv(_READ_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                received = b""
            if not received:
                self._unwatch(worker)
                return
            try:
                for frame in worker.reader.feed(received):
                    self._on_frame(worker, frame)
            except BrokenWire as error:
                self._unwatch(worker)
                if worker.attempt is not None:
                    failure = worker.attempt.spoke_nonsense(str(error))
                    worker.attempt.request_stop(
                        StopReason.BROKEN, now=time.monotonic(), grace_s=0.0, failure=failure
                    )
                return

    def _on_frame(self, worker: _Worker, frame: Frame) -> None:
        document, blob = frame
        attempt = worker.attempt
        if attempt is None or attempt.final is not None:
            return
        if document.get("kind") == "stale":
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
        self, worker: _Worker, attempt: Attempt, event: JobSucceeded | JobEnded, *, stays: bool
    ) -> None:
        attempt.final = event
        if not stays or attempt.stop is not None:
            worker.end_by = time.monotonic() + _LINGER_S
            if stays:
                worker.connection.shutdown(socket.SHUT_WR)
            return
        worker.attempt = None
        worker.has_served = True
        worker.end_by = time.monotonic() + self._idle_s
        self._idle.setdefault(worker.key, []).append(worker)
        self._deliver(event)

    def _deliver(self, event: JobSucceeded | JobEnded) -> None:
        self._jobs.pop(event.job, None)
        self._events.append(event)

    def _forget(self, worker: _Worker) -> None:
        self._unwatch(worker)
        worker.connection.close()
        self._workers.pop(worker.number, None)
        idle = self._idle.get(worker.key, [])
        if worker in idle:
            idle.remove(worker)

    def _unwatch(self, worker: _Worker) -> None:
        if worker.connection.fileno() in self._selector.get_map():
            self._selector.unregister(worker.connection)

    # Time.

    def _tick(self, now: float) -> float:
        """Do what is due; return when something will be due next."""
        self._check_memory(now)
        if self._launcher.tick_s is not None:
            self._launcher.tick()
        next_due = now + (self._launcher.tick_s or 3600.0)
        for worker in list(self._workers.values()):
            next_due = min(next_due, self._tick_worker(worker, now))
        if any(w.attempt is not None and w.attempt.limit_mb for w in self._workers.values()):
            next_due = min(next_due, self._memory_checked + _MEMORY_EVERY_S)
        return next_due

    def _tick_worker(self, worker: _Worker, now: float) -> float:
        attempt = worker.attempt
        if worker.end_by is not None:
            if now < worker.end_by:
                return worker.end_by
            self._dismiss(worker)
            worker.end_by = now + _LINGER_S
            return worker.end_by
        if attempt is None:
            return float("inf")
        if attempt.launched is None:
            return self._tick_unlaunched(worker, attempt, now)
        deadline = attempt.deadline
        if attempt.stop is None and deadline is not None:
            if now < deadline:
                return deadline
            failure = attempt.timed_out()
            attempt.request_stop(
                StopReason.TIMED_OUT, now=now, grace_s=_TIMEOUT_GRACE_S, failure=failure
            )
        if attempt.stop is None or worker.pid is None:
            return float("inf")
        if attempt.stop.next_at <= now:
            attempt.stop.escalate(worker.pid, now=now)
        return attempt.stop.next_at

    def _tick_unlaunched(self, worker: _Worker, attempt: Attempt, now: float) -> float:
        """No process yet: a stop takes effect at once, and waiting has an end."""
        limit = attempt.submitted + _START_LIMIT_S
        if attempt.stop is None and now < limit:
            return limit
        self._forget(worker)
        reason = "" if attempt.stop else f"none started within {_START_LIMIT_S:g} s"
        self._deliver(attempt.conclusion(None, reason=reason, now=now))
        return float("inf")

    def _dismiss(self, worker: _Worker) -> None:
        """End an idle worker, or one that does not exit by itself."""
        if worker.attempt is None and worker in self._idle.get(worker.key, []):
            self._idle[worker.key].remove(worker)
            worker.connection.shutdown(socket.SHUT_WR)
        elif worker.pid is not None:
            kill_group(worker.pid)

    def _stop(self, worker: _Worker, reason: StopReason, *, grace_s: float) -> None:
        assert worker.attempt is not None
        now = time.monotonic()
        worker.attempt.request_stop(reason, now=now, grace_s=grace_s)
        self._tick_worker(worker, now)

    def _check_memory(self, now: float) -> None:
        if now - self._memory_checked < _MEMORY_EVERY_S:
            return
        self._memory_checked = now
        watched = {
            worker.pid: worker.attempt
            for worker in self._workers.values()
            if worker.pid and worker.attempt and worker.attempt.limit_mb
        }
        if not watched:
            return
        limits_bytes = {pid: (a.limit_mb or 0) << 20 for pid, a in watched.items()}
        for pid, used in over_limit(limits_bytes).items():
            attempt = watched[pid]
            attempt.request_stop(
                StopReason.OUT_OF_MEMORY,
                now=now,
                grace_s=0.0,
                failure=attempt.used_too_much(used),
            )

    def _on_woken(self) -> None:
        try:
            self._woken.recv(4096)
        except BlockingIOError:
            pass
        self._was_woken = True


def _pool_key(job: JobSpec) -> _PoolKey:
    return job.catalogue, job.project, job.operator_files, job.preload, job.threads


def _modules(job: JobSpec) -> tuple[str, ...]:
    """What is worth importing before forking: never the user's project, which may change."""
    return job.catalogue.partition(":")[0], *job.preload
