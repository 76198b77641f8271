"""Metrics of single-label classification, on plain arrays.

Shape legend: N samples, K classes, … leading axes such as bootstrap draws. Classes are indices into the
label space. Metrics of decisions are functions of :class:`Counts`, so that one formula serves a data set and
a thousand resampled ones. Where there is nothing to divide by, a metric is NaN.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int64]
Scores = NDArray[np.floating[Any]]
Values = NDArray[np.floating[Any]]


class Counts(NamedTuple):
    """How often each class was there, was predicted, and both at once; shapes (…, K).

    Attributes:
        hits: Samples of the class that were predicted as it.
        support: Samples of the class.
        predicted: Samples predicted as the class.
    """

    hits: Values
    support: Values
    predicted: Values


def accuracy(predicted_N: Classes, true_N: Classes) -> float:
    """Share of samples whose predicted class is the true one, in [0, 1].

    Example:
        >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]))
        0.75
    """
    _check_lengths(predicted_N, true_N)
    return float(np.mean(predicted_N == true_N)) if len(true_N) else float("nan")


def rank_of_truth(scores_NK: Scores, true_N: Classes) -> NDArray[np.int64]:
    """How many classes come before the true one when sorted by score (ties: lower index first).

    Example:
        >>> rank_of_truth(np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2]]), np.array([2, 1])).tolist()
        [2, 1]
    """
    _check_lengths(scores_NK, true_N)
    of_truth_N1 = np.take_along_axis(scores_NK, true_N[:, None], axis=1)
    higher_N = (scores_NK > of_truth_N1).sum(axis=1)
    is_before_NK = np.arange(scores_NK.shape[1]) < true_N[:, None]
    ties_N = ((scores_NK == of_truth_N1) & is_before_NK).sum(axis=1)
    rank_N: NDArray[np.int64] = higher_N + ties_N
    return rank_N


def top_k_accuracy(scores_NK: Scores, true_N: Classes, *, k: int) -> float:
    """Share of samples whose true class is among the ``k`` highest scores, in [0, 1].

    Example:
        >>> top_k_accuracy(np.array([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]]), np.array([1, 2]), k=2)
        0.5
    """
    if not 1 <= k <= scores_NK.shape[1]:
        raise ValueError(f"k must lie in 1…{scores_NK.shape[1]}, got {k}")
    if not len(true_N):
        return float("nan")
    return float(np.mean(rank_of_truth(scores_NK, true_N) < k))


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


def counts_of(confusion_KK: NDArray[np.int64]) -> Counts:
    """What the diagonal and the margins of a confusion matrix say.

    Example:
        >>> counts_of(np.array([[1, 1], [0, 1]])).predicted.tolist()
        [1.0, 2.0]
    """
    return Counts(
        hits=np.diag(confusion_KK).astype(float),
        support=confusion_KK.sum(axis=1).astype(float),
        predicted=confusion_KK.sum(axis=0).astype(float),
    )


def precision(counts: Counts) -> Values:
    """Of the samples predicted as each class, the share that is; NaN if none was predicted as it.

    Example:
        >>> precision(Counts(np.array([1.0]), np.array([1.0]), np.array([4.0]))).tolist()
        [0.25]
    """
    return _divided(counts.hits, counts.predicted)


def recall(counts: Counts) -> Values:
    """Of the samples of each class, the share that was found; NaN if the class does not occur.

    Example:
        >>> recall(Counts(np.array([1.0]), np.array([2.0]), np.array([1.0]))).tolist()
        [0.5]
    """
    return _divided(counts.hits, counts.support)


def f1(counts: Counts) -> Values:
    """Harmonic mean of precision and recall; NaN if a class neither occurs nor was predicted.

    Example:
        >>> f1(Counts(np.array([1.0]), np.array([1.0]), np.array([3.0]))).tolist()
        [0.5]
    """
    return _divided(2.0 * counts.hits, counts.support + counts.predicted)


def averaged(values: Values, counts: Counts, *, how: Literal["macro", "weighted"]) -> Values:
    """A metric of the classes as one number, over the classes where it is defined.

    The micro average needs no function: for one label per sample, precision, recall and F1 over all
    decisions are the accuracy.

    Args:
        values: Shape (…, K).
        how: ``macro``: every class counts the same. ``weighted``: as often as it occurs.

    Example:
        >>> counts = Counts(np.array([1.0, 1.0]), np.array([3.0, 1.0]), np.array([1.0, 3.0]))
        >>> [
        ...     round(float(averaged(recall(counts), counts, how=how)), 3)
        ...     for how in ("macro", "weighted")
        ... ]
        [0.667, 0.5]
    """
    is_defined = ~np.isnan(values)
    weights = counts.support * is_defined if how == "weighted" else is_defined.astype(float)
    total = (np.where(is_defined, values, 0.0) * weights).sum(axis=-1)
    return _divided(total, weights.sum(axis=-1))


def balanced_accuracy(counts: Counts) -> Values:
    """Mean recall of the classes that occur, in [0, 1]; 1/K is chance, whatever the frequencies.

    Example:
        >>> counts = Counts(np.array([9.0, 0.0]), np.array([9.0, 1.0]), np.array([10.0, 0.0]))
        >>> float(balanced_accuracy(counts))
        0.5
    """
    return averaged(recall(counts), counts, how="macro")


def matthews(counts: Counts) -> Values:
    """Correlation between truth and prediction in [−1, 1], 0 for chance.

    Matthews 1975 for two classes; Gorodkin 2004 for more. 0 if one of the two is constant.

    Example:
        >>> counts = Counts(np.array([2.0, 1.0]), np.array([2.0, 2.0]), np.array([3.0, 1.0]))
        >>> round(float(matthews(counts)), 4)
        0.5774
    """
    total = counts.support.sum(axis=-1)
    right = counts.hits.sum(axis=-1)
    together = right * total - (counts.support * counts.predicted).sum(axis=-1)
    spread = (total**2 - (counts.support**2).sum(axis=-1)) * (
        total**2 - (counts.predicted**2).sum(axis=-1)
    )
    correlation = _divided(together, np.sqrt(np.maximum(spread, 0.0)))
    return np.where((spread <= 0) & (total > 0), 0.0, correlation)


def cohen_kappa(counts: Counts) -> Values:
    """Agreement beyond chance in [−1, 1] (Cohen 1960); NaN if chance alone agrees always.

    Example:
        >>> counts = Counts(np.array([2.0, 1.0]), np.array([2.0, 2.0]), np.array([3.0, 1.0]))
        >>> float(cohen_kappa(counts))
        0.5
    """
    total = counts.support.sum(axis=-1)
    right = counts.hits.sum(axis=-1)
    by_chance = (counts.support * counts.predicted).sum(axis=-1)
    return _divided(right * total - by_chance, total**2 - by_chance)


def log_loss(scores_NK: Scores, true_N: Classes) -> Values:
    """−log of the true class's score, shape (N,): cross-entropy; ≥ 0 and lower is better.

    A score of 0 counts as the smallest normal float32, so that the mean stays finite.

    Example:
        >>> log_loss(np.array([[0.5, 0.5], [0.25, 0.75]]), np.array([0, 0])).round(4).tolist()
        [0.6931, 1.3863]
    """
    of_truth_N = np.take_along_axis(scores_NK, true_N[:, None], axis=1)[:, 0].astype(np.float64)
    return -np.log(np.maximum(of_truth_N, np.finfo(np.float32).tiny))


def brier(scores_NK: Scores, true_N: Classes) -> Values:
    """Squared distance between scores and truth, shape (N,), in [0, 2]; lower is better (Brier 1950).

    Example:
        >>> brier(np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([0, 1])).tolist()
        [0.5, 0.0]
    """
    of_truth_N = np.take_along_axis(scores_NK, true_N[:, None], axis=1)[:, 0].astype(np.float64)
    squares_N = np.einsum("nk,nk->n", scores_NK, scores_NK, dtype=np.float64)
    distance_N: Values = squares_N - 2.0 * of_truth_N + 1.0
    return distance_N


def _divided(above: Values, below: Values) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below == 0, np.nan, above / below)


def _check_lengths(left: NDArray[np.generic], right: NDArray[np.generic]) -> None:
    if len(left) != len(right):
        raise ValueError(f"{len(left)} predictions for {len(right)} samples")
