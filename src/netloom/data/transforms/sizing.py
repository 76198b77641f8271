"""Transforms that change the size of images."""

from __future__ import annotations

from typing import Literal

from netloom.data.transforms.image_transform import ImageTransform
from netloom.data.transforms.quantities import (
    Border,
    Factors,
    Interpolation,
    Level,
    Margin,
    Margins,
    Shares,
    Size,
)

Fit = Literal["stretch", "pad", "crop", "shortest"]


class Resize(ImageTransform):
    """Bring images to one size.

    Attributes:
        size: Side of a square, or height and width, in pixels.
        fit: What happens if the proportions differ: ``stretch`` changes them, ``pad`` keeps the whole
            image and fills the rest, ``crop`` fills the size and cuts what stands out. ``shortest``
            keeps the whole image and lets it stand out: the shorter side gets the size, and the
            longer sides of images differ.
        interpolation: ``auto`` averages areas when shrinking and interpolates linearly when enlarging.
        fill: Level of the added margin if ``fit`` is ``pad``.
    """

    type: Literal["resize"] = "resize"
    size: Size
    fit: Fit = "stretch"
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


class RandomResizedCrop(ImageTransform):
    """Cut a piece of random place, size and proportions, and bring it to one size.

    This is the "Inception" crop (Szegedy et al. 2014, arXiv:1409.4842). Outside training the whole image
    is resized with ``fit: crop``, so that sizes agree.

    Attributes:
        size: Side of a square, or height and width, in pixels.
        scale: Smallest and largest share of the image's area, drawn evenly.
        ratio: Smallest and largest width divided by height, drawn evenly on a logarithmic scale.
        interpolation: As in :class:`Resize`.
    """

    type: Literal["random_resized_crop"] = "random_resized_crop"
    size: Size
    scale: Shares = (0.08, 1.0)
    ratio: Factors = (0.75, 1.3333333333333333)
    interpolation: Interpolation = "auto"

    @property
    def is_random(self) -> bool:
        """Although it does not merely augment: outside training it resizes."""
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
