"""Where pixels go: the geometric part of a transform with everything random already drawn.

A geometry is drawn from the size of an image alone and then applied, to pixels here, and as a matrix to
whatever else has a place in the image. Coordinates are (x, y) with the origin in the middle of the top left
pixel, so pixel (row, column) is at (column, row) and a height × width image covers -0.5 .. width - 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.image_function import with_channels
from netloom.data.transforms.quantities import Border, Interpolation

Extent = tuple[int, int]
"""Height and width."""
Pixels = NDArray[Any]
"""HWC: levels of an image (uint8), or numbers (float32) that belong to its pixels."""
Sampling = Literal["nearest"]
"""``nearest`` takes each value from one pixel, so that no value comes out that did not go in."""

_BORDERS: dict[Border, int] = {
    "constant": cv2.BORDER_CONSTANT,
    "edge": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT_101,
}
_INTERPOLATIONS: dict[Interpolation, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


class Filling(NamedTuple):
    """What fills room that no pixel of the image comes to lie in."""

    border: Border = "constant"
    level: int = 0


class Geometry(Protocol):
    """A way to place pixels."""

    def extent(self, before: Extent) -> Extent:
        """Height and width of the result."""

    def matrix(self, before: Extent) -> NDArray[np.float64]:
        """Homography of shape (3, 3) that takes places in the image to places in the result."""

    def pixels(self, image: Pixels, filling: Filling, sampling: Sampling | None = None) -> Pixels:
        """The image so placed. It may share memory with its input.

        Args:
            sampling: How values between pixels are found; None as the geometry says.
        """


def moved_points(
    geometry: Geometry, points_N2: NDArray[np.float64], before: Extent
) -> NDArray[np.float64]:
    """Where points (x, y) of an image of extent ``before`` come to lie.

    >>> moved_points(Mirrored(across=True, down=False), np.array([[0.0, 5.0]]), (10, 8)).tolist()
    [[7.0, 5.0]]
    """
    homogeneous_N3 = np.column_stack([points_N2, np.ones(len(points_N2))])
    moved_N3 = homogeneous_N3 @ geometry.matrix(before).T
    moved: NDArray[np.float64] = moved_N3[:, :2] / moved_N3[:, 2:]
    return moved


@dataclass(frozen=True, slots=True)
class Scaled:
    """Stretched or shrunk to a height and width."""

    height: int
    width: int
    interpolation: Interpolation = "auto"

    def extent(self, before: Extent) -> Extent:
        return self.height, self.width

    def matrix(self, before: Extent) -> NDArray[np.float64]:
        down, across = self.height / before[0], self.width / before[1]
        # Edges of the image, not middles of pixels, are what coincides before and after.
        return np.array(
            [[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], np.float64
        )

    def pixels(self, image: Pixels, filling: Filling, sampling: Sampling | None = None) -> Pixels:
        if image.shape[:2] == (self.height, self.width):
            return image
        interpolation = self.interpolation
        if interpolation == "auto":
            shrinks = self.height <= image.shape[0] and self.width <= image.shape[1]
            interpolation = "area" if shrinks else "linear"
        # The other "nearest" of OpenCV is half a pixel away from where ``matrix`` says.
        flag = cv2.INTER_NEAREST_EXACT if sampling else _INTERPOLATIONS[interpolation]
        return with_channels(cv2.resize(image, (self.width, self.height), interpolation=flag))


@dataclass(frozen=True, slots=True)
class Framed:
    """Seen through a window that may cut the image, extend beyond it, or both.

    Attributes:
        top: First row of the window in the image; negative above it.
        left: First column; negative to the left of it.
    """

    top: int
    left: int
    height: int
    width: int

    def extent(self, before: Extent) -> Extent:
        return self.height, self.width

    def matrix(self, before: Extent) -> NDArray[np.float64]:
        return np.array([[1, 0, -self.left], [0, 1, -self.top], [0, 0, 1]], np.float64)

    def pixels(self, image: Pixels, filling: Filling, sampling: Sampling | None = None) -> Pixels:
        height, width = image.shape[:2]
        bottom, right = self.top + self.height, self.left + self.width
        inside = image[max(self.top, 0) : max(bottom, 0), max(self.left, 0) : max(right, 0)]
        above, below = max(-self.top, 0), max(bottom - height, 0)
        margins = (above, below, max(-self.left, 0), max(right - width, 0))
        if not any(margins):
            return inside
        border, value = _BORDERS[filling.border], (filling.level,) * 4
        if filling.border != "reflect" and inside.size:
            return with_channels(cv2.copyMakeBorder(inside, *margins, border, value=value))
        # A mirror shows what lies outside the window; and what is edge is not known without an image.
        framed = with_channels(cv2.copyMakeBorder(image, *margins, border, value=value))
        top, left = max(self.top, 0), max(self.left, 0)
        return framed[top : top + self.height, left : left + self.width]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Left and right, or top and bottom, or both, exchanged."""

    across: bool
    down: bool

    def extent(self, before: Extent) -> Extent:
        return before

    def matrix(self, before: Extent) -> NDArray[np.float64]:
        first = (-1, 0, before[1] - 1) if self.across else (1, 0, 0)
        second = (0, -1, before[0] - 1) if self.down else (0, 1, 0)
        return np.array([first, second, (0, 0, 1)], np.float64)

    def pixels(self, image: Pixels, filling: Filling, sampling: Sampling | None = None) -> Pixels:
        if not (self.across or self.down):
            return image
        code = -1 if self.across and self.down else int(self.across)
        return with_channels(cv2.flip(image, code))


@dataclass(frozen=True, slots=True)
class Warped:
    """Moved by a homography; the extent stays.

    Attributes:
        matrix_33: From places in the image to places in the result.
    """

    matrix_33: NDArray[np.float64]

    def extent(self, before: Extent) -> Extent:
        return before

    def matrix(self, before: Extent) -> NDArray[np.float64]:
        return self.matrix_33

    def pixels(self, image: Pixels, filling: Filling, sampling: Sampling | None = None) -> Pixels:
        matrix = self.matrix_33
        if np.array_equal(matrix, _IDENTITY):
            return image
        extent = (image.shape[1], image.shape[0])
        options: dict[str, Any] = {
            "flags": cv2.INTER_NEAREST if sampling else cv2.INTER_LINEAR,
            "borderMode": _BORDERS[filling.border],
            "borderValue": (filling.level,) * 4,
        }
        if np.array_equal(matrix[2], _IDENTITY[2]):
            return with_channels(cv2.warpAffine(image, matrix[:2], extent, **options))
        return with_channels(cv2.warpPerspective(image, matrix, extent, **options))


@dataclass(frozen=True, slots=True)
class Chained:
    """One geometry after the other."""

    links: Sequence[Geometry]

    def extent(self, before: Extent) -> Extent:
        for link in self.links:
            before = link.extent(before)
        return before

    def matrix(self, before: Extent) -> NDArray[np.float64]:
        matrix: NDArray[np.float64] = np.eye(3)
        for link in self.links:
            matrix = link.matrix(before) @ matrix
            before = link.extent(before)
        return matrix

    def pixels(self, image: Pixels, filling: Filling, sampling: Sampling | None = None) -> Pixels:
        for link in self.links:
            image = link.pixels(image, filling, sampling)
        return image


_IDENTITY = np.eye(3)
UNMOVED = Mirrored(across=False, down=False)
"""Leaves every pixel where it is."""
