"""Comparing two segmenters, A and B, on the same pictures.

Shape legend: N samples, K classes. Both models are resampled by the same draws of pictures, so what is hard
for both does not blur their difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.data.rasterization import UNKNOWN
from netloom.tasks.bootstrap import Interval
from netloom.tasks.label_maps import LabelMap
from netloom.tasks.label_space import united
from netloom.tasks.measures import Measures, unknown
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.sample_sums import difference_of, measured_once, sum_intervals
from netloom.tasks.sections import Figure, Section, TableSection
from netloom.tasks.semantic_segmentation.measures import MEANINGS, segmentation_measure
from netloom.tasks.semantic_segmentation.outcome import Segmented, segmented
from netloom.tasks.semantic_segmentation.report import document_of
from netloom.tasks.wording import difference_cell, percent, points, signed_points

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 12


def segmentation_comparison(
    first: Contender, second: Contender, samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Which of two segmenters is better, with the difference of every metric.

    Label spaces are matched by name; a class that only one model knows is never predicted by the other.

    Args:
        samples: Annotated, numbered by ``first.labels``.
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves them out.
    """
    labels = united(first.labels, second.labels)
    a, b = (
        segmented(each.scored, samples, len(labels), renumbered=renumbering(each.labels, labels))
        for each in (first, second)
    )
    measure = segmentation_measure(len(labels))
    sums_NM = np.concatenate([a.sums_NM, b.sums_NM], axis=1)
    difference = difference_of(measure, a.sums_NM.shape[1])
    values = measured_once(a.sums_NM, measure), measured_once(b.sums_NM, measure)
    differences = measured_once(sums_NM, difference)
    ranges = sum_intervals(sums_NM, difference, draws=bootstrap, seed=seed)
    verdict = _verdict(differences.overall["mean_iou"], ranges.overall["mean_iou"])
    sections: list[Section] = [
        _metrics_section(values, differences, ranges),
        _classes_section(labels, values, differences, ranges),
        *_pictures_section(a, b, samples),
    ]
    return Evaluation(
        metrics=_document(labels, values, differences, ranges, verdict=verdict),
        figures=_figures(values, differences, ranges),
        sections=tuple(sections),
        summary=_sentence(verdict, differences.overall["mean_iou"], ranges.overall["mean_iou"]),
    )


def renumbering(labels: Sequence[str], wider: Sequence[str]) -> Callable[[LabelMap], LabelMap]:
    """A function that turns positions in ``labels`` into positions in ``wider``.

    Example:
        >>> renumbering(("b", "a"), ("a", "b"))(np.array([[0, 1, 255]], np.uint8)).tolist()
        [[1, 0, 255]]
    """
    levels = np.full(UNKNOWN + 1, UNKNOWN, np.uint8)
    levels[: len(labels)] = [wider.index(label) for label in labels]
    return lambda label_map_HW: levels[label_map_HW]


def _verdict(difference: float, interval: Interval) -> str:
    """``a``, ``b``, or ``undecided`` if the interval holds 0 or is unknown."""
    if math.isnan(difference) or not (interval.low > 0 or interval.high < 0):
        return "undecided"
    return "b" if difference > 0 else "a"


def _sentence(verdict: str, difference: float, interval: Interval) -> str:
    ends = ""
    if not math.isnan(interval.low):
        low, high = signed_points(interval.low), signed_points(interval.high)
        ends = f" (95 % interval {low} to {high})"
    said = f"The mean IoU of B is {signed_points(difference)} points from that of A{ends}: "
    return (
        said
        + {
            "a": "A is better.",
            "b": "B is better.",
            "undecided": "it is not decided which is better.",
        }[verdict]
    )


def _document(
    labels: Sequence[str],
    values: tuple[Measures, Measures],
    differences: Measures,
    ranges: Measures,
    *,
    verdict: str,
) -> dict[str, Any]:
    without = unknown(values[0])
    return {
        "verdict": verdict,
        "difference": document_of(labels, differences, ranges),
        "a": document_of(labels, values[0], without),
        "b": document_of(labels, values[1], without),
    }


def _figures(
    values: tuple[Measures, Measures], differences: Measures, ranges: Measures
) -> tuple[Figure, ...]:
    interval = ranges.overall["mean_iou"]
    detail = ""
    if not math.isnan(interval.low):
        detail = f"{signed_points(interval.low)} to {signed_points(interval.high)}"
    return (
        Figure(name="Mean IoU of A", value=percent(values[0].overall["mean_iou"])),
        Figure(name="Mean IoU of B", value=percent(values[1].overall["mean_iou"])),
        Figure(
            name="B − A, points",
            value=signed_points(differences.overall["mean_iou"]),
            detail=detail,
        ),
    )


def _metrics_section(
    values: tuple[Measures, Measures], differences: Measures, ranges: Measures
) -> TableSection:
    return TableSection(
        title="Metrics",
        columns=("Metric", "A, %", "B, %", "B − A, points"),
        rows=tuple(
            (
                title,
                points(values[0].overall[name]),
                points(values[1].overall[name]),
                difference_cell(differences.overall[name], ranges.overall[name]),
            )
            for name, (title, _) in MEANINGS.items()
        ),
    )


def _classes_section(
    labels: Sequence[str],
    values: tuple[Measures, Measures],
    differences: Measures,
    ranges: Measures,
) -> TableSection:
    rows = tuple(
        (
            label,
            points(float(values[0].by_class["iou"][index])),
            points(float(values[1].by_class["iou"][index])),
            difference_cell(
                float(differences.by_class["iou"][index]),
                Interval(*(float(end) for end in ranges.by_class["iou"][:, index])),
            ),
        )
        for index, label in enumerate(labels)
    )
    return TableSection(
        title="IoU of each class", columns=("Class", "A, %", "B, %", "B − A, points"), rows=rows
    )


def _pictures_section(
    first: Segmented, second: Segmented, samples: Samples
) -> tuple[TableSection, ...]:
    """The pictures on which the models differ most."""
    difference_N = np.nan_to_num(second.mean_iou_N - first.mean_iou_N)
    order = np.argsort(-np.abs(difference_N), kind="stable")[:_SHOWN].tolist()
    rows = tuple(
        (
            samples.ids[position],
            points(float(first.mean_iou_N[position])),
            points(float(second.mean_iou_N[position])),
            difference_cell(float(difference_N[position]), Interval(math.nan, math.nan)),
        )
        for position in order
        if difference_N[position]
    )
    if not rows:
        return ()
    return (
        TableSection(
            title="Pictures on which they differ most",
            columns=("Picture", "A, mean IoU, %", "B, mean IoU, %", "B − A, points"),
            rows=rows,
        ),
    )
