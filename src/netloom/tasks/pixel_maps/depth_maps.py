"""Depth maps: taken back to the picture, as JSON, measured and drawn.

Shape legend: C channels (one), H height, W width.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.back_to_picture import pixels_back
from netloom.tasks.drawing import Thumbnail
from netloom.tasks.measures import Measures
from netloom.tasks.panels import (
    Entry,
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
_MILLIMETRES = 0.001
_LEVELS = 65535
_WORST_SHOWN = 0.5
_RATIOS = (1.25, 1.25**2, 1.25**3)

MEANINGS = {
    "abs_rel": Meaning("AbsRel", "number", "Mean of |predicted − true| / true"),
    "delta1": Meaning("δ < 1.25", "share", "Pixels whose ratio to the truth is below 1.25", True),
    "rmse": Meaning("RMSE", "metres", "Root of the mean squared difference"),
    "rmse_log": Meaning("RMSE log", "number", "The same of natural logarithms"),
    "delta2": Meaning("δ < 1.25²", "share", "Ratio below 1.5625", True),
    "delta3": Meaning("δ < 1.25³", "share", "Ratio below 1.953125", True),
    "sq_rel": Meaning("SqRel", "metres", "Mean of (predicted − true)² / true"),
    "silog": Meaning("SILog", "number", "Deviation of the log differences: what no scale mends"),
    "mae": Meaning("MAE", "metres", "Mean absolute difference"),
}
"""As Eigen, Puhrsch and Fergus define them, 2014 (arXiv:1406.2283)."""


def depth_back(metres_1HW: NDArray[np.float32], motion: Motion) -> Map:
    """Metres for each pixel of the picture before any transform, (H, W, 1); 0 where it was cut off."""
    pixels_HW1 = np.ascontiguousarray(metres_1HW.transpose(1, 2, 0))
    if motion.is_none:
        return pixels_HW1
    return np.asarray(pixels_back(pixels_HW1, motion, fill=0.0), np.float32)


def depth_json(depth_HW1: Map) -> dict[str, Any]:
    """``{"min_m", "max_m", "median_m", "unit_m", "depth_png"}``.

    The PNG, in base64, has 16 bits; its levels times ``unit_m`` are metres, and 0 means unknown. The unit is
    a millimetre unless depths reach beyond 65 metres. Numbers are null where nothing is known.

    Example:
        >>> found = depth_json(np.array([[[1.0], [3.0]]], np.float32))
        >>> found["median_m"], depth_of_json(found).round(3).reshape(-1).tolist()
        (2.0, [1.0, 3.0])
    """
    known = depth_HW1[depth_HW1 > 0]
    unit = _MILLIMETRES
    while len(known) and known.max() / unit > _LEVELS:
        unit *= 10
    levels = np.rint(depth_HW1[:, :, 0] / unit).astype(np.uint16)
    content = base64.b64encode(cv2.imencode(".png", levels)[1].tobytes()).decode("ascii")
    numbers = (known.min(), known.max(), np.median(known)) if len(known) else (None,) * 3
    least, most, median = (None if n is None else round(float(n), 6) for n in numbers)
    return {
        "min_m": least,
        "max_m": most,
        "median_m": median,
        "unit_m": round(unit, 6),
        "depth_png": content,
    }


def depth_of_json(document: Mapping[str, Any]) -> Map:
    """The depth map of :func:`depth_json`: float32 (H, W, 1)."""
    content = np.frombuffer(base64.b64decode(document["depth_png"]), np.uint8)
    levels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if levels is None:
        raise ValueError("the depth map is no PNG")
    return np.asarray(levels[:, :, None] * np.float32(document["unit_m"]), np.float32)


def depth_sums(predicted_HW1: Map, true_HW1: Map) -> NDArray[np.float64]:
    """Sums over the pixels whose depth is known and that the network saw: see :func:`depth_measure`."""
    is_known = (true_HW1 > 0) & (predicted_HW1 > 0)
    predicted = predicted_HW1[is_known].astype(np.float64)
    true = true_HW1[is_known].astype(np.float64)
    away, log_away = predicted - true, np.log(predicted) - np.log(true)
    ratio = np.exp(np.abs(log_away))
    return np.array(
        [
            len(true),
            np.sum(np.abs(away)),
            np.sum(np.abs(away) / true),
            np.sum(away**2 / true),
            np.sum(away**2),
            np.sum(log_away),
            np.sum(log_away**2),
            *(np.count_nonzero(ratio < most) for most in _RATIOS),
        ],
        np.float64,
    )


def depth_measure(totals_BM: Sums) -> Measures:
    """The metrics of sums.

    Example:
        >>> sums = depth_sums(np.full((1, 2, 1), 2, np.float32), np.array([[[1], [2]]], np.float32))
        >>> depth_measure(sums[None]).overall["abs_rel"].tolist()
        [0.5]
    """
    count_B = totals_BM[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        means_BM = totals_BM[:, 1:] / count_B[:, None]
    mae, abs_rel, sq_rel, square, log, log_square, *deltas = means_BM.T
    return Measures(
        {
            "abs_rel": abs_rel,
            "delta1": deltas[0],
            "rmse": np.sqrt(square),
            "rmse_log": np.sqrt(log_square),
            "delta2": deltas[1],
            "delta3": deltas[2],
            "sq_rel": sq_rel,
            "silog": np.sqrt(np.maximum(log_square - log**2, 0)),
            "mae": mae,
        },
        {},
    )


def depth_drawn(image_HWC: NDArray[np.uint8], depth_HW1: Map, *, true_HW1: Map | None) -> bytes:
    """A PNG: the picture, its depths from near (light) to far (dark), and the true ones, with a scale."""
    extent = scale_to(image_HWC.shape, side=_SIDE)
    nearest, farthest = _span(depth_HW1 if true_HW1 is None else true_HW1)
    views = [
        Panel("picture", enlarged(in_colour(image_HWC), extent)),
        Panel("depth", enlarged(coloured(depth_HW1, nearest, farthest), extent)),
    ]
    if true_HW1 is not None:
        views.append(Panel("truth", enlarged(coloured(true_HW1, nearest, farthest), extent)))
    return panels_png(views, _scale(nearest, farthest))


def depth_thumbnail(image_HWC: NDArray[np.uint8], predicted_HW1: Map, true_HW1: Map) -> Thumbnail:
    """Picture, prediction, truth, and how many per cent the prediction is off (dark: none, light: 50)."""
    extent = scale_to(image_HWC.shape, side=_SMALL_SIDE)
    nearest, farthest = _span(true_HW1)
    with np.errstate(invalid="ignore", divide="ignore"):
        off_HW1 = np.where(true_HW1 > 0, np.abs(predicted_HW1 - true_HW1) / true_HW1, 0)
    off_HW = (np.clip(off_HW1[:, :, 0] / _WORST_SHOWN, 0, 1) * 255).astype(np.uint8)
    off_HW3 = cv2.applyColorMap(off_HW, cv2.COLORMAP_INFERNO)[:, :, ::-1]
    return panels_thumbnail(
        [
            Panel("picture", enlarged(in_colour(image_HWC), extent)),
            Panel("depth", enlarged(coloured(predicted_HW1, nearest, farthest), extent)),
            Panel("truth", enlarged(coloured(true_HW1, nearest, farthest), extent)),
            Panel("off by 0 to 50 %", enlarged(np.ascontiguousarray(off_HW3), extent)),
        ]
    )


def coloured(depth_HW1: Map, nearest: float, farthest: float) -> NDArray[np.uint8]:
    """Depths in the colours of viridis, near ones light; steps of a ratio look alike. Unknown is grey.

    Example:
        >>> coloured(np.array([[[0.0], [1.0], [9.0]]], np.float32), 1.0, 9.0).tolist()
        [[[128, 128, 128], [253, 231, 37], [68, 1, 84]]]
    """
    depth_HW = depth_HW1[:, :, 0]
    is_known_HW = depth_HW > 0
    logs_HW = np.log(np.where(is_known_HW, depth_HW, nearest) / nearest)
    share_HW = logs_HW / max(math.log(farthest / nearest), 1e-6)
    levels_HW = np.rint(255 * (1 - np.clip(share_HW, 0, 1))).astype(np.uint8)
    colours_HW3 = cv2.applyColorMap(levels_HW, cv2.COLORMAP_VIRIDIS)[:, :, ::-1].copy()
    colours_HW3[~is_known_HW] = 128
    return np.asarray(colours_HW3, np.uint8)


def _span(depth_HW1: Map) -> tuple[float, float]:
    known = depth_HW1[depth_HW1 > 0]
    if not len(known):
        return 1.0, 2.0
    nearest, farthest = (float(end) for end in np.percentile(known, [1, 99]))
    return nearest, max(farthest, nearest * 1.01)


def _scale(nearest: float, farthest: float) -> list[Entry]:
    depths = np.geomspace(nearest, farthest, 5)
    colours = coloured(depths.astype(np.float32)[None, :, None], nearest, farthest)[0].tolist()
    return [
        Entry((red, green, blue), f"{depth:.2f} m")
        for (red, green, blue), depth in zip(colours, depths.tolist(), strict=True)
    ]


DEPTH = MapKind(
    back=depth_back,
    sums=depth_sums,
    measure=depth_measure,
    meanings=MEANINGS,
    thumbnail=depth_thumbnail,
)
