"""Metrics that follow from sums over samples, with bootstrap intervals.

Shape legend: N samples, M columns of sums, B draws, K classes.

A dense prediction has too many pixels to keep. What each picture adds to the sums behind a metric is kept
instead: their total gives the value, and their total over a draw of pictures gives the value of the draw.
Pictures are drawn, not pixels, because the pixels of one picture resemble one another.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, percentile_interval, resampled
from netloom.tasks.measures import Measures, joined, single, unknown

Sums = NDArray[np.float64]

Measure = Callable[[Sums], Measures]
"""Totals (B, M) to measures: (B,) each, and (B, K) by class."""


def measured_once(sums_NM: Sums, measure: Measure) -> Measures:
    """The measures of all samples together.

    Example:
        >>> mean = lambda totals_BM: Measures({"mean": totals_BM[:, 0] / totals_BM[:, 1]}, {})
        >>> measured_once(np.array([[2.0, 1.0], [6.0, 1.0]]), mean).overall["mean"]
        4.0
    """
    return single(measure(sums_NM.sum(axis=0, keepdims=True)))


def sum_intervals(sums_NM: Sums, measure: Measure, *, draws: int, seed: int) -> Measures:
    """95 % bootstrap intervals: an :class:`Interval` each, and (2, K) arrays by class.

    Args:
        draws: 0 leaves every interval undefined.

    Example:
        >>> mean = lambda totals_BM: Measures({"mean": totals_BM[:, 0] / totals_BM[:, 1]}, {})
        >>> sums = np.array([[2.0, 1.0], [6.0, 1.0]] * 20)
        >>> found = sum_intervals(sums, mean, draws=200, seed=0).overall["mean"]
        >>> found.low < 4.0 < found.high
        True
    """
    if not draws:
        return unknown(measured_once(sums_NM, measure))
    drawn = joined(
        resampled(len(sums_NM), draws=draws, seed=seed),
        lambda weights_NB: measure(np.asarray(weights_NB, np.float64).T @ sums_NM),
    )
    return Measures(
        {
            name: Interval(*(float(end) for end in percentile_interval(values_B)))
            for name, values_B in drawn.overall.items()
        },
        {name: percentile_interval(values_BK) for name, values_BK in drawn.by_class.items()},
    )


def difference_of(measure: Measure, columns: int) -> Measure:
    """The measures of a second model less those of a first, from the sums of both beside one another.

    Args:
        columns: M of one model.

    Example:
        >>> total = lambda totals_BM: Measures({"total": totals_BM[:, 0]}, {})
        >>> measured_once(np.array([[1.0, 5.0]]), difference_of(total, 1)).overall["total"]
        4.0
    """

    def difference(totals_BM: Sums) -> Measures:
        first, second = measure(totals_BM[:, :columns]), measure(totals_BM[:, columns:])
        return Measures(
            {name: second.overall[name] - first.overall[name] for name in first.overall},
            {name: second.by_class[name] - first.by_class[name] for name in first.by_class},
        )

    return difference
