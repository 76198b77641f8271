"""How long work talks to whoever started it, without knowing who that is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Decision(StrEnum):
    """Answer to a report: go on, or stop now because the result can no longer matter."""

    CONTINUE = "continue"
    STOP = "stop"


class Reporter(Protocol):
    """The one channel from library code to the run that drives it.

    Thread safety: ``log`` and ``progress`` may be called from any thread of the job.
    Cost: ``log`` is meant for every training step (microseconds); it never blocks on I/O.
    Order: points of one metric keep the order of their calls. A step logged twice counts once,
    the later value wins, so work resumed from a checkpoint may log again what it repeats.
    """

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record metric values at a step (an integer ≥ 0 that grows). NaN and inf are recorded."""

    def report(self, step: int, metrics: Mapping[str, float]) -> Decision:
        """Like ``log``, and ask whether to go on (searches stop hopeless trials this way)."""

    def progress(self, done: float, total: float | None, *, unit: str = "step") -> None:
        """Say how far the work is; ``total`` None means the end is unknown."""

    def note(self, message: str) -> None:
        """A line for the person watching and for the log."""

    def flush(self) -> None:
        """Hand over what was logged so far, so that it outlives this process; waits for the transfer.

        To be called before a checkpoint is saved: work resumed from there does not log it again.
        """

    @property
    def should_stop(self) -> bool:
        """True once a stop was asked for: save a checkpoint and return."""

    @property
    def checkpoints(self) -> Path:
        """Folder that survives retries of this work; empty on the first attempt."""


class SilentReporter:
    """A reporter for notebooks and tests: remembers metrics, prints nothing, never stops."""

    def __init__(self, checkpoints: Path) -> None:
        self.metrics: dict[str, dict[int, float]] = {}
        self.notes: list[str] = []
        self.should_stop = False
        self.checkpoints = checkpoints

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Remember the points in ``self.metrics[name][step]``."""
        for name, value in metrics.items():
            self.metrics.setdefault(name, {})[step] = float(value)

    def report(self, step: int, metrics: Mapping[str, float]) -> Decision:
        """Remember the points and continue unless ``should_stop`` was set."""
        self.log(step, metrics)
        return Decision.STOP if self.should_stop else Decision.CONTINUE

    def progress(self, done: float, total: float | None, *, unit: str = "step") -> None:
        """Ignored."""

    def note(self, message: str) -> None:
        """Remember the line."""
        self.notes.append(message)

    def flush(self) -> None:
        """Nothing to do: everything is remembered at once."""
