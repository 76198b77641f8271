"""States of a deployment and of its revisions, and the only transitions between them."""

from __future__ import annotations

from enum import StrEnum


class DeploymentState(StrEnum):
    """How far a deployment is.

    ``preparing``: its first bundle is being made. ``starting``: its process does not answer yet, for the
    first time or after a crash. ``failed``: it was given up until somebody starts it again.
    """

    PREPARING = "preparing"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def has_process(self) -> bool:
        """Whether a process belongs to it, or is about to."""
        return self in (self.STARTING, self.RUNNING, self.STOPPING)


class Wanted(StrEnum):
    """What people want of a deployment."""

    RUNNING = "running"
    STOPPED = "stopped"


class RevisionState(StrEnum):
    """Whether a revision can be served: its bundle is being made, or is there, or it failed."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


_NEXT: dict[DeploymentState, frozenset[DeploymentState]] = {
    DeploymentState.PREPARING: frozenset(
        {DeploymentState.STARTING, DeploymentState.STOPPED, DeploymentState.FAILED}
    ),
    DeploymentState.STARTING: frozenset(
        {DeploymentState.RUNNING, DeploymentState.STOPPING, DeploymentState.STOPPED}
        | {DeploymentState.FAILED, DeploymentState.PREPARING}
    ),
    DeploymentState.RUNNING: frozenset(
        {DeploymentState.STARTING, DeploymentState.STOPPING, DeploymentState.STOPPED}
        | {DeploymentState.FAILED}
    ),
    DeploymentState.STOPPING: frozenset(
        {DeploymentState.STOPPED, DeploymentState.STARTING, DeploymentState.FAILED}
        | {DeploymentState.PREPARING}
    ),
    DeploymentState.STOPPED: frozenset(
        {DeploymentState.STARTING, DeploymentState.PREPARING, DeploymentState.FAILED}
    ),
    DeploymentState.FAILED: frozenset(
        {DeploymentState.STARTING, DeploymentState.PREPARING, DeploymentState.STOPPED}
    ),
}
"""``RUNNING → STARTING`` is a crash; ``RUNNING → STOPPED`` a server that ended with its processes."""


def check_transition(old: DeploymentState, new: DeploymentState) -> None:
    """Raise if a deployment may not go from ``old`` to ``new``; a repeated state is allowed."""
    if new != old and new not in _NEXT[old]:
        raise ValueError(f"illegal transition {old} → {new}")


def transitions() -> dict[DeploymentState, frozenset[DeploymentState]]:
    """The whole table, for documentation and tests."""
    return dict(_NEXT)
