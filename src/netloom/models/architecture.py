"""Architectures: everything needed to build a network again, except its parameters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from netloom.core.settings import Fraction, PositiveFloat, PositiveInt, Settings
from netloom.models.clip_spec import SpaceTimeNet, VideoMAE
from netloom.models.decoder_spec import Decoder
from netloom.models.depth_spec import DepthNetwork
from netloom.models.reading_spec import CharacterAttention, TrOCR
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import Body, DFine, FrameSequence


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

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of what the network takes of one sample."""
        return (self.channels, self.height, self.width)


class ClipInput(ImageInput):
    """Clips as a network takes them: unsigned bytes, ``(N, frames, channels, height, width)``."""

    frames: PositiveInt

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of what the network takes of one sample."""
        return (self.frames, self.channels, self.height, self.width)


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
        score_threshold: What scores less is not reported.
        max_objects: The most that are reported of a picture.
        overlap: Of boxes of one class that overlap more, only the surest is reported.
    """

    type: Literal["boxes"] = "boxes"
    outputs: PositiveInt = 1
    convs: PositiveInt = 2
    dropout: Fraction = 0.0
    score_threshold: Fraction = 0.05
    max_objects: PositiveInt = 100
    overlap: Fraction = 0.6


class QueryHead(Settings):
    """A fixed number of queries, each with a box and ``outputs`` numbers, one per class.

    Attributes:
        score_threshold: What scores less is not reported.
        max_objects: The most that are reported of a picture.
    """

    type: Literal["queries"] = "queries"
    outputs: PositiveInt = 1
    score_threshold: Fraction = 0.05
    max_objects: PositiveInt = 100


class PictureHead(Settings):
    """A picture as large as the one that came in, from the finest map of a decoder and that picture."""

    type: Literal["picture"] = "picture"
    dropout: Fraction = 0.0


class SequenceHead(Settings):
    """``outputs`` numbers for every step along a line, from a map of a single row."""

    type: Literal["sequence"] = "sequence"
    outputs: PositiveInt
    dropout: Fraction = 0.0


class CharacterHead(CharacterAttention):
    """``outputs`` numbers for each character of a text in turn, from the finest map."""

    type: Literal["characters"] = "characters"
    outputs: PositiveInt = 1


Head = Annotated[
    LinearHead | PixelHead | BoxHead | QueryHead | PictureHead | SequenceHead | CharacterHead,
    Field(discriminator="type"),
]
"""The part of a network that turns features into a task's outputs."""


class Architecture(Settings):
    """A whole network as data."""

    input: ClipInput | ImageInput
    backbone: Body
    decoder: Decoder | None = None
    head: Head

    @model_validator(mode="after")
    def _head_gets_what_it_needs(self) -> Architecture:
        is_whole = isinstance(self.backbone, Swin2SR | DepthNetwork | TrOCR)
        gives_a_picture = isinstance(self.head, PictureHead)
        if isinstance(self.backbone, Swin2SR) and not gives_a_picture:
            raise ValueError("the body swin2sr needs a head that gives a picture")
        gives_one_number = isinstance(self.head, PixelHead) and self.head.outputs == 1
        if isinstance(self.backbone, DepthNetwork) and not gives_one_number:
            raise ValueError("the body depth_network needs a head of one number for each pixel")
        if (is_whole or isinstance(self.head, LinearHead | QueryHead)) != (self.decoder is None):
            raise ValueError(
                "heads of whole pictures and of queries take no decoder, nor do the bodies swin2sr, "
                "depth_network and trocr; all others need one"
            )
        writes = isinstance(self.head, CharacterHead)
        if isinstance(self.backbone, TrOCR) and not writes:
            raise ValueError("the body trocr needs a head that writes characters")
        if isinstance(self.head, QueryHead) != isinstance(self.backbone, DFine):
            raise ValueError("a head of queries and the body d_fine belong together")
        is_for_clips = isinstance(self.backbone, SpaceTimeNet | FrameSequence | VideoMAE)
        if isinstance(self.input, ClipInput) != is_for_clips:
            raise ValueError(
                "clips of videos need the body space_time, frames or videomae, and these need clips"
            )
        return self


def head_from_json(document: dict[str, Any] | None) -> Head | None:
    """Validate a head's description; None stays None.

    Raises:
        pydantic.ValidationError: The type is unknown or its settings are not valid.

    Example:
        >>> head_from_json({"type": "boxes", "outputs": 3}).outputs
        3
    """
    head: Head | None = _HEAD.validate_python(document)
    return head


_HEAD: TypeAdapter[Head | None] = TypeAdapter(Head | None)
