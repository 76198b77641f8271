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
        colour: Name of a terminal colour.
        css: The same for pictures and pages: readable on light and on dark grounds.
        word: What people read.
    """

    icon: str
    colour: str
    css: str
    word: str


STATE_LOOKS: Final[dict[RunState | PlanState, StateLook]] = {
    RunState.PENDING: StateLook("·", "bright_black", "#7a818c", "pending"),
    RunState.QUEUED: StateLook("◌", "bright_black", "#7a818c", "queued"),
    RunState.RUNNING: StateLook("●", "blue", "#2f7de1", "running"),
    RunState.WAITING: StateLook("?", "magenta", "#9b59d0", "waiting for a person"),
    RunState.SUCCEEDED: StateLook("✓", "green", "#2e9e5b", "succeeded"),
    RunState.CACHED: StateLook("=", "cyan", "#1f9aa8", "cached"),
    RunState.FAILED: StateLook("✗", "red", "#d9483b", "failed"),
    RunState.CANCELLED: StateLook("◼", "yellow", "#c08a00", "cancelled"),
    RunState.SKIPPED: StateLook("↷", "bright_black", "#7a818c", "skipped"),
    PlanState.DRAFT: StateLook("!", "red", "#d9483b", "does not check"),
    PlanState.READY: StateLook("▸", "blue", "#2f7de1", "runs"),
    PlanState.STALE: StateLook("↻", "yellow", "#c08a00", "runs again"),
    PlanState.CACHED: StateLook("=", "cyan", "#1f9aa8", "cached"),
    PlanState.MAY_RUN: StateLook("~", "bright_black", "#7a818c", "may run"),
}


def look_of(state: RunState | PlanState) -> StateLook:
    """How a state of a run or of a plan looks."""
    return STATE_LOOKS[state]
