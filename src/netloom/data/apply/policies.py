"""Published augmentation policies: operations drawn from a list of fourteen.

RandAugment (Cubuk et al. 2019, arXiv:1909.13719) and TrivialAugment (Müller and Hutter
2021, arXiv:2103.10158). Shear and rotation are about the middle of the image.
"""

from __future__ import annotations

from collections.abc import Callable
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
from netloom.data.apply.geometry import Extent, Filling, Warped
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
DrawOperations = Callable[[Extent, Generator | None], list[tuple[Operation, float]]]
"""Chooses operations and how much of each for an image of some extent, which they all keep."""
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


def rand_drawing(spec: RandAugment) -> DrawOperations:
    """Several operations of one strength.

    >>> import numpy as np
    >>> draw = rand_drawing(RandAugment(operations=3))
    >>> len(draw((8, 9), np.random.default_rng(0)))
    3
    """
    strength = spec.magnitude / MAX_MAGNITUDE

    def draw(extent: Extent, rng: Generator | None) -> list[tuple[Operation, float]]:
        rng = drawing_from(rng)
        return [_drawn(extent, strength, RAND, rng) for _ in range(spec.operations)]

    return draw


def trivial_drawing(spec: TrivialAugment) -> DrawOperations:
    """One operation of random strength.

    >>> import numpy as np
    >>> len(trivial_drawing(TrivialAugment())((8, 9), np.random.default_rng(0)))
    1
    """

    def draw(extent: Extent, rng: Generator | None) -> list[tuple[Operation, float]]:
        rng = drawing_from(rng)
        strength = int(rng.integers(MAX_MAGNITUDE + 1)) / MAX_MAGNITUDE
        return [_drawn(extent, strength, TRIVIAL, rng)]

    return draw


def augmenting(draw: DrawOperations, filling: Filling) -> ImageFunction:
    """All operations that are drawn for an image, one after the other.

    >>> import numpy as np
    >>> augment = augmenting(rand_drawing(RandAugment()), Filling())
    >>> augment(np.zeros((8, 9, 3), np.uint8), np.random.default_rng(0)).shape
    (8, 9, 3)
    """

    def augment(image: Image, rng: Generator | None) -> Image:
        for operation, amount in draw(image.shape[:2], rng):
            image = operated(image, operation, amount, filling)
        return image

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
            moved = operation_geometry(operation, amount, image.shape[:2])
            assert moved is not None  # it is one of those that move
            return moved.pixels(image, filling)


def operation_geometry(operation: Operation, amount: float, extent: Extent) -> Warped | None:
    """How an operation moves pixels; None if it leaves them in their places.

    >>> operation_geometry("translate_x", 4, (8, 9)).matrix_33[0].tolist()
    [1.0, 0.0, 4.0]
    """
    match operation:
        case "rotate":
            return about_middle(extent, degrees=amount)
        case "shear_x":
            return about_middle(extent, shear=(amount, 0.0))
        case "shear_y":
            return about_middle(extent, shear=(0.0, amount))
        case "translate_x":
            return about_middle(extent, move=(amount, 0.0))
        case "translate_y":
            return about_middle(extent, move=(0.0, amount))
        case _:
            return None


def _drawn(
    extent: Extent, strength: float, ranges: Ranges, rng: Generator
) -> tuple[Operation, float]:
    operation = OPERATIONS[rng.integers(len(OPERATIONS))]
    is_reversed = rng.random() < 0.5
    if is_reversed and operation not in _ONE_WAY:
        strength = -strength
    return operation, ranges.amount(operation, strength, extent)
