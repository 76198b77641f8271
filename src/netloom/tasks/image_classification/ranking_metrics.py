"""Metrics of the order that a class's scores give: areas under the ROC and the precision-recall curve.

One class against the rest. Shape legend: N samples, P positives of the class, L levels (distinct scores of
positives), B ways to count the samples, such as bootstrap draws.

Everything is a sum over samples, so a data set resampled B times costs one sparse product instead of B
sorts: the score levels never change, only how often each sample counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Scores = NDArray[np.floating[Any]]
Weights = NDArray[np.floating[Any]]


class Ranking(NamedTuple):
    """Which samples of a class and of the rest lie at which level, lowest first.

    Attributes:
        positives_LN: One per positive, in the row of its score.
        negatives_LN: One per negative, in the row of the highest level that its score reaches.
            Negatives below all levels are in none.
        ties_LN: The negatives whose score *is* the level; None if there are none.
    """

    positives_LN: csr_matrix
    negatives_LN: csr_matrix
    ties_LN: csr_matrix | None


class Areas(NamedTuple):
    """Both areas for each way to count, shape (B,); NaN without positives or without negatives."""

    auroc: NDArray[np.floating[Any]]
    average_precision: NDArray[np.floating[Any]]


def ranking(scores_N: Scores, is_positive_N: NDArray[np.bool_]) -> Ranking:
    """Sort the samples of one class and of the rest into the levels of its positives.

    Example:
        >>> rank = ranking(np.array([0.9, 0.5, 0.5]), np.array([True, True, False]))
        >>> rank.negatives_LN.toarray().tolist()
        [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    positives = np.flatnonzero(is_positive_N)
    levels, level_P = np.unique(scores_N[positives], return_inverse=True)
    shape = (len(levels), len(scores_N))
    lowest = levels[0] if len(levels) else np.inf
    negatives = np.flatnonzero(~is_positive_N & (scores_N >= lowest))
    reached = np.searchsorted(levels, scores_N[negatives], side="right") - 1
    is_tie = levels[reached] == scores_N[negatives] if len(levels) else np.zeros(0, np.bool_)
    return Ranking(
        positives_LN=_membership(level_P, positives, shape),
        negatives_LN=_membership(reached, negatives, shape),
        ties_LN=(_membership(reached[is_tie], negatives[is_tie], shape) if is_tie.any() else None),
    )


def areas(rank: Ranking, weights_NB: Weights, total_B: Weights) -> Areas:
    """Area under the ROC curve and average precision.

    The ROC area is the chance that a positive scores higher than a negative, a tie counting half
    (Hanley & McNeil 1982). Average precision is Σ (recall step × precision), without interpolation.

    Args:
        weights_NB: How often each sample counts.
        total_B: Their sums.

    Example:
        >>> rank = ranking(np.array([0.9, 0.5, 0.7, 0.1]), np.array([True, True, False, False]))
        >>> [float(area[0]) for area in areas(rank, np.ones((4, 1)), np.array([4.0]))]
        [0.75, 0.8333333333333333]
    """
    positives_LB = rank.positives_LN @ weights_NB
    above_LB = _from_the_top(rank.negatives_LN @ weights_NB)
    found_LB = _from_the_top(positives_LB)
    num_positives_B = positives_LB.sum(axis=0)
    num_negatives_B = total_B - num_positives_B
    below_LB = num_negatives_B - above_LB
    if rank.ties_LN is not None:
        below_LB = below_LB + 0.5 * (rank.ties_LN @ weights_NB)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision_LB = np.where(positives_LB > 0, found_LB / (found_LB + above_LB), 0.0)
        pairs_B = np.einsum("lb,lb->b", positives_LB, below_LB)
        auroc_B = pairs_B / (num_positives_B * num_negatives_B)
        average_B = np.einsum("lb,lb->b", positives_LB, precision_LB) / num_positives_B
    is_defined_B = (num_positives_B > 0) & (num_negatives_B > 0)
    return Areas(np.where(is_defined_B, auroc_B, np.nan), np.where(is_defined_B, average_B, np.nan))


class Curve(NamedTuple):
    """Shares at falling thresholds, from "nothing is called positive" to "everything is".

    Attributes:
        recall: Of the positives, the share at or above the threshold (true positive rate).
        false_alarms: Of the negatives, the share at or above it (false positive rate).
        precision: Of what is at or above it, the share of positives; 1 where there is nothing.
    """

    recall: NDArray[np.float64]
    false_alarms: NDArray[np.float64]
    precision: NDArray[np.float64]


def curve(scores_N: Scores, is_positive_N: NDArray[np.bool_], *, most_points: int = 200) -> Curve:
    """The ROC and precision-recall curves of a class, thinned to ``most_points`` thresholds.

    Example:
        >>> curve(np.array([0.9, 0.5, 0.7]), np.array([True, True, False])).recall.tolist()
        [0.0, 0.5, 0.5, 1.0]
    """
    order = np.argsort(-scores_N, kind="stable")
    # The last sample of each run of equal scores.
    ends = np.flatnonzero(np.diff(scores_N[order], append=np.inf) != 0)
    if len(ends) > most_points:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, most_points).astype(np.int64))]
    found = np.append(0.0, np.cumsum(is_positive_N[order])[ends])
    called = np.append(0.0, ends + 1.0)
    num_positives = float(is_positive_N.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return Curve(
            recall=found / num_positives,
            false_alarms=(called - found) / (len(scores_N) - num_positives),
            precision=np.where(called > 0, found / called, 1.0),
        )


def _membership(
    rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> csr_matrix:
    from scipy.sparse import csr_matrix

    order = np.argsort(rows, kind="stable")
    starts = np.append(0, np.cumsum(np.bincount(rows, minlength=shape[0])))
    ones = np.ones(len(rows), np.float32)
    return csr_matrix((ones, columns[order].astype(np.int32), starts.astype(np.int32)), shape=shape)


def _from_the_top(values_LB: Weights) -> Weights:
    return np.cumsum(values_LB[::-1], axis=0)[::-1]
