"""Maps of normals: taken back to the picture, as JSON, measured and drawn.

Shape legend: H height, W width. Normals have x to the right, y up and z towards the viewer.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.back_to_picture import pixels_back
from netloom.data.apply.companions import turning
from netloom.data.apply.motion import between_middles
from netloom.tasks.drawing import Thumbnail
from netloom.tasks.measures import Measures
from netloom.tasks.panels import (
    Panel,
    enlarged,
    in_colour,
    panels_png,
    panels_thumbnail,
    scale_to,
)
from netloom.tasks.pixel_maps.evaluation import Map, MapKind, Meaning
from netloom.tasks.sample_sums import Sums

if TYPE_CHECKING:
    from netloom.data.apply.motion import Motion

_SIDE, _SMALL_SIDE = 320, 144
_SHORTEST = 1e-6
_BIN_DEGREES = 0.25
_BINS = round(180 / _BIN_DEGREES)
_NEAR = (11.25, 22.5, 30.0)
_WORST_SHOWN = 60.0

MEANINGS = {
    "mean_angle": Meaning("Mean angle", "degrees", "Between the predicted and the true normal"),
    "median_angle": Meaning("Median angle", "degrees", "Half of the pixels are closer; to 0.25°"),
    "within_11": Meaning("Within 11.25°", "share", "Pixels whose angle is smaller", True),
    "within_22": Meaning("Within 22.5°", "share", "Pixels whose angle is smaller", True),
    "within_30": Meaning("Within 30°", "share", "Pixels whose angle is smaller", True),
    "rms_angle": Meaning("RMS angle", "degrees", "Root of the mean squared angle"),
}
"""As Fouhey, Gupta and Hebert measure, 2013."""


def normals_back(vectors_3HW: NDArray[np.float32], motion: Motion) -> Map:
    """Unit vectors for each pixel of the picture before any transform, (H, W, 3); 0 where it was cut off."""
    vectors_HW3 = np.ascontiguousarray(vectors_3HW.transpose(1, 2, 0))
    if motion.is_none:
        return vectors_HW3
    back_HW3 = np.asarray(pixels_back(vectors_HW3, motion, fill=0.0), np.float32)
    # The way there turned vectors along with the picture; its transpose turns them back.
    turn_22 = turning(between_middles(motion.matrix_33), motion.before).astype(np.float32)
    if not np.allclose(turn_22, np.eye(2)):
        back_HW3[:, :, :2] = back_HW3[:, :, :2] @ turn_22
    lengths_HW1 = np.linalg.norm(back_HW3, axis=2, keepdims=True)
    return np.asarray(back_HW3 / np.maximum(lengths_HW1, _SHORTEST), np.float32)


def normals_json(normals_HW3: Map) -> dict[str, Any]:
    """``{"facing", "normals_png"}``: the mean direction, and a PNG in base64.

    Its red, green and blue are the three numbers, from −1 (0) to 1 (255); black means unknown. The mean
    direction is null where nothing is known.

    Example:
        >>> up = np.zeros((1, 2, 3), np.float32)
        >>> up[:, :, 1] = 1
        >>> found = normals_json(up)
        >>> found["facing"], normals_of_json(found).round(2)[0, 0].tolist()
        ([0.0, 1.0, 0.0], [0.0, 1.0, 0.0])
    """
    is_known_HW = normals_HW3.any(axis=2)
    facing = None
    if is_known_HW.any():
        facing = [round(float(n), 4) for n in normals_HW3[is_known_HW].mean(axis=0, dtype=float)]
    _, content = cv2.imencode(".png", coloured_normals(normals_HW3)[:, :, ::-1])
    return {"facing": facing, "normals_png": base64.b64encode(content.tobytes()).decode("ascii")}


def normals_of_json(document: Mapping[str, Any]) -> Map:
    """The map of :func:`normals_json`: float32 unit vectors (H, W, 3)."""
    content = np.frombuffer(base64.b64decode(document["normals_png"]), np.uint8)
    levels_HW3 = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB)
    if levels_HW3 is None:
        raise ValueError("the map of normals is no PNG")
    vectors_HW3 = levels_HW3 * np.float32(2 / 255) - 1
    lengths_HW1 = np.linalg.norm(vectors_HW3, axis=2, keepdims=True)
    is_known_HW1 = levels_HW3.any(axis=2, keepdims=True)
    return np.where(is_known_HW1, vectors_HW3 / np.maximum(lengths_HW1, _SHORTEST), 0).astype(
        np.float32
    )


def angles(predicted_HW3: Map, true_HW3: Map) -> NDArray[np.float64]:
    """Degrees between both where the true normal is known and the network saw the pixel: (P,).

    Example:
        >>> one = np.array([[[1.0, 0, 0]]], np.float32)
        >>> angles(one, np.array([[[0, 1.0, 0]]], np.float32)).tolist()
        [90.0]
    """
    is_known_HW = true_HW3.any(axis=2) & predicted_HW3.any(axis=2)
    one, two = (vectors[is_known_HW].astype(np.float64) for vectors in (predicted_HW3, true_HW3))
    # The arc cosine loses small angles to rounding.
    cross = np.linalg.norm(np.cross(one, two), axis=1)
    return np.asarray(np.degrees(np.arctan2(cross, np.sum(one * two, axis=1))))


def normal_sums(predicted_HW3: Map, true_HW3: Map) -> NDArray[np.float64]:
    """Sums of angles and their histogram: see :func:`normal_measure`."""
    found = angles(predicted_HW3, true_HW3)
    places = np.minimum((found / _BIN_DEGREES).astype(np.int64), _BINS - 1)
    sums = [len(found), found.sum(), np.sum(found**2)]
    near = [np.count_nonzero(found < most) for most in _NEAR]
    return np.concatenate([sums, near, np.bincount(places, minlength=_BINS)]).astype(np.float64)


def normal_measure(totals_BM: Sums) -> Measures:
    """The metrics of sums; the median is read off a histogram, straight within a bin of 0.25°.

    Example:
        >>> up, right = np.eye(3, dtype=np.float32)[[1, 0]].reshape(2, 1, 1, 3)
        >>> normal_measure(normal_sums(up, right)[None]).overall["mean_angle"].tolist()
        [90.0]
    """
    count_B, histogram_BK = totals_BM[:, 0], totals_BM[:, 6:]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, square, *near = (totals_BM[:, place] / count_B for place in range(1, 6))
    return Measures(
        {
            "mean_angle": mean,
            "median_angle": _medians(histogram_BK),
            "within_11": near[0],
            "within_22": near[1],
            "within_30": near[2],
            "rms_angle": np.sqrt(square),
        },
        {},
    )


def normals_drawn(image_HWC: NDArray[np.uint8], normals_HW3: Map, *, true_HW3: Map | None) -> bytes:
    """A PNG: the picture, its normals as red, green and blue, and the true ones."""
    extent = scale_to(image_HWC.shape, side=_SIDE)
    views = [
        Panel("picture", enlarged(in_colour(image_HWC), extent)),
        Panel("normals", enlarged(coloured_normals(normals_HW3), extent)),
    ]
    if true_HW3 is not None:
        views.append(Panel("truth", enlarged(coloured_normals(true_HW3), extent)))
    return panels_png(views)


def normals_thumbnail(image_HWC: NDArray[np.uint8], predicted_HW3: Map, true_HW3: Map) -> Thumbnail:
    """Picture, prediction, truth, and the angle between both (dark: none, light: 60°)."""
    extent = scale_to(image_HWC.shape, side=_SMALL_SIDE)
    off_HW = np.zeros(true_HW3.shape[:2], np.uint8)
    is_known_HW = true_HW3.any(axis=2) & predicted_HW3.any(axis=2)
    off_HW[is_known_HW] = np.clip(angles(predicted_HW3, true_HW3) * (255 / _WORST_SHOWN), 0, 255)
    off_HW3 = cv2.applyColorMap(off_HW, cv2.COLORMAP_INFERNO)[:, :, ::-1]
    return panels_thumbnail(
        [
            Panel("picture", enlarged(in_colour(image_HWC), extent)),
            Panel("normals", enlarged(coloured_normals(predicted_HW3), extent)),
            Panel("truth", enlarged(coloured_normals(true_HW3), extent)),
            Panel("off by 0 to 60°", enlarged(np.ascontiguousarray(off_HW3), extent)),
        ]
    )


def coloured_normals(normals_HW3: Map) -> NDArray[np.uint8]:
    """Each number from −1 to 1 as a level from 0 to 255; black where unknown.

    Example:
        >>> coloured_normals(np.array([[[0, 0, 1.0], [0, 0, 0]]], np.float32)).tolist()
        [[[128, 128, 255], [0, 0, 0]]]
    """
    levels_HW3: NDArray[np.uint8] = np.rint((normals_HW3 + 1) * 127.5).astype(np.uint8)
    levels_HW3[~normals_HW3.any(axis=2)] = 0
    return levels_HW3


def _medians(histogram_BK: Sums) -> NDArray[np.float64]:
    half_B = histogram_BK.sum(axis=1) / 2
    reached_BK = histogram_BK.cumsum(axis=1)
    place_B = np.minimum((reached_BK < half_B[:, None]).sum(axis=1), _BINS - 1)
    rows = np.arange(len(place_B))
    inside_B = histogram_BK[rows, place_B]
    with np.errstate(invalid="ignore", divide="ignore"):
        share_B = 1 - (reached_BK[rows, place_B] - half_B) / inside_B
    return np.asarray((place_B + share_B) * _BIN_DEGREES)


NORMALS = MapKind(
    back=normals_back,
    sums=normal_sums,
    measure=normal_measure,
    meanings=MEANINGS,
    thumbnail=normals_thumbnail,
)
