"""Shift and scale of levels, done on the device for whole batches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from netloom.data.transforms.image_transform import ImageTransform

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


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

    @property
    def is_for_batches(self) -> bool:
        """Always."""
        return True

    def statistics(self, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation, one number for each channel.

        Raises:
            ValueError: Three numbers were set, but the images have one channel.
        """
        colour = channels == 3
        mean = (IMAGENET_MEAN if colour else 0.5) if self.mean == "auto" else self.mean
        std = (IMAGENET_STD if colour else 0.5) if self.std == "auto" else self.std
        return _for_channels(mean, channels), _for_channels(std, channels)


def _for_channels(value: float | tuple[float, float, float], channels: int) -> tuple[float, ...]:
    if not isinstance(value, tuple):
        return (float(value),) * channels
    if len(value) != channels:
        raise ValueError(f"{len(value)} numbers for images of {channels} channel")
    return value
