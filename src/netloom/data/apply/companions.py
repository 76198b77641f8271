"""Pictures that belong to an image pixel by pixel, moved along with it.

================  =======================================================================================
``picture``       what the image should become: placed, interpolated and filled exactly like the image
``depth``         metres, 0 where unknown: each value is that of one pixel, so that known and unknown, near
                  and far are never averaged
``normals``       unit vectors, 0 where unknown: interpolated among known ones, then turned or mirrored
                  like the image
================  =======================================================================================

Normals are seen from the camera, x to the right, y **up** and z towards the viewer. Scaling, shearing and
looking from another side change what the camera sees of a surface, not which way it faces, so only what a
geometry turns or mirrors acts on the vectors: the orthogonal part of its linear part (polar decomposition),
taken in the middle of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.geometry import Extent, Filling, Geometry

CompanionKind = Literal["picture", "depth", "normals"]
COMPANION_KINDS: tuple[CompanionKind, ...] = get_args(CompanionKind)

_UNKNOWN = Filling("constant", 0)
_LEAST_KNOWN = 0.5
"""Share of known vectors among those averaged, below which the result is unknown."""
_SHORTEST = 1e-3
"""An average of opposite vectors says nothing about a direction."""
_UP = np.array([1.0, -1.0])
"""Rows grow downwards, vectors upwards."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A picture that belongs to an image.

    Attributes:
        kind: What its numbers mean.
        pixels: HWC of the image's height and width. ``picture``: uint8 with the image's channels. ``depth``:
            float32, one channel. ``normals``: float32, three.
    """

    kind: CompanionKind
    pixels: NDArray[Any]

    def moved(self, geometry: Geometry, filling: Filling) -> Companion:
        """Placed by the geometry that the image is placed by.

        Args:
            filling: Of the image; what is unknown is never filled.

        >>> from netloom.data.apply.geometry import Mirrored
        >>> right = Companion("normals", np.array([[[1, 0, 0], [0, 0, 1]]], np.float32))
        >>> right.moved(Mirrored(across=True, down=False), Filling()).pixels.tolist()
        [[[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]]]
        """
        match self.kind:
            case "picture":
                return Companion(self.kind, geometry.pixels(self.pixels, filling))
            case "depth":
                return Companion(self.kind, geometry.pixels(self.pixels, _UNKNOWN, "nearest"))
            case "normals":
                return Companion(self.kind, _normals_moved(self.pixels, geometry))


def _normals_moved(normals_HW3: NDArray[Any], geometry: Geometry) -> NDArray[np.float32]:
    extent: Extent = (normals_HW3.shape[0], normals_HW3.shape[1])
    is_known_HW1 = normals_HW3.any(axis=2, keepdims=True)
    # The fourth channel tells what share of an average is known.
    moved_HW4 = geometry.pixels(
        np.concatenate([normals_HW3, is_known_HW1], axis=2, dtype=np.float32), _UNKNOWN
    )
    vectors_HW3 = moved_HW4[:, :, :3]
    turn_22 = turning(geometry.matrix(extent), extent)
    if not np.array_equal(turn_22, np.eye(2)):
        vectors_HW3 = np.concatenate(
            [vectors_HW3[:, :, :2] @ turn_22.T.astype(np.float32), vectors_HW3[:, :, 2:]], axis=2
        )
    lengths_HW1 = np.linalg.norm(vectors_HW3, axis=2, keepdims=True)
    is_kept_HW1 = (moved_HW4[:, :, 3:] >= _LEAST_KNOWN) & (lengths_HW1 > _SHORTEST)
    unit_HW3: NDArray[np.float32] = np.where(
        is_kept_HW1, vectors_HW3 / np.where(is_kept_HW1, lengths_HW1, 1), np.float32(0)
    )
    return unit_HW3


def turning(matrix_33: NDArray[np.float64], extent: Extent) -> NDArray[np.float64]:
    """What a homography of places turns and mirrors, for vectors whose y goes up: orthogonal, (2, 2).

    >>> quarter = np.array([[0.0, 1, 0], [-1, 0, 9], [0, 0, 1]])  # counter-clockwise
    >>> turning(quarter, (10, 10)).round(9).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    middle_3 = np.array([(extent[1] - 1) / 2, (extent[0] - 1) / 2, 1.0])
    scale = matrix_33[2] @ middle_3
    x, y = matrix_33[:2] @ middle_3 / scale
    # Derivative of the homography, up to a positive factor.
    linear_22 = (matrix_33[:2, :2] - np.outer((x, y), matrix_33[2, :2])) * np.sign(scale)
    linear_22 = linear_22 * np.outer(_UP, _UP)
    left_22, _, right_22 = np.linalg.svd(linear_22)
    turn_22: NDArray[np.float64] = left_22 @ right_22
    return turn_22
