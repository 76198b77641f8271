"""Comparing two detectors, A and B, on the same pictures.

Shape legend: N pictures, K classes, B draws. Both are resampled by the same draws, so what is hard for both
does not blur their difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.tasks.bootstrap import Interval, percentile_interval
from netloom.tasks.label_space import matched as places_of
from netloom.tasks.label_space import united
from netloom.tasks.object_detection.detections import Found
from netloom.tasks.object_detection.evaluation import DetectionOutcome, found_and_true
from netloom.tasks.object_detection.intervals import drawn_precisions
from netloom.tasks.object_detection.tables import MEANINGS, errors_of
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.sections import Cell, Figure, TableSection, Tone
from netloom.tasks.wording import UNKNOWN, points, signed_points

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_NONE = Interval(math.nan, math.nan)
_MOST_ROWS = 300
_ERRORS = {
    "right": "Right",
    "wrong": "Wrong class",
    "false": "Where nothing is",
    "missed": "Missed",
}


def detection_comparison(
    first: Contender, second: Contender, samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Which of two detectors is better on annotated pictures, and where.

    Label spaces are matched by name.

    Args:
        samples: Numbered by ``first.labels``.
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
    """
    labels = united(first.labels, second.labels)
    a, b = (_outcome(each, samples, labels) for each in (first, second))
    ranges = _ranges(a, b, len(labels), draws=bootstrap, seed=seed)
    values = (a.metrics.overall(), b.metrics.overall())
    return Evaluation(
        metrics=_document(a, b, labels, ranges),
        figures=_figures(values, ranges),
        sections=(
            _metrics_section(values, ranges),
            _classes_section(a, b, labels),
            _errors_section(a, b),
        ),
        summary=_summary(values, ranges),
    )


def _outcome(contender: Contender, samples: Samples, labels: Sequence[str]) -> DetectionOutcome:
    found, truths = found_and_true(contender.scored, samples)
    place_of = places_of(contender.labels, labels)
    renamed = [
        Found(each.boxes_D4, each.scores_D, place_of[each.labels_D]) if len(place_of) else each
        for each in found
    ]
    # True objects are numbered by the first label space, which the united one begins with.
    return DetectionOutcome.of(renamed, truths, len(labels))


def _ranges(
    a: DetectionOutcome, b: DetectionOutcome, num_classes: int, *, draws: int, seed: int
) -> dict[str, Interval]:
    """95 % intervals of the differences of ``ap`` and ``ap50``."""
    drawn = [drawn_precisions(each.matches, num_classes, draws=draws, seed=seed) for each in (a, b)]
    # The larger of two lists of findings may allow for fewer draws; the first ones are the same.
    count = min(map(len, drawn))
    if not count:
        return {"ap": _NONE, "ap50": _NONE}
    ends_22 = percentile_interval(drawn[1][:count] - drawn[0][:count])
    return {
        name: Interval(float(ends_22[0, place]), float(ends_22[1, place]))
        for place, name in enumerate(("ap", "ap50"))
    }


def _document(
    a: DetectionOutcome,
    b: DetectionOutcome,
    labels: Sequence[str],
    ranges: Mapping[str, Interval],
) -> dict[str, Any]:
    first, second = a.metrics.overall(), b.metrics.overall()
    by_class = (a.metrics.by_class(), b.metrics.by_class())
    return {
        "samples": len(a.truths),
        "objects": int(a.metrics.truths_KA[:, 0].sum()),
        "first": {name: _number(value) for name, value in first.items()},
        "second": {name: _number(value) for name, value in second.items()},
        "difference": {name: _number(second[name] - first[name]) for name in first},
        "intervals": {
            name: None if math.isnan(each.low) else [each.low, each.high]
            for name, each in ranges.items()
        },
        "errors": {"first": errors_of(a), "second": errors_of(b)},
        "classes": {
            label: {
                name: _number(float(by_class[1][name][place] - by_class[0][name][place]))
                for name in by_class[0]
            }
            for place, label in enumerate(labels)
        },
    }


def _figures(
    values: tuple[Mapping[str, float], Mapping[str, float]], ranges: Mapping[str, Interval]
) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            name=f"{MEANINGS[name][0]}, B − A",
            value=f"{signed_points(values[1][name] - values[0][name])} points",
            detail=_range(ranges.get(name, _NONE)),
        )
        for name in ("ap", "ap50", "ap75", "ar100")
    )


def _metrics_section(
    values: tuple[Mapping[str, float], Mapping[str, float]], ranges: Mapping[str, Interval]
) -> TableSection:
    rows = tuple(
        (
            title,
            meaning,
            points(values[0][name]),
            points(values[1][name]),
            _difference(values[0][name], values[1][name], _range(ranges.get(name, _NONE))),
        )
        for name, (title, meaning) in MEANINGS.items()
    )
    return TableSection(
        title="All metrics",
        columns=("Metric", "Meaning", "A", "B", "B − A"),
        rows=rows,
        names=(0, 1),
        text="In percent, differences in percentage points, with 95 % intervals by paired bootstrap over "
        "the pictures.",
    )


def _classes_section(
    a: DetectionOutcome, b: DetectionOutcome, labels: Sequence[str]
) -> TableSection:
    ap = [each.metrics.by_class()["ap"] for each in (a, b)]
    apart_K = np.nan_to_num(np.abs(ap[1] - ap[0]), nan=-1.0)
    order = np.argsort(-apart_K, kind="stable")[:_MOST_ROWS].tolist()
    objects_K = a.metrics.truths_KA[:, 0]
    rows = tuple(
        (
            labels[place],
            f"{objects_K[place]}",
            points(float(ap[0][place])),
            points(float(ap[1][place])),
            _difference(float(ap[0][place]), float(ap[1][place])),
        )
        for place in order
    )
    return TableSection(
        title="Classes",
        columns=("Class", "Objects", "AP of A", "AP of B", "B − A"),
        rows=rows,
        text="Where they differ most comes first.",
    )


def _errors_section(a: DetectionOutcome, b: DetectionOutcome) -> TableSection:
    counts = (errors_of(a), errors_of(b))
    rows = tuple(
        (title, *(f"{each[name]}" for each in counts), f"{counts[1][name] - counts[0][name]:+d}")
        for name, title in _ERRORS.items()
    )
    return TableSection(
        title="Objects",
        columns=("Found", "A", "B", "B − A"),
        rows=rows,
        is_narrow=True,
        text="Each model from the score on that suits it best: "
        f"{a.score:.0%} for A, {b.score:.0%} for B.",
    )


def _summary(
    values: tuple[Mapping[str, float], Mapping[str, float]], ranges: Mapping[str, Interval]
) -> str:
    difference, interval = values[1]["ap"] - values[0]["ap"], ranges["ap"]
    if math.isnan(difference):
        return "There is nothing to find, so nothing can be compared."
    better = "B" if difference > 0 else "A"
    text = (
        f"AP {points(values[0]['ap'])} % (A) and {points(values[1]['ap'])} % (B): "
        f"{signed_points(difference)} points."
    )
    if math.isnan(interval.low):
        return text
    if interval.low <= 0.0 <= interval.high:
        return f"{text} The 95 % interval holds 0: these pictures do not tell which is better."
    return f"{text} {better} is better; the 95 % interval is {_range(interval)} points."


def _difference(first: float, second: float, detail: str = "") -> Cell:
    if math.isnan(second - first):
        return Cell(text=UNKNOWN)
    tone: Tone = "plain"
    if abs(second - first) >= 0.0005:
        tone = "good" if second > first else "bad"
    return Cell(text=signed_points(second - first), detail=detail, tone=tone)


def _range(interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    return f"{signed_points(interval.low)} to {signed_points(interval.high)}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
