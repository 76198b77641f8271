"""Transforms that change levels, each pixel by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Fraction
from netloom.data.transforms.image_transform import Augmentation, OptionalAugmentation
from netloom.data.transforms.quantities import Level

HueShift = Annotated[float, Field(ge=0.0, le=0.5)]
"""A share of the colour circle; a half turns red into cyan."""
Change = Annotated[float, Field(ge=0.0, le=10.0)]
"""How far a factor may lie from 1."""
Bits = Annotated[int, Field(ge=1, le=8)]


class ColorJitter(Augmentation):
    """Change brightness, contrast, saturation and hue of images of the training part at random.

    Each of the first three is multiplied by a factor drawn evenly from ``1 - value`` (not below 0) to
    ``1 + value``. All four are linear in red, green and blue, so they are applied at once and levels are
    rounded and limited only at the end; hue is turned about the grey axis, which keeps the
    brightness of every pixel. Saturation and hue leave grey images as they are.

    Attributes:
        brightness: Largest change of the brightness factor.
        contrast: Largest change of the factor for distances from the image's mean brightness.
        saturation: Largest change of the factor for distances from each pixel's own grey.
        hue: Largest turn to either side, as a share of the colour circle.
    """

    type: Literal["color_jitter"] = "color_jitter"
    brightness: Change = 0.2
    contrast: Change = 0.2
    saturation: Change = 0.2
    hue: HueShift = 0.02


class RandomGrayscale(Augmentation):
    """Take the colour out of images of the training part at random; the channels stay.

    Attributes:
        p: Probability.
    """

    type: Literal["random_grayscale"] = "random_grayscale"
    p: Fraction = 0.1


class Autocontrast(OptionalAugmentation):
    """Stretch levels so that each channel goes from 0 to 255."""

    type: Literal["autocontrast"] = "autocontrast"


class Equalize(OptionalAugmentation):
    """Make all levels equally frequent, in each channel (histogram equalisation)."""

    type: Literal["equalize"] = "equalize"


class Invert(OptionalAugmentation):
    """Exchange dark and bright: ``255 - level``."""

    type: Literal["invert"] = "invert"


class Posterize(OptionalAugmentation):
    """Keep only the highest bits of each level.

    Attributes:
        bits: How many; 8 keeps all.
    """

    type: Literal["posterize"] = "posterize"
    bits: Bits = 4


class Solarize(OptionalAugmentation):
    """Invert what is bright.

    Attributes:
        threshold: Levels from this one on are inverted.
    """

    type: Literal["solarize"] = "solarize"
    threshold: Level = 128
