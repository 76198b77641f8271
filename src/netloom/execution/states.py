"""States of a node, and the only transitions between them."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """State of a node in a run; runs use the subset without ``cached``, ``skipped``."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    CACHED = "cached"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Nothing more happens without a retry."""
        return self in _FINAL

    @property
    def is_lost(self) -> bool:
        """Descendants can never run: nothing more happens and there are no outputs."""
        return self.is_final and not self.has_outputs

    @property
    def has_outputs(self) -> bool:
        """Descendants can use what this node produced."""
        return self in (RunState.SUCCEEDED, RunState.CACHED)


class PlanState(StrEnum):
    """State of a node in a draft, before any run.

    ``draft``: it does not check yet. ``ready``: it never ran and would run. ``stale``: it ran before but
    would run again. ``cached``: its result would be reused. ``may_run``: it depends on a node that has
    to run first; whether it runs is known once that node's output is.
    """

    DRAFT = "draft"
    READY = "ready"
    STALE = "stale"
    CACHED = "cached"
    MAY_RUN = "may_run"


_FINAL = frozenset(
    {
        RunState.SUCCEEDED,
        RunState.CACHED,
        RunState.FAILED,
        RunState.CANCELLED,
        RunState.SKIPPED,
    }
)

_NEXT: dict[RunState, frozenset[RunState]] = {
    RunState.PENDING: frozenset(
        {RunState.QUEUED, RunState.CACHED, RunState.SUCCEEDED, RunState.SKIPPED}
        | {RunState.CANCELLED, RunState.FAILED}
    ),
    RunState.QUEUED: frozenset(
        {RunState.RUNNING, RunState.CACHED, RunState.CANCELLED, RunState.FAILED, RunState.PENDING}
    ),
    RunState.RUNNING: frozenset(
        {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.WAITING}
        | {RunState.QUEUED}
    ),
    RunState.WAITING: frozenset({RunState.QUEUED, RunState.CANCELLED}),
    RunState.SUCCEEDED: frozenset({RunState.PENDING}),
    RunState.CACHED: frozenset({RunState.PENDING}),
    RunState.FAILED: frozenset({RunState.PENDING}),
    RunState.CANCELLED: frozenset({RunState.PENDING}),
    RunState.SKIPPED: frozenset({RunState.PENDING}),
}
"""``→ PENDING`` from a final state is a retry; ``RUNNING → QUEUED`` is another attempt."""


def check_transition(old: RunState, new: RunState) -> None:
    """Raise if a node may not go from ``old`` to ``new``; a repeated state is allowed."""
    if new != old and new not in _NEXT[old]:
        raise ValueError(f"illegal transition {old} → {new}")


def transitions() -> dict[RunState, frozenset[RunState]]:
    """The whole table, for documentation and tests."""
    return dict(_NEXT)
