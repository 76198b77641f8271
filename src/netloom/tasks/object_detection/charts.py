"""The charts of a detector's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.object_detection.coco_matching import THRESHOLDS
from netloom.tasks.object_detection.coco_metrics import RECALLS
from netloom.tasks.object_detection.evaluation import DetectionOutcome
from netloom.tasks.sections import ChartSection, HistogramSection, Line
from netloom.tasks.wording import percent

_MOST_CURVES = 10
_BINS = 20
_HALF = 0


def curves_section(outcome: DetectionOutcome, labels: Sequence[str]) -> ChartSection:
    """Precision by recall where an overlap of one half is enough; of many classes the weakest."""
    curves_KR = outcome.metrics.precision_KATR[:, 0, _HALF]
    shown = np.flatnonzero(~np.isnan(curves_KR[:, 0]))
    text = "An overlap of one half is enough; the number is AP50."
    if len(shown) > _MOST_CURVES:
        mean_K = curves_KR[shown].mean(axis=1)
        text += f" The weakest {_MOST_CURVES} of {len(shown)} classes."
        shown = shown[np.argsort(mean_K, kind="stable")[:_MOST_CURVES]]
    return ChartSection(
        title="Precision and recall",
        lines=tuple(
            Line(
                name=labels[place],
                detail=percent(float(curves_KR[place].mean())),
                points=_points(RECALLS, curves_KR[place]),
            )
            for place in shown.tolist()
        ),
        x_axis="recall",
        y_axis="precision",
        text=text,
    )


def thresholds_section(outcome: DetectionOutcome) -> ChartSection:
    """How average precision falls the more exactly boxes have to fit."""
    precision_KT = outcome.metrics.precision_KATR[:, 0].mean(axis=-1)
    defined = precision_KT[~np.isnan(precision_KT[:, 0])]
    means_T = defined.mean(axis=0) if len(defined) else np.zeros(0)
    return ChartSection(
        title="How exact boxes are",
        lines=(
            Line(
                name="average precision",
                points=_points(THRESHOLDS[: len(means_T)], means_T),
            ),
        ),
        x_axis="overlap that is asked for",
        y_axis="average precision",
        text="A line that falls early means that objects are found, but boxes do not fit.",
    )


def scores_section(outcome: DetectionOutcome) -> HistogramSection:
    """How scores spread over right and false finds."""
    matches = outcome.matches
    counts_D = matches.counts_DAT[:, 0, _HALF]
    bins_D = np.minimum((matches.scores_D * _BINS).astype(np.int64), _BINS - 1)
    right_D = matches.right_DAT[:, 0, _HALF]
    right, wrong = (
        tuple(np.bincount(bins_D[chosen_D], minlength=_BINS).tolist())
        for chosen_D in (right_D, counts_D & ~right_D)
    )
    return HistogramSection(
        title="Scores",
        right=right,
        wrong=wrong,
        x_axis="score of what was found",
        text="Precision and recall are best balanced from a score of "
        f"{percent(outcome.score, digits=0)} on.",
    )


def _points(x: NDArray[Any], y: NDArray[Any]) -> tuple[tuple[float, float], ...]:
    pairs = np.round(np.stack([x, y], axis=1), 4).tolist()
    return tuple((across, up) for across, up in pairs)
