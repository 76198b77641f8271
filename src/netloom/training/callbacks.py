"""Callbacks: typed moments of a training at which other code may look on.

A callback is a function of one context; which moment it is called at follows from the context's type.
It may return ``Decision.STOP`` to end the training after the present update, or ``Hold.CHECKPOINT`` to save
the state after it and keep that for good. Callbacks run on the training thread in the order they were added;
what they raise ends the training. With several devices they run in the first device's process only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from netloom.core.reporter import Decision

if TYPE_CHECKING:
    from torch import Tensor


class Phase(StrEnum):
    """The moments, in the order in which they occur."""

    FIT_STARTED = "fit_started"
    EPOCH_STARTED = "epoch_started"
    STEP_ENDED = "step_ended"
    CHECKPOINT_SAVED = "checkpoint_saved"
    VALIDATED = "validated"
    EPOCH_ENDED = "epoch_ended"
    FIT_ENDED = "fit_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitStarted:
    """Before the first step; ``step`` is above 0 when resumed from a checkpoint."""

    phase: ClassVar = Phase.FIT_STARTED
    step: int
    total_steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochStarted:
    """Before an epoch's first step; ``batch`` is above 0 when resumed inside the epoch."""

    phase: ClassVar = Phase.EPOCH_STARTED
    epoch: int
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded:
    """After a step. Reading ``loss`` waits for the device: do it rarely."""

    phase: ClassVar = Phase.STEP_ENDED
    step: int
    epoch: int
    loss: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSaved:
    """A checkpoint is on disk."""

    phase: ClassVar = Phase.CHECKPOINT_SAVED
    step: int
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """The validation part was measured; ``is_best`` if the headline metric never was better."""

    phase: ClassVar = Phase.VALIDATED
    step: int
    epoch: int
    metrics: Mapping[str, float]
    is_best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochEnded:
    """After an epoch and its validation; ``row`` is its line in the history."""

    phase: ClassVar = Phase.EPOCH_ENDED
    epoch: int
    row: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitEnded:
    """After the last step, before the best weights are taken."""

    phase: ClassVar = Phase.FIT_ENDED
    step: int
    stopped_early: bool


Context = (
    FitStarted | EpochStarted | StepEnded | CheckpointSaved | Validated | EpochEnded | FitEnded
)
ContextT = TypeVar(
    "ContextT",
    FitStarted,
    EpochStarted,
    StepEnded,
    CheckpointSaved,
    Validated,
    EpochEnded,
    FitEnded,
)


class Hold(Enum):
    """What a callback answers to have the present state kept (the consistent track of checkpoints)."""

    CHECKPOINT = "hold"


Answer = Decision | Hold | None


class Answers(NamedTuple):
    """What the callbacks of one moment want."""

    stops: bool = False
    holds: bool = False


class Callbacks:
    """Who wants to know what.

    Example:
        >>> steps = []
        >>> callbacks = Callbacks()
        >>> callbacks.add(FitEnded, lambda context: steps.append(context.step))
        >>> callbacks.emit(FitEnded(step=40, stopped_early=False))
        Answers(stops=False, holds=False)
        >>> steps
        [40]
    """

    def __init__(self) -> None:
        self._listeners: dict[Phase, list[Callable[[Any], Answer]]] = {}

    def add(self, kind: type[ContextT], callback: Callable[[ContextT], Answer]) -> None:
        """Call ``callback`` at the moment that ``kind`` describes."""
        self._listeners.setdefault(kind.phase, []).append(callback)

    def wants(self, phase: Phase) -> bool:
        """Whether anyone listens; lets the loop skip building contexts nobody reads."""
        return phase in self._listeners

    def emit(self, context: Context) -> Answers:
        """Call the listeners and gather what they want."""
        answers = [listener(context) for listener in self._listeners.get(context.phase, ())]
        return Answers(Decision.STOP in answers, Hold.CHECKPOINT in answers) if answers else _NONE


_NONE = Answers()
