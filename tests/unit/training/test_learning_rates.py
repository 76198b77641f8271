from __future__ import annotations

import pytest

from netloom.training.learning_rates import first_averaged_epoch, learning_rates
from netloom.training.recipe import EMA, SGD, SWA, Recipe, SGDGroup
from netloom.training.schedules import Constant, Linear, Step, Steps


def test_a_group_follows_its_own_schedule_and_the_rest_that_of_the_training() -> None:
    groups = (
        SGDGroup(pattern="a", schedule=Step(every=Steps(steps=2), factor=0.5)),
        SGDGroup(pattern="b"),
    )
    recipe = Recipe(schedule=Linear(warmup=0.0), optimizer=SGD(groups=groups), average=EMA())
    rates = learning_rates(recipe, total=4, steps_per_epoch=2)
    assert [rates.schedule(step) for step in range(4)] == [1.0, 0.75, 0.5, 0.25]
    assert list(rates.group_schedules) == ["a"]
    assert [rates.group_schedules["a"](step) for step in range(4)] == [1.0, 1.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("anneal", "expected"),
    [
        (0, [1.0, 0.875, 0.75, 0.625, 0.2, 0.2, 0.2, 0.2]),
        (1, [1.0, 0.875, 0.75, 0.625, 0.5, 0.35, 0.2, 0.2]),
    ],
)
def test_the_rate_goes_to_that_of_swa(anneal: int, expected: list[float]) -> None:
    average = SWA(start=0.5, learning_rate_scale=0.2, anneal_epochs=anneal)
    recipe = Recipe(schedule=Linear(warmup=0.0), average=average)
    rates = learning_rates(recipe, total=8, steps_per_epoch=2)
    assert [rates.schedule(step) for step in range(8)] == pytest.approx(expected)


def test_swa_without_a_rate_follows_the_schedule() -> None:
    recipe = Recipe(schedule=Constant(), average=SWA(start=0.0))
    assert learning_rates(recipe, total=4, steps_per_epoch=2).schedule(3) == 1.0


@pytest.mark.parametrize(
    ("start", "epochs", "first"), [(0.75, 10, 8), (0.0, 10, 0), (1.0, 10, 9), (0.5, 1, 0)]
)
def test_the_last_epoch_is_always_averaged(start: float, epochs: int, first: int) -> None:
    assert first_averaged_epoch(SWA(start=start), epochs) == first
