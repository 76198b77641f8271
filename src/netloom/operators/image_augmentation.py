"""Operators that move pixels or change fine detail.

They only describe: the work is done when an image is read.
"""

from __future__ import annotations

from typing import Literal

from netloom.core.settings import Fraction
from netloom.core.tasks import TaskT
from netloom.data.transforms.quantities import (
    Amounts,
    Border,
    Degrees,
    Factors,
    Fractions,
    Level,
    Shares,
)
from netloom.data.transforms.spatial import (
    Affine,
    Distortion,
    Flip,
    Perspective,
    Rotate,
    Slant,
    Turn,
)
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen
from netloom.data.view import Dataset
from netloom.graph.operator import operator


@operator(group="image")
def rotate(
    images: Dataset[TaskT],
    *,
    degrees: Degrees = 10.0,
    random: bool = True,
    border: Border = "constant",
    fill: Level = 0,
) -> Dataset[TaskT]:
    """Turn images about their centre; the size stays.

    Args:
        images: What to rotate.
        degrees: If random: the largest angle, to either side. Otherwise the angle, counter-clockwise.
        random: Turn training images by a random angle, anew in each epoch, and leave all others
            alone. Switched off, every image is turned by the same angle.
        border: What fills the corners: one brightness ("constant"), the edge repeated ("edge") or the
            mirror image ("reflect").
        fill: Brightness of "constant" corners, 0 (black) to 255 (white).
    """
    return images.with_transform(Rotate(degrees=degrees, random=random, border=border, fill=fill))


@operator(group="image")
def flip(
    images: Dataset[TaskT],
    *,
    horizontal: bool = True,
    vertical: bool = False,
    p: Fraction = 0.5,
) -> Dataset[TaskT]:
    """Mirror training images at random; others stay as they are.

    Args:
        images: What to mirror.
        horizontal: Left and right may be exchanged.
        vertical: Top and bottom may be exchanged.
        p: Probability of each, 0 to 1.
    """
    return images.with_transform(Flip(horizontal=horizontal, vertical=vertical, p=p))


@operator(group="image")
def affine(
    images: Dataset[TaskT],
    *,
    degrees: Turn = 10.0,
    translate: Fraction = 0.1,
    scale: Factors = (0.9, 1.1),
    shear: Slant = 5.0,
    border: Border = "constant",
    fill: Level = 0,
) -> Dataset[TaskT]:
    """Rotate, scale, shear and move training images at random; others stay as they are.

    Args:
        images: What to change.
        degrees: Largest rotation to either side.
        translate: Largest move to either side, as a share of the height or width.
        scale: Smallest and largest magnification.
        shear: Largest shear to either side, in degrees.
        border: What fills the room that becomes free: one brightness ("constant"), the edge repeated
            ("edge") or the mirror image ("reflect").
        fill: Brightness of "constant" room, 0 (black) to 255 (white).
    """
    return images.with_transform(
        Affine(
            degrees=degrees,
            translate=translate,
            scale=scale,
            shear=shear,
            border=border,
            fill=fill,
        )
    )


@operator(group="image")
def perspective(
    images: Dataset[TaskT],
    *,
    distortion: Distortion = 0.5,
    p: Fraction = 0.5,
    border: Border = "constant",
    fill: Level = 0,
) -> Dataset[TaskT]:
    """See training images as if from the side, at random; others stay as they are.

    Args:
        images: What to change.
        distortion: How far corners move at most: 0 not at all, 0.5 half-way to the middle of a side.
        p: Probability that an image is changed, 0 to 1.
        border: What fills the room that becomes free: one brightness ("constant"), the edge repeated
            ("edge") or the mirror image ("reflect").
        fill: Brightness of "constant" room, 0 (black) to 255 (white).
    """
    return images.with_transform(Perspective(distortion=distortion, p=p, border=border, fill=fill))


@operator(group="image")
def blur(
    images: Dataset[TaskT], *, sigma: Amounts = (0.1, 2.0), p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Blur training images at random; others stay as they are.

    Args:
        images: What to blur.
        sigma: Smallest and largest width of the blur (standard deviation of a Gaussian), in pixels.
        p: Probability that an image is blurred, 0 to 1.
    """
    return images.with_transform(Blur(sigma=sigma, p=p))


@operator(group="image")
def sharpen(
    images: Dataset[TaskT], *, amount: Amounts = (0.0, 1.0), p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Sharpen training images at random; others stay as they are.

    Args:
        images: What to sharpen.
        amount: Least and most; 0 does nothing, 1 doubles fine detail.
        p: Probability that an image is sharpened, 0 to 1.
    """
    return images.with_transform(Sharpen(amount=amount, p=p))


@operator(group="image")
def noise(
    images: Dataset[TaskT], *, std: Fractions = (0.0, 0.05), p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Add noise to training images at random; others stay as they are.

    Args:
        images: What to add noise to.
        std: Weakest and strongest noise (standard deviation); 1 is the distance from black to white.
        p: Probability that an image gets noise, 0 to 1.
    """
    return images.with_transform(Noise(std=std, p=p))


@operator(group="image")
def erase(
    images: Dataset[TaskT],
    *,
    scale: Shares = (0.02, 0.33),
    ratio: Factors = (0.3, 3.3),
    fill: Level | Literal["noise", "mean"] = "noise",
    p: Fraction = 0.5,
) -> Dataset[TaskT]:
    """Overwrite a random rectangle of training images, so that models do not rely on one detail.

    Args:
        images: What to change.
        scale: Smallest and largest share of the image's area.
        ratio: Smallest and largest width divided by height.
        fill: What the rectangle gets: random levels ("noise"), the image's mean ("mean"), or one
            brightness, 0 (black) to 255 (white).
        p: Probability that an image loses a rectangle, 0 to 1.
    """
    return images.with_transform(Erase(scale=scale, ratio=ratio, fill=fill, p=p))
