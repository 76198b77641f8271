"""Draws the geometry of transforms that move pixels about the middle of an image."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from netloom.data.apply.geometry import UNMOVED, Extent, Geometry, Mirrored, Warped
from netloom.data.apply.image_function import drawing_from
from netloom.data.apply.sizing import Draw
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate


def flipping(spec: Flip) -> Draw:
    """Exchange sides at random.

    >>> flipping(Flip(p=1))((4, 6), np.random.default_rng(0)).matrix((4, 6))[0].tolist()
    [-1.0, 0.0, 5.0]
    """

    def flip(extent: Extent, rng: Generator | None) -> Geometry:
        random = drawing_from(rng).random
        # Both numbers are always drawn, so switching one direction off leaves the other as it was.
        across, down = random() < spec.p, random() < spec.p
        return Mirrored(spec.horizontal and across, spec.vertical and down)

    return flip


def rotating(spec: Rotate) -> Draw:
    """Turn by the angle, or by a random one up to it.

    >>> rotating(Rotate(degrees=180, random=False))((3, 3), None).matrix((3, 3))[0].tolist()
    [-1.0, 0.0, 2.0]
    """

    def rotate(extent: Extent, rng: Generator | None) -> Geometry:
        degrees = spec.degrees
        if spec.random:
            degrees *= 2.0 * drawing_from(rng).random() - 1.0
        return about_middle(extent, degrees=degrees)

    return rotate


def affine_moving(spec: Affine) -> Draw:
    """Turn, scale, shear and move at random.

    >>> draw = affine_moving(Affine(degrees=0, translate=0, scale=(2, 2), shear=0))
    >>> draw((3, 3), np.random.default_rng(0)).matrix((3, 3))[0].tolist()
    [2.0, 0.0, -1.0]
    """

    def move(extent: Extent, rng: Generator | None) -> Geometry:
        turn, across, down, slant_x, slant_y, zoom = drawing_from(rng).random(6).tolist()
        return about_middle(
            extent,
            degrees=spec.degrees * (2 * turn - 1),
            scale=spec.scale[0] + zoom * (spec.scale[1] - spec.scale[0]),
            shear=(
                math.tan(math.radians(spec.shear * (2 * slant_x - 1))),
                math.tan(math.radians(spec.shear * (2 * slant_y - 1))),
            ),
            move=(
                spec.translate * (2 * across - 1) * extent[1],
                spec.translate * (2 * down - 1) * extent[0],
            ),
        )

    return move


def perspective_viewing(spec: Perspective) -> Draw:
    """Move the corners inwards at random.

    >>> draw = perspective_viewing(Perspective(p=0))
    >>> draw((3, 3), np.random.default_rng(0)).matrix((3, 3))[0].tolist()
    [1.0, 0.0, 0.0]
    """

    def view(extent: Extent, rng: Generator | None) -> Geometry:
        rng = drawing_from(rng)
        shares_42 = rng.random((4, 2)) * spec.distortion / 2
        if rng.random() >= spec.p or not spec.distortion:
            return UNMOVED
        return Warped(corners_moved(extent, shares_42))

    return view


def about_middle(
    extent: Extent,
    *,
    degrees: float = 0.0,
    scale: float = 1.0,
    shear: tuple[float, float] = (0.0, 0.0),
    move: tuple[float, float] = (0.0, 0.0),
) -> Warped:
    """Shear, scale and turn about the middle of an image, then move.

    Args:
        degrees: Counter-clockwise.
        shear: Pixels to the right per pixel down, and pixels down per pixel to the right.
        move: Pixels to the right and down.

    >>> about_middle((3, 3), move=(2.0, 0.0)).matrix_33[0].tolist()
    [1.0, 0.0, 2.0]
    """
    middle_x, middle_y = (extent[1] - 1) / 2, (extent[0] - 1) / 2
    cosine, sine = _unit(degrees)
    # Rows grow downwards, hence the sign of the sine.
    turn = np.array([[cosine, sine], [-sine, cosine]])
    linear = scale * turn @ np.array([[1.0, shear[0]], [shear[1], 1.0]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    middle = np.array([middle_x, middle_y])
    matrix[:2, 2] = middle - linear @ middle + move
    return Warped(matrix)


def corners_moved(extent: Extent, shares_42: NDArray[np.float64]) -> NDArray[np.float64]:
    """The homography that moves each corner of an image inwards.

    Args:
        shares_42: How far along the width and the height; top left, top right, bottom right and bottom
            left corner.

    >>> round(float(corners_moved((4, 4), np.zeros((4, 2))).trace()), 6)
    3.0
    """
    height, width = extent
    # Outer edges, not middles of pixels: an image of a single pixel has corners too.
    corners_42 = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    inwards_42 = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * (width, height)
    moved_42 = (corners_42 + shares_42 * inwards_42).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners_42, moved_42), np.float64)


def _unit(degrees: float) -> tuple[float, float]:
    """Cosine and sine, exact for quarter turns, so that these move pixels without interpolating."""
    quarters, rest = divmod(degrees, 90.0)
    if rest:
        return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarters) % 4]
