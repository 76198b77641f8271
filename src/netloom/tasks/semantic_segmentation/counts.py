"""What is counted in each picture to measure a segmentation, at the resolution of the picture.

Shape legend: N samples, K classes, H height, W width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.rasterization import UNKNOWN
from netloom.tasks.label_maps import LabelMap

NEARNESS = 0.0075
"""Share of a picture's diagonal within which two borders are taken for the same (Csurka et al. 2013)."""

COUNTED = ("hits", "predicted", "true", "near_true", "border", "near_predicted", "true_border")
"""What :attr:`PictureCounts.by_class_CK` counts."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureCounts:
    """Pixels of one picture whose class is known.

    Attributes:
        confusion_KL: By true class (row) and predicted class (column); the last column is for what was not
            in the network's view.
        by_class_CK: In the order of :data:`COUNTED`: right pixels, predicted and true ones; predicted border
            pixels close to a true border, and all predicted ones; true border pixels close to a predicted
            border, and all true ones.
    """

    confusion_KL: NDArray[np.int64]
    by_class_CK: NDArray[np.int64]

    @classmethod
    def of(cls, predicted_HW: LabelMap, true_HW: LabelMap, num_classes: int) -> Self:
        """Count one picture.

        Example:
            >>> true = np.array([[0, 0, 1, 255]], np.uint8)
            >>> counts = PictureCounts.of(np.array([[0, 1, 1, 1]], np.uint8), true, 2)
            >>> counts.confusion_KL.tolist(), counts.by_class_CK[0].tolist()
            ([[1, 1, 0], [0, 1, 0]], [1, 1])
        """
        confusion_KL = _confusion(predicted_HW, true_HW, num_classes)
        areas_3K = np.stack(
            [
                np.diagonal(confusion_KL),
                confusion_KL[:, :num_classes].sum(axis=0),
                confusion_KL.sum(axis=1),
            ]
        )
        borders_4K = _borders(predicted_HW, true_HW, num_classes, areas_3K)
        return cls(confusion_KL, np.concatenate([areas_3K, borders_4K]))

    @property
    def iou(self) -> NDArray[np.float64]:
        """Intersection over union in this picture, (K,); NaN for classes neither there nor predicted."""
        hits_K, predicted_K, true_K = self.by_class_CK[:3].astype(np.float64)
        with np.errstate(invalid="ignore"):
            return np.asarray(hits_K / (predicted_K + true_K - hits_K))

    @property
    def mean_iou(self) -> float:
        """Over the classes that are there or predicted; NaN if nothing is known."""
        defined = self.iou[~np.isnan(self.iou)]
        return float(defined.mean()) if len(defined) else math.nan


def _confusion(predicted_HW: LabelMap, true_HW: LabelMap, num_classes: int) -> NDArray[np.int64]:
    # 256 levels each: one table look-up is faster than to leave pixels out first.
    places = true_HW.astype(np.uint16) << 8 | predicted_HW
    levels = np.bincount(places.reshape(-1), minlength=1 << 16).reshape(256, 256)[:num_classes]
    return np.concatenate([levels[:, :num_classes], levels[:, UNKNOWN:]], axis=1)


def _borders(
    predicted_HW: LabelMap, true_HW: LabelMap, num_classes: int, areas_3K: NDArray[np.int64]
) -> NDArray[np.int64]:
    counts_4K = np.zeros((4, num_classes), np.int64)
    farthest = max(1.0, NEARNESS * math.hypot(*true_HW.shape))
    for index in np.flatnonzero(areas_3K[1:].any(axis=0)).tolist():
        window = _window(predicted_HW, true_HW, index)
        is_known = true_HW[window] != UNKNOWN
        predicted = border(predicted_HW[window] == index, is_known)
        true = border(true_HW[window] == index, is_known)
        counts_4K[:, index] = (
            _num_near(predicted, true, farthest),
            np.count_nonzero(predicted),
            _num_near(true, predicted, farthest),
            np.count_nonzero(true),
        )
    return counts_4K


def _window(predicted_HW: LabelMap, true_HW: LabelMap, index: int) -> tuple[slice, slice]:
    """Rows and columns in which a class lies, and one more on each side: most classes fill a small part."""
    area_HW = ((predicted_HW == index) | (true_HW == index)).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(area_HW)
    rows = slice(max(0, top - 1), top + height + 1)
    return rows, slice(max(0, left - 1), left + width + 1)


def border(area_HW: NDArray[np.bool_], is_known_HW: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of an area that have a known neighbour (of four) outside; the frame of a picture is no border.

    Example:
        >>> area = np.array([[True, True, False, False]])
        >>> border(area, np.ones((1, 4), bool)).tolist()
        [[False, True, False, False]]
    """
    outside_HW = is_known_HW & ~area_HW
    touches_HW = np.zeros_like(area_HW)
    touches_HW[1:] |= outside_HW[:-1]
    touches_HW[:-1] |= outside_HW[1:]
    touches_HW[:, 1:] |= outside_HW[:, :-1]
    touches_HW[:, :-1] |= outside_HW[:, 1:]
    found: NDArray[np.bool_] = touches_HW & area_HW & is_known_HW
    return found


def _num_near(border_HW: NDArray[np.bool_], other_HW: NDArray[np.bool_], farthest: float) -> int:
    """Pixels of a border that lie at most ``farthest`` pixels from another one."""
    if not border_HW.any() or not other_HW.any():
        return 0
    away_HW = cv2.distanceTransform(
        (~other_HW).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    return int(np.count_nonzero(away_HW[border_HW] <= farthest))
