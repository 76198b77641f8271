"""What a detector of text is trained to give: kernels, and thresholds along the borders.

Liao, Wan, Yao, Chen and Bai 2020, arXiv:1911.08947, with distances to the polygon's sides that are exact
instead of clipped polygons: no corner is cut off, and a kernel in two pieces stays in two pieces.

Shape legend: N samples, H height, W width, M texts, P pixels of a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.data.rasterization import filled
from netloom.tasks.text_detection.outlines import TextTruth, text_truth
from netloom.tasks.text_detection.polygons import (
    Polygon,
    distances_to_sides,
    perimeter,
    shrinking_distance,
    signed_area,
)

if TYPE_CHECKING:
    from netloom.data.objects import Objects

SHRINK_RATIO = 0.4
LOWEST, HIGHEST = 0.3, 0.7
"""Threshold far from a border, and on it."""


class TextTargets(NamedTuple):
    """Targets of a batch, all of shape (N, H, W).

    Attributes:
        is_kernel: Whether a pixel lies in the middle of a text, further from its border than the text is
            shrunk.
        is_learned: Where that matters; not in what nobody could read or looked at.
        thresholds: float32; highest on the borders of texts, falling to both sides.
        has_threshold: Where that matters: in the texts and as far around them as they are shrunk.
    """

    is_kernel: NDArray[np.bool_]
    is_learned: NDArray[np.bool_]
    thresholds: NDArray[np.float32]
    has_threshold: NDArray[np.bool_]


def text_targets(
    objects: Sequence[Objects], is_known_N: NDArray[np.bool_], *, height: int, width: int
) -> TextTargets:
    """Targets for pictures of one size.

    Texts that are too small for a kernel of a single pixel cannot be found: they are treated like those that
    nobody could read.

    Args:
        is_known_N: Whether somebody has looked for texts in each.

    Example:
        >>> from netloom.data.annotations import Box, ObjectAnnotation
        >>> from netloom.data.objects import ObjectColumn, objects_column
        >>> sign = ObjectAnnotation(box=Box(1, 1, 9, 6))
        >>> objects = ObjectColumn(objects_column([[sign]], {})).at(0)
        >>> targets = text_targets([objects], np.array([True]), height=7, width=10)
        >>> targets.is_kernel[0].sum(axis=0).tolist()
        [0, 0, 3, 3, 3, 3, 3, 3, 0, 0]
    """
    shape = (len(objects), height, width)
    targets = TextTargets(
        np.zeros(shape, np.bool_),
        np.ones(shape, np.bool_),
        np.full(shape, LOWEST, np.float32),
        np.zeros(shape, np.bool_),
    )
    targets.is_learned[~is_known_N] = False
    for place in np.flatnonzero(is_known_N).tolist():
        _paint(text_truth(objects[place]), *(array[place] for array in targets))
    return targets


class _Window(NamedTuple):
    """The part of a picture around a text."""

    rows: slice
    columns: slice
    is_inside: NDArray[np.bool_]
    distances: NDArray[np.float32]


def _paint(
    truth: TextTruth,
    is_kernel: NDArray[np.bool_],
    is_learned: NDArray[np.bool_],
    thresholds: NDArray[np.float32],
    has_threshold: NDArray[np.bool_],
) -> None:
    for polygon, is_ignored in zip(truth.polygons, truth.ignored_M.tolist(), strict=True):
        distance = shrinking_distance(
            abs(signed_area(polygon)), perimeter(polygon), ratio=SHRINK_RATIO
        )
        window = _window(polygon, distance, *is_kernel.shape)
        if window is None:
            continue
        part = window.rows, window.columns
        kernel = window.is_inside & (window.distances > distance)
        if is_ignored or not kernel.any():
            is_learned[part] &= ~window.is_inside
            continue
        is_kernel[part] |= kernel
        has_threshold[part] |= window.is_inside | (window.distances <= distance)
        # From the border, 1, to as far as the text is shrunk, 0.
        nearness = 1.0 - np.minimum(window.distances / np.float32(distance), 1.0)
        np.maximum(thresholds[part], LOWEST + (HIGHEST - LOWEST) * nearness, out=thresholds[part])


def _window(polygon: Polygon, margin: float, height: int, width: int) -> _Window | None:
    """What of the picture is within ``margin`` of a polygon; None if nothing is."""
    low = np.clip(np.floor(polygon.min(axis=0) - margin), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(polygon.max(axis=0) + margin), 0, (width, height)).astype(int)
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    if left >= right or top >= bottom:
        return None
    moved = np.asarray(polygon, np.float32) - np.array([left, top], np.float32)
    extent = bottom - top, right - left
    return _Window(
        slice(top, bottom),
        slice(left, right),
        filled([moved], [], *extent),
        distances_to_sides(moved, *extent),
    )
