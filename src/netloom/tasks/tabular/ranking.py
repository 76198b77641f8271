"""How well scores put positives before negatives: areas, the largest gap, gains and lifts.

Shape legend: L levels from the highest score to the lowest, S shares, … leading axes such as bootstrap draws.
All of them are NaN where there are no positives, or no negatives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.tabular.levels import Levels

Numbers = NDArray[Any]
_MOST_POINTS = 200


def roc_area(levels: Levels) -> Numbers:
    """The chance that a positive scores higher than a negative, a tie counting half (Hanley & McNeil 1982).

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> scores, truth = np.array([0.9, 0.5, 0.5]), np.array([True, True, False])
        >>> float(roc_area(levels_of(scores, truth)))
        0.75
    """
    found, positives, negatives = levels.found, *_totals(levels)
    pairs = levels.negatives_L * (found - 0.5 * levels.positives_L)
    return _defined(pairs.sum(axis=-1), positives * negatives)


def average_precision(levels: Levels) -> Numbers:
    """Area below the precision-recall curve as Σ recall step × precision, without interpolation.

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> scores, truth = np.array([0.9, 0.7, 0.5]), np.array([True, False, True])
        >>> round(float(average_precision(levels_of(scores, truth))), 4)
        0.8333
    """
    found = levels.found
    positives, negatives = _totals(levels)
    called = found + levels.alarms
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    area = (levels.positives_L * precision).sum(axis=-1)
    return np.where(negatives > 0, _defined(area, positives), np.nan)


def largest_gap(levels: Levels) -> Numbers:
    """Kolmogorov-Smirnov: the largest share of positives minus share of negatives above one threshold.

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> scores, truth = np.array([0.9, 0.7, 0.5]), np.array([True, False, True])
        >>> float(largest_gap(levels_of(scores, truth)))
        0.5
    """
    if not levels.score_L.size:
        return np.full(levels.positives_L.shape[:-1], np.nan)
    gaps = _gaps(levels)
    return np.asarray(np.maximum(gaps.max(axis=-1), 0.0))


def largest_gap_threshold(levels: Levels) -> float:
    """Lowest score that counts as positive where the gap is largest; NaN where there is none."""
    gaps = _gaps(levels)
    if not gaps.size or np.isnan(gaps).any() or gaps.max() <= 0:
        return float("nan")
    return float(levels.lowest_L[gaps.argmax()])


def gains(levels: Levels, shares_S: Numbers) -> Numbers:
    """Share of all positives among the rows of highest score, for shares of all rows, (…, S).

    Where a share ends among rows of equal score, it holds as many positives as it would on average if
    these came in random order.

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> scores, truth = np.array([0.9, 0.7, 0.5, 0.5]), np.array([True, False, True, False])
        >>> gains(levels_of(scores, truth), np.array([0.25, 0.75, 1.0])).tolist()
        [0.5, 0.75, 1.0]
    """
    found, alarms = np.atleast_2d(levels.found), np.atleast_2d(levels.alarms)
    wanted = np.empty((len(found), len(shares_S)))
    for row, (found_L, alarms_L) in enumerate(zip(found, alarms, strict=True)):
        if not found_L.size or found_L[-1] == 0:
            wanted[row] = np.nan
            continue
        called_L = np.append(0.0, found_L + alarms_L)
        share_L = np.append(0.0, found_L) / found_L[-1]
        wanted[row] = np.interp(shares_S * called_L[-1], called_L, share_L)
    return wanted.reshape(*levels.positives_L.shape[:-1], len(shares_S))


class CurvePoints(NamedTuple):
    """Shares at falling thresholds, from "nothing is called positive" to "everything is".

    Attributes:
        called: Of all rows, the share at or above the threshold.
        recall: Of the positives, likewise.
        false_alarms: Of the negatives, likewise.
        precision: Of the rows at or above the threshold, the share of positives.
    """

    called: NDArray[np.float64]
    recall: NDArray[np.float64]
    false_alarms: NDArray[np.float64]
    precision: NDArray[np.float64]


def curve_points(levels: Levels, *, most: int = _MOST_POINTS) -> CurvePoints:
    """Points of the ROC, precision-recall and gain curves, thinned out.

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> scores, truth = np.array([0.9, 0.7, 0.5]), np.array([True, False, True])
        >>> curve_points(levels_of(scores, truth)).recall.tolist()
        [0.0, 0.5, 0.5, 1.0]
    """
    found, alarms = levels.found, levels.alarms
    positives, negatives = _totals(levels)
    called = found + alarms
    total = max(float(positives + negatives), 1.0)
    # Equally far apart along the rows, so that steps at the top of a skewed ranking stay visible.
    wanted = np.unique(np.searchsorted(called, np.linspace(0.0, total, most)))
    kept = wanted[wanted < len(called)]
    if len(called) and len(kept) and kept[-1] != len(called) - 1:
        kept = np.append(kept, len(called) - 1)
    precision = found[kept] / called[kept]
    with np.errstate(invalid="ignore", divide="ignore"):
        return CurvePoints(
            np.append(0.0, called[kept] / total),
            np.append(0.0, found[kept] / positives),
            np.append(0.0, alarms[kept] / negatives),
            np.append(precision[:1], precision),
        )


def roc_area_influences(score_N: Numbers, positive_N: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much each row moves the area below the ROC curve, (N,), with mean 0.

    From each row's placement among those of the other side (DeLong, DeLong & Clarke-Pearson 1988). The area
    of a resampled table is the area plus the mean of the drawn rows' influences, up to terms of second
    order.

    Example:
        >>> roc_area_influences(np.array([0.9, 0.5, 0.7]), np.array([True, True, False])).tolist()
        [0.75, -0.75, 0.0]
    """
    positives, negatives = int(positive_N.sum()), int((~positive_N).sum())
    influence_N = np.zeros(len(score_N))
    if not positives or not negatives:
        return influence_N
    for is_side_N, above in ((positive_N, False), (~positive_N, True)):
        others = np.sort(score_N[~is_side_N])
        own = score_N[is_side_N]
        below = np.searchsorted(others, own, side="left")
        placement = (below + 0.5 * (np.searchsorted(others, own, side="right") - below)) / len(
            others
        )
        placement = 1.0 - placement if above else placement
        influence_N[is_side_N] = (placement - placement.mean()) * len(score_N) / len(own)
    return influence_N


def _gaps(levels: Levels) -> Numbers:
    positives, negatives = _totals(levels)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = levels.found / positives[..., None]
        gaps: Numbers = recall - levels.alarms / negatives[..., None]
    return gaps


def _totals(levels: Levels) -> tuple[Numbers, Numbers]:
    return (
        np.asarray(levels.positives_L.sum(axis=-1)),
        np.asarray(levels.negatives_L.sum(axis=-1)),
    )


def _defined(above: Numbers, below: Numbers) -> Numbers:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)
