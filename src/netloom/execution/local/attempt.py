"""One attempt at a job as the executor sees it: what was heard, what was ordered, how it ends."""

from __future__ import annotations

import contextlib
import math
import os
import signal
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from netloom.execution.events import JobEnded, JobSucceeded
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.local.failure import Failure, Subject, failure_of_exit
from netloom.execution.local.log_file import LOG_NAME


class StopReason(StrEnum):
    """Why the executor ends a job."""

    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    BROKEN = "broken"


_WORKER_TOLD, _GROUP_TOLD, _KILLED = 1, 2, 3
_TIMEOUT_GRACE_S = 5.0


@dataclass
class Stop:
    """An order to stop, escalating: TERM to the worker, to its whole group half-way, then KILL.

    The worker comes first and alone because its children (data loaders) would otherwise die under a
    training loop that is about to save its checkpoint.
    """

    reason: StopReason
    failure: Failure | None
    group_at: float
    kill_at: float
    stage: int = 0

    def hasten(self, kill_at: float, *, now: float) -> None:
        """Shorten the grace."""
        if kill_at < self.kill_at:
            self.kill_at = kill_at
            self.group_at = min(self.group_at, now + (kill_at - now) / 2)

    @property
    def next_at(self) -> float:
        """When :meth:`escalate` has something to do; far future if never."""
        return (0.0, self.group_at, self.kill_at, float("inf"))[self.stage]

    def escalate(self, pid: int, *, now: float) -> None:
        """Send what is due to the worker, or to the group that it leads."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if now >= self.kill_at:
                self.stage = _KILLED
                os.killpg(pid, signal.SIGKILL)
            elif now >= self.group_at and self.stage < _GROUP_TOLD:
                self.stage = _GROUP_TOLD
                os.killpg(pid, signal.SIGTERM)
            elif self.stage < _WORKER_TOLD:
                self.stage = _WORKER_TOLD
                os.kill(pid, signal.SIGTERM)


@dataclass
class Attempt:
    """A submitted job until its final event.

    Attributes:
        submitted: Monotonic time of submission.
        limit_mb: Memory its processes may use together.
        launched: Monotonic time at which a process took it; None before.
        has_started: ``JobStarted`` was heard.
        final: Final event from the worker; delivered once nothing of the job is left.
    """

    job: JobSpec
    lease: DeviceLease
    submitted: float
    limit_mb: int | None
    launched: float | None = None
    has_started: bool = False
    stop: Stop | None = None
    final: JobSucceeded | JobEnded | None = None

    @property
    def subject(self) -> Subject:
        """The node to speak of in diagnostics."""
        last = self.job.steps[-1]
        return Subject(last.node, last.operator, Path(self.job.folder) / LOG_NAME)

    @property
    def deadline(self) -> float | None:
        """Monotonic time at which the attempt has run too long."""
        if self.job.timeout_s is None or self.launched is None:
            return None
        return self.launched + self.job.timeout_s

    def request_stop(
        self, reason: StopReason, *, now: float, grace_s: float, failure: Failure | None = None
    ) -> None:
        """Order the attempt to stop. A second order can only shorten the grace of the first."""
        if self.stop is None:
            self.stop = Stop(reason, failure, now + grace_s / 2, now + grace_s)
        else:
            self.stop.hasten(now + grace_s, now=now)

    def tick(self, pid: int | None, *, now: float) -> float:
        """Stop a job that is out of time, press on with a stop; when to look again."""
        if self.stop is None and self.deadline is not None:
            if now < self.deadline:
                return self.deadline
            self.request_stop(
                StopReason.TIMED_OUT, now=now, grace_s=_TIMEOUT_GRACE_S, failure=self.timed_out()
            )
        if self.stop is None or pid is None:
            return math.inf
        if self.stop.next_at <= now:
            self.stop.escalate(pid, now=now)
        return self.stop.next_at

    def conclusion(self, status: int | None, *, reason: str, now: float) -> JobSucceeded | JobEnded:
        """The final event, now that the process is gone.

        Args:
            status: How the process ended; see :func:`failure_of_exit`.
            reason: What is known if it never worked.
            now: Monotonic time.
        """
        if isinstance(self.final, JobSucceeded):
            return self.final
        seconds = now - (self.launched or now)
        if self.stop is not None and self.stop.reason is StopReason.CANCELLED:
            return JobEnded(self.job.id, "cancelled", seconds)
        if self.stop is not None and self.stop.failure is not None:
            return self._failed(self.stop.failure, seconds)
        if self.final is not None:
            return self.final
        if self.has_started and not reason:
            return self._failed(failure_of_exit(status, self.subject), seconds)
        said = f": {reason}" if reason else f" (status {status})"
        failure = self.subject.failure(
            "X212",
            f"no process could work on {self.subject.operator}{said}",
            fix="Retry the node; netloom doctor checks what jobs need",
        )
        return self._failed(failure, seconds)

    def _failed(self, failure: Failure, seconds: float) -> JobEnded:
        return JobEnded(
            self.job.id,
            "failed",
            seconds,
            diagnostics=failure.diagnostics,
            retryable=failure.retryable,
        )

    def timed_out(self) -> Failure:
        """What is said when the deadline passes."""
        return self.subject.failure(
            "X202",
            f"{self.subject.operator} timed out after {self.job.timeout_s:g} s",
            fix=f"Raise timeout_s of the node, or find out what it waits for in {self.subject.log}",
        )

    def used_too_much(self, used_bytes: int) -> Failure:
        """What is said when the job's processes use more memory than they may."""
        assert self.limit_mb is not None
        return self.subject.failure(
            "X203",
            f"{self.subject.operator} used {_gigabytes(used_bytes)} of the "
            f"{_gigabytes(self.limit_mb << 20)} it may use",
            fix="Use less at once (a smaller batch, fewer loader processes), or grant the node more "
            "with needs.memory_mb",
        )

    def spoke_nonsense(self, what: str) -> Failure:
        """What is said when the worker's messages cannot be read."""
        return self.subject.failure(
            "X212",
            f"the process of {self.subject.operator} sent something that is no event: {what}",
            fix="Does its code write to file descriptors it did not open?",
        )


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GB"
