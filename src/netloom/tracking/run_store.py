"""The store protocols that tracking and the dispatcher rely on; ``netloom.store`` implements them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from netloom.core.identifiers import JobId, NodeId, RunId
from netloom.execution.events import RunEvent
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.states import RunState
from netloom.tracking.records import NodeRecord, RunRecord, RunRequest

if TYPE_CHECKING:  # a program that plans or lists runs need not pay for numpy
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of one node: steps strictly increasing, the last value logged for a step."""

    name: str
    node: NodeId
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its place in the workspace-wide order; ``seq`` grows and is never reused."""

    seq: int
    run: RunId
    time: float
    event: Mapping[str, Any]


class RunStore(Protocol):
    """Durable memory of runs. Safe for several processes and threads; every method is one transaction.

    Reads return copies. A node's state only moves along the transition table of
    ``netloom.execution.states``; an illegal move raises ValueError and changes nothing.
    """

    def create_run(
        self, run: RunId, request: RunRequest, nodes: Mapping[NodeId, str], *, created: float
    ) -> RunRecord:
        """Store a new run in state QUEUED with all its nodes PENDING (node id → operator id).

        Raises:
            Conflict: The id is taken.
        """

    def emit(self, *events: RunEvent) -> None:
        """Apply events to the records (state, times, outputs, metrics, progress), append them to the
        event log, all in one transaction. NodeProgressed only updates the record, NodeMetrics only
        stores points and ``last_metrics``: neither enters the log. The first RUNNING node sets the
        run's ``started``; a final RunChanged sets ``finished``. A retry (→ PENDING) clears outputs,
        diagnostics and times.
        """

    def run(self, run: RunId) -> RunRecord:
        """Raises NotFound. A unique prefix of an id, or ``last``, is accepted."""

    def runs(
        self,
        *,
        pipeline: str | None = None,
        states: Sequence[RunState] = (),
        scratch: bool | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[RunRecord]:
        """Runs, newest first."""

    def nodes(self, run: RunId) -> Mapping[NodeId, NodeRecord]:
        """Nodes of a run in the order given at creation."""

    def last_nodes(
        self, pipeline: str, *, before: RunId | None = None
    ) -> Mapping[NodeId, NodeRecord]:
        """For each node id, its newest record with a fingerprint in any run of this pipeline."""

    def metric_names(self, run: RunId, node: NodeId | None = None) -> Sequence[tuple[NodeId, str]]:
        """Which metrics exist."""

    def metrics(
        self, run: RunId, node: NodeId, name: str, *, max_points: int | None = None
    ) -> MetricSeries:
        """Points of one metric, down-sampled to at most ``max_points`` keeping extremes."""

    def events(
        self, *, after: int = 0, run: RunId | None = None, limit: int = 1000
    ) -> Sequence[StoredEvent]:
        """Logged events with ``seq > after`` in order."""

    def last_event(self) -> int:
        """Number of the newest logged event; 0 if there is none."""

    def request_cancel(self, run: RunId) -> None:
        """Ask whoever dispatches the run to stop it. Raises NotFound; no effect on a finished run."""

    def set_priority(self, run: RunId, priority: int) -> None:
        """Let a run's jobs come earlier or later. Raises NotFound; no effect on a finished run."""

    def reopen(self, run: RunId, nodes: Sequence[NodeId], *, owner: str = "") -> None:
        """Put these final nodes back to PENDING and the run back to QUEUED (retry), cancel flag off;
        from now on ``owner`` is the process that waits for it.
        """

    def answer(self, run: RunId, node: NodeId, answer: Mapping[str, Any]) -> int:
        """Store an answer to a waiting node and put it back to QUEUED; returns the answer's version.
        A run in state WAITING becomes QUEUED and belongs to no process: whoever dispatches goes on.
        """

    def answers(self, run: RunId, node: NodeId) -> Sequence[Mapping[str, Any]]:
        """Answers given so far, oldest first."""

    def delete_run(self, run: RunId) -> None:
        """Forget a finished run and everything recorded of it. Raises Conflict if it is not final."""


class QueueStore(Protocol):
    """The durable job queue and the dispatcher's election. Same guarantees as :class:`RunStore`."""

    def together(self) -> AbstractContextManager[None]:
        """All that this thread writes inside the block, to this store and to the run store of the same
        workspace, becomes durable at its end, or none of it if an exception leaves the block.
        """

    def acquire_dispatch(self, holder: str, *, ttl_s: float, now: float) -> bool:
        """Become, or stay, the one dispatcher of this workspace until ``now + ttl_s``. Atomic: of two
        processes calling at once, one gets True. An expired lease may be taken over.
        """

    def release_dispatch(self, holder: str) -> None:
        """Give the lease up, if this holder has it."""

    def dispatcher(self, *, now: float) -> str | None:
        """Who holds a live lease."""

    def enqueue(self, jobs: Sequence[JobSpec], *, now: float) -> None:
        """Add jobs in state queued. A job for the same run, node and attempt replaces a queued one."""

    def queued(self, *, limit: int = 1000) -> Sequence[JobSpec]:
        """Queued jobs, highest priority first, then oldest first."""

    def lease(self, job: JobId, lease: DeviceLease, *, holder: str, now: float) -> bool:
        """Mark a queued job as running with these devices. False: it is no longer queued."""

    def leased(self) -> Sequence[tuple[JobSpec, DeviceLease]]:
        """Jobs that are marked running, e.g. by a dispatcher that died."""

    def finish(self, job: JobId) -> None:
        """Remove a job and its lease. Idempotent."""

    def requeue(self, job: JobId) -> None:
        """Put a running job back to queued (its process is gone)."""
