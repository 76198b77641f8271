"""The job desk: jobs that wait for devices and jobs that hold some, and what the queue must learn of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from netloom.core.identifiers import JobId, NodeId, RunId
from netloom.execution.devices import Inventory
from netloom.execution.events import JobEnded, JobEvent, JobSucceeded
from netloom.execution.executor import Executor
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.placement import place
from netloom.execution.progress import RunProgress


class JobQueue(Protocol):
    """The part of the queue store that jobs need; see ``netloom.tracking.run_store.QueueStore``."""

    def enqueue(self, jobs: Sequence[JobSpec], *, now: float) -> None: ...
    def lease(self, job: JobId, lease: DeviceLease, *, holder: str, now: float) -> bool: ...
    def leased(self) -> Sequence[tuple[JobSpec, DeviceLease]]: ...
    def finish(self, job: JobId) -> None: ...


class JobDesk:
    """Hands jobs to the executor as devices become free, and says which node an event is about.

    The queue learns of it all in :meth:`record`, so that a job's end, its successor's start and the states of
    their nodes can share a transaction. A job may thus run before it is recorded: if the dispatcher
    dies in between, the job dies with it, or is stopped by whoever claims its folder next.

    Args:
        inventory: What the machine has: what a job can hope for.
        usable: What of it jobs may be started on at the moment; all of it if not given.
    """

    def __init__(
        self,
        queue: JobQueue,
        executor: Executor,
        inventory: Inventory,
        *,
        holder: str,
        usable: Callable[[], Inventory] | None = None,
    ) -> None:
        self._queue = queue
        self._executor = executor
        self._inventory = inventory
        self._usable = usable or (lambda: inventory)
        self._holder = holder
        self._owners: dict[JobId, tuple[RunProgress, NodeId]] = {}
        self._queued: list[JobSpec] = []
        self._leases: dict[JobId, DeviceLease] = {}
        self._unrecorded = _Unrecorded()

    @property
    def has_queued(self) -> bool:
        """Whether a job waits for devices."""
        return bool(self._queued)

    @property
    def has_running(self) -> bool:
        """Whether a job holds devices."""
        return bool(self._leases)

    def enqueue(self, progress: RunProgress, jobs: Sequence[JobSpec]) -> None:
        """Queue jobs of a run."""
        for job in jobs:
            self._owners[job.id] = (progress, job.node)
            self._unrecorded.queued[job.id] = job
        self._queued.extend(jobs)
        self._sort()

    def reorder(self, run: RunId, priority: int) -> None:
        """Give the waiting jobs of a run another priority."""
        for index, job in enumerate(self._queued):
            if job.run == run:
                self._queued[index] = moved = replace(job, priority=priority)
                if job.id in self._unrecorded.queued:
                    self._unrecorded.queued[job.id] = moved
        self._sort()

    def start(self) -> Iterator[tuple[RunProgress, NodeId, JobEvent]]:
        """Start what fits on the free devices; yields the end of jobs that can never fit."""
        if not self._queued:
            return
        placed, impossible = place(
            self._queued, self._usable(), list(self._leases.values()), machine=self._inventory
        )
        for job, problem in impossible:
            self._queued.remove(job)
            ended = JobEnded(job.id, "failed", 0.0, (problem,), retryable=False)
            yield (*self._finished(job.id), ended)
        for job, lease in placed:
            self._queued.remove(job)
            self._leases[job.id] = self._unrecorded.leased[job.id] = lease
            self._executor.submit(job, lease)

    def poll(self, timeout_s: float) -> Iterator[tuple[RunProgress, NodeId, JobEvent]]:
        """Events of jobs, with the node each is about; devices of ended jobs are free again."""
        for event in self._executor.poll(timeout_s):
            if event.job not in self._owners:
                continue
            if isinstance(event, JobSucceeded | JobEnded):
                yield (*self._finished(event.job), event)
            else:
                yield (*self._owners[event.job], event)

    def cancel(self, job: JobId) -> bool:
        """Stop a job. True if it runs and will report its end; False if it was only queued."""
        if job in self._leases:
            self._executor.cancel(job)
            return True
        self._queued = [queued for queued in self._queued if queued.id != job]
        self._finished(job)
        return False

    def forget_dead(self) -> None:
        """Jobs of an earlier dispatcher: taken over if the executor can, else out of the queue."""
        for job, lease in self._queue.leased():
            if not self._executor.reattach(job, lease):
                self._queue.finish(job.id)

    def close(self) -> None:
        """Stop every job."""
        self._executor.close()
        for job in list(self._leases):
            self._finished(job)
        self.record()

    def record(self) -> None:
        """Bring the durable queue up to date."""
        changes, self._unrecorded = self._unrecorded, _Unrecorded()
        now = time.time()
        if changes.queued:
            self._queue.enqueue(list(changes.queued.values()), now=now)
        for job, lease in changes.leased.items():
            self._queue.lease(job, lease, holder=self._holder, now=now)
        for job in changes.finished:
            self._queue.finish(job)

    def _sort(self) -> None:
        self._queued.sort(key=lambda job: -job.priority)  # stable: oldest first among equals

    def _finished(self, job: JobId) -> tuple[RunProgress, NodeId]:
        self._leases.pop(job, None)
        self._unrecorded.finish(job)
        return self._owners.pop(job)


@dataclass(slots=True)
class _Unrecorded:
    """What happened to jobs since the queue was last told."""

    queued: dict[JobId, JobSpec] = field(default_factory=dict)
    leased: dict[JobId, DeviceLease] = field(default_factory=dict)
    finished: list[JobId] = field(default_factory=list)

    def finish(self, job: JobId) -> None:
        """A job that came and went unrecorded never has to be."""
        self.leased.pop(job, None)
        if self.queued.pop(job, None) is None:
            self.finished.append(job)
