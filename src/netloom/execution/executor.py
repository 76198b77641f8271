"""Executors: where jobs run. ``local`` forks processes on this machine; a cluster is another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from netloom.core.identifiers import JobId
from netloom.execution.events import JobEvent
from netloom.execution.jobs import DeviceLease, JobSpec


class Executor(Protocol):
    """Runs jobs in processes of their own.

    Thread safety: all methods are called from one thread, except ``wake``.
    Contract: every submitted job yields exactly one final event (``JobSucceeded`` or ``JobEnded``),
    whatever its process does: raising, exiting, crashing, hanging past its timeout, being killed.
    After the final event nothing of the job is left running.
    """

    def submit(self, job: JobSpec, lease: DeviceLease) -> None:
        """Start a job; returns at once.

        The lease is the caller's book-keeping made visible to the job (devices, threads). On a lease of
        several GPUs the job's process sees all of them; launching one rank for each is up to the
        operator until executors do it.
        """

    def cancel(self, job: JobId, *, grace_s: float = 5.0) -> None:
        """Ask a job to stop: TERM now, KILL to its process group after ``grace_s``. Idempotent.

        TERM goes to the job's own process first and to the rest of its group half-way through the
        grace: loader processes that die earlier would take the checkpoint down with them.
        """

    def poll(self, timeout_s: float) -> Sequence[JobEvent]:
        """Wait up to ``timeout_s`` for events and return them in order of arrival."""

    def wake(self) -> None:
        """Make a ``poll`` in progress return early. Safe from other threads and signal handlers."""

    def reattach(self, job: JobSpec, lease: DeviceLease) -> bool:
        """Take over a job that an earlier dispatcher started. False: it is gone, start it again."""

    def close(self) -> None:
        """Stop everything; running jobs are killed after a short grace. Idempotent."""
