"""Learning-rate schedules: pure functions of the step, as multiples of each group's own rate.

A *step* is one update of the weights, counted from 0; ``total`` is the number of updates of the whole
training. Warm-up climbs linearly to 1 over the first ``warmup · total`` updates (rounded); its first
update already uses a rate above zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Fraction, Settings


class Constant(Settings):
    """The same rate throughout, after an optional warm-up."""

    type: Literal["constant"] = "constant"
    warmup: Fraction = 0.0


class Linear(Settings):
    """Warm-up, then straight down to ``final`` times the rate."""

    type: Literal["linear"] = "linear"
    warmup: Fraction = 0.05
    final: Fraction = 0.0


class Cosine(Settings):
    """Warm-up, then half a cosine wave down to ``final`` (Loshchilov & Hutter 2016, arXiv:1608.03983)."""

    type: Literal["cosine"] = "cosine"
    warmup: Fraction = 0.05
    final: Fraction = 0.0


Schedule = Annotated[Constant | Linear | Cosine, Field(discriminator="type")]


def factor(schedule: Schedule, step: int, total: int) -> float:
    """Multiple of the learning rate for one update.

    Args:
        step: Update index in 0…total - 1; later ones get the final value.
        total: Updates of the whole training, ≥ 1.

    Returns:
        A number in [0, 1].

    Example:
        >>> factor(Cosine(warmup=0.0), 50, 100)
        0.5
        >>> factor(Linear(warmup=0.1), 4, 100)
        0.5
    """
    warm = round(schedule.warmup * total)
    if step < warm:
        return (step + 1) / warm
    if isinstance(schedule, Constant):
        return 1.0
    done = min(1.0, (step - warm) / max(1, total - warm))
    falling = 1.0 - done if isinstance(schedule, Linear) else 0.5 + 0.5 * math.cos(math.pi * done)
    return schedule.final + (1.0 - schedule.final) * falling


def over(schedule: Schedule, total: int) -> Callable[[int], float]:
    """The schedule of one training as a function of the update alone.

    Example:
        >>> over(Constant(), 10)(3)
        1.0
    """
    if total < 1:
        raise ValueError(f"a schedule needs at least one update, got {total}")
    return lambda step: factor(schedule, step, total)
