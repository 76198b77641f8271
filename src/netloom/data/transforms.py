"""Image transforms as values: what to do with every image, not how.

A transform is part of a data set's description, travels in JSON and costs nothing until an image is read.
``netloom.data.apply`` turns a list of them into a function on pixels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from netloom.core.settings import Fraction, Settings

Pixels = Annotated[int, Field(ge=1, le=16384)]
"""A length of an image side."""
Level = Annotated[int, Field(ge=0, le=255)]
"""Brightness of a pixel: 0 is black, 255 is white."""
Size = Pixels | tuple[Pixels, Pixels]
"""A square's side, or height and width."""
Margin = Annotated[int, Field(ge=0, le=16384)]
Margins = Margin | tuple[Margin, Margin, Margin, Margin]
"""The same on all sides, or top, right, bottom, left."""
Border = Literal["constant", "edge", "reflect"]
"""What fills the room around an image: one level, its edge pixels repeated, or its mirror image."""
Interpolation = Literal["auto", "nearest", "linear", "cubic", "area"]
Degrees = Annotated[float, Field(ge=-360.0, le=360.0)]


def _in_units_of_one(value: Any) -> Any:
    """Statistics copied from a source that uses levels of 0..255 are the usual mistake."""
    numbers = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(number, int | float) and number > 1 for number in numbers):
        raise ValueError("this is in units of 0..1; divide levels of 0..255 by 255")
    return value


_ChannelMean = Annotated[float, Field(ge=0.0, le=1.0)]
_ChannelDeviation = Annotated[float, Field(gt=0.0, le=1.0)]
Mean = Annotated[
    Literal["auto"] | _ChannelMean | tuple[_ChannelMean, _ChannelMean, _ChannelMean],
    BeforeValidator(_in_units_of_one),
]
"""One number for all channels, or one each for red, green and blue, in units of 0..1."""
Deviation = Annotated[
    Literal["auto"]
    | _ChannelDeviation
    | tuple[_ChannelDeviation, _ChannelDeviation, _ChannelDeviation],
    BeforeValidator(_in_units_of_one),
]
"""Likewise, above 0."""


class ImageTransform(Settings):
    """Base of all image transforms."""

    @property
    def augments(self) -> bool:
        """True if it acts on the training part only and does nothing anywhere else."""
        return False

    @property
    def is_random(self) -> bool:
        """True if it draws random numbers in the training part."""
        return self.augments


class Resize(ImageTransform):
    """Bring images to one size.

    Attributes:
        size: Side of a square, or height and width, in pixels.
        fit: What happens if the proportions differ: ``stretch`` changes them, ``pad`` keeps the whole
            image and fills the rest, ``crop`` fills the size and cuts what stands out.
        interpolation: ``auto`` averages areas when shrinking and interpolates linearly when enlarging.
        fill: Level of the added margin if ``fit`` is ``pad``.
    """

    type: Literal["resize"] = "resize"
    size: Size
    fit: Literal["stretch", "pad", "crop"] = "stretch"
    interpolation: Interpolation = "auto"
    fill: Level = 0


class CenterCrop(ImageTransform):
    """Keep the middle of each image. ``size`` as in :class:`Resize`."""

    type: Literal["center_crop"] = "center_crop"
    size: Size


class RandomCrop(ImageTransform):
    """Cut a piece at a random place in training; elsewhere the middle, so that sizes agree.

    Attributes:
        size: Side of a square, or height and width, in pixels.
        padding: Margin added to all sides first, in training.
        border: What fills that margin.
        fill: Level of a ``constant`` margin.
    """

    type: Literal["random_crop"] = "random_crop"
    size: Size
    padding: Margin = 0
    border: Border = "constant"
    fill: Level = 0

    @property
    def is_random(self) -> bool:
        """Although it does not merely augment: outside training it crops the middle."""
        return True


class Pad(ImageTransform):
    """Add a margin.

    Attributes:
        margins: Pixels on all sides, or top, right, bottom, left.
        border: What fills the margin.
        fill: Level of a ``constant`` margin.
    """

    type: Literal["pad"] = "pad"
    margins: Margins
    border: Border = "constant"
    fill: Level = 0


class Rotate(ImageTransform):
    """Rotate about the centre; the size stays, corners are cut.

    Attributes:
        degrees: If ``random``, the angle is drawn evenly from -degrees to +degrees; otherwise every
            image is turned by exactly this, counter-clockwise.
        random: True augments the training part; False turns every image of every part.
        border: What fills the corners.
        fill: Level of ``constant`` corners.
    """

    type: Literal["rotate"] = "rotate"
    degrees: Degrees
    random: bool = True
    border: Border = "constant"
    fill: Level = 0

    @property
    def augments(self) -> bool:
        """Only the random form does."""
        return self.random


class Flip(ImageTransform):
    """Mirror images of the training part at random.

    Attributes:
        horizontal: Left and right may be exchanged.
        vertical: Top and bottom may be exchanged.
        p: Probability of each.
    """

    type: Literal["flip"] = "flip"
    horizontal: bool = True
    vertical: bool = False
    p: Fraction = 0.5

    @property
    def augments(self) -> bool:
        """Always."""
        return True


class Normalize(ImageTransform):
    """Shift and scale levels: ``(level / 255 - mean) / std``, done on the device after loading.

    Attributes:
        mean: One number for all channels or one for each, in 0..1; ``auto`` is ImageNet's for colour
            images and 0.5 for grey ones.
        std: Likewise; ``auto`` is ImageNet's for colour images and 0.5 for grey ones.
    """

    type: Literal["normalize"] = "normalize"
    mean: Mean = "auto"
    std: Deviation = "auto"

    def statistics(self, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation, one number for each channel.

        Raises:
            ValueError: Three numbers were set, but the images have one channel.
        """
        colour = channels == 3
        mean = (IMAGENET_MEAN if colour else 0.5) if self.mean == "auto" else self.mean
        std = (IMAGENET_STD if colour else 0.5) if self.std == "auto" else self.std
        return _for_channels(mean, channels), _for_channels(std, channels)


IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Transform = Annotated[
    Resize | CenterCrop | RandomCrop | Pad | Rotate | Flip | Normalize,
    Field(discriminator="type"),
]


def transform_from_json(document: Any) -> Transform:
    """The transform that ``model_dump`` described.

    Raises:
        pydantic.ValidationError: It is none.
    """
    return _adapter().validate_python(document)


def height_and_width(size: Size) -> tuple[int, int]:
    """A :data:`Size` as two numbers.

    >>> height_and_width(32)
    (32, 32)
    """
    return (size, size) if isinstance(size, int) else size


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Transform]:
    return TypeAdapter(Transform)


def _for_channels(value: float | tuple[float, float, float], channels: int) -> tuple[float, ...]:
    if not isinstance(value, tuple):
        return (float(value),) * channels
    if len(value) != channels:
        raise ValueError(f"{len(value)} numbers for images of {channels} channel")
    return value
