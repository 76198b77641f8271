"""From a map of probabilities to the polygons of texts.

Shape legend: H height, W width, D texts found, P corners.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.rasterization import outlined
from netloom.tasks.text_detection.polygons import (
    Polygon,
    clockwise,
    growing_distance,
    perimeter,
    signed_area,
)
from netloom.tasks.text_detection.targets import SHRINK_RATIO

BINARY = 0.5
"""Pixels of a higher probability belong to kernels.

The paper takes 0.3, which makes kernels too large as long as a network is not sure of itself, because
training counts only the hardest pixels around them.
"""
LEAST_SCORE = 0.6
"""Texts of a lower mean probability are not reported."""
LEAST_PIXELS = 3
"""Kernels of fewer pixels are noise."""
MOST_TEXTS = 1000
"""Of a picture."""
_RECTANGULAR = 0.65
"""Share of its smallest rectangle that a kernel has to fill to be taken for one."""
_COARSENESS = 0.003


class Regions(NamedTuple):
    """Texts found in one picture, the surest first.

    Attributes:
        polygons: Clockwise, in pixels from the picture's corner.
        scores_D: Mean probability of each one's kernel, in [0, 1].
    """

    polygons: tuple[Polygon, ...]
    scores_D: NDArray[np.float64]


def text_regions(probabilities_HW: NDArray[np.float32]) -> Regions:
    """The texts of a picture.

    Each connected piece of pixels above 0.5 is the kernel of a text. What it was shrunk from is the smallest
    rectangle around it, turned as may be, whose sides move outwards; or, if the kernel fills too little of
    that rectangle, as that of a curved text does, everything within a distance of the kernel.

    Example:
        >>> probabilities = np.zeros((20, 30), np.float32)
        >>> probabilities[9:12, 8:22] = 0.9
        >>> found = text_regions(probabilities)
        >>> found.polygons[0].round(1).tolist(), found.scores_D.round(3).tolist()
        ([[5.8, 6.8], [24.2, 6.8], [24.2, 14.2], [5.8, 14.2]], [0.9])
    """
    is_kernel = (probabilities_HW > BINARY).astype(np.uint8)
    count, pieces_HW, statistics, _ = cv2.connectedComponentsWithStats(is_kernel, connectivity=8)
    if count < 2:
        return Regions((), np.zeros(0))
    areas = statistics[:, cv2.CC_STAT_AREA]
    sums = np.bincount(pieces_HW.reshape(-1), probabilities_HW.reshape(-1), minlength=count)
    scores = sums / np.maximum(areas, 1)
    is_text = (areas >= LEAST_PIXELS) & (scores >= LEAST_SCORE)
    is_text[0] = False
    chosen = np.flatnonzero(is_text)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")][:MOST_TEXTS]
    polygons = []
    for piece in chosen.tolist():
        left, top, width, height, _ = statistics[piece].tolist()
        mask_HW = pieces_HW[top : top + height, left : left + width] == piece
        polygons.append(grown(mask_HW) + np.array([left, top]))
    return Regions(tuple(polygons), np.minimum(scores[chosen], 1.0))


def grown(mask_HW: NDArray[np.bool_]) -> Polygon:
    """The text around a kernel: float64 (P, 2), in the coordinates of the mask.

    Example:
        >>> grown(np.ones((3, 14), bool)).round(1).tolist()
        [[-2.2, -2.2], [16.2, -2.2], [16.2, 5.2], [-2.2, 5.2]]
    """
    contours, _ = cv2.findContours(
        mask_HW.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    middle, sides, degrees = cv2.minAreaRect(np.concatenate(contours))
    area = float(np.count_nonzero(mask_HW))
    if area < _RECTANGULAR * (sides[0] + 1.0) * (sides[1] + 1.0):
        return _grown_freely(mask_HW, area)
    across, down = _as_large_as(area, *sides)
    distance = growing_distance(across * down, 2.0 * (across + down), ratio=SHRINK_RATIO)
    larger = (middle, (across + 2.0 * distance, down + 2.0 * distance), degrees)
    return clockwise(cv2.boxPoints(larger).astype(np.float64) + 0.5)


def _as_large_as(area: float, across: float, down: float) -> tuple[float, float]:
    """Sides of the rectangle that pixels fill, from the one through the middles of the outermost of them.

    Level sides lie half a pixel further out; slanted ones less, as some middle comes close to them. So both
    sides get the same length more, at most a pixel, that makes the area that of the pixels.
    """
    half = (across + down) / 2.0
    more = math.sqrt(max(half * half - across * down + area, 0.0)) - half
    more = min(max(more, 0.0), 1.0)
    return across + more, down + more


def _grown_freely(mask_HW: NDArray[np.bool_], area: float) -> Polygon:
    """Everything within a distance of a kernel of any form."""
    outlines, _ = outlined(mask_HW)
    ring = max(outlines, key=len)
    # Lines along pixels make detours; a polygon through them has the length of what they stand for.
    plain = _simplified(ring, 1.0)
    distance = growing_distance(area, perimeter(plain), ratio=SHRINK_RATIO)
    margin = int(np.ceil(distance)) + 1
    outside = np.pad(mask_HW, margin) == 0
    apart = cv2.distanceTransform(outside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Distances are those to the middles of pixels, half a pixel inside the kernel's border.
    rings, _ = outlined(apart <= distance + 0.5)
    around = max(rings, key=signed_area)
    simple = _simplified(around, max(0.75, _COARSENESS * perimeter(around)))
    return clockwise(simple.astype(np.float64) - margin)


def _simplified(ring_P2: Polygon, error_px: float) -> Polygon:
    """Fewer corners, nowhere further off than ``error_px`` (Douglas and Peucker 1973)."""
    found: Polygon = cv2.approxPolyDP(ring_P2.astype(np.float32), error_px, True).reshape(-1, 2)
    return found if len(found) >= 3 else ring_P2
