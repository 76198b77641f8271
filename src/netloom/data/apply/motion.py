"""Where the places of a picture came to lie after several geometries, and which of them are still in view.

Coordinates are those of :mod:`netloom.data.annotations`: the picture of extent (height, width) spans
0..width and 0..height. (A geometry counts from the middles of pixels; this is where the two meet.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.clipping import distances
from netloom.data.apply.geometry import Extent, Geometry

SLACK_PX = 1e-6
"""What rounding may add to a place on the edge of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What happened to the places of a picture, step by step.

    Attributes:
        before: Extent of the picture.
        steps: After each step, the homography from places in the picture and the extent so far. Every step
            may have cut something off that a later one does not bring back.
    """

    before: Extent
    steps: tuple[tuple[NDArray[np.float64], Extent], ...] = ()

    @property
    def after(self) -> Extent:
        """Extent of the result."""
        return self.steps[-1][1] if self.steps else self.before

    @property
    def matrix_33(self) -> NDArray[np.float64]:
        """Homography from places in the picture to places in the result."""
        return self.steps[-1][0] if self.steps else _IDENTITY

    def then(self, geometry: Geometry) -> Motion:
        """This, and a geometry after it."""
        extent = self.after
        matrix_33 = between_corners(geometry.matrix(extent))
        if self.steps:
            matrix_33 = matrix_33 @ self.matrix_33
        return Motion(self.before, (*self.steps, (matrix_33, geometry.extent(extent))))

    @property
    def is_none(self) -> bool:
        """Whether everything is where it was and in view."""
        # Comparing nine plain numbers costs a tenth of comparing arrays.
        if self.matrix_33.tolist() != _IDENTITY_ROWS:
            return False
        lines_K3 = self.edges()
        return bool((distances(frame(self.before), lines_K3) >= -SLACK_PX).all())

    @property
    def is_upright(self) -> bool:
        """Whether upright boxes stay upright without turning."""
        for matrix_33, _ in self.steps:
            (_, skew_x, _), (skew_y, _, _), last = matrix_33.tolist()
            if skew_x or skew_y or last != _LAST_OF_AFFINE:
                return False
        return True

    def edges(self) -> NDArray[np.float64]:
        """The edges of what is in view after each step, as lines in the picture: shape (K, 3).

        A place is in view to the end if it is on the positive side of all of them. Distances are in pixels
        of that step, times a factor that tells how far away a place is if the step changed the perspective.
        """
        lines = []
        if any(matrix_33[2, :2].any() for matrix_33, _ in self.steps):
            # Behind the viewer sides are exchanged; nothing of the picture itself is there.
            lines.append(_edges(_IDENTITY, self.before))
        lines += [_edges(*step) for step in self.steps]
        return np.concatenate(lines) if lines else np.zeros((0, 3))

    def upright_window(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is in view of the picture, of an upright motion."""
        left, top, right, bottom = -np.inf, -np.inf, np.inf, np.inf
        for matrix_33, (height, width) in self.steps:
            (across, _, x), (_, down, y) = matrix_33[:2].tolist()
            ends = sorted((-x / across, (width - x) / across))
            left, right = max(left, ends[0]), min(right, ends[1])
            ends = sorted((-y / down, (height - y) / down))
            top, bottom = max(top, ends[0]), min(bottom, ends[1])
        return left, top, right, bottom

    def moved(self, points_N2: NDArray[Any]) -> NDArray[np.float64]:
        """Where points (x, y) of the picture came to lie, in view or not."""
        return transformed(points_N2, self.matrix_33)

    def moved_back(self, points_N2: NDArray[Any]) -> NDArray[np.float64]:
        """Where in the picture points (x, y) of the result come from."""
        return transformed(points_N2, np.linalg.inv(self.matrix_33))


def frame(extent: Extent) -> NDArray[np.float64]:
    """The ring around a picture, clockwise.

    >>> frame((2, 3)).tolist()
    [[0.0, 0.0], [3.0, 0.0], [3.0, 2.0], [0.0, 2.0]]
    """
    height, width = extent
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def transformed(points_N2: NDArray[Any], matrix_33: NDArray[Any]) -> NDArray[np.float64]:
    """Points (x, y) under a homography.

    >>> transformed(np.array([[1.0, 2.0]]), np.diag([2.0, 2.0, 1.0])).tolist()
    [[2.0, 4.0]]
    """
    moved_N2: NDArray[np.float64] = points_N2 @ matrix_33[:2, :2].T + matrix_33[:2, 2]
    to_x, to_y, scale = matrix_33[2].tolist()
    if (to_x, to_y, scale) != (0.0, 0.0, 1.0):
        moved_N2 /= points_N2 @ matrix_33[2, :2, None] + scale
    return moved_N2


def between_corners(matrix_33: NDArray[np.float64]) -> NDArray[np.float64]:
    """A homography of places that count from the middles of pixels, for places that count from corners.

    >>> mirrored = np.array([[-1.0, 0, 7], [0, 1, 0], [0, 0, 1]])
    >>> between_corners(mirrored)[0].tolist()
    [-1.0, 0.0, 8.0]
    """
    (a, b, x), (c, d, y), last = matrix_33.tolist()
    if last != _LAST_OF_AFFINE:
        moved_33: NDArray[np.float64] = _FROM_MIDDLES @ matrix_33 @ _TO_MIDDLES
        return moved_33
    # The same in plain numbers, at a third of the cost: most geometries are affine.
    return np.array([(a, b, x + (1 - a - b) / 2), (c, d, y + (1 - c - d) / 2), last])


def between_middles(matrix_33: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of :func:`between_corners`.

    >>> between_middles(np.array([[-1.0, 0, 8], [0, 1, 0], [0, 0, 1]]))[0].tolist()
    [-1.0, 0.0, 7.0]
    """
    moved_33: NDArray[np.float64] = _TO_MIDDLES @ matrix_33 @ _FROM_MIDDLES
    return moved_33


def _edges(matrix_33: NDArray[np.float64], extent: Extent) -> NDArray[np.float64]:
    """The frame of a result as lines in the picture: a homography takes lines back by its rows."""
    across_3, down_3, away_3 = matrix_33
    height, width = extent
    return np.array([across_3, down_3, width * away_3 - across_3, height * away_3 - down_3])


_IDENTITY = np.eye(3)
_IDENTITY_ROWS = _IDENTITY.tolist()
_LAST_OF_AFFINE = [0.0, 0.0, 1.0]
_FROM_MIDDLES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_TO_MIDDLES = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
