"""Which objects are as they should be, told of many at once; the others are looked at one by one.

Shape legend: M objects, R rings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import ObjectAnnotation
from netloom.data.ring_numbers import bounds_of


def are_sound(
    objects: Sequence[ObjectAnnotation], sizes_M2: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each has a box with an area inside its picture, and outlines of which the same can be said.

    Whether outlines cross themselves is another question.

    Args:
        sizes_M2: Width and height of each object's picture.

    >>> from netloom.data.annotations import Box
    >>> there, beyond = (ObjectAnnotation(box=Box(1, 1, side, 3)) for side in (9, 11))
    >>> are_sound([there, beyond], np.full((2, 2), 10.0)).astype(int).tolist()
    [1, 0]
    """
    numbers = chain.from_iterable([each.box for each in objects])
    boxes_M4 = np.fromiter(numbers, np.float64, 4 * len(objects)).reshape(-1, 4)
    sound_M = _are_inside(boxes_M4, sizes_M2)
    counts_M = np.fromiter([len(each.outlines) for each in objects], np.int64, len(objects))
    rings = [ring for each in objects for ring in each.outlines]
    lengths_R = np.fromiter(map(len, rings), np.int64, len(rings))
    owners_R = np.repeat(np.arange(len(objects)), counts_M)
    sound_M[owners_R[lengths_R < 3]] = False
    has_ring_M = counts_M > 0
    if not has_ring_M.any() or not lengths_R.all():
        return sound_M & ~has_ring_M
    bounds_R4 = bounds_of(rings)
    starts = (np.cumsum(counts_M) - counts_M)[has_ring_M]
    around = np.concatenate(
        [
            np.minimum.reduceat(bounds_R4[:, :2], starts),
            np.maximum.reduceat(bounds_R4[:, 2:], starts),
        ],
        axis=1,
    )
    sound_M[has_ring_M] &= _are_inside(around, sizes_M2[has_ring_M])
    return sound_M


def _are_inside(boxes_M4: NDArray[np.float64], sizes_M2: NDArray[np.float64]) -> NDArray[np.bool_]:
    left, top, right, bottom = boxes_M4.T
    width, height = sizes_M2.T
    is_wide, is_high = (left >= 0) & (left < right), (top >= 0) & (top < bottom)
    inside: NDArray[np.bool_] = is_wide & is_high & (right <= width) & (bottom <= height)
    return inside
