"""All metrics of a number that was predicted, with bootstrap intervals.

Shape legend: N rows, G groups of rows, B draws, M columns of sums.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.measures import Measures, single
from netloom.tasks.sample_sums import Measure, Sums
from netloom.tasks.tabular.drawn_groups import DrawnGroups, drawn_groups, group_intervals

Numbers = NDArray[np.float64]

MEANINGS: dict[str, tuple[str, str]] = {
    "rmse": (
        "RMSE",
        "root of the mean squared error, in the target's unit; large errors count most",
    ),
    "mae": ("MAE", "mean absolute error, in the target's unit"),
    "median_error": ("Median error", "half of the absolute errors are smaller"),
    "r2": (
        "R²",
        "share of the variance that is explained; 0 is as good as always predicting the mean",
    ),
    "mape": ("MAPE", "mean absolute error relative to the truth, over rows whose truth is not 0"),
    "bias": ("Bias", "mean of prediction − truth"),
}
"""Name and meaning of every metric, in the order in which they are shown."""
PERCENTAGES = frozenset({"mape"})


def number_values(predicted_N: NDArray[Any], true_N: NDArray[Any]) -> dict[str, float]:
    """Every metric of :data:`MEANINGS`; NaN where it is undefined.

    R² is undefined for fewer than two rows and for equal truths, MAPE if all truths are 0.

    Example:
        >>> number_values(np.array([1.0, 2.0]), np.array([1.0, 4.0]))["mae"]
        1.0
    """
    totals_M = [float(column_N.sum()) for column_N in _columns(predicted_N, true_N)]
    once = single(_measures(np.array([totals_M]))).overall
    once["median_error"] = float(np.median(_errors(predicted_N, true_N))) if len(true_N) else np.nan
    return {name: once[name] for name in MEANINGS}


def number_intervals(
    predicted_N: NDArray[Any],
    true_N: NDArray[Any],
    values: dict[str, float],
    *,
    draws: int,
    seed: int,
) -> dict[str, Interval]:
    """95 % bootstrap intervals of the same metrics."""
    groups = drawn_groups(len(true_N), seed=seed)
    sums_GM, measure = number_sums(predicted_N, true_N, groups)
    whole = Measures(values, {})
    found = group_intervals(sums_GM, measure, whole, draws=draws, seed=seed).overall
    if draws and len(true_N):
        found["median_error"] = median_interval(_errors(predicted_N, true_N))
    return {name: found[name] for name in values}


def number_sums(
    predicted_N: NDArray[Any], true_N: NDArray[Any], groups: DrawnGroups
) -> tuple[Sums, Measure]:
    """Sums of each group, and the metrics that follow from totals of them: all but the median error."""
    columns = [groups.sums(column_N) for column_N in _columns(predicted_N, true_N)]
    return np.stack(columns, axis=1), _measures


def median_interval(values_N: NDArray[Any], *, tail: float = 0.025) -> Interval:
    """The bootstrap interval of a median, without drawing (Efron 1979).

    A drawn median is at most the k-th smallest value if at least half of the N draws fall on the k
    smallest; how many do is binomial with share k/N.

    Example:
        >>> median_interval(np.arange(101.0))
        Interval(low=40.0, high=60.0)
    """
    from scipy.special import bdtr

    count = len(values_N)
    fewer_than_half = (count + 1) // 2 - 1

    def chance(rank: int) -> float:
        return 1.0 - float(bdtr(fewer_than_half, count, rank / count))

    ordered_N = np.sort(values_N)
    low, high = (bisect_left(range(1, count), end, key=chance) for end in (tail, 1.0 - tail))
    return Interval(float(ordered_N[low]), float(ordered_N[high]))


def _errors(predicted_N: NDArray[Any], true_N: NDArray[Any]) -> Numbers:
    return np.asarray(np.abs(predicted_N.astype(np.float64) - true_N))


def _columns(predicted_N: NDArray[Any], true_N: NDArray[Any]) -> Iterator[Numbers]:
    """What is summed over the rows, one (N,) after another.

    Truths are counted from their mean, or the variance of large numbers would be lost.
    """
    truth_N = true_N.astype(np.float64)
    error_N = predicted_N.astype(np.float64) - truth_N
    yield np.ones_like(error_N)
    yield error_N
    yield np.abs(error_N)
    yield np.square(error_N)
    away_N = truth_N - truth_N.mean() if len(truth_N) else truth_N
    yield away_N
    yield np.square(away_N)
    size_N = np.abs(truth_N)
    has_size_N = size_N > 0
    yield np.divide(np.abs(error_N), size_N, out=np.zeros_like(size_N), where=has_size_N)
    yield has_size_N.astype(np.float64)


def _measures(sums_BM: Numbers) -> Measures:
    rows, error, size, square, away, spread, relative, sized = sums_BM.T
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = spread / rows - np.square(away / rows)
        is_spread = (rows > 1) & (variance > 1e-12 * spread / rows)
        overall = {
            "rmse": np.sqrt(square / rows),
            "mae": size / rows,
            "r2": np.where(is_spread, 1.0 - square / rows / variance, np.nan),
            "mape": np.where(sized > 0, relative / sized, np.nan),
            "bias": error / rows,
        }
    return Measures(overall, {})
