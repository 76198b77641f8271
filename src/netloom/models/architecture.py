"""Architectures: everything needed to build a network again, except its parameters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from netloom.core.settings import Fraction, PositiveFloat, PositiveInt, Settings
from netloom.models.decoder_spec import Decoder
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


class PixelHead(Settings):
    """``outputs`` numbers for every pixel of the picture, from the finest map of a decoder."""

    type: Literal["pixels"] = "pixels"
    outputs: PositiveInt
    dropout: Fraction = 0.0


class BoxHead(Settings):
    """A box for each place of a decoder's maps, how good it is, and ``outputs`` numbers, one per class.

    Attributes:
        convs: Convolutions of each of the two towers before the outputs.
        dropout: Share of the channels after a tower that training switches off at random.
    """

    type: Literal["boxes"] = "boxes"
    outputs: PositiveInt
    convs: PositiveInt = 2
    dropout: Fraction = 0.0


class PictureHead(Settings):
    """A picture as large as the one that came in, from the finest map of a decoder and that picture."""

    type: Literal["picture"] = "picture"
    dropout: Fraction = 0.0


class SequenceHead(Settings):
    """``outputs`` numbers for every step along a line, from a map of a single row."""

    type: Literal["sequence"] = "sequence"
    outputs: PositiveInt
    dropout: Fraction = 0.0


Head = Annotated[
    LinearHead | PixelHead | BoxHead | PictureHead | SequenceHead, Field(discriminator="type")
]
"""The part of a network that turns features into a task's outputs."""


class Architecture(Settings):
    """A whole network as data."""

    input: ImageInput
    backbone: Backbone
    decoder: Decoder | None = None
    head: Head

    @model_validator(mode="after")
    def _head_gets_what_it_needs(self) -> Architecture:
        if isinstance(self.head, LinearHead) != (self.decoder is None):
            raise ValueError("heads of whole pictures take no decoder, all others need one")
        return self
