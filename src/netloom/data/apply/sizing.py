"""Draws the geometry of transforms that change the size of images."""

from __future__ import annotations

import math
from collections.abc import Callable

from numpy.random import Generator

from netloom.core.errors import InvalidData
from netloom.data.apply.geometry import Chained, Extent, Framed, Geometry, Scaled
from netloom.data.apply.image_function import drawing_from
from netloom.data.transforms.quantities import Factors, Margins, Shares, height_and_width
from netloom.data.transforms.sizing import RandomCrop, RandomResizedCrop, Resize

Draw = Callable[[Extent, Generator | None], Geometry]
"""Chooses a geometry for an image of some extent."""

_ATTEMPTS = 10


def resizing(spec: Resize) -> Draw:
    """Bring to a size in the way that ``fit`` says.

    >>> resizing(Resize(size=8, fit="shortest"))((4, 10), None).extent((4, 10))
    (8, 20)
    """
    wanted = height_and_width(spec.size)
    height, width = wanted

    def stretch(extent: Extent, rng: Generator | None) -> Geometry:
        return Scaled(height, width, spec.interpolation)

    def pad(extent: Extent, rng: Generator | None) -> Geometry:
        inner = _scaled(extent, min(height / extent[0], width / extent[1]), wanted, min)
        return Chained((Scaled(*inner, spec.interpolation), centred(inner, wanted)))

    def crop(extent: Extent, rng: Generator | None) -> Geometry:
        outer = _scaled(extent, max(height / extent[0], width / extent[1]), wanted, max)
        return Chained((Scaled(*outer, spec.interpolation), centred(outer, wanted)))

    def shortest(extent: Extent, rng: Generator | None) -> Geometry:
        outer = _scaled(extent, max(height / extent[0], width / extent[1]), wanted, max)
        return Scaled(*outer, spec.interpolation)

    return {"stretch": stretch, "pad": pad, "crop": crop, "shortest": shortest}[spec.fit]


def center_cropping(size: Extent) -> Draw:
    """Cut out the middle.

    >>> center_cropping((2, 4))((6, 6), None).matrix((6, 6))[:2, 2].tolist()
    [-1.0, -2.0]
    """

    def crop(extent: Extent, rng: Generator | None) -> Geometry:
        _spare(extent, size)
        return centred(extent, size)

    return crop


def random_cropping(spec: RandomCrop) -> Draw:
    """Cut a piece of the padded image at a place drawn evenly.

    >>> import numpy as np
    >>> draw = random_cropping(RandomCrop(size=4, padding=2))
    >>> draw((4, 4), np.random.default_rng(0)).extent((4, 4))
    (4, 4)
    """
    size, padding = height_and_width(spec.size), spec.padding

    def crop(extent: Extent, rng: Generator | None) -> Geometry:
        spare_rows, spare_columns = _spare((extent[0] + 2 * padding, extent[1] + 2 * padding), size)
        integers = drawing_from(rng).integers
        top, left = int(integers(spare_rows + 1)), int(integers(spare_columns + 1))
        return Framed(top - padding, left - padding, *size)

    return crop


def random_resized_cropping(spec: RandomResizedCrop) -> Draw:
    """Cut a piece of random place, area and proportions and scale it.

    >>> import numpy as np
    >>> draw = random_resized_cropping(RandomResizedCrop(size=8))
    >>> draw((20, 30), np.random.default_rng(0)).extent((20, 30))
    (8, 8)
    """
    size = height_and_width(spec.size)

    def crop(extent: Extent, rng: Generator | None) -> Geometry:
        piece = random_piece(extent, drawing_from(rng), scale=spec.scale, ratio=spec.ratio)
        return Chained((piece or _whole(extent, spec.ratio), Scaled(*size, spec.interpolation)))

    return crop


def padding_by(margins: Margins) -> Draw:
    """Add margins.

    >>> padding_by((1, 2, 3, 4))((10, 10), None).extent((10, 10))
    (14, 16)
    """
    top, right, bottom, left = (margins,) * 4 if isinstance(margins, int) else margins

    def pad(extent: Extent, rng: Generator | None) -> Geometry:
        return Framed(-top, -left, extent[0] + top + bottom, extent[1] + left + right)

    return pad


def centred(extent: Extent, size: Extent) -> Framed:
    """The window of this size in the middle of an image.

    >>> centred((10, 10), (4, 6)).left
    2
    """
    if size[0] > extent[0] or size[1] > extent[1]:
        top, left = -((size[0] - extent[0]) // 2), -((size[1] - extent[1]) // 2)
    else:
        top, left = (extent[0] - size[0]) // 2, (extent[1] - size[1]) // 2
    return Framed(top, left, *size)


def random_piece(extent: Extent, rng: Generator, *, scale: Shares, ratio: Factors) -> Framed | None:
    """A window of random area, proportions and place inside an image.

    Args:
        scale: Smallest and largest share of the area, drawn evenly.
        ratio: Smallest and largest width / height, drawn evenly on a logarithmic scale.

    Returns:
        None if ten attempts gave nothing that fits (Szegedy et al. 2014 do the same).

    >>> import numpy as np
    >>> random_piece((10, 10), np.random.default_rng(0), scale=(0.5, 0.5), ratio=(2, 2)).width
    10
    """
    height, width = extent
    low, high = math.log(ratio[0]), math.log(ratio[1])
    for _ in range(_ATTEMPTS):
        area = height * width * rng.uniform(*scale)
        proportion = math.exp(rng.uniform(low, high))
        across, down = round(math.sqrt(area * proportion)), round(math.sqrt(area / proportion))
        if 0 < across <= width and 0 < down <= height:
            top, left = rng.integers(height - down + 1), rng.integers(width - across + 1)
            return Framed(int(top), int(left), down, across)
    return None


def _whole(extent: Extent, ratio: Factors) -> Framed:
    """As much of the middle as the proportions allow."""
    height, width = extent
    if width / height < ratio[0]:
        height = max(1, round(width / ratio[0]))
    elif width / height > ratio[1]:
        width = max(1, round(height * ratio[1]))
    return centred(extent, (height, width))


def _scaled(
    extent: Extent, scale: float, limit: Extent, bound: Callable[[int, int], int]
) -> Extent:
    # Rounding may miss the side that decided the scale by one pixel; ``bound`` puts it back.
    height = bound(round(extent[0] * scale), limit[0])
    width = bound(round(extent[1] * scale), limit[1])
    return max(1, height), max(1, width)


def _spare(extent: Extent, size: Extent) -> Extent:
    spare_rows, spare_columns = extent[0] - size[0], extent[1] - size[1]
    if spare_rows < 0 or spare_columns < 0:
        raise InvalidData.of(
            f"an image of {extent[1]}×{extent[0]} pixels is too small to crop",
            code="I013",
            expected=f"at least {size[1]}×{size[0]} (width×height)",
            fix="Put image.resize or image.pad before the crop, or crop a smaller piece",
        )
    return spare_rows, spare_columns
