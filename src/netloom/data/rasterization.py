"""Outlines as pixels, and pixels as outlines.

Coordinates are those of :mod:`netloom.data.annotations`: pixel (column, row) covers column..column + 1 and
row..row + 1. A ring covers a pixel if the pixel's middle lies inside by the even-odd rule; a middle exactly
on a line belongs to what lies to the right of the line, or below it if the line is level. So rings that
share a line share no pixel and leave none out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.objects import Objects

UNKNOWN = 255
"""Level of a mask where nobody knows the label."""

_Rings = Iterable[NDArray[Any] | Sequence[Sequence[float]]]


def filled(outlines: _Rings, holes: _Rings, height: int, width: int) -> NDArray[np.bool_]:
    """The pixels that the union of outlines covers without the union of holes: bool of shape (H, W).

    Args:
        outlines: Rings of corners (x, y), arrays of shape (P, 2); they may stand out of the image, cross
            themselves and overlap.

    >>> triangle = [(0, 0), (4, 0), (0, 4)]
    >>> filled([triangle], [], 3, 4).astype(int).tolist()
    [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]]
    """
    covered = np.zeros((height, width), np.bool_)
    for ring in outlines:
        _paint(covered, np.asarray(ring, np.float64), True)
    for ring in holes:
        _paint(covered, np.asarray(ring, np.float64), False)
    return covered


def label_mask(
    objects: Objects, height: int, width: int, *, background: int = UNKNOWN
) -> NDArray[np.uint8]:
    """What each pixel shows: uint8 of shape (H, W), positions in the label space.

    Later objects lie over earlier ones. An object without outlines covers its box, one without a label or one
    that stands for many is :data:`UNKNOWN`.

    Args:
        background: Level of pixels that no object covers.

    >>> from netloom.data.annotations import Box, ObjectAnnotation
    >>> from netloom.data.objects import ObjectColumn, objects_column
    >>> cat = ObjectAnnotation(box=Box(1, 0, 3, 1), label="cat")
    >>> objects = ObjectColumn(objects_column([[cat]], {"cat": 1})).at(0)
    >>> label_mask(objects, 2, 4, background=0).tolist()
    [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    mask = np.full((height, width), background, np.uint8)
    for place, label in enumerate(objects.labels_M.tolist()):
        outlines = objects.outlines[place] or (corners_of(objects.boxes_M4[place]),)
        top, left, bottom, right = _window(np.concatenate(outlines), height, width)
        if top >= bottom or left >= right:
            continue
        # Most objects are small, so looking at their surroundings alone is ten times as fast.
        corner = np.array([left, top], np.float64)
        covered = filled(
            [ring - corner for ring in outlines],
            [ring - corner for ring in objects.holes[place]],
            bottom - top,
            right - left,
        )
        level = UNKNOWN if label < 0 or objects.crowd_M[place] else label
        mask[top:bottom, left:right][covered] = level
    return mask


def corners_of(box_4: NDArray[Any]) -> NDArray[Any]:
    """The ring around a box: shape (4, 2), clockwise from the top left corner.

    >>> corners_of(np.array([1, 2, 5, 4])).tolist()
    [[1, 2], [5, 2], [5, 4], [1, 4]]
    """
    return box_4[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2)


def outlined(
    mask_HW: NDArray[Any],
) -> tuple[tuple[NDArray[np.float32], ...], tuple[NDArray[np.float32], ...]]:
    """The lines around the pixels of a mask, exactly along their edges: outlines and holes.

    Pixels that touch at a corner alone get outlines of their own. Rings are clockwise on screen and start at
    their highest, leftmost corner. ``filled`` gives the mask back: an island in a hole is cut out of the
    hole, by a ring that goes to the island, around it and back.

    Args:
        mask_HW: Pixels other than 0 belong to it.

    >>> outlines, holes = outlined(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]))
    >>> outlines[0].tolist(), holes[0].tolist()
    ([[0.0, 0.0], [3.0, 0.0], [3.0, 3.0], [0.0, 3.0]], [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]])
    """
    padded = np.pad(mask_HW != 0, 1)
    outlines: list[NDArray[np.int64]] = []
    holes: list[NDArray[np.int64]] = []
    for ring in _Borders(padded).rings():
        left, top = ring[0]
        (outlines if padded[top + 1, left + 1] else holes).append(ring)
    if holes and len(outlines) > 1:
        holes = _without_islands(padded, holes, outlines)
    return (
        tuple(ring.astype(np.float32) for ring in outlines),
        tuple(ring.astype(np.float32) for ring in holes),
    )


def _paint(covered: NDArray[np.bool_], ring_P2: NDArray[np.float64], level: bool) -> None:
    """Set the pixels inside a ring, looking at those around it alone."""
    height, width = covered.shape
    if len(ring_P2) < 3:
        return
    top, left, bottom, right = _window(ring_P2, height, width)
    if left >= right or top >= bottom:
        return
    inside = _parity(ring_P2, top=top, left=left, height=bottom - top, width=right - left)
    covered[top:bottom, left:right][inside] = level


def _window(corners_P2: NDArray[Any], height: int, width: int) -> tuple[int, int, int, int]:
    """Rows and columns whose middles are among corners: top, left, bottom, right."""
    # Limited before they become whole numbers, since those end somewhere.
    low = np.clip(np.ceil(corners_P2.min(axis=0) - 0.5), 0, (width, height)).tolist()
    high = np.clip(np.ceil(corners_P2.max(axis=0) - 0.5), 0, (width, height)).tolist()
    return int(low[1]), int(low[0]), int(high[1]), int(high[0])


def _parity(
    ring_P2: NDArray[np.float64], *, top: int, left: int, height: int, width: int
) -> NDArray[np.bool_]:
    """Which middles of a window lie inside a ring: right of an odd number of its lines."""
    following_P2 = np.roll(ring_P2, -1, axis=0)
    # From the upper to the lower end, so that a line is the same to the rings on both of its sides.
    is_rising = ring_P2[:, 1] > following_P2[:, 1]
    upper_P2 = np.where(is_rising[:, None], following_P2, ring_P2)
    lower_P2 = np.where(is_rising[:, None], ring_P2, following_P2)
    first_P = np.clip(np.ceil(upper_P2[:, 1] - 0.5) - top, 0, height).astype(np.int64)
    end_P = np.clip(np.ceil(lower_P2[:, 1] - 0.5) - top, 0, height).astype(np.int64)
    counts_P = end_P - first_P
    # One entry for each row that each line crosses.
    line_K = np.repeat(np.arange(len(ring_P2)), counts_P)
    row_K = np.arange(len(line_K)) - np.repeat(np.cumsum(counts_P) - counts_P, counts_P)
    row_K += first_P[line_K]
    upper_K2, lower_K2 = upper_P2[line_K], lower_P2[line_K]
    down_K = row_K + (top + 0.5) - upper_K2[:, 1]
    side_K2 = lower_K2 - upper_K2
    crossing_K = upper_K2[:, 0] + down_K * side_K2[:, 0] / side_K2[:, 1]
    column_K = np.clip(np.ceil(crossing_K - 0.5) - left, 0, width).astype(np.int64)
    crossings = np.bincount(row_K * (width + 1) + column_K, minlength=height * (width + 1))
    crossings_HW = crossings.astype(np.uint8).reshape(height, width + 1)[:, :-1]
    inside: NDArray[np.bool_] = (np.cumsum(crossings_HW, axis=1, dtype=np.uint8) & 1).astype(
        np.bool_
    )
    return inside


@dataclass(frozen=True)
class _Borders:
    """Lines between set and unset pixels of an image whose outermost pixels are unset.

    They consist of level and upright lines that meet at corners. Where two set pixels touch diagonally, two
    corners lie in one place; ``_place_in_row`` and ``_place_in_column`` tell which of them comes first.
    """

    mask_HW: NDArray[np.bool_]

    def rings(self) -> list[NDArray[np.int64]]:
        """Each closed line, clockwise from its highest, leftmost corner; in the unpadded image."""
        partners = (self._partners(self._row_order), self._partners(self._column_order))
        # Lists, since single numbers are read from them.
        level, upright = partners[0].tolist(), partners[1].tolist()
        places_C2 = self._tables[0]
        visited = bytearray(len(level))
        found = []
        for start in self._row_order.tolist():
            if visited[start]:
                continue
            corners, corner = [], start
            while not visited[corner]:
                across = level[corner]
                visited[corner] = visited[across] = 1
                corners += [corner, across]
                corner = upright[across]
            found.append(places_C2[corners])
        return found

    @cached_property
    def _tables(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Corners (x, y) and, for each, its place among corners of the same place by row and by column."""
        above, below = self.mask_HW[:-1], self.mask_HW[1:]
        a, b, c, d = above[:, :-1], above[:, 1:], below[:, :-1], below[:, 1:]
        is_double = (a == d) & (b == c) & (a != b)
        # Odd numbers of set pixels have one corner; two side by side have none.
        is_single = a ^ b ^ c ^ d
        rows_C, columns_C = np.nonzero(is_single | is_double)
        counts_C = 1 + is_double[rows_C, columns_C]
        index_D = np.repeat(np.arange(len(rows_C)), counts_C)
        in_row_D = np.arange(len(index_D)) - np.repeat(np.cumsum(counts_C) - counts_C, counts_C)
        rows_D, columns_D = rows_C[index_D], columns_C[index_D]
        # The line from the left goes on upwards around a set pixel at the top left, else downwards.
        is_crossed_D = (counts_C[index_D] == 2) & ~a[rows_D, columns_D]
        in_column_D = np.where(is_crossed_D, 1 - in_row_D, in_row_D)
        return np.stack([columns_D, rows_D], axis=1), in_row_D, in_column_D

    @cached_property
    def _row_order(self) -> NDArray[np.int64]:
        corners_C2, in_row_C, _ = self._tables
        return np.lexsort((in_row_C, corners_C2[:, 0], corners_C2[:, 1]))

    @cached_property
    def _column_order(self) -> NDArray[np.int64]:
        corners_C2, _, in_column_C = self._tables
        return np.lexsort((in_column_C, corners_C2[:, 1], corners_C2[:, 0]))

    @staticmethod
    def _partners(order_C: NDArray[np.int64]) -> NDArray[np.int64]:
        """The other end of each line: in a row, or column, corners belong together by pairs."""
        partners_C = np.empty_like(order_C)
        partners_C[order_C[0::2]], partners_C[order_C[1::2]] = order_C[1::2], order_C[0::2]
        return partners_C


def _without_islands(
    padded: NDArray[np.bool_], holes: list[NDArray[np.int64]], outlines: list[NDArray[np.int64]]
) -> list[NDArray[np.int64]]:
    """The holes with what lies in them cut out again.

    A ring may go to an island and back along the same line: by the even-odd rule that changes nothing else.
    """
    _, areas = cv2.connectedComponents((~padded).astype(np.uint8), connectivity=8)
    places = {int(areas[ring[0][1] + 1, ring[0][0] + 1]): at for at, ring in enumerate(holes)}
    islands: dict[int, list[NDArray[np.int64]]] = {}
    for ring in outlines:
        left, top = ring[0]
        surrounding = places.get(int(areas[top, left + 1]))  # of the pixel above the first corner
        if surrounding is not None:
            islands.setdefault(surrounding, []).append(ring)
    return [
        np.concatenate([hole, *(_detour(hole[0], island) for island in islands.get(at, ()))])
        for at, hole in enumerate(holes)
    ]


def _detour(start: NDArray[np.int64], island: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([start[None], island, island[:1]])
