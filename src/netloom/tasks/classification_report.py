"""What an evaluation of a classifier says: metrics for programs, figures and sections for people.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.classification_metrics import (
    ClassRow,
    Interval,
    ReliabilityBin,
    accuracy,
    bootstrap_accuracy,
    calibration_error,
    class_rows,
    confusion_matrix,
    macro_f1,
    reliability,
    top_k_accuracy,
)
from netloom.tasks.drawing import picture_png
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import (
    CurveSection,
    Figure,
    GallerySection,
    HeatMapSection,
    Picture,
    Section,
    TableSection,
)

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_WORST_SHOWN = 24
_MOST_CONFUSIONS_SHOWN = 40


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
        bootstrap: Resampled data sets for the accuracy's 95 % interval; 0 leaves it out.
        seed: Start of the bootstrap's random stream.
    """
    true_N = samples.labels_N.astype(np.int64)
    predicted_N = scores_NK.argmax(axis=1).astype(np.int64)
    confusion_KK = confusion_matrix(predicted_N, true_N, num_classes=len(labels))
    rows = class_rows(confusion_KK)
    bins = reliability(scores_NK, true_N)
    interval = bootstrap_accuracy(predicted_N, true_N, draws=bootstrap, seed=seed)
    top = min(5, len(labels))
    metrics: dict[str, Any] = {
        "accuracy": accuracy(predicted_N, true_N),
        "accuracy_low": _number(interval.low),
        "accuracy_high": _number(interval.high),
        f"top_{top}_accuracy": top_k_accuracy(scores_NK, true_N, k=top),
        "macro_f1": _number(macro_f1(rows)),
        "cross_entropy": _cross_entropy(scores_NK, true_N),
        "calibration_error": calibration_error(bins),
        "samples": len(true_N),
        "classes": {
            label: {
                "precision": _number(row.precision),
                "recall": _number(row.recall),
                "f1": _number(row.f1),
                "support": row.support,
            }
            for label, row in zip(labels, rows, strict=True)
        },
        "confusion": confusion_KK.tolist(),
    }
    sections: tuple[Section, ...] = (
        _classes_section(labels, rows),
        _confusion_section(labels, confusion_KK),
        _reliability_section(bins, len(true_N)),
        *_mistakes_section(scores_NK, predicted_N, true_N, samples, labels),
    )
    return Evaluation(
        metrics=metrics, figures=_figures(metrics, interval, top, bootstrap), sections=sections
    )


def _figures(
    metrics: dict[str, Any], interval: Interval, top: int, draws: int
) -> tuple[Figure, ...]:
    wrong = round((1.0 - metrics["accuracy"]) * metrics["samples"])
    detail = (
        f"95 % interval {_percent(interval.low)} – {_percent(interval.high)} ({draws} draws)"
        if draws
        else ""
    )
    figures = [
        Figure(name="Accuracy", value=_percent(metrics["accuracy"]), detail=detail),
        Figure(name="Mistakes", value=str(wrong), detail=f"of {metrics['samples']} samples"),
        Figure(
            name="Macro F1",
            value=_percent(_or_nan(metrics["macro_f1"])),
            detail="mean over classes",
        ),
        Figure(
            name="Calibration error",
            value=_percent(metrics["calibration_error"]),
            detail="mean gap between score and hit rate",
        ),
    ]
    if len(metrics["classes"]) > top:
        name = f"top_{top}_accuracy"
        figures.insert(
            1,
            Figure(
                name=f"Top-{top} accuracy",
                value=_percent(metrics[name]),
                detail=f"truth among the {top} best",
            ),
        )
    return tuple(figures)


def _classes_section(labels: Sequence[str], rows: list[ClassRow]) -> TableSection:
    return TableSection(
        title="Classes",
        columns=("Class", "Precision", "Recall", "F1", "Samples"),
        rows=tuple(
            (
                label,
                _percent(row.precision),
                _percent(row.recall),
                _percent(row.f1),
                f"{row.support}",
            )
            for label, row in zip(labels, rows, strict=True)
        ),
        text="Precision: of the samples predicted as this class, how many are. "
        "Recall: of the samples of this class, how many were found.",
    )


def _confusion_section(labels: Sequence[str], counts_KK: NDArray[np.int64]) -> HeatMapSection:
    text = "Each row is one true class; the diagonal is what was right."
    shown = np.arange(len(labels))
    if len(labels) > _MOST_CONFUSIONS_SHOWN:
        mistakes_K = counts_KK.sum(axis=0) + counts_KK.sum(axis=1) - 2 * np.diag(counts_KK)
        shown = np.sort(np.argsort(-mistakes_K, kind="stable")[:_MOST_CONFUSIONS_SHOWN])
        text += f" Of {len(labels)} classes, the {len(shown)} with most mistakes are shown."
    return HeatMapSection(
        title="Confusions",
        labels=tuple(labels[index] for index in shown.tolist()),
        counts=tuple(tuple(row) for row in counts_KK[np.ix_(shown, shown)].tolist()),
        row_axis="true class",
        column_axis="predicted class",
        text=text,
    )


def _reliability_section(bins: list[ReliabilityBin], total: int) -> CurveSection:
    return CurveSection(
        title="Reliability",
        points=tuple((row.confidence, row.accuracy, row.num_samples / total) for row in bins),
        x_axis="score of the prediction",
        y_axis="share that was right",
        text="On the diagonal a score means what it says; below it the model is too sure of itself.",
    )


def _mistakes_section(
    scores_NK: NDArray[np.float32],
    predicted_N: NDArray[np.int64],
    true_N: NDArray[np.int64],
    samples: Samples,
    labels: Sequence[str],
) -> tuple[GallerySection, ...]:
    wrong = np.flatnonzero(predicted_N != true_N)
    if not len(wrong):
        return ()
    surest = wrong[np.argsort(-scores_NK[wrong].max(axis=1), kind="stable")][:_WORST_SHOWN]
    pictures = tuple(
        Picture(
            png=picture_png(samples.read(int(index))),
            caption=f"{labels[true_N[index]]} taken for {labels[predicted_N[index]]}",
            detail=f"{scores_NK[index].max():.0%} · {samples.ids[int(index)]}",
        )
        for index in surest
    )
    text = f"{len(wrong)} in all; the ones the model was surest of come first."
    return (GallerySection(title="Worst mistakes", pictures=pictures, text=text),)


def _cross_entropy(scores_NK: NDArray[np.float32], true_N: NDArray[np.int64]) -> float:
    of_truth_N = scores_NK[np.arange(len(true_N)), true_N].astype(np.float64)
    return float(-np.log(np.maximum(of_truth_N, np.finfo(np.float32).tiny)).mean())


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1%}".replace("%", " %")
