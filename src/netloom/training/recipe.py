"""The recipe of a training: every choice that shapes its result, as validated values."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from netloom.core.settings import (
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Seed,
    Settings,
)
from netloom.training.schedules import Cosine, Schedule

Beta = Annotated[float, Field(ge=0.0, lt=1.0)]

Precision = Literal["32-true", "16-mixed", "bf16-mixed"]
"""Numbers that the network computes with; the weights are always 32-bit."""

Decay = Annotated[float, Field(gt=0.0, le=1.0)]


class ParameterGroup(Settings):
    """Parameters that are trained differently. What is None is as the optimiser says.

    Attributes:
        pattern: Regular expression searched in the parameter's name, e.g. ``^head``. The first
            group that matches takes the parameter.
        learning_rate: Exactly this rate.
        learning_rate_scale: Multiple of the optimiser's learning rate; 0 freezes the parameters.
        schedule: How the rate of this group moves; None follows the schedule of the training.
    """

    pattern: str
    learning_rate: PositiveFloat | None = None
    learning_rate_scale: NonNegativeFloat = 1.0
    weight_decay: NonNegativeFloat | None = None
    schedule: Schedule | None = None

    @field_validator("pattern")
    @classmethod
    def _is_regular_expression(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _has_one_rate(self) -> ParameterGroup:
        if self.learning_rate is not None and self.learning_rate_scale != 1.0:
            raise ValueError("give learning_rate or learning_rate_scale, not both")
        return self


class SGDGroup(ParameterGroup):
    """Parameters that SGD trains differently."""

    momentum: Beta | None = None


class AdamWGroup(ParameterGroup):
    """Parameters that AdamW trains differently."""

    betas: tuple[Beta, Beta] | None = None


class AdanGroup(ParameterGroup):
    """Parameters that Adan trains differently."""

    betas: tuple[Beta, Beta, Beta] | None = None


class SGD(Settings):
    """Stochastic gradient descent with momentum.

    Attributes:
        momentum: Share of the last change that the next one keeps; 0 is plain descent.
        dampening: Share of the gradient that is held back from the momentum.
        nesterov: Look ahead along the momentum (Sutskever et al. 2013); needs momentum and no
            dampening.
        decay_all: Also decay biases and norm weights (parameters of one dimension).
    """

    type: Literal["sgd"] = "sgd"
    learning_rate: PositiveFloat = 0.05
    momentum: Beta = 0.9
    dampening: Fraction = 0.0
    nesterov: bool = False
    weight_decay: NonNegativeFloat = 5e-4
    groups: tuple[SGDGroup, ...] = ()
    decay_all: bool = False

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> SGD:
        momenta = [self.momentum, *(g.momentum for g in self.groups if g.momentum is not None)]
        if self.nesterov and (min(momenta) == 0.0 or self.dampening):
            raise ValueError("nesterov needs a momentum above 0 and a dampening of 0")
        return self


class AdamW(Settings):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2017, arXiv:1711.05101).

    Attributes:
        betas: Shares that the averages of gradient and squared gradient keep at each update.
        decay_all: Also decay biases and norm weights (parameters of one dimension).
    """

    type: Literal["adamw"] = "adamw"
    learning_rate: PositiveFloat = 3e-3
    weight_decay: NonNegativeFloat = 0.01
    betas: tuple[Beta, Beta] = (0.9, 0.999)
    eps: PositiveFloat = 1e-8
    groups: tuple[AdamWGroup, ...] = ()
    decay_all: bool = False


class Adan(Settings):
    """Adaptive Nesterov momentum (Xie et al. 2022, arXiv:2208.06677).

    Attributes:
        betas: Shares that the averages of gradient, gradient difference and squared extrapolated
            gradient keep at each update (one minus the paper's β).
        decay_all: Also decay biases and norm weights (parameters of one dimension).
    """

    type: Literal["adan"] = "adan"
    learning_rate: PositiveFloat = 1e-3
    weight_decay: NonNegativeFloat = 0.02
    betas: tuple[Beta, Beta, Beta] = (0.98, 0.92, 0.99)
    eps: PositiveFloat = 1e-8
    groups: tuple[AdanGroup, ...] = ()
    decay_all: bool = False


Optimizer = Annotated[SGD | AdamW | Adan, Field(discriminator="type")]


class EMA(Settings):
    """Exponential moving average of the weights, one step per update (Polyak & Juditsky 1992).

    Attributes:
        decay: Share of the average that each update keeps; the first updates keep less.
    """

    type: Literal["ema"] = "ema"
    decay: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.999


class SWA(Settings):
    """Equal average of the weights at the ends of the last epochs (Izmailov et al. 2018, arXiv:1803.05407).

    From ``start`` on the learning rate leaves its schedule: it goes to ``learning_rate_scale`` and stays
    there, so that the averaged weights are far apart. Batch-norm statistics are measured anew for
    the average, by one pass over the training part.
    With ``keep: best`` the weights validated before ``start`` compete with the averages.

    Attributes:
        start: Share of the epochs after which averaging starts; the last epoch always counts.
        learning_rate_scale: Multiple of each group's learning rate while averaging; None follows
            the schedule.
        anneal_epochs: Epochs from the schedule's rate to that one, along half a cosine wave; 0
            jumps to it.
    """

    type: Literal["swa"] = "swa"
    start: Fraction = 0.75
    learning_rate_scale: PositiveFloat | None = None
    anneal_epochs: NonNegativeInt = 0


Average = Annotated[EMA | SWA, Field(discriminator="type")]


class Unfreezing(Settings):
    """Gradual unfreezing: from the head towards the input (Howard & Ruder 2018, arXiv:1801.06146).

    The first epochs train the head alone; then one more block of the backbone joins in.

    Attributes:
        every_epochs: Epochs between two blocks.
    """

    every_epochs: PositiveInt = 1


class Checkpointing(Settings):
    """When to save the state of a training, and what to keep.

    A checkpoint is written whenever one of the three cadences is due. Of those, the newest
    ``keep_last`` stay (fast track), every ``keep_every``-th by epoch (slow track), and those worth keeping
    for what they are (consistent track): the best so far, and what a callback holds.

    Attributes:
        every_s: Seconds between checkpoints; None never by time.
        every_steps: Steps between checkpoints; None never by steps.
        every_epochs: Epochs between checkpoints; None never by epochs.
        keep_every: Checkpoints at the end of epochs divisible by this are kept; None keeps none.
        keep_slow: How many of those stay, the newest; None all.
        keep_held: How many of those that callbacks held stay, the newest; None all.
    """

    every_s: PositiveFloat | None = 30.0
    every_steps: PositiveInt | None = None
    every_epochs: PositiveInt | None = None
    keep_last: PositiveInt = 2
    keep_every: PositiveInt | None = None
    keep_slow: PositiveInt | None = None
    keep_held: PositiveInt | None = None


class Recipe(Settings):
    """How to train.

    Attributes:
        batch_size: Samples per step; ``auto`` takes as many as the device's memory holds.
        accumulate: Steps whose gradients are averaged into one update.
        clip_norm: Largest norm of the gradient; longer ones are shortened. None never.
        clip_value: Largest size of each number of the gradient; larger ones are cut off. None never.
        patience: Epochs without a better validation result before training ends early; None never.
        max_time_s: Training ends early after this time; None never.
        keep: Which weights to return: those with the best validation result, or the last.
        average: Validate and return averaged weights; None uses the weights themselves.
        sampling: Whether an epoch takes every sample once, or draws samples with replacement so
            that every class comes equally often.
        layer_decay: Learning rates shrink by this factor from each block to the one before it,
            from the head towards the input (Bao et al. 2021, BEiT, arXiv:2106.08254); 1 does not.
        unfreeze: Start with the head alone and let block after block join in; None trains all
            that the model lets train from the start.
        log_every: Steps between logged points; a point is the mean over them.
    """

    epochs: PositiveInt = 10
    batch_size: PositiveInt | Literal["auto"] = 64
    schedule: Schedule = Cosine()
    optimizer: Optimizer = AdamW()
    precision: Precision = "32-true"
    accumulate: PositiveInt = 1
    clip_norm: PositiveFloat | None = None
    clip_value: PositiveFloat | None = None
    patience: NonNegativeInt | None = None
    max_time_s: PositiveFloat | None = None
    keep: Literal["best", "last"] = "best"
    average: Average | None = None
    sampling: Literal["shuffle", "balanced"] = "shuffle"
    layer_decay: Decay = 1.0
    unfreeze: Unfreezing | None = None
    seed: Seed = 0
    log_every: PositiveInt = 10
    checkpoints: Checkpointing = Checkpointing()

    @model_validator(mode="after")
    def _clips_one_way(self) -> Recipe:
        if self.clip_norm is not None and self.clip_value is not None:
            raise ValueError("give clip_norm or clip_value, not both")
        return self
