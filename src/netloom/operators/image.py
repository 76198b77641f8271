"""Operators on images. They only describe: the work is done when an image is read."""

from __future__ import annotations

from typing import Literal

from netloom.core.settings import Fraction
from netloom.core.tasks import TaskT
from netloom.data.transforms import (
    Border,
    CenterCrop,
    Degrees,
    Deviation,
    Flip,
    Interpolation,
    Level,
    Margin,
    Margins,
    Mean,
    Normalize,
    Pad,
    RandomCrop,
    Resize,
    Rotate,
    Size,
)
from netloom.data.view import Dataset
from netloom.graph.operator import operator


@operator(group="image")
def resize(
    images: Dataset[TaskT],
    *,
    size: Size,
    fit: Literal["stretch", "pad", "crop"] = "stretch",
    interpolation: Interpolation = "auto",
    fill: Level = 0,
) -> Dataset[TaskT]:
    """Bring all images to one size.

    Args:
        images: What to resize.
        size: Side of a square, or [height, width], in pixels.
        fit: What to do with other proportions. "stretch" distorts, "pad" keeps the whole image and
            fills the rest, "crop" fills the size and cuts off what stands out.
        interpolation: How pixels are computed; "auto" averages when shrinking and is linear when
            enlarging.
        fill: Brightness of the margin that "pad" adds, 0 (black) to 255 (white).
    """
    return images.with_transform(Resize(size=size, fit=fit, interpolation=interpolation, fill=fill))


@operator(group="image")
def center_crop(images: Dataset[TaskT], *, size: Size) -> Dataset[TaskT]:
    """Keep the middle of each image.

    Args:
        images: What to crop.
        size: Side of a square, or [height, width], in pixels.
    """
    return images.with_transform(CenterCrop(size=size))


@operator(group="image")
def random_crop(
    images: Dataset[TaskT],
    *,
    size: Size,
    padding: Margin = 0,
    border: Border = "constant",
    fill: Level = 0,
) -> Dataset[TaskT]:
    """Cut a piece at a random place, anew in each epoch.

    This happens in training only. Elsewhere the middle is kept, so that all images have one size.

    Args:
        images: What to crop.
        size: Side of a square, or [height, width], in pixels.
        padding: Margin added on all sides first (in training), in pixels.
        border: What fills the margin: one brightness ("constant"), the edge repeated ("edge") or the
            mirror image ("reflect").
        fill: Brightness of a "constant" margin, 0 (black) to 255 (white).
    """
    return images.with_transform(RandomCrop(size=size, padding=padding, border=border, fill=fill))


@operator(group="image")
def pad(
    images: Dataset[TaskT], *, margins: Margins, border: Border = "constant", fill: Level = 0
) -> Dataset[TaskT]:
    """Add a margin around each image.

    Args:
        images: What to pad.
        margins: Pixels on all sides, or [top, right, bottom, left].
        border: What fills the margin: one brightness ("constant"), the edge repeated ("edge") or the
            mirror image ("reflect").
        fill: Brightness of a "constant" margin, 0 (black) to 255 (white).
    """
    return images.with_transform(Pad(margins=margins, border=border, fill=fill))


@operator(group="image")
def rotate(
    images: Dataset[TaskT],
    *,
    degrees: Degrees,
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
def normalize(
    images: Dataset[TaskT],
    *,
    mean: Mean = "auto",
    std: Deviation = "auto",
) -> Dataset[TaskT]:
    """Shift and scale brightness so that models learn well.

    Levels are divided by 255, then mean is subtracted and the result is divided by std.

    Args:
        images: What to normalise.
        mean: One number, or one each for red, green and blue, in 0 to 1. "auto" is ImageNet's for
            colour images and 0.5 for grey ones.
        std: Likewise, above 0 up to 1. "auto" is ImageNet's for colour images and 0.5 for grey ones.
    """
    return images.with_transform(Normalize(mean=mean, std=std))


@operator(group="image")
def grayscale(images: Dataset[TaskT]) -> Dataset[TaskT]:
    """Read images as grey levels, one channel.

    Args:
        images: What to read in grey.
    """
    return images.with_channels(1)


@operator(group="image")
def to_rgb(images: Dataset[TaskT]) -> Dataset[TaskT]:
    """Read images in colour, three channels; grey images repeat their level in each.

    Args:
        images: What to read in colour.
    """
    return images.with_channels(3)
