"""Published augmentation policies: operations drawn from a list of fourteen.

RandAugment (Cubuk et al. 2019, arXiv:1909.13719) and TrivialAugment (Müller and Hutter
2021, arXiv:2103.10158). Shear and rotation are about the middle of the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from numpy.random import Generator

from netloom.data.apply.colour import (
    autocontrasted,
    colour_changed,
    equalized,
    posterized,
    solarized,
)
from netloom.data.apply.geometry import Extent, Filling
from netloom.data.apply.image_function import ImageFunction, drawing_from
from netloom.data.apply.spatial import about_middle
from netloom.data.apply.texture import sharpness_changed
from netloom.data.images import Image
from netloom.data.transforms.policies import MAX_MAGNITUDE, RandAugment, TrivialAugment

Operation = Literal[
    "identity",
    "autocontrast",
    "equalize",
    "rotate",
    "solarize",
    "color",
    "posterize",
    "contrast",
    "brightness",
    "sharpness",
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
_ONE_WAY = frozenset({"identity", "autocontrast", "equalize", "solarize", "posterize"})


@dataclass(frozen=True, slots=True)
class Ranges:
    """Amounts at full strength.

    Attributes:
        degrees: Rotation.
        shear: Pixels sideways per pixel.
        translate: Share of the height or width.
        translate_pixels: Likewise in pixels; None uses the share.
        change: Distance of a factor from 1.
        bits: How many of 8 bits posterising takes away.
    """

    degrees: float
    shear: float
    change: float
    bits: int
    translate: float = 0.0
    translate_pixels: int | None = None

    def amount(self, operation: Operation, strength: float, extent: Extent) -> float:
        """How much an operation does, in its own unit.

        Args:
            strength: From 0 to 1; negative in the other direction.
        """
        match operation:
            case "rotate":
                return self.degrees * strength
            case "shear_x" | "shear_y":
                return self.shear * strength
            case "translate_x" | "translate_y":
                side = extent[1] if operation == "translate_x" else extent[0]
                longest = self.translate_pixels or self.translate * side
                return float(round(longest * strength))
            case "color" | "contrast" | "brightness" | "sharpness":
                return 1 + self.change * strength
            case "posterize":
                return float(8 - round(self.bits * strength))
            case "solarize":
                return float(round(256 * (1 - strength)))
            case "identity" | "autocontrast" | "equalize":
                return 0.0


RAND = Ranges(degrees=30.0, shear=0.3, change=0.9, bits=4, translate=150 / 331)
TRIVIAL = Ranges(degrees=135.0, shear=0.99, change=0.99, bits=6, translate_pixels=32)


def rand_augmenting(spec: RandAugment) -> ImageFunction:
    """Several operations of one strength.

    >>> import numpy as np
    >>> augment = rand_augmenting(RandAugment())
    >>> augment(np.zeros((8, 9, 3), np.uint8), np.random.default_rng(0)).shape
    (8, 9, 3)
    """
    filling = Filling(spec.border, spec.fill)
    strength = spec.magnitude / MAX_MAGNITUDE

    def augment(image: Image, rng: Generator | None) -> Image:
        rng = drawing_from(rng)
        for _ in range(spec.operations):
            image = _drawn(image, strength, RAND, filling, rng)
        return image

    return augment


def trivial_augmenting(spec: TrivialAugment) -> ImageFunction:
    """One operation of random strength.

    >>> import numpy as np
    >>> augment = trivial_augmenting(TrivialAugment())
    >>> augment(np.zeros((8, 9, 3), np.uint8), np.random.default_rng(0)).shape
    (8, 9, 3)
    """
    filling = Filling(spec.border, spec.fill)

    def augment(image: Image, rng: Generator | None) -> Image:
        rng = drawing_from(rng)
        strength = int(rng.integers(MAX_MAGNITUDE + 1)) / MAX_MAGNITUDE
        return _drawn(image, strength, TRIVIAL, filling, rng)

    return augment


def operated(image: Image, operation: Operation, amount: float, filling: Filling) -> Image:
    """The image after one operation, ``amount`` in the unit of :meth:`Ranges.amount`.

    >>> import numpy as np
    >>> operated(np.full((1, 1, 1), 255, np.uint8), "posterize", 4, Filling()).item()
    240
    """
    match operation:
        case "identity":
            return image
        case "autocontrast":
            return autocontrasted(image)
        case "equalize":
            return equalized(image)
        case "solarize":
            return solarized(image, int(amount))
        case "posterize":
            return posterized(image, int(amount))
        case "color":
            return colour_changed(image, saturation=amount)
        case "contrast":
            return colour_changed(image, contrast=amount)
        case "brightness":
            return colour_changed(image, brightness=amount)
        case "sharpness":
            return sharpness_changed(image, amount)
        case "rotate" | "shear_x" | "shear_y" | "translate_x" | "translate_y":
            return _moved(image, operation, amount, filling)


def _moved(image: Image, operation: Operation, amount: float, filling: Filling) -> Image:
    extent = image.shape[:2]
    match operation:
        case "rotate":
            geometry = about_middle(extent, degrees=amount)
        case "shear_x":
            geometry = about_middle(extent, shear=(amount, 0.0))
        case "shear_y":
            geometry = about_middle(extent, shear=(0.0, amount))
        case "translate_x":
            geometry = about_middle(extent, move=(amount, 0.0))
        case _:
            geometry = about_middle(extent, move=(0.0, amount))
    return geometry.pixels(image, filling)


def _drawn(
    image: Image, strength: float, ranges: Ranges, filling: Filling, rng: Generator
) -> Image:
    operation = OPERATIONS[rng.integers(len(OPERATIONS))]
    is_reversed = rng.random() < 0.5
    if is_reversed and operation not in _ONE_WAY:
        strength = -strength
    amount = ranges.amount(operation, strength, image.shape[:2])
    return operated(image, operation, amount, filling)
