from __future__ import annotations

import pytest
from pydantic import ValidationError

from netloom.training.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Epochs,
    Linear,
    MultiStep,
    Reciprocal,
    Step,
    Steps,
    factor,
    over,
)


@pytest.mark.parametrize(
    ("warmup", "per", "climb"),
    [
        (0.25, "step", [0.2, 0.4, 0.6, 0.8, 1.0]),
        (Steps(steps=2), "step", [0.5, 1.0, 1.0]),
        (Epochs(epochs=0.5), "step", [0.5, 1.0, 1.0]),
        (Epochs(epochs=2), "epoch", [0.5, 0.5, 0.5, 0.5, 1.0]),
        (Steps(steps=8), "epoch", [0.5, 0.5, 0.5, 0.5, 1.0]),
        (0.5, "epoch", [0.5, 0.5, 0.5, 0.5, 1.0]),  # 2.5 of 5 epochs, rounded to even
    ],
)
def test_a_warmup_is_a_share_or_a_count(warmup: object, per: str, climb: list[float]) -> None:
    schedule = Constant.model_validate({"warmup": warmup, "per": per})
    curve = over(schedule, 20, steps_per_epoch=4)
    assert [curve(step) for step in range(len(climb))] == climb


def test_stretches_are_written_as_numbers_or_mappings() -> None:
    assert Cosine.model_validate({"warmup": {"steps": 500}}).warmup == Steps(steps=500)
    assert Cosine.model_validate({"warmup": {"epochs": 3}}).warmup == Epochs(epochs=3.0)
    assert Cosine.model_validate({"warmup": 0}).warmup == 0.0
    with pytest.raises(ValidationError):
        Cosine.model_validate({"warmup": 500})


def test_a_last_epoch_that_is_cut_short_counts_as_one() -> None:
    schedule = Linear(warmup=0.0, per="epoch")
    assert factor(schedule, 20, 21, steps_per_epoch=10) == pytest.approx(1 / 3)


def test_milestones_are_counted_from_the_start_of_the_training() -> None:
    curve = over(MultiStep(milestones=(Steps(steps=6),), warmup=Steps(steps=4)), 10)
    assert [curve(step) for step in (3, 5, 6)] == [1.0, 1.0, 0.1]


def test_a_schedule_without_updates_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one update"):
        over(Constant(), 0)


@pytest.mark.parametrize("schedule", [Reciprocal(), Constant(warmup=Epochs(epochs=1))])
def test_epochs_need_to_be_known(schedule: Reciprocal | Constant) -> None:
    with pytest.raises(ValueError, match="steps per epoch"):
        over(schedule, 10)


def test_stretches_of_no_length_are_refused_where_they_make_no_sense() -> None:
    with pytest.raises(ValidationError, match="longer than 0"):
        CosineRestarts(cycle=0.0)
    with pytest.raises(ValidationError, match="longer than 0"):
        Step(every=0.0)
