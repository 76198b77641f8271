"""The learning rates of one training: its schedule, those of parameter groups, and SWA's last stretch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from netloom.training.recipe import SWA, Average, Recipe
from netloom.training.schedules import Curve, over


class LearningRates(NamedTuple):
    """Multiples of parameter groups' learning rates as functions of the update.

    Attributes:
        schedule: Of every group that has none of its own.
        group_schedules: Of the others, by their pattern.
    """

    schedule: Curve
    group_schedules: Mapping[str, Curve]


def learning_rates(recipe: Recipe, *, total: int, steps_per_epoch: int) -> LearningRates:
    """All schedules of a training.

    Args:
        total: Updates of the whole training.
        steps_per_epoch: Updates of each epoch.

    Example:
        >>> from netloom.training.recipe import AdamW, AdamWGroup
        >>> from netloom.training.schedules import Constant, Linear
        >>> group = AdamWGroup(pattern="^head", schedule=Constant())
        >>> recipe = Recipe(optimizer=AdamW(groups=(group,)), schedule=Linear(warmup=0))
        >>> rates = learning_rates(recipe, total=10, steps_per_epoch=5)
        >>> rates.schedule(5), rates.group_schedules["^head"](5)
        (0.5, 1.0)
    """
    schedules = {None: recipe.schedule} | {
        group.pattern: group.schedule
        for group in recipe.optimizer.groups
        if group.schedule is not None
    }
    curves = {
        name: _annealed(
            over(schedule, total, steps_per_epoch=steps_per_epoch),
            recipe.average,
            total,
            steps_per_epoch,
        )
        for name, schedule in schedules.items()
    }
    return LearningRates(
        curves[None], {name: curve for name, curve in curves.items() if name is not None}
    )


def first_averaged_epoch(average: SWA, epochs: int) -> int:
    """Index of the first epoch whose last weights SWA averages.

    Example:
        >>> first_averaged_epoch(SWA(start=0.75), 10)
        8
    """
    return min(epochs - 1, math.ceil(average.start * epochs))


def _annealed(curve: Curve, average: Average | None, total: int, steps_per_epoch: int) -> Curve:
    """The schedule until SWA begins, then half a cosine wave to SWA's rate (or a jump)."""
    if not isinstance(average, SWA) or average.learning_rate_scale is None:
        return curve
    scale = average.learning_rate_scale
    start = first_averaged_epoch(average, math.ceil(total / steps_per_epoch)) * steps_per_epoch
    length = average.anneal_epochs * steps_per_epoch

    def multiple(step: int) -> float:
        if step < start:
            return curve(step)
        done = 1.0 if not length else min(1.0, (step - start) / length)
        return scale + (curve(start) - scale) * (0.5 + 0.5 * math.cos(math.pi * done))

    return multiple
