"""Metrics of single-label classification, on plain arrays.

Shape legend: N samples, K classes, B bootstrap draws. Classes are indices into the label space. Every
metric is in [0, 1] and better when higher, except the calibration error. No sample at all gives NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int64]
Scores = NDArray[np.floating]


class Interval(NamedTuple):
    """A percentile interval."""

    low: float
    high: float


class ClassRow(NamedTuple):
    """How one class was recognised. NaN where the metric is undefined (nothing to divide by).

    Attributes:
        precision: Of the samples predicted as this class, how many are.
        recall: Of the samples of this class, how many were found.
        f1: Harmonic mean of both.
        support: Number of samples of this class.
    """

    precision: float
    recall: float
    f1: float
    support: int


class ReliabilityBin(NamedTuple):
    """Samples whose score lies in one range: how sure the model was, and how often right."""

    confidence: float
    accuracy: float
    num_samples: int


def accuracy(predicted_N: Classes, true_N: Classes) -> float:
    """Share of samples whose predicted class is the true one.

    Example:
        >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]))
        0.75
    """
    _check_lengths(predicted_N, true_N)
    return float(np.mean(predicted_N == true_N)) if len(true_N) else float("nan")


def top_k_accuracy(scores_NK: Scores, true_N: Classes, *, k: int) -> float:
    """Share of samples whose true class is among the ``k`` highest scores (ties: lower index first).

    Example:
        >>> top_k_accuracy(np.array([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]]), np.array([1, 2]), k=2)
        0.5
    """
    _check_lengths(scores_NK, true_N)
    if not 1 <= k <= scores_NK.shape[1]:
        raise ValueError(f"k must lie in 1…{scores_NK.shape[1]}, got {k}")
    if not len(true_N):
        return float("nan")
    best_NK = np.argsort(-scores_NK, axis=1, kind="stable")[:, :k]
    return float(np.mean((best_NK == true_N[:, None]).any(axis=1)))


def confusion_matrix(
    predicted_N: Classes,
    true_N: Classes,
    *,
    num_classes: int,
) -> NDArray[np.int64]:
    """Counts, shape (K, K): row = true class, column = predicted class.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), num_classes=2).tolist()
        [[1, 1], [0, 1]]
    """
    _check_lengths(predicted_N, true_N)
    cells = true_N.astype(np.int64) * num_classes + predicted_N
    counts = np.bincount(cells, minlength=num_classes * num_classes)
    return counts.reshape(num_classes, num_classes).astype(np.int64)


def class_rows(confusion_KK: NDArray[np.int64]) -> list[ClassRow]:
    """Precision, recall, F1 and support of every class from a confusion matrix.

    Example:
        >>> class_rows(np.array([[1, 1], [0, 1]]))[0].recall
        0.5
    """
    hits_K = np.diag(confusion_KK).astype(float)
    support_K = confusion_KK.sum(axis=1)
    predicted_K = confusion_KK.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision_K = hits_K / predicted_K
        recall_K = hits_K / support_K
        f1_K = 2 * hits_K / (predicted_K + support_K)
    return [
        ClassRow(float(p), float(r), float(f), int(s))
        for p, r, f, s in zip(precision_K, recall_K, f1_K, support_K, strict=True)
    ]


def macro_f1(rows: list[ClassRow]) -> float:
    """Mean F1 over the classes that occur, truly or as a prediction.

    Example:
        >>> macro_f1([ClassRow(1.0, 0.5, 0.5, 2), ClassRow(1.0, 1.0, 1.0, 1)])
        0.75
    """
    values = [row.f1 for row in rows if not np.isnan(row.f1)]
    return float(np.mean(values)) if values else float("nan")


def bootstrap_accuracy(
    predicted_N: Classes,
    true_N: Classes,
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> Interval:
    """Percentile bootstrap interval of the accuracy (Efron 1979).

    Draws ``draws`` data sets of N samples with replacement; the interval holds the middle ``level`` of
    their accuracies. A resampled number of hits is binomial with the observed accuracy, which is
    exactly what resampling indices gives for a 0/1 score, at a cost independent of N.

    Example:
        >>> hits = np.arange(200) % 10 != 0
        >>> bootstrap_accuracy(hits.astype(int), np.ones(200, int), draws=1000, seed=0)
        Interval(low=0.855, high=0.94)
    """
    _check_lengths(predicted_N, true_N)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    count = len(true_N)
    if not count or not draws:
        return Interval(float("nan"), float("nan"))
    hits = int(np.sum(predicted_N == true_N))
    resampled_B = np.random.default_rng(seed).binomial(count, hits / count, size=draws) / count
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(resampled_B, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def reliability(
    scores_NK: Scores,
    true_N: Classes,
    *,
    bins: int = 10,
) -> list[ReliabilityBin]:
    """Confidence against accuracy in equal-width bins of the highest score; empty bins are left out.

    Example:
        >>> reliability(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1]), bins=2)[0].accuracy
        0.5
    """
    _check_lengths(scores_NK, true_N)
    sure_N = scores_NK.max(axis=1)
    right_N = scores_NK.argmax(axis=1) == true_N
    bin_N = np.minimum((sure_N * bins).astype(int), bins - 1)
    rows = []
    for index in range(bins):
        inside_N = bin_N == index
        if inside_N.any():
            rows.append(
                ReliabilityBin(
                    float(sure_N[inside_N].mean()),
                    float(right_N[inside_N].mean()),
                    int(inside_N.sum()),
                )
            )
    return rows


def calibration_error(bins: list[ReliabilityBin]) -> float:
    """Expected calibration error (Naeini et al. 2015): mean |confidence − accuracy|; lower is better.

    Example:
        >>> round(calibration_error([ReliabilityBin(0.9, 0.5, 1), ReliabilityBin(0.5, 0.5, 3)]), 3)
        0.1
    """
    total = sum(row.num_samples for row in bins)
    if not total:
        return float("nan")
    return sum(abs(row.confidence - row.accuracy) * row.num_samples for row in bins) / total


def _check_lengths(left: NDArray[np.generic], right: NDArray[np.generic]) -> None:
    if len(left) != len(right):
        raise ValueError(f"{len(left)} predictions for {len(right)} samples")
