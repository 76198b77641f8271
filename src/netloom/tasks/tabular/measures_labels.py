"""All metrics of a target with several labels that may hold at once, with bootstrap intervals.

Shape legend: N rows, K labels, G groups of rows, B draws, M columns of sums. Rows are drawn, not labels: the
labels of one row belong together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.image_classification import metrics
from netloom.tasks.image_classification.metrics import Counts
from netloom.tasks.measures import Measures
from netloom.tasks.sample_sums import Measure, Sums, measured_once
from netloom.tasks.tabular.drawn_groups import DrawnGroups, drawn_groups, group_intervals
from netloom.tasks.tabular.levels import levels_of, log_losses
from netloom.tasks.tabular.measures_classes import mean_of_defined
from netloom.tasks.tabular.ranking import average_precision, roc_area, roc_area_influences

MEANINGS: dict[str, tuple[str, str]] = {
    "subset_accuracy": ("Subset accuracy", "share of rows with exactly the right labels"),
    "hamming_loss": ("Hamming loss", "share of labels that are wrong, lower is better"),
    "micro_f1": ("Micro F1", "F1 over all labels of all rows"),
    "macro_f1": ("Macro F1", "mean F1 of the labels that occur or were predicted"),
    "micro_auc": ("Micro AUC", "chance that a label that holds scores above one that does not"),
    "macro_auc": (
        "Macro AUC",
        "mean over labels: chance that a row with it scores above one without",
    ),
    "macro_average_precision": ("Macro AP", "mean area below the precision-recall curves"),
    "log_loss": (
        "Log-loss",
        "mean −log of the truth's probability over all labels, lower is better",
    ),
}
"""Name and meaning of every metric, in the order in which they are shown."""
PERCENTAGES = frozenset(MEANINGS) - {"log_loss"}


class LabelOutcome(NamedTuple):
    """What a model said about rows whose labels are known.

    Attributes:
        scores_NK: Probability of each label.
        holds_NK: Whether it holds.
        threshold: From which probability on a label is predicted.
    """

    scores_NK: NDArray[np.float32]
    holds_NK: NDArray[np.bool_]
    threshold: float

    @property
    def labels(self) -> int:
        """K."""
        return int(self.scores_NK.shape[1])


def label_values(outcome: LabelOutcome) -> Measures:
    """Every metric of :data:`MEANINGS`; by label: precision, recall, F1, AUROC and average precision.

    Example:
        >>> scores = np.array([[0.9, 0.2], [0.6, 0.8]], np.float32)
        >>> holds = np.array([[True, False], [False, True]])
        >>> label_values(LabelOutcome(scores, holds, 0.5)).overall["subset_accuracy"]
        0.5
    """
    whole = drawn_groups(len(outcome.holds_NK), seed=0, most=1)
    once = measured_once(_decision_sums(outcome, whole), _decisions(outcome.labels))
    levels = [
        levels_of(outcome.scores_NK[:, index], outcome.holds_NK[:, index])
        for index in range(outcome.labels)
    ]
    auroc_K = np.array([float(roc_area(each)) for each in levels])
    precision_K = np.array([float(average_precision(each)) for each in levels])
    everything = levels_of(outcome.scores_NK.ravel(), outcome.holds_NK.ravel())
    overall = {
        **once.overall,
        "micro_auc": float(roc_area(everything)),
        "macro_auc": float(mean_of_defined(auroc_K)),
        "macro_average_precision": float(mean_of_defined(precision_K)),
    }
    return Measures(
        {name: overall[name] for name in MEANINGS},
        {**once.by_class, "auroc": auroc_K, "average_precision": precision_K},
    )


def label_intervals(outcome: LabelOutcome, values: Measures, *, draws: int, seed: int) -> Measures:
    """95 % bootstrap intervals of the same metrics; NaN where undefined, and of average precisions."""
    groups = drawn_groups(len(outcome.holds_NK), seed=seed)
    sums_GM, measure = label_sums(outcome, values, groups)
    return group_intervals(sums_GM, measure, values, draws=draws, seed=seed)


def label_sums(
    outcome: LabelOutcome, values: Measures, groups: DrawnGroups
) -> tuple[Sums, Measure]:
    """Sums of each group, and the metrics that follow from totals of them; areas by influence."""
    columns = 3 * outcome.labels + 3
    decide = _decisions(outcome.labels)
    auroc_K, micro = values.by_class["auroc"], values.overall["micro_auc"]

    def measure(sums_BM: Sums) -> Measures:
        decided = decide(sums_BM[:, :columns])
        moved_BM = sums_BM[:, columns:] / sums_BM[:, columns - 1, None]
        auroc_BK = np.clip(auroc_K + moved_BM[:, 1:], 0.0, 1.0)
        areas = {
            "micro_auc": np.clip(micro + moved_BM[:, 0], 0.0, 1.0),
            "macro_auc": mean_of_defined(auroc_BK),
        }
        return Measures(decided.overall | areas, {**decided.by_class, "auroc": auroc_BK})

    return np.hstack([_decision_sums(outcome, groups), _area_sums(outcome, groups)]), measure


def _decision_sums(outcome: LabelOutcome, groups: DrawnGroups) -> Sums:
    """Of each group: hits, support and predictions by label, rows all right, log-loss, and rows."""
    predicted_NK = outcome.scores_NK >= outcome.threshold
    holds_NK = outcome.holds_NK

    def by_label(is_it_NK: NDArray[np.bool_]) -> Sums:
        return np.stack([groups.sums(column_N) for column_N in is_it_NK.T], axis=1)

    exact_N = (predicted_NK == holds_NK).all(axis=1)
    singles = (exact_N, _log_losses(outcome), np.ones(len(exact_N)))
    return np.hstack(
        [
            by_label(predicted_NK & holds_NK),
            by_label(holds_NK),
            by_label(predicted_NK),
            np.stack([groups.sums(column_N) for column_N in singles], axis=1),
        ]
    )


def _log_losses(outcome: LabelOutcome) -> NDArray[np.float64]:
    """Mean over the labels of each row."""
    loss_N = np.zeros(len(outcome.holds_NK))
    for scores_N, holds_N in zip(outcome.scores_NK.T, outcome.holds_NK.T, strict=True):
        loss_N += log_losses(scores_N, holds_N)
    return loss_N / max(outcome.labels, 1)


def _decisions(labels: int) -> Measure:
    """What follows from the sums of :func:`_decision_sums`."""

    def measure(sums_BM: Sums) -> Measures:
        hits, support, predicted = (
            sums_BM[:, start : start + labels] for start in range(0, 3 * labels, labels)
        )
        exact_B, loss_B, rows_B = sums_BM[:, 3 * labels :].T
        counts = Counts(hits=hits, support=support, predicted=predicted)
        together = Counts(*(side.sum(axis=1) for side in counts))
        f1 = metrics.f1(counts)
        with np.errstate(invalid="ignore", divide="ignore"):
            wrong_B = together.support + together.predicted - 2.0 * together.hits
            overall = {
                "subset_accuracy": exact_B / rows_B,
                "hamming_loss": wrong_B / (rows_B * labels),
                "micro_f1": metrics.f1(together),
                "macro_f1": metrics.averaged(f1, counts, how="macro"),
                "log_loss": loss_B / rows_B,
            }
        by_class = {
            "precision": metrics.precision(counts),
            "recall": metrics.recall(counts),
            "f1": f1,
        }
        return Measures(overall, by_class)

    return measure


def _area_sums(outcome: LabelOutcome, groups: DrawnGroups) -> Sums:
    """How much each group moves the area of all labels together, and of each label, (G, 1 + K)."""
    together = roc_area_influences(outcome.scores_NK.ravel(), outcome.holds_NK.ravel())
    rows_N = together.reshape(outcome.scores_NK.shape).mean(axis=1)
    columns = [groups.sums(rows_N)]
    for scores_N, holds_N in zip(outcome.scores_NK.T, outcome.holds_NK.T, strict=True):
        columns.append(groups.sums(roc_area_influences(scores_N, holds_N)))
    return np.stack(columns, axis=1)
