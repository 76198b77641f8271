"""How states look: one icon, one colour and one word each, the same on every surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netloom.execution.states import PlanState, RunState


@dataclass(frozen=True, slots=True)
class StateLook:
    """How a state is shown.

    Attributes:
        icon: One character that is one column wide in a terminal.
        colour: Name of a terminal colour; other surfaces map it to their own tokens.
        word: What people read.
    """

    icon: str
    colour: str
    word: str


STATE_LOOKS: Final[dict[RunState | PlanState, StateLook]] = {
    RunState.PENDING: StateLook("·", "bright_black", "pending"),
    RunState.QUEUED: StateLook("◌", "bright_black", "queued"),
    RunState.RUNNING: StateLook("●", "blue", "running"),
    RunState.WAITING: StateLook("?", "magenta", "waiting for a person"),
    RunState.SUCCEEDED: StateLook("✓", "green", "succeeded"),
    RunState.CACHED: StateLook("=", "cyan", "cached"),
    RunState.FAILED: StateLook("✗", "red", "failed"),
    RunState.CANCELLED: StateLook("◼", "yellow", "cancelled"),
    RunState.SKIPPED: StateLook("↷", "bright_black", "skipped"),
    PlanState.DRAFT: StateLook("!", "red", "does not check"),
    PlanState.READY: StateLook("▸", "blue", "runs"),
    PlanState.STALE: StateLook("↻", "yellow", "runs again"),
    PlanState.CACHED: StateLook("=", "cyan", "cached"),
    PlanState.MAY_RUN: StateLook("~", "bright_black", "may run"),
}


def look_of(state: RunState | PlanState) -> StateLook:
    """How a state of a run or of a plan looks."""
    return STATE_LOOKS[state]
