"""Operators on the size, channels and levels of images.

All but ``cache`` only describe: the work is done when an image is read.
"""

from __future__ import annotations

from netloom.core.tasks import TaskT
from netloom.data.transforms.normalization import Deviation, Mean, Normalize
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
from netloom.data.transforms.sizing import (
    CenterCrop,
    Fit,
    Pad,
    RandomCrop,
    RandomResizedCrop,
    Resize,
)
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator


@operator(group="image")
def resize(
    images: Dataset[TaskT],
    *,
    size: Size,
    fit: Fit = "stretch",
    interpolation: Interpolation = "auto",
    fill: Level = 0,
) -> Dataset[TaskT]:
    """Bring all images to one size.

    Args:
        images: What to resize.
        size: Side of a square, or [height, width], in pixels.
        fit: What to do with other proportions. "stretch" distorts, "pad" keeps the whole image and
            fills the rest, "crop" fills the size and cuts off what stands out. "shortest" gives the
            size to the shorter side and lets the longer one stand out: crop afterwards.
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
def random_resized_crop(
    images: Dataset[TaskT],
    *,
    size: Size,
    scale: Shares = (0.08, 1.0),
    ratio: Factors = (0.75, 1.3333333333333333),
    interpolation: Interpolation = "auto",
) -> Dataset[TaskT]:
    """Cut a piece of random place, size and proportions, anew in each epoch, and resize it.

    This happens in training only. Elsewhere the whole image is resized, and what stands out is cut off, so
    that all images have one size.

    Args:
        images: What to crop.
        size: Side of a square, or [height, width], in pixels.
        scale: Smallest and largest share of the image's area.
        ratio: Smallest and largest width divided by height.
        interpolation: How pixels are computed; "auto" averages when shrinking and is linear when
            enlarging.
    """
    return images.with_transform(
        RandomResizedCrop(size=size, scale=scale, ratio=ratio, interpolation=interpolation)
    )


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


@operator(group="image", job=Needs(cpus=1), preload=("cv2", "pyarrow.parquet"))
def cache(images: Dataset[TaskT], *, run: RunContext) -> Dataset[TaskT]:
    """Prepare all images once and keep their pixels, so that training need not decode them.

    Everything up to the first random transform is done here, for every part; the rest stays to be done
    when an image is read. Batches are the same with and without; it pays off as soon as there are several
    epochs or trainings. What belongs to the images is kept where it then is: boxes, outlines, and masks,
    depths and other targets pixel by pixel. Evaluations that speak of places measure in the prepared images,
    no longer in the original ones. Needs one byte for each pixel and channel, and as much again for a target
    picture; a mask takes one byte for each pixel, depths four, normals twelve.

    Args:
        images: What to prepare. They need one size: put image.resize before.

    Returns:
        The same samples, read from one array.
    """
    from netloom.data.prepared import write_prepared

    return write_prepared(
        images, run.workdir, resolve=run.resolve, reporter=run, threads=run.threads
    )
