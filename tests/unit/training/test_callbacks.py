from __future__ import annotations

from netloom.core.reporter import Decision
from netloom.training.callbacks import (
    Answers,
    Callbacks,
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    FitEnded,
    FitStarted,
    Phase,
    StepEnded,
    Validated,
)


def test_one_stop_among_several_answers_stops() -> None:
    callbacks = Callbacks()
    heard: list[int] = []
    callbacks.add(FitEnded, lambda context: heard.append(context.step))
    callbacks.add(FitEnded, lambda context: Decision.STOP)
    callbacks.add(FitEnded, lambda context: Decision.CONTINUE)
    assert callbacks.emit(FitEnded(step=3, stopped_early=False)) == Answers(stops=True, holds=False)
    assert heard == [3]


def test_only_wanted_phases_are_wanted() -> None:
    callbacks = Callbacks()
    callbacks.add(StepEnded, lambda context: None)
    assert [phase for phase in Phase if callbacks.wants(phase)] == [Phase.STEP_ENDED]


def test_every_phase_has_exactly_one_context() -> None:
    kinds = (
        FitStarted,
        EpochStarted,
        StepEnded,
        CheckpointSaved,
        Validated,
        EpochEnded,
        FitEnded,
    )
    assert [kind.phase for kind in kinds] == list(Phase)
