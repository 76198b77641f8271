"""What an evaluation says about a target with several classes, or with several labels at once.

Shape legend: N rows, K classes or labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.calibration import equal_width_bins, reliability
from netloom.tasks.image_classification.tables import (
    classes_section,
    confusion_section,
    frequent_confusions_section,
    ordered_confusions,
)
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import ChartSection, Line, Section, TableSection
from netloom.tasks.tabular.measures import TargetRows
from netloom.tasks.tabular.measures_binary import CALIBRATION_BINS
from netloom.tasks.tabular.measures_classes import ClassOutcome, class_outcome, confusions
from netloom.tasks.tabular.written_metrics import all_metrics, counted, metric_figures
from netloom.tasks.wording import listed, percent, percent_range, share_cell

_CLASS_FIGURES = (
    "accuracy",
    "macro_accuracy",
    "macro_f1",
    "macro_auc",
    "log_loss",
    "calibration_error",
)
_LABEL_FIGURES = (
    "macro_auc",
    "micro_auc",
    "micro_f1",
    "macro_f1",
    "subset_accuracy",
    "hamming_loss",
)
_FEW = 10
_MOST_ROWS = 300


def classes_report(rows: TargetRows, values: Measures, ranges: Measures) -> Evaluation:
    """Metrics, figures and sections of a target of one class among several."""
    names = rows.target.classes or ()
    outcome = class_outcome(rows.scores, rows.labels)
    confusion_KK = confusions(outcome)
    support_K = confusion_KK.sum(axis=1)
    sections: list[Section] = [
        classes_section(names, values, ranges, confusion_KK),
        confusion_section(names, confusion_KK),
        *frequent_confusions_section(names, confusion_KK),
        _reliability_section(outcome),
        all_metrics(rows.target, values, ranges),
    ]
    return Evaluation(
        metrics={
            "classes": _by_class(names, support_K, values, ranges),
            "confusion": confusion_KK.tolist(),
        },
        figures=metric_figures(rows.target, _CLASS_FIGURES, values, ranges),
        sections=tuple(sections),
        summary=_class_summary(names, values, ranges, confusion_KK),
        remarks=tuple(_remarks(names, support_K, len(rows), "class")),
    )


def labels_report(
    rows: TargetRows, values: Measures, ranges: Measures, *, threshold: float
) -> Evaluation:
    """Metrics, figures and sections of a target of several labels at once."""
    names = rows.target.classes or ()
    holds_NK = rows.labels > 0.5
    support_K = holds_NK.sum(axis=0)
    predicted_K = (rows.scores >= threshold).sum(axis=0)
    overall = values.overall
    interval = percent_range(ranges.overall["subset_accuracy"])
    summary = (
        f"{percent(overall['subset_accuracy'])} of {counted(len(rows))} rows get exactly the right labels"
        + (f" (95 % interval {interval})" if interval else "")
        + f" at the threshold {threshold:g}; F1 over all labels is {percent(overall['micro_f1'])}."
    )
    return Evaluation(
        metrics={"labels": _by_class(names, support_K, values, ranges)},
        figures=metric_figures(rows.target, _LABEL_FIGURES, values, ranges),
        sections=(
            _labels_section(names, support_K, predicted_K, values, ranges),
            all_metrics(rows.target, values, ranges),
        ),
        summary=summary if len(rows) else "",
        remarks=tuple(_remarks(names, support_K, len(rows), "label")),
    )


def _by_class(
    names: Sequence[str], support_K: NDArray[Any], values: Measures, ranges: Measures
) -> dict[str, Any]:
    return {
        name: {
            "support": int(support_K[index]),
            **{metric: _number(row_K[index]) for metric, row_K in values.by_class.items()},
            "intervals": {
                metric: _pair(*ends_2K[:, index]) for metric, ends_2K in ranges.by_class.items()
            },
        }
        for index, name in enumerate(names)
    }


def _class_summary(
    names: Sequence[str], values: Measures, ranges: Measures, confusion_KK: NDArray[np.int64]
) -> str:
    rows = int(confusion_KK.sum())
    if not rows:
        return ""
    interval = percent_range(ranges.overall["accuracy"])
    largest = float(confusion_KK.sum(axis=1).max() / rows)
    sentences = [
        f"{percent(values.overall['accuracy'])} of {counted(rows)} rows are right"
        + (f" (95 % interval {interval})" if interval else "")
        + f"; always saying the most frequent class would be right for {percent(largest)}."
    ]
    pairs = ordered_confusions(confusion_KK)
    if pairs:
        truth, predicted, count = pairs[0]
        sentences.append(
            f"Most frequent confusion: {names[truth]} taken for {names[predicted]}, {counted(count)} times."
        )
    return " ".join(sentences)


def _reliability_section(outcome: ClassOutcome) -> ChartSection:
    confidence_N = outcome.scores_NK.max(axis=1, initial=0.0).astype(np.float64)
    right_N = outcome.predicted_N == outcome.true_N
    bins = reliability(confidence_N, right_N, equal_width_bins(confidence_N, bins=CALIBRATION_BINS))
    line = Line(
        name="share that was right",
        points=tuple((each.confidence, each.accuracy) for each in bins),
        weights=tuple(each.num_samples / len(right_N) for each in bins),
    )
    return ChartSection(
        title="Reliability",
        lines=(line,),
        x_axis="score of the prediction",
        y_axis="share that was right",
        text="On the diagonal a score means what it says; below it the model is too sure.",
        has_diagonal=True,
    )


def _labels_section(
    names: Sequence[str],
    support_K: NDArray[Any],
    predicted_K: NDArray[Any],
    values: Measures,
    ranges: Measures,
) -> TableSection:
    """One row per label; the weakest come first."""
    auroc_K = values.by_class["auroc"]
    order = np.argsort(np.where(np.isnan(auroc_K), np.inf, auroc_K), kind="stable").tolist()
    rows = []
    for index in order[:_MOST_ROWS]:
        cells = {
            metric: share_cell(
                float(row_K[index]),
                Interval(*ranges.by_class[metric][:, index]),
                draw=metric == "auroc",
            )
            for metric, row_K in values.by_class.items()
        }
        rows.append(
            (
                names[index],
                counted(int(support_K[index])),
                counted(int(predicted_K[index])),
                *(
                    cells[key]
                    for key in ("precision", "recall", "f1", "auroc", "average_precision")
                ),
            )
        )
    return TableSection(
        title="Labels",
        columns=("Label", "Rows", "Predicted", "Precision", "Recall", "F1", "AUC", "AP"),
        rows=tuple(rows),
        text="In percent, with 95 % intervals; the weakest come first.",
    )


def _remarks(names: Sequence[str], support_K: NDArray[Any], rows: int, kind: str) -> Iterator[str]:
    absent = [names[index] for index in np.flatnonzero(support_K == 0).tolist()]
    few = [names[i] for i in np.flatnonzero((support_K > 0) & (support_K < _FEW)).tolist()]
    plural = "classes" if kind == "class" else "labels"
    if kind == "class" and rows and len(absent) == len(names) - 1:
        yield (
            f"All rows are of one class, {names[int(np.argmax(support_K))]}: areas under curves are "
            "undefined, and means over classes stand for one."
        )
    elif absent:
        subject = f"One {kind} does" if len(absent) == 1 else f"{len(absent)} {plural} do"
        yield f"{subject} not occur here, so nothing is known about: {listed(absent)}."
    if few:
        subject = f"One {kind} has" if len(few) == 1 else f"{len(few)} {plural} have"
        yield f"{subject} fewer than {_FEW} rows, so their numbers say little: {listed(few)}."


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _pair(low: float, high: float) -> list[float] | None:
    return None if math.isnan(low) else [float(low), float(high)]
