"""What an evaluation says about a target with two values.

Shape legend: N rows, L levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from netloom.tasks.calibration import ReliabilityBin
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import ChartSection, HistogramSection, Line, Section, TableSection
from netloom.tasks.tabular.gains_table import (
    gain_section,
    gain_sentence,
    gains_json,
    tenths,
    tenths_section,
    unit_points,
)
from netloom.tasks.tabular.levels import Levels
from netloom.tasks.tabular.measures import TargetRows
from netloom.tasks.tabular.measures_binary import (
    CALIBRATION_BINS,
    binary_thresholds,
    binary_values,
    calibration_bins,
)
from netloom.tasks.tabular.ranking import CurvePoints, curve_points
from netloom.tasks.tabular.written_metrics import (
    all_metrics,
    counted,
    metric_figures,
    plain,
)
from netloom.tasks.wording import percent, percent_range, points

_FIGURES = (
    "auc",
    "ks",
    "average_precision",
    "lift_10",
    "base_rate",
    "log_loss",
    "calibration_error",
)
_HISTOGRAM_BINS = 20
_FEW = 20


def binary_report(
    rows: TargetRows, values: Measures, ranges: Measures, *, threshold: float
) -> Evaluation:
    """Metrics, figures and sections of a binary target, without what all targets have."""
    levels = rows.levels
    marks = binary_thresholds(levels)
    found = tenths(levels)
    curve = curve_points(levels)
    base_rate = values.overall["base_rate"]
    sections: list[Section] = [_thresholds_section(levels, threshold, marks)]
    if found:
        sections = [
            tenths_section(found),
            gain_section(curve, base_rate),
            _reliability_section(levels),
            *_curve_sections(curve, values),
            *sections,
        ]
    sections += [_histogram_section(rows, threshold), all_metrics(rows.target, values, ranges)]
    interval = percent_range(ranges.overall["auc"])
    sentences = [gain_sentence(found, base_rate)]
    if not math.isnan(values.overall["auc"]):
        sentences.append(
            f"AUC {percent(values.overall['auc'])}"
            + (f" (95 % interval {interval})" if interval else "")
            + f" on {counted(len(rows))} rows."
        )
    return Evaluation(
        metrics={
            **{name: None if math.isnan(mark) else mark for name, mark in marks.items()},
            "tenths": gains_json(found),
        },
        figures=metric_figures(rows.target, _FIGURES, values, ranges),
        sections=tuple(sections),
        summary=" ".join(filter(None, sentences)),
        remarks=tuple(_remarks(rows, values)),
    )


def reliability_bins(levels: Levels) -> list[ReliabilityBin]:
    """Mean score against the share of positives, in ranges of scores of one width; empty ones are left out.

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> levels = levels_of(np.array([0.9, 0.92]), np.array([True, False]))
        >>> [(round(each.confidence, 2), each.accuracy) for each in reliability_bins(levels)]
        [(0.91, 0.5)]
    """
    bin_L = calibration_bins(levels.score_L)
    rows_L = levels.positives_L + levels.negatives_L
    count, scores, positives = (
        np.bincount(bin_L, weights=weights_L, minlength=CALIBRATION_BINS)
        for weights_L in (rows_L, rows_L * levels.score_L, levels.positives_L)
    )
    return [
        ReliabilityBin(
            float(scores[place] / count[place]),
            float(positives[place] / count[place]),
            int(count[place]),
        )
        for place in np.flatnonzero(count).tolist()
    ]


def _reliability_section(levels: Levels) -> ChartSection:
    bins = reliability_bins(levels)
    rows = float(levels.rows)
    line = Line(
        name="share of positives",
        points=tuple((each.confidence, each.accuracy) for each in bins),
        weights=tuple(each.num_samples / rows for each in bins),
    )
    return ChartSection(
        title="Reliability",
        lines=(line,),
        x_axis="score",
        y_axis="share of positives",
        text="On the diagonal a score means what it says; below it the model promises too much.",
        has_diagonal=True,
    )


def _curve_sections(curve: CurvePoints, values: Measures) -> tuple[ChartSection, ChartSection]:
    auc, average = values.overall["auc"], values.overall["average_precision"]
    return (
        ChartSection(
            title="ROC curve",
            lines=(
                Line(
                    name="this model",
                    detail=percent(auc),
                    points=unit_points(curve.false_alarms, curve.recall),
                ),
            ),
            x_axis="false alarms (of the negatives)",
            y_axis="found (of the positives)",
            text="With the area below it (AUC). KS is its largest height above the diagonal.",
            has_diagonal=True,
        ),
        ChartSection(
            title="Precision and recall",
            lines=(
                Line(
                    name="this model",
                    detail=percent(average),
                    points=unit_points(curve.recall, curve.precision),
                ),
            ),
            x_axis="recall",
            y_axis="precision",
            text="With the average precision. A random order has the base rate everywhere.",
        ),
    )


def _thresholds_section(levels: Levels, threshold: float, marks: dict[str, float]) -> TableSection:
    """What happens when rows from some score on are called positive."""
    named = [
        (f"{threshold:g}, as set", threshold),
        ("where F1 is highest", marks["best_f1_threshold"]),
        ("where KS is reached", marks["ks_threshold"]),
    ]
    rows = []
    for name, mark in named:
        if math.isnan(mark):
            continue
        found = {key: float(value) for key, value in binary_values(levels, threshold=mark).items()}
        called = float(
            ((levels.lowest_L >= mark) * (levels.positives_L + levels.negatives_L)).sum()
        )
        rows.append(
            (
                name,
                plain(mark),
                counted(round(called)),
                *(points(found[key]) for key in ("precision", "recall", "f1", "accuracy")),
            )
        )
    return TableSection(
        title="Thresholds",
        columns=("Threshold", "Score", "Rows above", "Precision", "Recall", "F1", "Accuracy"),
        rows=tuple(rows),
        text="In percent. Thresholds that were found on these rows look a little better here than on new "
        "ones.",
    )


def _histogram_section(rows: TargetRows, threshold: float) -> HistogramSection:
    bin_N = np.minimum((rows.scores * _HISTOGRAM_BINS).astype(np.int64), _HISTOGRAM_BINS - 1)
    right_N = (rows.scores >= threshold) == (rows.labels > 0.5)
    right, wrong = (
        tuple(np.bincount(bin_N[chosen_N], minlength=_HISTOGRAM_BINS).tolist())
        for chosen_N in (right_N, ~right_N)
    )
    return HistogramSection(
        title="Scores",
        right=right,
        wrong=wrong,
        x_axis="score",
        text=f"Right and wrong at the threshold {threshold:g}.",
    )


def _remarks(rows: TargetRows, values: Measures) -> Iterator[str]:
    positives = int((rows.labels > 0.5).sum())
    negatives = len(rows) - positives
    if not positives or not negatives:
        kind = "positive" if positives else "negative"
        yield (
            f"All rows are {kind}: AUC, average precision, KS, gains and lift are undefined; accuracy and "
            "log-loss say only how well this kind is recognised."
        )
    elif min(positives, negatives) < _FEW:
        kind = "positive" if positives < negatives else "negative"
        yield f"Only {min(positives, negatives)} rows are {kind}, so numbers that depend on them say little."
    if len(rows) and float(np.ptp(rows.scores)) == 0.0:
        yield f"All rows have one score, {plain(float(rows.scores[0]))}: the model does not tell them apart."
    elif values.overall["auc"] == 1.0:
        yield (
            "Every positive row scores above every negative one: resampling cannot show how sure that is. "
            "Did a column tell what was to be predicted?"
        )
    elif values.overall["auc"] < 0.5:
        yield "The AUC is below 50 %: negatives score higher than positives. Is `positive` the right value?"
