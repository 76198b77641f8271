"""Polygons: what they measure, how much two of them overlap, and how they shrink and grow.

A polygon is an array (P, 2) of corners (x, y); it covers what lies inside by the even-odd rule. Clockwise
means as seen on screen, with y down.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.clipping import Corners, cut, ring_area

Polygon = NDArray[Any]

RIGHT_ANGLES = 4.0
"""Sum over the corners of the tangent of half the turn there, for a rectangle. For a circle it is π."""


def signed_area(polygon_P2: Polygon) -> float:
    """Square pixels; positive if the corners go clockwise.

    Example:
        >>> signed_area(np.array([[0, 0], [3, 0], [3, 2], [0, 2]]))
        6.0
    """
    if len(polygon_P2) < 3:
        return 0.0
    # Relative to the first corner, so that a small polygon far away loses no digits.
    x_P, y_P = (polygon_P2.astype(np.float64) - polygon_P2[0]).T
    return float(np.dot(x_P, _following(y_P)) - np.dot(y_P, _following(x_P))) / 2.0


def clockwise(polygon_P2: Polygon) -> Polygon:
    """The same corners, clockwise, beginning with the one nearest to the picture's corner.

    Example:
        >>> clockwise(np.array([[3, 2], [3, 0], [0, 0], [0, 2]])).tolist()
        [[0, 0], [3, 0], [3, 2], [0, 2]]
    """
    turned_P2 = polygon_P2[::-1] if signed_area(polygon_P2) < 0 else polygon_P2
    if not len(turned_P2):
        return turned_P2
    return np.roll(turned_P2, -int(turned_P2.sum(axis=1).argmin()), axis=0)


def perimeter(polygon_P2: Polygon) -> float:
    """Length of all sides.

    Example:
        >>> perimeter(np.array([[0, 0], [3, 0], [3, 2], [0, 2]]))
        10.0
    """
    sides_P2 = _following(polygon_P2).astype(np.float64) - polygon_P2
    return float(np.hypot(sides_P2[:, 0], sides_P2[:, 1]).sum())


def short_side(area: float, length: float) -> float:
    """The shorter side of the rectangle with this area and perimeter: the height of a line of text.

    Example:
        >>> short_side(20.0, 24.0)
        2.0
    """
    half = length / 2.0
    return (half - math.sqrt(max(half * half - 4.0 * area, 0.0))) / 2.0


def overlap(first_P2: Polygon, second_P2: Polygon) -> float:
    """Intersection over union, in [0, 1]; 0 if neither has an area.

    Example:
        >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
        >>> round(overlap(square, square + [1, 0]), 4)
        0.3333
    """
    shift = first_P2[:1].tolist()
    one = _convex_quadrilateral(first_P2, shift)
    other = _convex_quadrilateral(second_P2, shift) if one else None
    if one and other:
        shared, first, second = _clipped_area(one, other), ring_area(one), ring_area(other)
    else:
        shared, first, second = _areas(first_P2, second_P2)
    union = first + second - shared
    return shared / union if union > 0 else 0.0


def shared_area(first_P2: Polygon, second_P2: Polygon) -> float:
    """Square pixels that both cover.

    Example:
        >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
        >>> shared_area(square, np.array([[1, -1], [3, 1], [1, 3]]))
        2.0
    """
    return _areas(first_P2, second_P2)[0]


def covered_area(polygon_P2: Polygon) -> float:
    """Square pixels that a polygon covers; other than :func:`signed_area` also if sides cross.

    Example:
        >>> covered_area(np.array([[0, 0], [2, 2], [2, 0], [0, 2]]))
        2.0
    """
    return _areas(polygon_P2, polygon_P2)[1]


def distances_to_sides(polygon_P2: Polygon, height: int, width: int) -> NDArray[np.float32]:
    """How far the middle of each pixel is from the nearest side: float32 (H, W).

    Example:
        >>> square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]])
        >>> distances_to_sides(square, 1, 6).tolist()
        [[0.5, 0.5, 0.5, 0.5, 0.5, 1.5]]
    """
    corners_P2 = np.asarray(polygon_P2, np.float32)
    x_W = np.arange(width, dtype=np.float32) + np.float32(0.5)
    y_H1 = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
    nearest_HW = np.full((height, width), np.inf, np.float32)
    for (x, y), (side_x, side_y) in zip(
        corners_P2, _following(corners_P2) - corners_P2, strict=True
    ):
        from_x_W, from_y_H1 = x_W - x, y_H1 - y
        squared = side_x * side_x + side_y * side_y
        scale = np.float32(1.0) / squared if squared else np.float32(0.0)
        share_HW = from_x_W * (side_x * scale) + from_y_H1 * (side_y * scale)
        np.maximum(share_HW, 0.0, out=share_HW)
        np.minimum(share_HW, 1.0, out=share_HW)
        across_HW = from_x_W - share_HW * side_x
        share_HW *= side_y
        down_HW = np.subtract(from_y_H1, share_HW, out=share_HW)
        across_HW *= across_HW
        down_HW *= down_HW
        across_HW += down_HW
        np.minimum(nearest_HW, across_HW, out=nearest_HW)
    return np.sqrt(nearest_HW, out=nearest_HW)


def shrinking_distance(area: float, length: float, *, ratio: float) -> float:
    """By how much a text's sides move inwards for its kernel: area · (1 − ratio²) / perimeter.

    Vatti's clipping as used by Wang et al. 2019 (arXiv:1903.12473) and Liao et al. 2020 (arXiv:1911.08947).

    Example:
        >>> shrinking_distance(200.0, 60.0, ratio=0.4)
        2.8
    """
    return area * (1.0 - ratio * ratio) / length if length > 0 else 0.0


def growing_distance(
    area: float, length: float, *, ratio: float, corners: float = RIGHT_ANGLES
) -> float:
    """By how much a kernel's sides have to move outwards to give back the text it was shrunk from.

    The paper grows by 1.5 · area / perimeter, which is right for some proportions alone. Here the equation
    is solved: a polygon of area A and perimeter L whose sides move out by d has the area A + L·d + T·d² and
    the perimeter L + 2·T·d, with T as for :data:`RIGHT_ANGLES`; and d is what :func:`shrinking_distance`
    gives for that polygon. Exact for rectangles.

    Args:
        area: Of the kernel.
        length: Its perimeter.
        corners: T.

    Example:
        >>> growing_distance(14.4 * 4.4, 2 * (14.4 + 4.4), ratio=0.4).__round__(4)
        2.8
    """
    rest = 1.0 - ratio * ratio
    squared, plain = corners * (2.0 - rest), (1.0 - rest) * length
    root = math.sqrt(plain * plain + 4.0 * squared * rest * area)
    return (root - plain) / (2.0 * squared)


def _following(values_P: Polygon) -> Polygon:
    """For each corner the next one. Several times as fast as ``np.roll``."""
    return np.concatenate([values_P[1:], values_P[:1]])


def _convex_quadrilateral(polygon_P2: Polygon, shift: Corners) -> Corners | None:
    """Its corners clockwise, relative to a place nearby; None if it is anything else."""
    if len(polygon_P2) != 4:
        return None
    ((left, top),) = shift
    ring = [[x - left, y - top] for x, y in polygon_P2.tolist()]
    turns = []
    (x, y), (mid_x, mid_y) = ring[2:]
    for next_x, next_y in ring:
        turns.append((mid_x - x) * (next_y - mid_y) - (mid_y - y) * (next_x - mid_x))
        x, y, mid_x, mid_y = mid_x, mid_y, next_x, next_y
    if min(turns) > 0:
        return ring
    return ring[::-1] if max(turns) < 0 else None


def _clipped_area(ring: Corners, frame: Corners) -> float:
    """Shared area of two convex polygons, the second of them clockwise: the first, cut along its sides.

    The same as :func:`_areas`, many times as fast for the usual case.
    """
    x, y = frame[-1]
    for next_x, next_y in frame:
        across, down = y - next_y, next_x - x
        ring = cut(ring, (across, down, -across * x - down * y))
        x, y = next_x, next_y
    return ring_area(ring)


def _areas(first_P2: Polygon, second_P2: Polygon) -> tuple[float, float, float]:
    """Shared area, and that of each; exact, whatever the polygons look like.

    Cut into strips at the heights of all corners and crossings: inside a strip no two sides cross, so the
    length that is covered changes linearly, and the length in the middle times the height is the area.
    """
    if len(first_P2) < 3 or len(second_P2) < 3:
        first, second = (
            covered_area(each) if len(each) >= 3 else 0.0 for each in (first_P2, second_P2)
        )
        return 0.0, first, second
    shift = np.asarray(first_P2[0], np.float64)
    rings = [np.asarray(ring, np.float64) - shift for ring in (first_P2, second_P2)]
    start_S2 = np.concatenate(rings)
    end_S2 = np.concatenate([_following(ring) for ring in rings])
    is_first_S = np.arange(len(start_S2)) < len(rings[0])
    heights = np.unique(np.concatenate([start_S2[:, 1], _crossing_heights(start_S2, end_S2)]))
    middles_Y = (heights[1:] + heights[:-1]) / 2.0
    thickness_Y = np.diff(heights)
    low_S, high_S = (
        np.minimum(start_S2[:, 1], end_S2[:, 1]),
        np.maximum(start_S2[:, 1], end_S2[:, 1]),
    )
    is_there_YS = (low_S <= middles_Y[:, None]) & (middles_Y[:, None] < high_S)
    side_S2 = end_S2 - start_S2
    steep_S = np.where(side_S2[:, 1] == 0.0, 1.0, side_S2[:, 1])
    x_YS = start_S2[:, 0] + (middles_Y[:, None] - start_S2[:, 1]) * (side_S2[:, 0] / steep_S)
    x_YS = np.where(is_there_YS, x_YS, np.inf)
    order_YS = np.argsort(x_YS, axis=1)
    x_YS = np.take_along_axis(x_YS, order_YS, axis=1)
    # Sides that are not there come last; their widths must not count.
    left_YS = np.where(np.isinf(x_YS), 0.0, x_YS)
    widths_YS = np.where(np.isinf(x_YS[:, 1:]), 0.0, left_YS[:, 1:] - left_YS[:, :-1])
    is_first_YS, is_there_YS = is_first_S[order_YS], ~np.isinf(x_YS)
    in_first_YS = (np.cumsum(is_first_YS & is_there_YS, axis=1) % 2 == 1)[:, :-1]
    in_second_YS = (np.cumsum(~is_first_YS & is_there_YS, axis=1) % 2 == 1)[:, :-1]
    shared, first, second = (
        float(thickness_Y @ (widths_YS * inside_YS).sum(axis=1))
        for inside_YS in (in_first_YS & in_second_YS, in_first_YS, in_second_YS)
    )
    return shared, first, second


def _crossing_heights(start_S2: Polygon, end_S2: Polygon) -> NDArray[np.float64]:
    side_S2 = end_S2 - start_S2
    first, second = np.triu_indices(len(start_S2), k=1)
    one_K2, other_K2 = side_S2[first], side_S2[second]
    between_K2 = start_S2[second] - start_S2[first]
    turn_K = one_K2[:, 0] * other_K2[:, 1] - one_K2[:, 1] * other_K2[:, 0]
    is_parallel_K = turn_K == 0.0
    turn_K = np.where(is_parallel_K, 1.0, turn_K)
    along_K = (between_K2[:, 0] * other_K2[:, 1] - between_K2[:, 1] * other_K2[:, 0]) / turn_K
    across_K = (between_K2[:, 0] * one_K2[:, 1] - between_K2[:, 1] * one_K2[:, 0]) / turn_K
    does_cross_K = ~is_parallel_K & (along_K > 0) & (along_K < 1) & (across_K > 0) & (across_K < 1)
    heights: NDArray[np.float64] = (start_S2[first, 1] + along_K * one_K2[:, 1])[does_cross_K]
    return heights
