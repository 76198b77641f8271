"""The metrics of any target: which ones there are, what they mean, and their values for some rows.

Shape legend: N rows, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.models.tabular.spec import Target
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Headline
from netloom.tasks.sample_sums import Measure, Sums
from netloom.tasks.tabular import (
    measures_binary,
    measures_classes,
    measures_labels,
    measures_number,
)
from netloom.tasks.tabular.drawn_groups import DrawnGroups
from netloom.tasks.tabular.levels import Levels, levels_of
from netloom.tasks.tabular.measures_classes import class_outcome
from netloom.tasks.tabular.measures_labels import LabelOutcome
from netloom.tasks.tabular.objective import Objective
from netloom.tasks.tabular.targets import MISSING

_MEANINGS: dict[str, Mapping[str, tuple[str, str]]] = {
    "binary": measures_binary.MEANINGS,
    "classes": measures_classes.MEANINGS,
    "labels": measures_labels.MEANINGS,
    "number": measures_number.MEANINGS,
}
_PERCENTAGES: dict[str, frozenset[str]] = {
    "binary": measures_binary.PERCENTAGES,
    "classes": measures_classes.PERCENTAGES,
    "labels": measures_labels.PERCENTAGES,
    "number": measures_number.PERCENTAGES,
}
_LOWER_IS_BETTER = frozenset(
    {
        "log_loss",
        "brier",
        "calibration_error",
        "rmse",
        "mae",
        "median_error",
        "mape",
        "hamming_loss",
    }
)


@dataclass(frozen=True, kw_only=True)
class TargetRows:
    """What a model said about a target, for the rows of which the truth is known.

    Attributes:
        scores: As :func:`netloom.tasks.tabular.objective.scores` gives them.
        labels: As :func:`netloom.tasks.tabular.targets.label_array` gives them; none is missing.
        known_A: Which of all rows these are, (A,).
    """

    target: Target
    scores: NDArray[Any]
    labels: NDArray[Any]
    known_A: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def levels(self) -> Levels:
        """The rows of a binary target by their score; sorting them is most of the work of measuring."""
        return levels_of(self.scores, self.labels > 0.5)

    def among(self, chosen_A: NDArray[np.bool_]) -> TargetRows:
        """Those of all rows that are also chosen."""
        kept_N = chosen_A[self.known_A]
        return TargetRows(
            target=self.target,
            scores=self.scores[kept_N],
            labels=self.labels[kept_N],
            known_A=self.known_A & chosen_A,
        )


def target_rows(target: Target, scores: NDArray[Any], labels: NDArray[Any]) -> TargetRows:
    """Leave out the rows without a label.

    Example:
        >>> target = Target(column="y", type="number")
        >>> target_rows(target, np.array([1.0, 2.0]), np.array([np.nan, 3.0])).scores.tolist()
        [2.0]
    """
    if target.type == "classes":
        known_A = labels != MISSING
    else:
        known_A = ~np.isnan(labels[:, 0] if labels.ndim > 1 else labels)
    return TargetRows(
        target=target, scores=scores[known_A], labels=labels[known_A], known_A=known_A
    )


def meanings(target: Target) -> Mapping[str, tuple[str, str]]:
    """Name and meaning of every metric of a target, in the order in which they are shown."""
    return _MEANINGS[target.type]


def is_percentage(target: Target, metric: str) -> bool:
    """Whether a metric of a target is written in percent."""
    return metric in _PERCENTAGES[target.type]


def headline(target: Target) -> Headline:
    """The metric by which models are compared, where a target is the only one."""
    return Objective((target,)).headline


def higher_is_better(metric: str) -> bool:
    """Which of two values is the better one."""
    return metric not in _LOWER_IS_BETTER


def measured(rows: TargetRows, *, threshold: float = 0.5) -> Measures:
    """Every metric of a target; of several classes also by class.

    Args:
        threshold: From which probability on the positive value of ``binary``, or one of ``labels``, is
            predicted.

    Example:
        >>> target = Target(column="y", type="number")
        >>> rows = target_rows(target, np.array([1.0, 2.0]), np.array([1.0, 4.0]))
        >>> measured(rows).overall["mae"]
        1.0
    """
    match rows.target.type:
        case "binary":
            found = measures_binary.binary_values(rows.levels, threshold=threshold)
            return Measures({name: float(value) for name, value in found.items()}, {})
        case "classes":
            return measures_classes.class_values(class_outcome(rows.scores, rows.labels))
        case "labels":
            outcome = LabelOutcome(rows.scores, rows.labels > 0.5, threshold)
            return measures_labels.label_values(outcome)
        case "number":
            return Measures(measures_number.number_values(rows.scores, rows.labels), {})


def intervals(
    rows: TargetRows, values: Measures, *, threshold: float = 0.5, draws: int, seed: int
) -> Measures:
    """95 % bootstrap intervals of :func:`measured`; NaN where they are undefined, or without draws."""
    drawing = {"draws": draws, "seed": seed}
    match rows.target.type:
        case "binary":
            found = measures_binary.binary_intervals(
                rows.levels, values.overall, threshold=threshold, **drawing
            )
            return Measures(found, {})
        case "classes":
            classes = class_outcome(rows.scores, rows.labels)
            return measures_classes.class_intervals(classes, values, **drawing)
        case "labels":
            outcome = LabelOutcome(rows.scores, rows.labels > 0.5, threshold)
            return measures_labels.label_intervals(outcome, values, **drawing)
        case "number":
            found = measures_number.number_intervals(
                rows.scores, rows.labels, values.overall, **drawing
            )
            return Measures(found, {})


def sums_and_measure(
    rows: TargetRows, values: Measures, groups: DrawnGroups, *, threshold: float = 0.5
) -> tuple[Sums, Measure]:
    """Sums of each group of rows, and the metrics that follow from totals of them: most of a target's."""
    match rows.target.type:
        case "binary":
            return measures_binary.binary_sums(
                rows.scores, rows.labels > 0.5, values.overall, groups, threshold=threshold
            )
        case "classes":
            outcome = class_outcome(rows.scores, rows.labels)
            return measures_classes.class_sums(outcome, values, groups)
        case "labels":
            labels = LabelOutcome(rows.scores, rows.labels > 0.5, threshold)
            return measures_labels.label_sums(labels, values, groups)
        case "number":
            return measures_number.number_sums(rows.scores, rows.labels, groups)
