"""The recipe of a training: every choice that shapes its result, as validated values."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

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


class ParameterGroup(Settings):
    """Parameters that are trained differently.

    Attributes:
        pattern: Regular expression searched in the parameter's name, e.g. ``^head``. The first
            group that matches takes the parameter.
        learning_rate_scale: Multiple of the optimiser's learning rate; 0 freezes the parameters.
        weight_decay: Replaces the optimiser's; None keeps it.
    """

    pattern: str
    learning_rate_scale: NonNegativeFloat = 1.0
    weight_decay: NonNegativeFloat | None = None

    @field_validator("pattern")
    @classmethod
    def _is_regular_expression(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern


class AdamW(Settings):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2017, arXiv:1711.05101).

    Attributes:
        decay_all: Also decay biases and norm weights (parameters of one dimension).
    """

    type: Literal["adamw"] = "adamw"
    learning_rate: PositiveFloat = 3e-3
    weight_decay: NonNegativeFloat = 0.01
    betas: tuple[Beta, Beta] = (0.9, 0.999)
    eps: PositiveFloat = 1e-8
    groups: tuple[ParameterGroup, ...] = ()
    decay_all: bool = False


class SGD(Settings):
    """Stochastic gradient descent with momentum.

    Attributes:
        decay_all: Also decay biases and norm weights (parameters of one dimension).
    """

    type: Literal["sgd"] = "sgd"
    learning_rate: PositiveFloat = 0.05
    momentum: Beta = 0.9
    nesterov: bool = False
    weight_decay: NonNegativeFloat = 5e-4
    groups: tuple[ParameterGroup, ...] = ()
    decay_all: bool = False


Optimizer = Annotated[AdamW | SGD, Field(discriminator="type")]


class Checkpointing(Settings):
    """When to save the state of a training, and what to keep.

    A checkpoint is written whenever one of the three cadences is due. Of those, the newest
    ``keep_last`` stay (fast track), every ``keep_every``-th by epoch (slow track), and the best so
    far (consistent track).

    Attributes:
        every_s: Seconds between checkpoints; None never by time.
        every_steps: Steps between checkpoints; None never by steps.
        every_epochs: Epochs between checkpoints; None never by epochs.
        keep_every: Checkpoints at the end of epochs divisible by this are kept; None keeps none.
    """

    every_s: PositiveFloat | None = 30.0
    every_steps: PositiveInt | None = None
    every_epochs: PositiveInt | None = None
    keep_last: PositiveInt = 2
    keep_every: PositiveInt | None = None


class Recipe(Settings):
    """How to train.

    Attributes:
        batch_size: Samples per step.
        accumulate: Steps whose gradients are averaged into one update.
        clip_norm: Largest norm of the gradient; longer ones are shortened. None never.
        patience: Epochs without a better validation result before training ends early; None never.
        keep: Which weights to return: those with the best validation result, or the last.
        ema_decay: Validate and return a moving average of the weights with this decay per update;
            None uses the weights themselves.
        log_every: Steps between logged points; a point is the mean over them.
    """

    epochs: PositiveInt = 10
    batch_size: PositiveInt = 64
    schedule: Schedule = Cosine()
    optimizer: Optimizer = AdamW()
    precision: Precision = "32-true"
    accumulate: PositiveInt = 1
    clip_norm: PositiveFloat | None = None
    patience: NonNegativeInt | None = None
    keep: Literal["best", "last"] = "best"
    ema_decay: Fraction | None = None
    seed: Seed = 0
    log_every: PositiveInt = 10
    checkpoints: Checkpointing = Checkpointing()
