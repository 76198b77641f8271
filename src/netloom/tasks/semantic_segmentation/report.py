"""What an evaluation of a segmenter says: metrics for programs, figures and sections for people.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.galleries import large_galleries
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation, Scored
from netloom.tasks.sample_sums import measured_once, sum_intervals
from netloom.tasks.sections import (
    Cell,
    Figure,
    GallerySection,
    HeatMapSection,
    Picture,
    Section,
    Span,
    TableSection,
)
from netloom.tasks.semantic_segmentation.drawing import segmented_thumbnail
from netloom.tasks.semantic_segmentation.measures import MEANINGS, segmentation_measure
from netloom.tasks.semantic_segmentation.outcome import Segmented, Shown, segmented
from netloom.tasks.wording import listed, percent, percent_range, share_cell

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_MOST_CONFUSIONS = 12
_LEAST_SHARE = 0.005
_NOT_SEEN = "(cut off)"


def segmentation_evaluation(
    scored: Iterable[Scored],
    samples: Samples,
    labels: Sequence[str],
    *,
    bootstrap: int,
    seed: int,
) -> Evaluation:
    """Everything about a segmenter's scores on annotated samples.

    Args:
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves them out.
    """
    outcome = segmented(scored, samples, len(labels))
    measure = segmentation_measure(len(labels))
    values = measured_once(outcome.sums_NM, measure)
    ranges = sum_intervals(outcome.sums_NM, measure, draws=bootstrap, seed=seed)
    sections: list[Section] = [
        _classes_section(labels, values, ranges),
        _confusion_section(labels, outcome.confusion_KL),
        *_confusions_section(labels, outcome.confusion_KL),
        *_galleries(outcome, samples, labels),
        _metrics_section(values, ranges),
    ]
    return Evaluation(
        metrics=_document(labels, values, ranges, outcome),
        figures=_figures(values, ranges, outcome),
        sections=tuple(sections),
        summary=_summary(labels, values, ranges, outcome),
        remarks=tuple(_remarks(labels, values, outcome)),
    )


def document_of(labels: Sequence[str], values: Measures, ranges: Measures) -> dict[str, Any]:
    """Metrics with their intervals as JSON; None where undefined."""
    return {
        **{name: _number(value) for name, value in values.overall.items()},
        "intervals": {name: _pair(*interval) for name, interval in ranges.overall.items()},
        "classes": {
            label: {
                **{name: _number(row_K[index]) for name, row_K in values.by_class.items()},
                "intervals": {
                    name: _pair(*ends_2K[:, index]) for name, ends_2K in ranges.by_class.items()
                },
            }
            for index, label in enumerate(labels)
        },
    }


def _document(
    labels: Sequence[str], values: Measures, ranges: Measures, outcome: Segmented
) -> dict[str, Any]:
    return {
        **document_of(labels, values, ranges),
        "samples": len(outcome.mean_iou_N),
        "pixels": int(outcome.confusion_KL.sum()),
        "confusion": outcome.confusion_KL[:, : len(labels)].tolist(),
    }


def _figures(values: Measures, ranges: Measures, outcome: Segmented) -> tuple[Figure, ...]:
    shares = tuple(
        Figure(
            name=MEANINGS[name][0],
            value=percent(values.overall[name]),
            detail=percent_range(ranges.overall[name]),
            span=_span(values.overall[name], ranges.overall[name]),
        )
        for name in ("mean_iou", "pixel_accuracy", "mean_dice", "boundary_f1")
    )
    pixels = int(outcome.confusion_KL.sum())
    counted = Figure(
        name="Pictures", value=f"{len(outcome.mean_iou_N)}", detail=f"{pixels:,} known pixels"
    )
    return (*shares, counted)


def _classes_section(labels: Sequence[str], values: Measures, ranges: Measures) -> TableSection:
    order = np.argsort(np.nan_to_num(values.by_class["iou"], nan=2.0), kind="stable").tolist()
    rows: list[tuple[Cell | str, ...]] = []
    for index in order:
        iou = share_cell(
            float(values.by_class["iou"][index]),
            Interval(*(float(end) for end in ranges.by_class["iou"][:, index])),
            draw=True,
        )
        others = (
            share_cell(float(values.by_class[name][index]))
            for name in ("dice", "precision", "recall", "boundary_f1", "share")
        )
        rows.append((labels[index], iou, *others))
    return TableSection(
        title="Classes, the weakest first",
        columns=(
            "Class",
            "IoU, %",
            "Dice",
            "Precision",
            "Recall",
            "Boundary F1",
            "Share of pixels",
        ),
        rows=tuple(rows),
        text="Measured on all known pixels together, at the resolution of the pictures. A dash stands for "
        "a class that neither occurs nor is predicted; such classes are left out of means.",
    )


def _confusion_section(labels: Sequence[str], confusion_KL: NDArray[np.int64]) -> HeatMapSection:
    shares_KL = _row_shares(confusion_KL)
    has_unseen = bool(confusion_KL[:, -1].any())
    columns = confusion_KL.shape[1] if has_unseen else confusion_KL.shape[0]
    names = (*labels, _NOT_SEEN) if has_unseen else tuple(labels)
    per_cent = np.rint(100 * shares_KL[:, :columns]).astype(np.int64)
    if has_unseen:  # a heat map is square
        per_cent = np.concatenate([per_cent, np.zeros((1, columns), np.int64)])
    return HeatMapSection(
        title="What is taken for what",
        labels=names,
        counts=tuple(tuple(row) for row in per_cent.tolist()),
        row_axis="true",
        column_axis="predicted",
        text="Of the pixels of each class (row), the percentage that is taken for each class (column).",
        totals=(100,) * len(per_cent),
    )


def _confusions_section(
    labels: Sequence[str], confusion_KL: NDArray[np.int64]
) -> tuple[TableSection, ...]:
    """The confusions that cost most pixels."""
    names = (*labels, _NOT_SEEN)
    wrong_KL = confusion_KL.copy()
    np.fill_diagonal(wrong_KL, 0)
    total = max(1, int(confusion_KL.sum()))
    shares_KL = _row_shares(confusion_KL)
    order = np.argsort(-wrong_KL, axis=None, kind="stable")[:_MOST_CONFUSIONS]
    rows = tuple(
        (
            labels[true],
            names[predicted],
            percent(wrong_KL[true, predicted] / total, digits=2),
            percent(float(shares_KL[true, predicted])),
        )
        for true, predicted in zip(*np.unravel_index(order, wrong_KL.shape), strict=True)
        if wrong_KL[true, predicted]
    )
    if not rows:
        return ()
    return (
        TableSection(
            title="Largest confusions",
            columns=("True", "Predicted", "Of all pixels", "Of the true class"),
            rows=rows,
            names=(0, 1),
            is_narrow=True,
        ),
    )


def _galleries(
    outcome: Segmented, samples: Samples, labels: Sequence[str]
) -> tuple[GallerySection, ...]:
    chosen = (
        (
            "Worst pictures",
            outcome.worst,
            "Lowest mean IoU of the classes there or predicted. Wrong pixels are red, true borders white.",
        ),
        ("Best pictures", outcome.best, "The highest."),
    )
    return large_galleries(chosen, lambda shown: _picture(shown, samples, labels))


def _picture(shown: Shown, samples: Samples, labels: Sequence[str]) -> Picture:
    true_HW = samples.mask(shown.position)
    assert true_HW is not None  # the samples are annotated
    image = samples.read(shown.position)
    small = segmented_thumbnail(image, shown.predicted_HW, true_HW, labels)
    return Picture(
        content=small.content,
        media_type=small.media_type,
        caption=f"mean IoU {percent(shown.mean_iou)}",
        source=samples.ids[shown.position],
    )


def _metrics_section(values: Measures, ranges: Measures) -> TableSection:
    return TableSection(
        title="All metrics",
        columns=("Metric", "%", "Meaning"),
        rows=tuple(
            (title, share_cell(values.overall[name], ranges.overall[name], draw=True), meaning)
            for name, (title, meaning) in MEANINGS.items()
        ),
        names=(0, 2),
    )


def _summary(labels: Sequence[str], values: Measures, ranges: Measures, outcome: Segmented) -> str:
    interval = percent_range(ranges.overall["mean_iou"])
    pictures = f"{len(outcome.mean_iou_N)} pictures"
    sentences = [
        f"On {pictures} the mean IoU is {percent(values.overall['mean_iou'])}"
        + (f" (95 % interval {interval})" if interval else "")
        + f", and {percent(values.overall['pixel_accuracy'])} of the pixels are right."
    ]
    iou_K = values.by_class["iou"]
    if np.count_nonzero(~np.isnan(iou_K)) > 1:
        weakest = int(np.nanargmin(iou_K))
        sentences.append(
            f"Weakest class: {labels[weakest]} (IoU {percent(float(iou_K[weakest]))})."
        )
    return " ".join(sentences)


def _remarks(labels: Sequence[str], values: Measures, outcome: Segmented) -> list[str]:
    found = []
    true_K = outcome.confusion_KL.sum(axis=1)
    absent = [labels[index] for index in np.flatnonzero(true_K == 0).tolist()]
    if absent:
        found.append(f"Of these classes there is not one pixel: {listed(absent)}.")
    rare = np.flatnonzero((true_K > 0) & (true_K < _LEAST_SHARE * true_K.sum())).tolist()
    if rare:
        found.append(
            "These classes have less than 0.5 % of the pixels, so a few pictures decide about their "
            f"numbers: {listed([labels[index] for index in rare])}."
        )
    unseen = int(outcome.confusion_KL[:, -1].sum())
    if unseen:
        share = percent(unseen / int(outcome.confusion_KL.sum()))
        found.append(
            f"{share} of the pixels are cut off before the network sees them and count as missed; "
            "image.resize with fit: pad keeps them in view."
        )
    return found


def _row_shares(confusion_KL: NDArray[np.int64]) -> NDArray[np.float64]:
    totals_K1 = confusion_KL.sum(axis=1, keepdims=True)
    return np.asarray(confusion_KL / np.maximum(totals_K1, 1))


def _span(value: float, interval: Interval) -> Span | None:
    if math.isnan(value) or math.isnan(interval.low):
        return None
    return Span(value=value, low=interval.low, high=interval.high)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _pair(low: float, high: float) -> list[float] | None:
    return None if math.isnan(low) else [float(low), float(high)]
