"""All metrics of a classifier on a part of a data set, with bootstrap intervals.

Shape legend: N samples, K classes, B draws, M columns of sums.

A metric is a function of how often each sample counts. Counting each once gives the value; counting as a
bootstrap draw says gives a value of the same formula for the draw, and all of it is two matrix products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, mirrored_interval, percentile_interval, resampled
from netloom.tasks.calibration import equal_mass_bins, equal_width_bins
from netloom.tasks.image_classification import metrics
from netloom.tasks.image_classification.metrics import Counts
from netloom.tasks.image_classification.ranking_metrics import Ranking, areas, ranking
from netloom.tasks.measures import Measures, Values, Weights, joined, single, unknown

CALIBRATION_BINS = 15
TOP = 5

_MIRRORED = frozenset({"calibration_error", "adaptive_calibration_error"})
_MOST_AREA_STEPS = 4_000_000_000
_FEWEST_AREA_DRAWS = 200


@dataclass(frozen=True)
class Outcome:
    """What a classifier said about labelled samples.

    Attributes:
        scores_NK: Probabilities, in the order of the label space.
        true_N: Index of the true class.
        predicted_N: Index of the highest score; the lower one on ties.
        confidence_N: Score of the predicted class.
        right_N: Whether the prediction is the truth.
        loss_N: Cross-entropy.
        rank_N: How many classes score higher than the true one.
    """

    scores_NK: NDArray[np.float32]
    true_N: NDArray[np.int64]
    predicted_N: NDArray[np.int64]
    confidence_N: NDArray[np.float64]
    right_N: NDArray[np.bool_]
    loss_N: NDArray[np.floating[Any]]
    rank_N: NDArray[np.int64]

    @classmethod
    def of(cls, scores_NK: NDArray[np.float32], true_N: NDArray[np.int64]) -> Self:
        """Everything that follows from scores and truth.

        Example:
            >>> Outcome.of(np.array([[0.75, 0.25]], np.float32), np.array([1])).rank_N.tolist()
            [1]
        """
        predicted_N = scores_NK.argmax(axis=1).astype(np.int64)
        return cls(
            scores_NK=scores_NK,
            true_N=true_N,
            predicted_N=predicted_N,
            confidence_N=scores_NK.max(axis=1).astype(np.float64),
            right_N=predicted_N == true_N,
            loss_N=metrics.log_loss(scores_NK, true_N),
            rank_N=metrics.rank_of_truth(scores_NK, true_N),
        )

    def __len__(self) -> int:
        return len(self.true_N)

    @property
    def num_classes(self) -> int:
        return int(self.scores_NK.shape[1])


def measured(outcome: Outcome) -> Measures:
    """All metrics; ``netloom.tasks.image_classification.tables.MEANINGS`` says what each of them is.

    Example:
        >>> scores = np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7]], np.float32)
        >>> float(measured(Outcome.of(scores, np.array([0, 1, 1]))).overall["balanced_accuracy"])
        0.75
    """
    once_N1 = np.ones((len(outcome), 1))
    decisions = Decisions(outcome).measures(once_N1)
    areas = area_measures(list(rankings(outcome)), once_N1)
    found = Measures(
        {**decisions.overall, **areas.overall}, {**decisions.by_class, **areas.by_class}
    )
    return single(found)


def intervals(outcome: Outcome, values: Measures, *, draws: int, seed: int) -> Measures:
    """95 % bootstrap intervals of the same metrics.

    The areas below curves take N·K steps per draw; where a thousand draws would take minutes, fewer
    are made (at least 200).

    Args:
        draws: 0 leaves every interval undefined.

    Returns:
        An :class:`Interval` for each metric, and (2, K) arrays by class; NaN where undefined.

    Example:
        >>> scores = np.array([[0.8, 0.2], [0.6, 0.4]] * 50, np.float32)
        >>> outcome = Outcome.of(scores, np.array([0, 1] * 50))
        >>> found = intervals(outcome, measured(outcome), draws=200, seed=0)
        >>> found.overall["accuracy"].low < 0.5 < found.overall["accuracy"].high
        True
    """
    if not draws:
        return unknown(values)
    decisions = Decisions(outcome)
    ranked = list(rankings(outcome))
    steps = sum(each.negatives_LN.nnz + each.positives_LN.nnz for each in ranked)
    area_draws = min(draws, max(_FEWEST_AREA_DRAWS, _MOST_AREA_STEPS // max(steps, 1)))
    drawn = [
        joined(resampled(len(outcome), draws=draws, seed=seed), decisions.measures),
        joined(
            resampled(len(outcome), draws=area_draws, seed=seed),
            lambda weights_NB: area_measures(ranked, weights_NB),
        ),
    ]
    return Measures(
        {
            name: _interval(name, values_B, values.overall[name])
            for each in drawn
            for name, values_B in each.overall.items()
        },
        {
            name: percentile_interval(values_BK)
            for each in drawn
            for name, values_BK in each.by_class.items()
        },
    )


class Decisions:
    """Metrics of what was predicted and how surely, for any way to count the samples of an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        self._num_classes = outcome.num_classes
        self._has_top = outcome.num_classes > TOP
        gap_N = outcome.confidence_N - outcome.right_N
        columns = [
            outcome.right_N,
            outcome.loss_N,
            metrics.brier(outcome.scores_NK, outcome.true_N),
            outcome.rank_N < TOP,
        ]
        for bin_N in (
            equal_width_bins(outcome.confidence_N, bins=CALIBRATION_BINS),
            equal_mass_bins(outcome.confidence_N, bins=CALIBRATION_BINS),
        ):
            columns += [np.where(bin_N == index, gap_N, 0.0) for index in range(CALIBRATION_BINS)]
        self._columns_NM = np.stack(columns, axis=1).astype(np.float64)
        self._classes = class_sums(outcome)

    def measures(self, weights_NB: Weights) -> Measures:
        """The metrics when sample n counts ``weights_NB[n, b]`` times."""
        counts = self._classes(weights_NB)
        total_B = counts.support.sum(axis=1)
        columns_NM = self._columns_NM.astype(weights_NB.dtype, copy=False)
        with np.errstate(invalid="ignore", divide="ignore"):
            means_BM = (weights_NB.T @ columns_NM) / total_B[:, None]
        precision, f1 = metrics.precision(counts), metrics.f1(counts)
        gaps_BM = np.abs(means_BM[:, 4:])
        overall = {
            "accuracy": means_BM[:, 0],
            **({f"top_{TOP}_accuracy": means_BM[:, 3]} if self._has_top else {}),
            "balanced_accuracy": metrics.balanced_accuracy(counts),
            "macro_precision": metrics.averaged(precision, counts, how="macro"),
            "macro_f1": metrics.averaged(f1, counts, how="macro"),
            "weighted_precision": metrics.averaged(precision, counts, how="weighted"),
            "weighted_f1": metrics.averaged(f1, counts, how="weighted"),
            "matthews": metrics.matthews(counts),
            "cohen_kappa": metrics.cohen_kappa(counts),
            "cross_entropy": means_BM[:, 1],
            "brier": means_BM[:, 2],
            "calibration_error": gaps_BM[:, :CALIBRATION_BINS].sum(axis=1),
            "adaptive_calibration_error": gaps_BM[:, CALIBRATION_BINS:].sum(axis=1),
        }
        by_class = {"precision": precision, "recall": metrics.recall(counts), "f1": f1}
        return Measures(overall, by_class)


def class_sums(outcome: Outcome) -> Callable[[Weights], Counts]:
    """Counts by class for any way to count the samples: (N, B) weights to (B, K) counts."""
    from scipy.sparse import csr_matrix

    count, num_classes = len(outcome), outcome.num_classes
    hits = np.flatnonzero(outcome.right_N)
    rows = np.concatenate(
        [
            outcome.true_N[hits],
            num_classes + outcome.true_N,
            2 * num_classes + outcome.predicted_N,
        ]
    )
    columns = np.concatenate([hits, np.arange(count), np.arange(count)])
    membership = csr_matrix(
        (np.ones(len(rows), np.float32), (rows, columns)), shape=(3 * num_classes, count)
    )

    def sums(weights_NB: Weights) -> Counts:
        sums_B3K = np.asarray(membership @ weights_NB, np.float64).T
        parts = sums_B3K.reshape(-1, 3, num_classes)
        return Counts(hits=parts[:, 0], support=parts[:, 1], predicted=parts[:, 2])

    return sums


def rankings(outcome: Outcome) -> Iterator[Ranking]:
    """The order of the samples by the score of each class in turn."""
    for index in range(outcome.num_classes):
        scores_N = np.ascontiguousarray(outcome.scores_NK[:, index])
        yield ranking(scores_N, outcome.true_N == index)


def area_measures(ranked: Sequence[Ranking], weights_NB: Weights) -> Measures:
    """Areas below the curves of each class against the rest, and their mean over the classes."""
    total_B = weights_NB.sum(axis=0)
    found = [areas(each, weights_NB, total_B) for each in ranked]
    by_class = {
        "auroc": np.stack([each.auroc for each in found], axis=1),
        "average_precision": np.stack([each.average_precision for each in found], axis=1),
    }
    overall = {f"macro_{name}": _mean_of_defined(values) for name, values in by_class.items()}
    return Measures(overall, by_class)


def _interval(name: str, values_B: Values, value: float) -> Interval:
    if name in _MIRRORED and not np.isnan(value):
        return mirrored_interval(values_B, value)
    low, high = percentile_interval(values_B)
    return Interval(float(low), float(high))


def _mean_of_defined(values_BK: Values) -> Values:
    is_defined = ~np.isnan(values_BK)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(is_defined, values_BK, 0.0).sum(axis=1) / is_defined.sum(axis=1))
