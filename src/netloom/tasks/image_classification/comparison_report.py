"""What a comparison of two classifiers says: a verdict in words, metrics, tables and telling pictures.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.calibration import equal_width_bins, reliability
from netloom.tasks.drawing import thumbnail
from netloom.tasks.image_classification.measures import CALIBRATION_BINS, Outcome
from netloom.tasks.image_classification.tables import MEANINGS, PLAIN_NUMBERS
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import (
    Cell,
    ChartSection,
    Figure,
    GallerySection,
    Line,
    Picture,
    Section,
    TableSection,
    Tone,
)
from netloom.tasks.wording import UNKNOWN, percent, points, signed_points

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

Verdict = Literal["a", "b", "unclear"]

_LOWER_IS_BETTER = frozenset(
    {"cross_entropy", "brier", "calibration_error", "adaptive_calibration_error"}
)
_SHOWN = 16
_MOST_ROWS = 100


class Comparison(NamedTuple):
    """How two classifiers differ; every difference is B − A.

    Attributes:
        first: Metrics of A.
        second: Metrics of B.
        ranges: Intervals of the differences, as in ``measures.intervals``.
        only_first: Samples that only A got right.
        only_second: Samples that only B got right.
        both: Samples that both got right.
        agreement: Share of samples with the same predicted class, right or wrong.
        p_value: McNemar's exact test.
    """

    first: Measures
    second: Measures
    ranges: Measures
    only_first: NDArray[np.int64]
    only_second: NDArray[np.int64]
    both: int
    agreement: float
    p_value: float


def comparison_evaluation(
    comparison: Comparison,
    first: Outcome,
    second: Outcome,
    samples: Samples,
    labels: Sequence[str],
) -> Evaluation:
    """A comparison as metrics for programs and figures and sections for people."""
    statement = stated(comparison)
    sections: list[Section] = [
        _metrics_section(comparison),
        _agreement_section(comparison, len(first)),
        _reliability_section(first, second, comparison),
        _classes_section(comparison, first.true_N, labels),
        *_galleries(comparison, first, second, samples, labels),
    ]
    return Evaluation(
        metrics=_document(comparison, first.true_N, labels, statement),
        figures=_figures(comparison, len(first)),
        sections=tuple(sections),
        summary=statement,
    )


def verdict(comparison: Comparison) -> Verdict:
    """Who has the higher accuracy beyond doubt: its interval does not hold 0.

    Without intervals, McNemar's test decides at 5 %.
    """
    low, high = comparison.ranges.overall["accuracy"]
    difference = comparison.second.overall["accuracy"] - comparison.first.overall["accuracy"]
    is_clear = comparison.p_value < 0.05 if math.isnan(low) else low > 0 or high < 0
    if not is_clear or not difference:
        return "unclear"
    return "b" if difference > 0 else "a"


def stated(comparison: Comparison) -> str:
    """The verdict in words."""
    if comparison.agreement == 1.0:
        return "A and B predict the same class for every sample."
    low, high = comparison.ranges.overall["accuracy"]
    difference = comparison.second.overall["accuracy"] - comparison.first.overall["accuracy"]
    test = f"McNemar p {_p_value(comparison.p_value)}"
    better = verdict(comparison)
    if better == "unclear":
        sentence = f"No clear difference: B − A is {signed_points(difference)} points of accuracy"
        interval = f"95 % interval {signed_points(low)} to {signed_points(high)}; "
        return f"{sentence} ({'' if math.isnan(low) else interval}{test})."
    if better == "a":
        low, high = -high, -low
    interval = "" if math.isnan(low) else f"95 % interval {points(low)}–{points(high)}; "
    size = points(abs(difference))
    return f"{better.upper()} is better by {size} points of accuracy ({interval}{test})."


def _document(
    comparison: Comparison, true_N: NDArray[np.int64], labels: Sequence[str], statement: str
) -> dict[str, Any]:
    first, second, ranges = comparison.first, comparison.second, comparison.ranges
    support_K = np.bincount(true_N, minlength=len(labels))
    names = list(first.overall)
    return {
        "statement": statement,
        "better": verdict(comparison),
        **{
            f"{name}_difference": _number(second.overall[name] - first.overall[name])
            for name in names
        },
        "mcnemar_p": comparison.p_value,
        "agreement": comparison.agreement,
        "samples": len(true_N),
        "only_a": len(comparison.only_first),
        "only_b": len(comparison.only_second),
        "both_right": comparison.both,
        "intervals": {f"{name}_difference": _pair(*ranges.overall[name]) for name in names},
        "a": {name: _number(value) for name, value in first.overall.items()},
        "b": {name: _number(value) for name, value in second.overall.items()},
        "classes": {
            label: {
                "support": int(support_K[index]),
                **{
                    f"{name}_{model}": _number(measures.by_class[name][index])
                    for name in first.by_class
                    for model, measures in (("a", first), ("b", second))
                },
                "intervals": {
                    f"{name}_difference": _pair(*ranges.by_class[name][:, index])
                    for name in first.by_class
                },
            }
            for index, label in enumerate(labels)
        },
    }


def _figures(comparison: Comparison, num_samples: int) -> tuple[Figure, ...]:
    first, second = comparison.first.overall, comparison.second.overall
    figures = [
        Figure(name="Accuracy of A", value=percent(first["accuracy"])),
        Figure(name="Accuracy of B", value=percent(second["accuracy"])),
    ]
    for name, title in (("accuracy", "Accuracy, B − A"), ("macro_f1", "Macro F1, B − A")):
        figures.append(
            Figure(
                name=title,
                value=signed_points(second[name] - first[name]),
                detail=f"{_signed_range(comparison.ranges.overall[name])} points".strip(),
            )
        )
    only = (len(comparison.only_first), len(comparison.only_second))
    return (
        *figures,
        Figure(name="Only A is right", value=f"{only[0]}", detail=f"of {num_samples} samples"),
        Figure(name="Only B is right", value=f"{only[1]}", detail=f"of {num_samples} samples"),
        Figure(name="Same prediction", value=percent(comparison.agreement), detail="agreement"),
        Figure(
            name="McNemar's test",
            value=f"p {_p_value(comparison.p_value)}",
            detail="chance of this, were they equal",
        ),
    )


def _metrics_section(comparison: Comparison) -> TableSection:
    rows: list[tuple[Cell | str, ...]] = []
    for name, (title, meaning) in MEANINGS.items():
        if name not in comparison.first.overall:
            continue
        values = (comparison.first.overall[name], comparison.second.overall[name])
        interval = comparison.ranges.overall[name]
        is_plain = name in PLAIN_NUMBERS
        texts = [_plain(value) if is_plain else percent(value) for value in values]
        rows.append((title, meaning, *texts, _difference_cell(name, *values, interval)))
    return TableSection(
        title="Metrics",
        columns=("Metric", "Meaning", "A", "B", "B − A"),
        rows=tuple(rows),
        names=(0, 1),
        text="Differences with 95 % intervals, by bootstrap over the same samples for both; coloured where "
        "the interval does not hold 0.",
    )


def _agreement_section(comparison: Comparison, num_samples: int) -> TableSection:
    only_first, only_second = len(comparison.only_first), len(comparison.only_second)
    neither = num_samples - comparison.both - only_first - only_second
    return TableSection(
        title="Who is right where",
        columns=("", "B right", "B wrong"),
        rows=(
            ("A right", f"{comparison.both}", f"{only_first}"),
            ("A wrong", f"{only_second}", f"{neither}"),
        ),
        is_narrow=True,
        text="Only the two cells where one model is right tell them apart; McNemar's exact test asks whether "
        "they differ by more than coin tosses would.",
    )


def _reliability_section(first: Outcome, second: Outcome, comparison: Comparison) -> ChartSection:
    lines = []
    for name, outcome, measures in (
        ("A", first, comparison.first),
        ("B", second, comparison.second),
    ):
        bin_N = equal_width_bins(outcome.confidence_N, bins=CALIBRATION_BINS)
        bins = reliability(outcome.confidence_N, outcome.right_N, bin_N)
        lines.append(
            Line(
                name=name,
                detail=percent(measures.overall["calibration_error"]),
                points=tuple((row.confidence, row.accuracy) for row in bins),
                weights=tuple(row.num_samples / len(outcome) for row in bins),
            )
        )
    return ChartSection(
        title="Reliability",
        lines=tuple(lines),
        x_axis="score of the prediction",
        y_axis="share that was right",
        text="With the calibration error of each.",
        has_diagonal=True,
    )


def _classes_section(
    comparison: Comparison, true_N: NDArray[np.int64], labels: Sequence[str]
) -> TableSection:
    first, second = comparison.first.by_class, comparison.second.by_class
    support_K = np.bincount(true_N, minlength=len(labels))
    gap_K = np.nan_to_num(np.abs(second["f1"] - first["f1"]), nan=-1.0)
    order = np.argsort(-gap_K, kind="stable")[:_MOST_ROWS].tolist()
    rows = tuple(
        (
            labels[index],
            f"{support_K[index]}",
            *(
                cell
                for name in ("recall", "f1")
                for cell in (
                    points(first[name][index]),
                    points(second[name][index]),
                    _difference_cell(
                        name,
                        first[name][index],
                        second[name][index],
                        Interval(*comparison.ranges.by_class[name][:, index]),
                    ),
                )
            ),
        )
        for index in order
    )
    names = ("Recall A", "Recall B", "B − A", "F1 A", "F1 B", "B − A")
    hidden = len(labels) - len(rows)
    return TableSection(
        title="Classes",
        columns=("Class", "Samples", *names),
        rows=rows,
        text="In percent, the largest differences of F1 first."
        + (f" {hidden} more classes are in the metrics." if hidden else ""),
    )


def _galleries(
    comparison: Comparison,
    first: Outcome,
    second: Outcome,
    samples: Samples,
    labels: Sequence[str],
) -> tuple[GallerySection, ...]:
    """Where one model alone is right, the most confident mistakes of the other first."""
    galleries = []
    for title, found, right, wrong, name in (
        ("Only B is right", comparison.only_second, second, first, "A"),
        ("Only A is right", comparison.only_first, first, second, "B"),
    ):
        if not len(found):
            continue
        surest = found[np.argsort(-wrong.confidence_N[found], kind="stable")][:_SHOWN]
        pictures = []
        for index in surest.tolist():
            small = thumbnail(samples.read(index))
            pictures.append(
                Picture(
                    content=small.content,
                    media_type=small.media_type,
                    caption=labels[right.predicted_N[index]],
                    remark=f"{name}: {labels[wrong.predicted_N[index]]}",
                    detail=f"{percent(float(right.confidence_N[index]), digits=0)}, "
                    f"{name} {percent(float(wrong.confidence_N[index]), digits=0)}",
                    source=samples.ids[index],
                )
            )
        count = "One sample" if len(found) == 1 else f"{len(found)} samples"
        text = f"{count}; where {name} was surest of something else comes first."
        galleries.append(GallerySection(title=title, pictures=tuple(pictures), text=text))
    return tuple(galleries)


def _difference_cell(name: str, first: float, second: float, interval: Interval) -> Cell:
    difference = float(second) - float(first)
    if math.isnan(difference):
        return Cell(text=UNKNOWN)
    is_clear = interval.low > 0 or interval.high < 0
    is_better = (difference < 0) == (name in _LOWER_IS_BETTER)
    tone: Tone = ("good" if is_better else "bad") if is_clear and difference else "plain"
    if name in PLAIN_NUMBERS:
        detail = (
            "" if math.isnan(interval.low) else f"{_plain(interval.low)} to {_plain(interval.high)}"
        )
        return Cell(text=_plain(difference), detail=detail, tone=tone)
    return Cell(text=signed_points(difference), detail=_signed_range(interval), tone=tone)


def _signed_range(interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    return f"{signed_points(interval.low)} to {signed_points(interval.high)}"


def _plain(value: float) -> str:
    return UNKNOWN if math.isnan(value) else f"{value:.3f}".replace("-", "−")


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2g}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _pair(low: float, high: float) -> list[float] | None:
    return None if math.isnan(low) else [float(low), float(high)]
