"""The charts of a classifier's report: reliability, scores, ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netloom.tasks.calibration import equal_width_bins, reliability
from netloom.tasks.image_classification.measures import CALIBRATION_BINS, Outcome
from netloom.tasks.image_classification.ranking_metrics import curve
from netloom.tasks.measures import Measures
from netloom.tasks.sections import ChartSection, HistogramSection, Line
from netloom.tasks.wording import percent

_MOST_CURVES = 10
_HISTOGRAM_BINS = 20


def score_sections(outcome: Outcome) -> tuple[ChartSection, HistogramSection]:
    """Whether scores mean what they say, and how they spread."""
    bin_N = equal_width_bins(outcome.confidence_N, bins=CALIBRATION_BINS)
    bins = reliability(outcome.confidence_N, outcome.right_N, bin_N)
    diagram = Line(
        name="share that was right",
        points=tuple((row.confidence, row.accuracy) for row in bins),
        weights=tuple(row.num_samples / len(outcome) for row in bins),
    )
    histogram_N = equal_width_bins(outcome.confidence_N, bins=_HISTOGRAM_BINS)
    right, wrong = (
        np.bincount(histogram_N[chosen_N], minlength=_HISTOGRAM_BINS).tolist()
        for chosen_N in (outcome.right_N, ~outcome.right_N)
    )
    return (
        ChartSection(
            title="Reliability",
            lines=(diagram,),
            x_axis="score of the prediction",
            y_axis="share that was right",
            text="On the diagonal a score means what it says; below it the model is too sure.",
            has_diagonal=True,
        ),
        HistogramSection(
            title="Scores",
            right=tuple(right),
            wrong=tuple(wrong),
            x_axis="score of the prediction",
            text="A good score to ask a person at lies where the mistakes begin.",
        ),
    )


def curve_sections(
    outcome: Outcome, labels: Sequence[str], values: Measures
) -> tuple[ChartSection, ...]:
    """ROC and precision-recall curves of each class against the rest; none if there are many classes.

    Of two classes the second is shown: the first's curves say the same from the other side.
    """
    auroc_K = values.by_class["auroc"]
    shown = [index for index in range(len(labels)) if not np.isnan(auroc_K[index])]
    if not shown or len(labels) > _MOST_CURVES:
        return ()
    if len(labels) == 2:
        shown = shown[-1:]
    curves = {index: curve(outcome.scores_NK[:, index], outcome.true_N == index) for index in shown}
    average_K = values.by_class["average_precision"]
    roc = ChartSection(
        title="ROC curves",
        lines=tuple(
            Line(
                name=labels[index],
                detail=percent(auroc_K[index]),
                points=_rounded(each.false_alarms, each.recall),
            )
            for index, each in curves.items()
        ),
        x_axis="false alarms (of all others)",
        y_axis="found (of the class)",
        text="Each class against the rest, with the area under its curve (AUROC).",
        has_diagonal=True,
    )
    trade = ChartSection(
        title="Precision and recall",
        lines=tuple(
            Line(
                name=labels[index],
                detail=percent(average_K[index]),
                points=_rounded(each.recall, each.precision),
            )
            for index, each in curves.items()
        ),
        x_axis="recall",
        y_axis="precision",
        text="Each class against the rest, with its average precision (AP).",
    )
    return roc, trade


def _rounded(x: np.ndarray, y: np.ndarray) -> tuple[tuple[float, float], ...]:
    pairs = np.round(np.stack([x, y], axis=1), 4).tolist()
    return tuple(dict.fromkeys((first, second) for first, second in pairs))
