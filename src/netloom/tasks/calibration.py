"""Whether scores mean what they say: reliability bins and the expected calibration error.

Shape legend: N samples. A confidence is the score of the predicted class, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Confidences = NDArray[np.floating[Any]]


class ReliabilityBin(NamedTuple):
    """Samples of about the same confidence: how sure the model was, and how often right."""

    confidence: float
    accuracy: float
    num_samples: int


def equal_width_bins(confidence_N: Confidences, *, bins: int) -> NDArray[np.int64]:
    """The bin of each sample when [0, 1] is cut into ``bins`` ranges of one width.

    Example:
        >>> equal_width_bins(np.array([0.1, 0.5, 0.99, 1.0]), bins=4).tolist()
        [0, 2, 3, 3]
    """
    return np.minimum((confidence_N * bins).astype(np.int64), bins - 1)


def equal_mass_bins(confidence_N: Confidences, *, bins: int) -> NDArray[np.int64]:
    """The bin of each sample when all bins hold about equally many; equal confidences stay together.

    Nguyen & O'Connor 2015, arXiv:1508.05154: where a model is nearly always sure, bins of one width leave
    most of [0, 1] empty.

    Example:
        >>> equal_mass_bins(np.array([0.7, 0.9, 0.8, 0.9]), bins=2).tolist()
        [0, 1, 0, 1]
    """
    count = max(len(confidence_N), 1)
    num_below_N = np.searchsorted(np.sort(confidence_N), confidence_N, side="left")
    return (num_below_N * bins // count).astype(np.int64)


def reliability(
    confidence_N: Confidences, right_N: NDArray[np.bool_], bin_N: NDArray[np.int64]
) -> list[ReliabilityBin]:
    """Confidence against accuracy in each bin; empty bins are left out.

    Example:
        >>> bins = np.array([0, 0])
        >>> reliability(np.array([0.9, 0.8]), np.array([True, False]), bins)[0].accuracy
        0.5
    """
    count = np.bincount(bin_N)
    confidence = np.bincount(bin_N, weights=confidence_N)
    right = np.bincount(bin_N, weights=right_N)
    return [
        ReliabilityBin(
            float(confidence[index] / count[index]),
            float(right[index] / count[index]),
            int(count[index]),
        )
        for index in np.flatnonzero(count).tolist()
    ]


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Expected calibration error (Naeini et al. 2015): mean |confidence − accuracy|; lower is better.

    Example:
        >>> round(calibration_error([ReliabilityBin(0.9, 0.5, 1), ReliabilityBin(0.5, 0.5, 3)]), 3)
        0.1
    """
    total = sum(row.num_samples for row in bins)
    if not total:
        return float("nan")
    return sum(abs(row.confidence - row.accuracy) * row.num_samples for row in bins) / total
