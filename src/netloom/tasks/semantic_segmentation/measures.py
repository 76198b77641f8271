"""Metrics of a segmentation from what was counted in each picture.

Shape legend: N samples, K classes, B draws, C kinds of counts (:data:`COUNTED`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.measures import Measures
from netloom.tasks.sample_sums import Measure, Sums
from netloom.tasks.semantic_segmentation.counts import COUNTED

MEANINGS = {
    "mean_iou": ("Mean IoU", "Intersection over union, averaged over the classes"),
    "pixel_accuracy": ("Pixel accuracy", "Share of the pixels that are right"),
    "mean_accuracy": ("Mean accuracy", "Share of right pixels of each class, averaged"),
    "mean_dice": ("Mean Dice", "2 · intersection / (predicted + true), averaged over the classes"),
    "frequency_weighted_iou": ("Weighted IoU", "IoU averaged by the classes' share of the pixels"),
    "boundary_f1": (
        "Boundary F1",
        "F1 of the classes' borders within 0.75 % of the diagonal (Csurka et al. 2013), averaged",
    ),
}


def segmentation_measure(num_classes: int) -> Measure:
    """The metrics as a function of totals (B, C·K): all pictures' pixels are counted together.

    A class that neither occurs nor is predicted has no number, and is left out of means. One that is
    predicted but does not occur has an IoU of 0 and counts.

    Example:
        >>> counts = np.array([[6.0, 2.0], [6.0, 4.0], [8.0, 2.0], *[[0.0, 0.0]] * 4])
        >>> found = segmentation_measure(2)(counts.reshape(1, -1))
        >>> found.by_class["iou"].tolist(), found.overall["pixel_accuracy"].tolist()
        ([[0.75, 0.5]], [0.8])
    """

    def measure(totals_BM: Sums) -> Measures:
        counts_BCK = totals_BM.reshape(-1, len(COUNTED), num_classes)
        hits, predicted, true, near_true, border, near_predicted, true_border = (
            counts_BCK[:, place] for place in range(len(COUNTED))
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            iou = hits / (predicted + true - hits)
            recall = hits / true
            share = true / true.sum(axis=1, keepdims=True)
            by_class = {
                "iou": iou,
                "dice": 2 * hits / (predicted + true),
                "precision": hits / predicted,
                "recall": recall,
                "boundary_f1": _border_f1(near_true, border, near_predicted, true_border),
                "share": share,
            }
            overall = {
                "mean_iou": _mean(iou),
                "pixel_accuracy": hits.sum(axis=1) / true.sum(axis=1),
                "mean_accuracy": _mean(recall),
                "mean_dice": _mean(by_class["dice"]),
                "frequency_weighted_iou": np.nansum(iou * share, axis=1),
                "boundary_f1": _mean(by_class["boundary_f1"]),
            }
        return Measures(overall, by_class)

    return measure


def _border_f1(near_true: Sums, border: Sums, near_predicted: Sums, true_border: Sums) -> Sums:
    """Harmonic mean of both shares; 0 where only one side has a border, NaN where neither has."""
    precision, recall = near_true / border, near_predicted / true_border
    f1 = 2 * precision * recall / (precision + recall)
    f1 = np.where((border + true_border > 0) & np.isnan(f1), 0.0, f1)
    return np.asarray(f1)


def _mean(values_BK: NDArray[np.float64]) -> NDArray[np.float64]:
    is_defined = ~np.isnan(values_BK)
    return np.asarray(np.where(is_defined, values_BK, 0.0).sum(axis=1) / is_defined.sum(axis=1))
