"""All metrics of a target with several classes, with bootstrap intervals.

Shape legend: N rows, K classes, G groups of rows, B draws, M columns of sums.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.calibration import equal_width_bins
from netloom.tasks.image_classification import metrics
from netloom.tasks.image_classification.metrics import Counts
from netloom.tasks.measures import Measures
from netloom.tasks.sample_sums import Measure, Sums, measured_once
from netloom.tasks.tabular.drawn_groups import DrawnGroups, drawn_groups, group_intervals
from netloom.tasks.tabular.levels import levels_of
from netloom.tasks.tabular.measures_binary import CALIBRATION_BINS
from netloom.tasks.tabular.ranking import average_precision, roc_area, roc_area_influences

Values = NDArray[np.floating[Any]]

MEANINGS: dict[str, tuple[str, str]] = {
    "accuracy": ("Accuracy", "share of rows that are right"),
    "macro_accuracy": ("Macro accuracy", "mean recall of the classes that occur"),
    "macro_f1": ("Macro F1", "mean over the classes that occur or were predicted"),
    "macro_auc": ("Macro AUC", "chance that a row of a class scores above one of the rest"),
    "macro_average_precision": ("Macro AP", "mean area below the precision-recall curves"),
    "log_loss": ("Log-loss", "mean −log of the true class's probability, lower is better"),
    "brier": ("Brier score", "squared distance of scores from truth, 0…2, lower is better"),
    "calibration_error": (
        "Calibration error",
        f"gap between score and hit rate in {CALIBRATION_BINS} ranges of one width",
    ),
}
"""Name and meaning of every metric, in the order in which they are shown."""
PERCENTAGES = frozenset(MEANINGS) - {"log_loss", "brier"}


class ClassOutcome(NamedTuple):
    """What a model said about rows whose class is known.

    Attributes:
        scores_NK: Probabilities of the classes.
        true_N: Index of the true class.
        predicted_N: Index of the highest score; the lower one on ties.
    """

    scores_NK: NDArray[np.float32]
    true_N: NDArray[np.int64]
    predicted_N: NDArray[np.int64]

    @property
    def classes(self) -> int:
        """K."""
        return int(self.scores_NK.shape[1])


def class_outcome(scores_NK: NDArray[np.float32], true_N: NDArray[np.int64]) -> ClassOutcome:
    """Rows with their predicted class."""
    return ClassOutcome(scores_NK, true_N, scores_NK.argmax(axis=1).astype(np.int64))


def confusions(outcome: ClassOutcome) -> NDArray[np.int64]:
    """How many rows of each true class (row) were taken for each class (column), (K, K)."""
    places_N = outcome.true_N * outcome.classes + outcome.predicted_N
    counted = np.bincount(places_N, minlength=outcome.classes**2)
    return counted.reshape(outcome.classes, outcome.classes)


def class_values(outcome: ClassOutcome) -> Measures:
    """Every metric of :data:`MEANINGS`; by class: precision, recall, F1, AUROC and average precision.

    Example:
        >>> scores = np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7]], np.float32)
        >>> float(
        ...     class_values(class_outcome(scores, np.array([0, 1, 1]))).overall["macro_accuracy"]
        ... )
        0.75
    """
    whole = drawn_groups(len(outcome.true_N), seed=0, most=1)
    once = measured_once(_decision_sums(outcome, whole), _decisions(outcome.classes))
    levels = [
        levels_of(outcome.scores_NK[:, index], outcome.true_N == index)
        for index in range(outcome.classes)
    ]
    auroc_K = np.array([float(roc_area(each)) for each in levels])
    precision_K = np.array([float(average_precision(each)) for each in levels])
    overall = {
        **once.overall,
        "macro_auc": mean_of_defined(auroc_K),
        "macro_average_precision": mean_of_defined(precision_K),
    }
    return Measures(
        {name: overall[name] for name in MEANINGS},
        {**once.by_class, "auroc": auroc_K, "average_precision": precision_K},
    )


def class_intervals(outcome: ClassOutcome, values: Measures, *, draws: int, seed: int) -> Measures:
    """95 % bootstrap intervals of the same metrics; NaN where undefined, and of average precisions."""
    groups = drawn_groups(len(outcome.true_N), seed=seed)
    sums_GM, measure = class_sums(outcome, values, groups)
    return group_intervals(
        sums_GM,
        measure,
        values,
        draws=draws,
        seed=seed,
        mirrored=frozenset({"calibration_error"}),
    )


def class_sums(
    outcome: ClassOutcome, values: Measures, groups: DrawnGroups
) -> tuple[Sums, Measure]:
    """Sums of each group, and the metrics that follow from totals of them; areas by influence."""
    classes, columns = outcome.classes, 3 * outcome.classes + 2 + CALIBRATION_BINS
    decide = _decisions(classes)
    auroc_K = values.by_class["auroc"]

    def measure(sums_BM: Sums) -> Measures:
        decided = decide(sums_BM[:, :columns])
        rows_B = sums_BM[:, classes : 2 * classes].sum(axis=1)
        auroc_BK = np.clip(auroc_K + sums_BM[:, columns:] / rows_B[:, None], 0.0, 1.0)
        overall = {**decided.overall, "macro_auc": mean_of_defined(auroc_BK)}
        return Measures(overall, {**decided.by_class, "auroc": auroc_BK})

    return np.hstack([_decision_sums(outcome, groups), _area_sums(outcome, groups)]), measure


def mean_of_defined(values_K: Values) -> Any:
    """Mean along the last axis of what is not NaN; NaN if nothing is defined.

    Example:
        >>> float(mean_of_defined(np.array([1.0, np.nan, 0.5])))
        0.75
    """
    is_defined_K = ~np.isnan(values_K)
    with np.errstate(invalid="ignore"):
        return np.where(is_defined_K, values_K, 0.0).sum(axis=-1) / is_defined_K.sum(axis=-1)


def _decision_sums(outcome: ClassOutcome, groups: DrawnGroups) -> Sums:
    """Of each group: hits, support and predictions by class, log-loss, Brier, and gaps of confidence."""
    scores_NK, true_N, predicted_N = outcome
    is_right_N = predicted_N == true_N
    hits = groups.counts(np.where(is_right_N, true_N, outcome.classes), outcome.classes + 1)
    confidence_N = scores_NK.max(axis=1, initial=0.0).astype(np.float64)
    place_N = groups.group_N.astype(np.int64) * CALIBRATION_BINS
    place_N += equal_width_bins(confidence_N, bins=CALIBRATION_BINS)
    gaps = np.bincount(
        place_N, weights=confidence_N - is_right_N, minlength=groups.number * CALIBRATION_BINS
    )
    return np.hstack(
        [
            hits[:, :-1],
            groups.counts(true_N, outcome.classes),
            groups.counts(predicted_N, outcome.classes),
            groups.sums(metrics.log_loss(scores_NK, true_N))[:, None],
            groups.sums(metrics.brier(scores_NK, true_N))[:, None],
            gaps.reshape(groups.number, CALIBRATION_BINS),
        ]
    )


def _decisions(classes: int) -> Measure:
    """What follows from the sums of :func:`_decision_sums`."""

    def measure(sums_BM: Sums) -> Measures:
        hits, support, predicted = (
            sums_BM[:, start : start + classes] for start in range(0, 3 * classes, classes)
        )
        counts = Counts(hits=hits, support=support, predicted=predicted)
        rows_B = support.sum(axis=1)
        f1 = metrics.f1(counts)
        with np.errstate(invalid="ignore", divide="ignore"):
            means_BM = sums_BM[:, 3 * classes :] / rows_B[:, None]
            accuracy_B = hits.sum(axis=1) / rows_B
        overall = {
            "accuracy": accuracy_B,
            "macro_accuracy": metrics.balanced_accuracy(counts),
            "macro_f1": metrics.averaged(f1, counts, how="macro"),
            "log_loss": means_BM[:, 0],
            "brier": means_BM[:, 1],
            "calibration_error": np.abs(means_BM[:, 2:]).sum(axis=1),
        }
        by_class = {
            "precision": metrics.precision(counts),
            "recall": metrics.recall(counts),
            "f1": f1,
        }
        return Measures(overall, by_class)

    return measure


def _area_sums(outcome: ClassOutcome, groups: DrawnGroups) -> Sums:
    """How much each group moves the area of each class, (G, K)."""
    columns = [
        groups.sums(roc_area_influences(outcome.scores_NK[:, index], outcome.true_N == index))
        for index in range(outcome.classes)
    ]
    return np.stack(columns, axis=1)
