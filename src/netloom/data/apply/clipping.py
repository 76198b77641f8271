"""Rings cut off along lines. A line is a row (a, b, c); a·x + b·y + c is positive on the side that stays.

Shape legend: N points, K lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

Corners = list[list[float]]
"""A ring as plain numbers (x, y)."""


def distances(points_N2: NDArray[Any], lines_K3: NDArray[Any]) -> NDArray[Any]:
    """How far points are from lines, in the lines' own units: shape (N, K), negative on the other side.

    >>> import numpy as np
    >>> distances(np.array([[3.0, 1.0]]), np.array([[1.0, 0.0, -2.0]])).tolist()
    [[1.0]]
    """
    apart_NK: NDArray[Any] = points_N2 @ lines_K3[:, :2].T + lines_K3[:, 2]
    return apart_NK


def cut(ring: Corners, line: Sequence[float]) -> Corners:
    """The part of a ring on one side of a line; no corners if there is none.

    One step of Sutherland and Hodgman 1974 (doi:10.1145/360767.360802). Pieces of a ring that is not convex
    stay connected along the line, which changes nothing about what it covers.

    >>> cut([[-2.0, 0.0], [2.0, 0.0], [2.0, 4.0]], [1.0, 0.0, 0.0])
    [[0.0, 2.0], [0.0, 0.0], [2.0, 0.0], [2.0, 4.0]]
    """
    across, down, shift = line
    kept: Corners = []
    if not ring:
        return kept
    x, y = ring[-1]
    apart = across * x + down * y + shift
    # Plain numbers: most rings have few corners, and starting NumPy costs more than fifty of them.
    for corner in ring:
        next_x, next_y = corner
        next_apart = across * next_x + down * next_y + shift
        if (apart >= 0) != (next_apart >= 0):
            share = apart / (apart - next_apart)
            kept.append([x + share * (next_x - x), y + share * (next_y - y)])
        if next_apart >= 0:
            kept.append(corner)
        x, y, apart = next_x, next_y, next_apart
    return kept


def ring_area(ring: Corners) -> float:
    """What a ring encloses.

    >>> ring_area([[0.0, 0.0], [3.0, 0.0], [3.0, 2.0], [0.0, 2.0]])
    6.0
    """
    if not ring:
        return 0.0
    twice = 0.0
    x, y = ring[-1]
    for next_x, next_y in ring:
        twice += x * next_y - next_x * y
        x, y = next_x, next_y
    return abs(twice) / 2
