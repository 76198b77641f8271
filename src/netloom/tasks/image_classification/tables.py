"""The tables of a classifier's report: classes, confusions, and every metric with its meaning.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.image_classification.measures import CALIBRATION_BINS, TOP
from netloom.tasks.measures import Measures
from netloom.tasks.sections import FEW_CLASSES, Cell, HeatMapSection, TableSection
from netloom.tasks.wording import UNKNOWN, number_range, percent, percent_range, share_cell

_IN_LABEL_ORDER = 20
_MOST_ROWS = 300
_MOST_IN_HEAT_MAP = 30
_FREQUENT_SHOWN = 20
PLAIN_NUMBERS = frozenset({"matthews", "cohen_kappa", "cross_entropy", "brier"})
"""Metrics that are no shares, and are not written in percent."""

MEANINGS: dict[str, tuple[str, str]] = {
    "accuracy": (
        "Accuracy",
        "share of samples that are right; also micro precision, recall and F1",
    ),
    f"top_{TOP}_accuracy": (f"Top-{TOP} accuracy", f"truth among the {TOP} highest scores"),
    "balanced_accuracy": ("Balanced accuracy", "mean recall of the classes (macro recall)"),
    "macro_precision": ("Macro precision", "mean over the classes that were predicted"),
    "macro_f1": ("Macro F1", "mean over the classes that occur or were predicted"),
    "weighted_precision": ("Weighted precision", "mean over classes, weighted by samples"),
    "weighted_f1": ("Weighted F1", "mean over classes, weighted by samples"),
    "macro_auroc": ("Macro AUROC", "chance that a sample of a class scores above one of the rest"),
    "macro_average_precision": ("Macro AP", "area under the precision-recall curves"),
    "matthews": ("Matthews correlation", "truth against prediction, −1…1, 0 is chance"),
    "cohen_kappa": ("Cohen's kappa", "agreement beyond chance, −1…1"),
    "cross_entropy": ("Cross-entropy", "mean −log of the true class's score, lower is better"),
    "brier": ("Brier score", "squared distance of scores from truth, 0…2, lower is better"),
    "calibration_error": (
        "Calibration error",
        f"gap between score and hit rate in {CALIBRATION_BINS} ranges of one width",
    ),
    "adaptive_calibration_error": (
        "Adaptive calibration error",
        f"the same in {CALIBRATION_BINS} ranges of equally many samples",
    ),
}
"""Name and meaning of every metric, in the order in which they are shown."""


def classes_section(
    labels: Sequence[str],
    values: Measures,
    ranges: Measures,
    confusion_KK: NDArray[np.int64],
) -> TableSection:
    """One row per class; of many classes the weakest come first."""
    order = list(range(len(labels)))
    text = "In percent, with 95 % intervals."
    if len(labels) > _IN_LABEL_ORDER:
        f1_K = values.by_class["f1"]
        order = np.argsort(np.where(np.isnan(f1_K), np.inf, f1_K), kind="stable").tolist()
        text = f"In percent, with 95 % intervals; the weakest of {len(labels)} classes come first."
    if len(order) > _MOST_ROWS:
        order = order[:_MOST_ROWS]
        text += f" {_MOST_ROWS} are shown; the metrics hold all of them."
    misses_KK = confusion_KK - np.diag(np.diag(confusion_KK))
    rows = []
    for index in order:
        cells = {
            name: share_cell(
                float(row_K[index]), Interval(*ranges.by_class[name][:, index]), draw=name == "f1"
            )
            for name, row_K in values.by_class.items()
        }
        rows.append(
            (
                labels[index],
                f"{confusion_KK[index].sum()}",
                cells["precision"],
                cells["recall"],
                cells["f1"],
                cells["auroc"],
                share_cell(float(values.by_class["average_precision"][index])),
                _mostly_taken_for(labels, misses_KK[index]),
            )
        )
    columns = ("Class", "Samples", "Precision", "Recall", "F1", "AUROC", "AP", "Mostly taken for")
    return TableSection(
        title="Classes", columns=columns, rows=tuple(rows), text=text, names=(0, len(columns) - 1)
    )


def ordered_confusions(confusion_KK: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(true class, predicted class, count) of all mistakes, most frequent first.

    Example:
        >>> ordered_confusions(np.array([[5, 1], [3, 4]]))
        [(1, 0, 3), (0, 1, 1)]
    """
    misses_KK = confusion_KK - np.diag(np.diag(confusion_KK))
    truth, predicted = np.nonzero(misses_KK)
    counts = misses_KK[truth, predicted]
    order = np.argsort(-counts, kind="stable")
    columns = (truth[order].tolist(), predicted[order].tolist(), counts[order].tolist())
    return list(zip(*columns, strict=True))


def confusion_section(labels: Sequence[str], confusion_KK: NDArray[np.int64]) -> HeatMapSection:
    """The matrix; of many classes, those that take part in most mistakes."""
    text = "A row is a true class, shaded by share; the diagonal is what was right."
    shown = np.arange(len(labels))
    if len(labels) > _MOST_IN_HEAT_MAP:
        right_K = np.diag(confusion_KK)
        mistakes_K = confusion_KK.sum(axis=0) + confusion_KK.sum(axis=1) - 2 * right_K
        shown = np.sort(np.argsort(-mistakes_K, kind="stable")[:_MOST_IN_HEAT_MAP])
        text += f" Of {len(labels)} classes, the {len(shown)} with most mistakes are shown."
    return HeatMapSection(
        title="Confusions",
        labels=tuple(labels[index] for index in shown.tolist()),
        counts=tuple(tuple(row) for row in confusion_KK[np.ix_(shown, shown)].tolist()),
        totals=tuple(confusion_KK[shown].sum(axis=1).tolist()),
        row_axis="true class",
        column_axis="predicted class",
        text=text,
    )


def frequent_confusions_section(
    labels: Sequence[str], confusion_KK: NDArray[np.int64]
) -> tuple[TableSection, ...]:
    """The pairs of classes that are confused most; nothing if there is no mistake."""
    pairs = ordered_confusions(confusion_KK)
    if not pairs:
        return ()
    is_narrow = len(labels) <= FEW_CLASSES
    support_K = confusion_KK.sum(axis=1)
    rows = tuple(
        (
            labels[truth],
            labels[predicted],
            f"{count}",
            percent(count / support_K[truth]),
            f"{confusion_KK[predicted, truth]}",
        )
        for truth, predicted, count in pairs[: _FREQUENT_SHOWN // (2 if is_narrow else 1)]
    )
    return (
        TableSection(
            title="Most frequent confusions",
            columns=("True class", "Taken for", "Samples", "Of the class", "The other way"),
            rows=rows,
            names=(0, 1),
            is_narrow=is_narrow,
            text=f"Pairs of classes that were confused at least once: {len(pairs)}.",
        ),
    )


def all_metrics_section(values: Measures, ranges: Measures) -> TableSection:
    """Every metric with its interval and its meaning."""
    rows = []
    for name, (title, meaning) in MEANINGS.items():
        if name not in values.overall:
            continue
        value, interval = values.overall[name], ranges.overall[name]
        if name in PLAIN_NUMBERS:
            text = UNKNOWN if math.isnan(value) else f"{value:.3f}"
            rows.append((title, meaning, text, number_range(interval)))
        else:
            rows.append((title, meaning, percent(value), percent_range(interval)))
    return TableSection(
        title="All metrics",
        columns=("Metric", "Meaning", "Value", "95 % interval"),
        rows=tuple(rows),
        names=(0, 1),
        text="Intervals by bootstrap over the samples: another test set of this size from the same source "
        "would move a number about that far.",
    )


def _mostly_taken_for(labels: Sequence[str], misses_K: NDArray[np.int64]) -> Cell | str:
    most = int(misses_K.argmax())
    if not misses_K[most]:
        return ""
    return Cell(text=labels[most], detail=f"{misses_K[most]} of {misses_K.sum()}")
