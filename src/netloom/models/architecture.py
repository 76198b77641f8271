"""Architectures: everything needed to build a network again, except its parameters."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from netloom.core.settings import Fraction, PositiveFloat, PositiveInt, Settings
from netloom.models.spec import Backbone


class ImageInput(Settings):
    """Pictures as a network takes them: unsigned bytes, ``(N, channels, height, width)``.

    The network itself maps them to ``(value / 255 − mean) / std``, channel by channel.
    """

    channels: Literal[1, 3]
    height: PositiveInt
    width: PositiveInt
    mean: tuple[float, ...]
    std: tuple[PositiveFloat, ...]

    @model_validator(mode="after")
    def _one_value_per_channel(self) -> ImageInput:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(f"mean and std need {self.channels} values each, one per channel")
        return self


class LinearHead(Settings):
    """Dropout and one linear layer: features to ``outputs`` numbers (logits)."""

    type: Literal["linear"] = "linear"
    outputs: PositiveInt
    dropout: Fraction = 0.0


Head = LinearHead
"""The part of a network that turns features into a task's outputs (a tagged union as kinds arrive)."""


class Architecture(Settings):
    """A whole network as data."""

    input: ImageInput
    backbone: Backbone
    head: Head
