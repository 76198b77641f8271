"""Learning-rate schedules: pure functions of the step, as multiples of each group's own rate.

A *step* here is one update of the weights, counted from 0; ``total`` is the number of updates of the
whole training. Every schedule is evaluated ``per`` step or per epoch; per epoch it is constant within an
epoch, and everything below is counted in epochs instead of steps.

Notation: ``T`` is the total, ``w`` the warm-up. Warm-up climbs linearly to 1, ``(t + 1) / w``, so that the
first update already uses a rate above zero. After it ``u = t − w`` counts on, ``U = T − w`` is what is
left and ``x = min(1, u / U)`` the share done; ``f`` is ``final``, and ``f + (1 − f) · y`` leads from 1 to it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from netloom.core.settings import Fraction, NonNegativeFloat, PositiveFloat, PositiveInt, Settings


class Steps(Settings):
    """A stretch of the training, in updates of the weights."""

    steps: PositiveInt


class Epochs(Settings):
    """A stretch of the training, in epochs."""

    epochs: PositiveFloat


Stretch = Fraction | Steps | Epochs
"""A share of the training in [0, 1], or a count: ``0.05``, ``{steps: 500}``, ``{epochs: 3}``."""

Per = Literal["step", "epoch"]
"""How often the rate moves: with every update, or at the start of every epoch."""


class Constant(Settings):
    """``1``: the same rate throughout, after an optional warm-up."""

    type: Literal["constant"] = "constant"
    warmup: Stretch = 0.0
    per: Per = "step"


class Linear(Settings):
    """``f + (1 − f) · (1 − x)``: straight down to ``final`` times the rate."""

    type: Literal["linear"] = "linear"
    warmup: Stretch = 0.05
    final: Fraction = 0.0
    per: Per = "step"


class Cosine(Settings):
    """``f + (1 − f) · (1 + cos πx) / 2``: half a cosine wave down to ``final``.

    Loshchilov & Hutter 2016, arXiv:1608.03983, without restarts.
    """

    type: Literal["cosine"] = "cosine"
    warmup: Stretch = 0.05
    final: Fraction = 0.0
    per: Per = "step"


class CosineRestarts(Settings):
    """``f + (1 − f) · (1 + cos πy) / 2`` with ``y`` the share of a cycle: cosine, again and again.

    Loshchilov & Hutter 2016, arXiv:1608.03983 (SGDR). Cycle ``i`` takes ``cycle · multiplierⁱ``; it
    starts at ``cycle · (multiplierⁱ − 1) / (multiplier − 1)`` after the warm-up.

    Attributes:
        cycle: Length of the first cycle.
        multiplier: How much longer each cycle is than the one before it.
    """

    type: Literal["cosine_restarts"] = "cosine_restarts"
    cycle: Stretch = 0.25
    multiplier: Annotated[float, Field(ge=1.0)] = 1.0
    warmup: Stretch = 0.0
    final: Fraction = 0.0
    per: Per = "step"

    @model_validator(mode="after")
    def _cycles_last(self) -> CosineRestarts:
        if self.cycle == 0.0:
            raise ValueError("cycle must be longer than 0")
        return self


class OneCycle(Settings):
    """Up to the rate and far below where it began, in waves (Smith & Topin 2017, arXiv:1708.07120).

    Half a cosine wave from ``start`` to 1 over the first ``peak · T − 1`` steps, then another from 1 to
    ``final`` at step ``T − 1``. The optimiser's learning rate is the highest of the cycle; momentum
    does not move.

    Attributes:
        peak: When the rate is highest.
        start: First multiple of the rate.
        final: Last multiple of the rate.
        shape: How the multiples in between are found: along a cosine wave, or a straight line.
    """

    type: Literal["one_cycle"] = "one_cycle"
    peak: Stretch = 0.3
    start: Fraction = 0.04
    final: Fraction = 4e-6
    shape: Literal["cosine", "linear"] = "cosine"
    per: Per = "step"


class Step(Settings):
    """``factor ^ ⌊u / every⌋``: a smaller rate again and again."""

    type: Literal["step"] = "step"
    every: Stretch = 0.3
    factor: Fraction = 0.1
    warmup: Stretch = 0.0
    per: Per = "step"

    @model_validator(mode="after")
    def _falls_again_and_again(self) -> Step:
        if self.every == 0.0:
            raise ValueError("every must be longer than 0")
        return self


class MultiStep(Settings):
    """``factor ^ (milestones reached)``: a smaller rate at chosen times, counted from the start."""

    type: Literal["multi_step"] = "multi_step"
    milestones: Annotated[tuple[Stretch, ...], Field(min_length=1)] = (0.5, 0.75)
    factor: Fraction = 0.1
    warmup: Stretch = 0.0
    per: Per = "step"


class Polynomial(Settings):
    """``f + (1 − f) · (1 − x) ^ power``."""

    type: Literal["polynomial"] = "polynomial"
    power: PositiveFloat = 2.0
    warmup: Stretch = 0.05
    final: Fraction = 0.0
    per: Per = "step"


class Reciprocal(Settings):
    """``1 / (1 + decay · u)``: falls quickly at first, ever more slowly later.

    Attributes:
        decay: How much; 0.05 halves the rate after 20 epochs.
    """

    type: Literal["reciprocal"] = "reciprocal"
    decay: NonNegativeFloat = 0.05
    warmup: Stretch = 0.0
    per: Per = "epoch"


class Exponential(Settings):
    """``factor ^ u``: the same share of the rate is left after every epoch (or step)."""

    type: Literal["exponential"] = "exponential"
    factor: Annotated[float, Field(gt=0.0, le=1.0)] = 0.95
    warmup: Stretch = 0.0
    per: Per = "epoch"


Schedule = Annotated[
    Constant
    | Linear
    | Cosine
    | CosineRestarts
    | OneCycle
    | Step
    | MultiStep
    | Polynomial
    | Reciprocal
    | Exponential,
    Field(discriminator="type"),
]

Curve = Callable[[int], float]
"""Multiple of the learning rate as a function of the update alone."""


def factor(
    schedule: Schedule, step: int, total: int, *, steps_per_epoch: int | None = None
) -> float:
    """Multiple of the learning rate for one update; see :func:`over`.

    Example:
        >>> factor(Cosine(warmup=0.0), 50, 100)
        0.5
        >>> factor(Linear(warmup=0.1), 4, 100)
        0.5
        >>> factor(Reciprocal(decay=0.5), 27, 100, steps_per_epoch=10)
        0.5
    """
    return over(schedule, total, steps_per_epoch=steps_per_epoch)(step)


def over(schedule: Schedule, total: int, *, steps_per_epoch: int | None = None) -> Curve:
    """The schedule of one training as a function of the update alone.

    Args:
        total: Updates of the whole training, ≥ 1. Later updates get the last one's value, or go on
            where a schedule has no end.
        steps_per_epoch: Updates of each epoch; needed where a schedule speaks of epochs.

    Returns:
        Takes an update in 0…total − 1, gives a number in [0, 1].

    Raises:
        ValueError: ``total`` is below 1, or ``steps_per_epoch`` is needed.

    Example:
        >>> over(Step(every=Epochs(epochs=2), factor=0.5), 60, steps_per_epoch=10)(25)
        0.5
    """
    if total < 1:
        raise ValueError(f"a schedule needs at least one update, got {total}")
    clock = _Clock(schedule.per, total, steps_per_epoch)
    if isinstance(schedule, OneCycle):
        curve = _one_cycle(schedule, clock)
    else:
        curve = _warmed_up(clock.ticks(schedule.warmup), _after_warmup(schedule, clock))
    if schedule.per == "step":
        return curve
    length = clock.epoch_length
    return lambda step: curve(step // length)


class _Clock(NamedTuple):
    """Counts a training in *ticks*: steps or epochs, as the schedule wants it."""

    per: Per
    total_steps: int
    steps_per_epoch: int | None

    @property
    def epoch_length(self) -> int:
        if self.steps_per_epoch is None or self.steps_per_epoch < 1:
            raise ValueError("a schedule that counts epochs needs to know the steps per epoch")
        return self.steps_per_epoch

    @property
    def total(self) -> int:
        if self.per == "step":
            return self.total_steps
        return math.ceil(self.total_steps / self.epoch_length)

    def ticks(self, stretch: Stretch, *, least: int = 0) -> int:
        """A stretch as a whole number of ticks."""
        match stretch, self.per:
            case Steps(steps=steps), "step":
                ticks: float = steps
            case Steps(steps=steps), _:
                ticks = steps / self.epoch_length
            case Epochs(epochs=epochs), "step":
                ticks = epochs * self.epoch_length
            case Epochs(epochs=epochs), _:
                ticks = epochs
            case share, _:
                assert isinstance(share, float)
                ticks = share * self.total
        return max(least, round(ticks))


def _warmed_up(warm: int, after: Curve) -> Curve:
    if not warm:
        return after
    return lambda tick: (tick + 1) / warm if tick < warm else after(tick - warm)


def _after_warmup(schedule: Schedule, clock: _Clock) -> Curve:
    """The curve from the end of the warm-up on, its first tick being 0."""
    assert not isinstance(schedule, OneCycle)
    warm = clock.ticks(schedule.warmup)
    left = max(1, clock.total - warm)
    match schedule:
        case Constant():
            return lambda tick: 1.0
        case Linear(final=final):
            return lambda tick: final + (1.0 - final) * (1.0 - min(1.0, tick / left))
        case Cosine(final=final):
            return lambda tick: _between(1.0, final, min(1.0, tick / left))
        case CosineRestarts(final=final, multiplier=multiplier):
            share = _cycles(clock.ticks(schedule.cycle, least=1), multiplier)
            return lambda tick: _between(1.0, final, share(tick))
        case Step(factor=base):
            every = clock.ticks(schedule.every, least=1)
            return lambda tick: base ** (tick // every)
        case MultiStep(factor=base):
            milestones = sorted(clock.ticks(stretch) for stretch in schedule.milestones)
            return lambda tick: base ** bisect_right(milestones, tick + warm)
        case Polynomial(final=final, power=power):
            return lambda tick: final + (1.0 - final) * (1.0 - min(1.0, tick / left)) ** power
        case Reciprocal(decay=decay):
            return lambda tick: 1.0 / (1.0 + decay * tick)
        case Exponential(factor=base):
            return lambda tick: base**tick


def _cycles(first: int, multiplier: float) -> Curve:
    """Share of its cycle that a tick has done."""

    def share(tick: int) -> float:
        if multiplier == 1.0:
            return (tick % first) / first
        start, length = 0.0, float(first)
        while tick >= start + length:
            start, length = start + length, length * multiplier
        return (tick - start) / length

    return share


def _one_cycle(schedule: OneCycle, clock: _Clock) -> Curve:
    between = _between if schedule.shape == "cosine" else _along
    last = clock.total - 1
    top = min(last, clock.ticks(schedule.peak) - 1)

    def curve(tick: int) -> float:
        if tick < top:
            return between(schedule.start, 1.0, tick / top)
        done = min(1.0, (tick - max(0, top)) / max(1, last - max(0, top)))
        return between(1.0, schedule.final, done)

    return curve


def _between(start: float, end: float, done: float) -> float:
    """From ``start`` to ``end`` along half a cosine wave."""
    return end + (start - end) * (0.5 + 0.5 * math.cos(math.pi * done))


def _along(start: float, end: float, done: float) -> float:
    return start + (end - start) * done
