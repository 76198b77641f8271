"""Jobs get devices as they become free, in step with the durable queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from netloom.core.identifiers import JobId, NodeId, RunId
from netloom.execution.devices import Inventory
from netloom.execution.events import JobEnded, JobEvent, JobStarted, JobSucceeded
from netloom.execution.job_desk import JobDesk
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.graph.operator import Needs

TWO_CPUS = Inventory(cpus=2.0, memory_mb=1000, gpus=())


class Queue:
    """Remembers what is durable: ``queued`` and ``leased`` job ids."""

    def __init__(self) -> None:
        self.queued: list[str] = []
        self.running: list[str] = []

    def enqueue(self, jobs: Sequence[JobSpec], *, now: float) -> None:
        self.queued += [job.id for job in jobs]

    def lease(self, job: JobId, lease: DeviceLease, *, holder: str, now: float) -> bool:
        if job not in self.queued:
            return False
        self.queued.remove(job)
        self.running.append(job)
        return True

    def leased(self) -> Sequence[tuple[JobSpec, DeviceLease]]:
        return [(spec(job), DeviceLease(JobId(job), 1.0)) for job in self.running]

    def finish(self, job: JobId) -> None:
        for place in (self.queued, self.running):
            if job in place:
                place.remove(job)


class Executor:
    """Starts nothing; reports the events it is told to."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.cancelled: list[str] = []
        self.news: list[JobEvent] = []

    def submit(self, job: JobSpec, lease: DeviceLease) -> None:
        self.submitted.append(job.id)

    def cancel(self, job: JobId, *, grace_s: float = 5.0) -> None:
        self.cancelled.append(job)

    def poll(self, timeout_s: float) -> Sequence[JobEvent]:
        news, self.news = self.news, []
        return news

    def wake(self) -> None: ...

    def reattach(self, job: JobSpec, lease: DeviceLease) -> bool:
        return False

    def close(self) -> None: ...


def spec(name: str, *, priority: int = 0, **needs: Any) -> JobSpec:
    return JobSpec(
        id=JobId(name),
        run=JobId("run"),  # type: ignore[arg-type]
        node=NodeId(name),
        attempt=1,
        steps=(),
        catalogue="none:none",
        code="",
        workspace="",
        folder="",
        project="",
        needs=Needs(**needs),
        priority=priority,
    )


PROGRESS: Any = object()
"""The desk hands it back and never looks at it."""


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def executor() -> Executor:
    return Executor()


@pytest.fixture
def desk(queue: Queue, executor: Executor) -> JobDesk:
    return JobDesk(queue, executor, TWO_CPUS, holder="me")


def test_jobs_start_while_devices_are_free_and_the_rest_waits(
    desk: JobDesk, queue: Queue, executor: Executor
) -> None:
    desk.enqueue(PROGRESS, [spec("a"), spec("b"), spec("c")])
    assert list(desk.start()) == []
    assert executor.submitted == ["a", "b"]
    desk.record()
    assert (queue.queued, queue.running) == (["c"], ["a", "b"])
    executor.news = [JobSucceeded(JobId("a"), {}, 0.1)]
    assert list(desk.poll(0.0)) == [(PROGRESS, "a", JobSucceeded(JobId("a"), {}, 0.1))]
    list(desk.start())
    assert executor.submitted == ["a", "b", "c"]


def test_a_run_can_be_moved_ahead_of_others_while_it_waits(
    desk: JobDesk, queue: Queue, executor: Executor
) -> None:
    other = replace(spec("late"), run=RunId("other"))
    desk.enqueue(PROGRESS, [spec("a"), spec("b"), spec("c"), other])
    desk.reorder(RunId("other"), 1)
    list(desk.start())
    assert executor.submitted == ["late", "a"]


def test_what_may_not_be_used_is_waited_for(queue: Queue, executor: Executor) -> None:
    usable = [Inventory(cpus=1, memory_mb=500)]
    desk = JobDesk(queue, executor, TWO_CPUS, holder="me", usable=lambda: usable[0])
    large = spec("large", memory_mb=800)
    desk.enqueue(PROGRESS, [large, spec("a"), spec("b")])
    assert list(desk.start()) == []
    assert executor.submitted == ["a"]
    usable[0] = TWO_CPUS
    assert list(desk.start()) == []
    assert executor.submitted == ["a", "large"]


def test_higher_priority_goes_first_and_equals_keep_their_order(
    desk: JobDesk, executor: Executor
) -> None:
    desk.enqueue(PROGRESS, [spec("a"), spec("b"), replace(spec("urgent"), priority=5)])
    list(desk.start())
    assert executor.submitted == ["urgent", "a"]


def test_a_job_that_can_never_fit_ends_with_the_reason(desk: JobDesk, queue: Queue) -> None:
    desk.enqueue(PROGRESS, [spec("huge", memory_mb=9999)])
    [(progress, node, event)] = desk.start()
    assert (progress, node) == (PROGRESS, "huge")
    assert isinstance(event, JobEnded)
    assert not event.retryable
    desk.record()
    assert queue.queued == []


def test_events_before_the_end_keep_the_devices(desk: JobDesk, executor: Executor) -> None:
    desk.enqueue(PROGRESS, [spec("a", cpus=2)])
    list(desk.start())
    executor.news = [JobStarted(JobId("a"), 1)]
    assert list(desk.poll(0.0)) == [(PROGRESS, "a", JobStarted(JobId("a"), 1))]
    assert desk.has_running


def test_cancelling_a_queued_job_takes_it_away_and_a_running_one_is_asked(
    desk: JobDesk, queue: Queue, executor: Executor
) -> None:
    desk.enqueue(PROGRESS, [spec("runs", cpus=2), spec("waits")])
    list(desk.start())
    desk.record()
    assert desk.cancel(JobId("runs"))
    assert not desk.cancel(JobId("waits"))
    assert executor.cancelled == ["runs"]
    desk.record()
    assert (desk.has_queued, queue.queued, queue.running) == (False, [], ["runs"])


def test_jobs_of_a_dead_dispatcher_leave_the_queue(desk: JobDesk, queue: Queue) -> None:
    queue.running = ["orphan"]
    desk.forget_dead()
    assert queue.running == []


def test_closing_leaves_nothing_marked_as_running(desk: JobDesk, queue: Queue) -> None:
    desk.enqueue(PROGRESS, [spec("a"), spec("b"), spec("c")])
    list(desk.start())
    desk.close()
    assert queue.running == []


def test_what_came_and_went_between_two_records_is_never_queued(
    desk: JobDesk, queue: Queue, executor: Executor
) -> None:
    queue.enqueue = lambda *_, **__: pytest.fail("the queue heard of it")  # type: ignore[method-assign]
    desk.enqueue(PROGRESS, [spec("a")])
    list(desk.start())
    executor.news = [JobSucceeded(JobId("a"), {}, 0.1)]
    list(desk.poll(0.0))
    desk.record()
    assert (queue.queued, queue.running) == ([], [])


def test_the_end_of_a_recorded_job_is_recorded(
    desk: JobDesk, queue: Queue, executor: Executor
) -> None:
    desk.enqueue(PROGRESS, [spec("a")])
    list(desk.start())
    desk.record()
    executor.news = [JobSucceeded(JobId("a"), {}, 0.1)]
    list(desk.poll(0.0))
    assert queue.running == ["a"]
    desk.record()
    assert queue.running == []
