"""What an evaluation of a classifier says: metrics for programs, figures and sections for people.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.image_classification.charts import curve_sections, score_sections
from netloom.tasks.image_classification.gallery import galleries
from netloom.tasks.image_classification.measures import TOP, Outcome, intervals, measured
from netloom.tasks.image_classification.metrics import confusion_matrix
from netloom.tasks.image_classification.tables import (
    all_metrics_section,
    classes_section,
    confusion_section,
    frequent_confusions_section,
    ordered_confusions,
)
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import Figure, Section, Span
from netloom.tasks.wording import listed, number_range, percent, percent_range

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_FEW = 10


def classification_evaluation(
    scores_NK: NDArray[np.float32],
    samples: Samples,
    labels: Sequence[str],
    *,
    bootstrap: int,
    seed: int,
) -> Evaluation:
    """Everything about a classifier's scores on labelled samples.

    Args:
        scores_NK: Probabilities in the order of ``labels``, one row per sample.
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
        seed: Start of the bootstrap's random stream.
    """
    outcome = Outcome.of(scores_NK, samples.labels_N.astype(np.int64))
    values = measured(outcome)
    ranges = intervals(outcome, values, draws=bootstrap, seed=seed)
    confusion_KK = confusion_matrix(outcome.predicted_N, outcome.true_N, num_classes=len(labels))
    support_K = confusion_KK.sum(axis=1)
    sections: list[Section] = [
        classes_section(labels, values, ranges, confusion_KK),
        confusion_section(labels, confusion_KK),
        *frequent_confusions_section(labels, confusion_KK),
        *score_sections(outcome),
        *curve_sections(outcome, labels, values),
        *galleries(outcome, samples, labels),
        all_metrics_section(values, ranges),
    ]
    return Evaluation(
        metrics=_document(labels, values, ranges, confusion_KK),
        figures=_figures(values, ranges, outcome),
        sections=tuple(sections),
        summary=_summary(labels, values, ranges, confusion_KK),
        remarks=tuple(_remarks(labels, support_K, outcome)),
    )


def _document(
    labels: Sequence[str],
    values: Measures,
    ranges: Measures,
    confusion_KK: NDArray[np.int64],
) -> dict[str, Any]:
    return {
        **{name: _number(value) for name, value in values.overall.items()},
        "samples": int(confusion_KK.sum()),
        "intervals": {name: _pair(*interval) for name, interval in ranges.overall.items()},
        "classes": {
            label: {
                "support": int(confusion_KK[index].sum()),
                **{name: _number(row_K[index]) for name, row_K in values.by_class.items()},
                "intervals": {
                    name: _pair(*ends_2K[:, index]) for name, ends_2K in ranges.by_class.items()
                },
            }
            for index, label in enumerate(labels)
        },
        "confusion": confusion_KK.tolist(),
    }


def _figures(values: Measures, ranges: Measures, outcome: Outcome) -> tuple[Figure, ...]:
    wrong = int(np.sum(~outcome.right_N))
    shares = {
        "accuracy": "Accuracy",
        f"top_{TOP}_accuracy": f"Top-{TOP} accuracy",
        "balanced_accuracy": "Balanced accuracy",
        "macro_f1": "Macro F1",
        "macro_auroc": "Macro AUROC",
        "calibration_error": "Calibration error",
    }
    figures = [
        Figure(
            name=title,
            value=percent(values.overall[name]),
            detail=percent_range(ranges.overall[name]),
            span=_span(values.overall[name], ranges.overall[name]),
        )
        for name, title in shares.items()
        if name in values.overall
    ]
    loss = Figure(
        name="Cross-entropy",
        value=f"{values.overall['cross_entropy']:.3f}",
        detail=number_range(ranges.overall["cross_entropy"]),
    )
    mistakes = Figure(name="Mistakes", value=f"{wrong}", detail=f"of {len(outcome)} samples")
    return (*figures, loss, mistakes)


def _summary(
    labels: Sequence[str], values: Measures, ranges: Measures, confusion_KK: NDArray[np.int64]
) -> str:
    total = int(confusion_KK.sum())
    interval = percent_range(ranges.overall["accuracy"])
    sentences = [
        f"{percent(values.overall['accuracy'])} of {total} samples are right"
        + (f" (95 % interval {interval})." if interval else ".")
    ]
    pairs = ordered_confusions(confusion_KK)
    weakest = _weakest(values.by_class["f1"], confusion_KK.sum(axis=1))
    if pairs and weakest is not None:
        truth, predicted, count = pairs[0]
        times = "once" if count == 1 else f"{count} times"
        sentences += [
            f"Weakest class: {labels[weakest]} (F1 {percent(values.by_class['f1'][weakest])}).",
            f"Most frequent confusion: {labels[truth]} taken for {labels[predicted]}, {times}.",
        ]
    return " ".join(sentences)


def _weakest(f1_K: NDArray[np.floating[Any]], support_K: NDArray[np.int64]) -> int | None:
    """The class of lowest F1; one with few samples only if all have few."""
    for fewest in (_FEW, 1):
        candidates = np.flatnonzero((support_K >= fewest) & ~np.isnan(f1_K))
        if len(candidates):
            return int(candidates[f1_K[candidates].argmin()])
    return None


def _remarks(labels: Sequence[str], support_K: NDArray[np.int64], outcome: Outcome) -> list[str]:
    found = []
    absent = [labels[index] for index in np.flatnonzero(support_K == 0).tolist()]
    few = [labels[index] for index in np.flatnonzero((support_K > 0) & (support_K < _FEW)).tolist()]
    if len(absent) == len(labels) - 1:
        present = labels[int(np.argmax(support_K))]
        found.append(
            f"All samples are of one class, {present}: the recall of that class is all that is "
            "measured. Areas under curves are undefined, and averages over classes stand for one."
        )
    elif absent:
        subject = "One class does" if len(absent) == 1 else f"{len(absent)} classes do"
        found.append(f"{subject} not occur here, so nothing is known about: {listed(absent)}.")
    if few:
        subject = "One class has" if len(few) == 1 else f"{len(few)} classes have"
        found.append(
            f"{subject} fewer than {_FEW} samples, so their numbers say little: {listed(few)}."
        )
    if outcome.right_N.all():
        # Exact (Clopper-Pearson) upper end for zero mistakes; about 3/N, the rule of three.
        highest = 1.0 - 0.025 ** (1.0 / len(outcome))
        found.append(
            f"Not one mistake in {len(outcome)} samples: resampling cannot show how sure that is. "
            f"An error rate of up to {percent(highest)} would be compatible with it (exact 95 % interval)."
        )
    return found


def _span(value: float, interval: Interval) -> Span | None:
    if math.isnan(value) or math.isnan(interval.low):
        return None
    return Span(value=value, low=interval.low, high=interval.high)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _pair(low: float, high: float) -> list[float] | None:
    return None if math.isnan(low) else [float(low), float(high)]
