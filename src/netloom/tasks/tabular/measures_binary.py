"""All metrics of a target with two values, with bootstrap intervals.

Shape legend: N rows, L levels (different scores), B draws. Everything follows from how many positives and
negatives there are at each level, so the value, the value of a draw and the value of a slice are one formula.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, mirrored_interval, percentile_interval
from netloom.tasks.measures import Measures
from netloom.tasks.sample_sums import Measure, Sums
from netloom.tasks.tabular.drawn_groups import DrawnGroups
from netloom.tasks.tabular.levels import Levels, log_losses, merged, resampled_levels
from netloom.tasks.tabular.ranking import (
    average_precision,
    gains,
    largest_gap,
    largest_gap_threshold,
    roc_area,
    roc_area_influences,
)

CALIBRATION_BINS = 15
TOP_SHARE = 0.1
_LEVELS_DRAWN = 1000
_LEVELS_AT_ONCE = 2_000_000

Numbers = NDArray[Any]

PERCENTAGES = frozenset(
    {
        "auc",
        "average_precision",
        "ks",
        "accuracy",
        "precision",
        "recall",
        "f1",
        "best_f1",
        "calibration_error",
        "base_rate",
    }
)
"""Metrics that are written in percent."""

MEANINGS: dict[str, tuple[str, str]] = {
    "auc": ("AUC", "chance that a positive row scores above a negative one; 50 % is chance"),
    "average_precision": (
        "Average precision",
        "area below the precision-recall curve; chance is the base rate",
    ),
    "ks": ("KS", "largest share of the positives minus share of the negatives above one threshold"),
    "lift_10": ("Lift at 10 %", "positives among the 10 % highest scored, relative to all rows"),
    "log_loss": ("Log-loss", "mean −log of the truth's probability, lower is better"),
    "brier": ("Brier score", "mean squared distance of score and truth, 0…1, lower is better"),
    "calibration_error": (
        "Calibration error",
        f"gap between score and share of positives in {CALIBRATION_BINS} ranges of one width",
    ),
    "base_rate": ("Base rate", "share of positives among all rows"),
    "accuracy": ("Accuracy", "share of rows that are right at the threshold"),
    "precision": ("Precision", "share of positives among the rows at or above the threshold"),
    "recall": ("Recall", "share of the positives that are at or above the threshold"),
    "f1": ("F1", "harmonic mean of precision and recall at the threshold"),
    "best_f1": ("Best F1", "F1 at the threshold where it is highest on these rows"),
}
"""Name and meaning of every metric, in the order in which they are shown."""


def binary_values(levels: Levels, *, threshold: float) -> dict[str, Numbers]:
    """Every metric of :data:`MEANINGS`, of shape (…).

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> levels = levels_of(np.array([0.9, 0.6, 0.2]), np.array([True, False, True]))
        >>> float(binary_values(levels, threshold=0.5)["precision"])
        0.5
    """
    rows = levels.rows
    positives = levels.positives_L.sum(axis=-1)
    negatives = rows - positives
    losses, squares = (
        levels.positives_L @ of_level_2L[0] + levels.negatives_L @ of_level_2L[1]
        for of_level_2L in (levels.losses, levels.squares)
    )
    found, alarms = _above(levels, threshold)
    return {
        "auc": roc_area(levels),
        "average_precision": average_precision(levels),
        "ks": largest_gap(levels),
        "lift_10": np.where(
            (positives > 0) & (negatives > 0),
            gains(levels, np.array([TOP_SHARE]))[..., 0] / TOP_SHARE,
            np.nan,
        ),
        "log_loss": _divided(losses, rows),
        "brier": _divided(squares, rows),
        "calibration_error": _calibration_error(levels),
        "base_rate": _divided(positives, rows),
        "accuracy": _divided(found + negatives - alarms, rows),
        "precision": _divided(found, found + alarms),
        "recall": _divided(found, positives),
        "f1": _divided(2.0 * found, positives + found + alarms),
        "best_f1": _f1(levels).max(axis=-1) if levels.score_L.size else np.full(rows.shape, np.nan),
    }


def binary_thresholds(levels: Levels) -> dict[str, float]:
    """Lowest scores that count as positive where KS and F1 are largest; NaN where that means nothing."""
    f1_L = _f1(levels)
    is_defined = f1_L.size and f1_L.max() > 0
    return {
        "ks_threshold": largest_gap_threshold(levels),
        "best_f1_threshold": float(levels.lowest_L[f1_L.argmax()]) if is_defined else math.nan,
    }


def binary_intervals(
    levels: Levels, values: dict[str, float], *, threshold: float, draws: int, seed: int
) -> dict[str, Interval]:
    """95 % bootstrap intervals of the same metrics; NaN without draws, and where they are undefined.

    Draws are made of at most about a thousand levels of equal size. What that leaves out of a metric is as
    good as the same in every draw, so it is added again.
    """
    if not draws or not levels.score_L.size:
        return {name: Interval(math.nan, math.nan) for name in values}
    coarse = merged(
        levels, _LEVELS_DRAWN, calibration_bins(levels.score_L), levels.lowest_L >= threshold
    )
    centre = binary_values(coarse, threshold=threshold)
    at_once = max(1, _LEVELS_AT_ONCE // len(coarse.score_L))
    blocks = [
        binary_values(
            resampled_levels(coarse, draws=min(at_once, draws - first), seed=seed + first),
            threshold=threshold,
        )
        for first in range(0, draws, at_once)
    ]
    return {
        name: _interval(
            name,
            np.concatenate([block[name] for block in blocks]) + (value - float(centre[name])),
            value,
        )
        for name, value in values.items()
    }


def binary_sums(
    score_N: Numbers,
    positive_N: NDArray[np.bool_],
    values: dict[str, float],
    groups: DrawnGroups,
    *,
    threshold: float,
) -> tuple[Sums, Measure]:
    """Sums of each group, and those metrics that follow from totals of them; the area by influence."""
    called_N = score_N >= threshold
    columns = (
        np.ones(len(score_N)),
        roc_area_influences(score_N, positive_N),
        log_losses(score_N, positive_N),
        np.square(score_N.astype(np.float64) - positive_N),
        called_N == positive_N,
        called_N & positive_N,
        called_N.astype(np.float64) + positive_N,
    )

    def measure(sums_BM: Sums) -> Measures:
        rows, moved, losses, squares, right, hits, sides = sums_BM.T
        overall = {
            "auc": np.clip(values["auc"] + moved / rows, 0.0, 1.0),
            "log_loss": losses / rows,
            "brier": squares / rows,
            "accuracy": right / rows,
            "f1": _divided(2.0 * hits, sides),
        }
        return Measures(overall, {})

    return np.stack([groups.sums(column_N) for column_N in columns], axis=1), measure


def calibration_bins(score_L: NDArray[np.float64]) -> NDArray[np.int64]:
    """The range of one width that each score is in."""
    return np.minimum((score_L * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)


def _calibration_error(levels: Levels) -> Numbers:
    """Expected calibration error (Naeini et al. 2015) of the positive's probability."""
    bins = calibration_bins(levels.score_L)[:, None] == np.arange(CALIBRATION_BINS)
    count = levels.positives_L + levels.negatives_L
    gaps = np.abs((count * levels.score_L - levels.positives_L) @ bins.astype(np.float64))
    return _divided(gaps.sum(axis=-1), levels.rows)


def _above(levels: Levels, threshold: float) -> tuple[Numbers, Numbers]:
    """Positives and negatives at or above a threshold."""
    is_above_L = (levels.lowest_L >= threshold).astype(np.float64)
    return levels.positives_L @ is_above_L, levels.negatives_L @ is_above_L


def _f1(levels: Levels) -> Numbers:
    """F1 at the threshold of each level, (…, L)."""
    found = levels.found
    positives = levels.positives_L.sum(axis=-1)[..., None]
    return np.asarray(_divided(2.0 * found, positives + found + levels.alarms))


def _interval(name: str, values_B: Numbers, value: float) -> Interval:
    if name == "calibration_error" and not math.isnan(value):
        return mirrored_interval(values_B, value)
    low, high = (float(end) for end in percentile_interval(values_B))
    if name in PERCENTAGES and not math.isnan(low):
        low, high = max(0.0, low), min(1.0, high)
    return Interval(low, high)


def _divided(above: Numbers, below: Numbers) -> Numbers:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)
