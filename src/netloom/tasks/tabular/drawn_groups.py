"""Rows of a large table put into groups, so that resampling does not grow with the table.

Shape legend: N rows, G groups, K classes, M columns of sums.

A metric that follows from sums over rows is resampled by drawing groups instead of rows. Groups are made at
random and are of one size, so the sums of two thousand groups spread as those of the rows do; where there
are no more rows than groups, each row is a group and nothing is lost.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, mirrored_interval, percentile_interval, resampled
from netloom.tasks.measures import Measures, joined, unknown
from netloom.tasks.sample_sums import Measure, Sums

MOST_GROUPS = 2000


class DrawnGroups(NamedTuple):
    """Which group each row is in.

    Attributes:
        group_N: Index of its group.
        number: How many groups there are.
    """

    group_N: NDArray[np.int32]
    number: int

    def sums(self, values_N: NDArray[Any]) -> NDArray[np.float64]:
        """Sum of each group, (G,).

        Example:
            >>> DrawnGroups(np.array([0, 1, 0], np.int32), 2).sums(
            ...     np.array([1.0, 2.0, 3.0])
            ... ).tolist()
            [4.0, 2.0]
        """
        return np.bincount(self.group_N, weights=values_N, minlength=self.number).astype(np.float64)

    def counts(self, class_N: NDArray[Any], classes: int) -> NDArray[np.float64]:
        """How many rows of each class there are in each group, (G, K).

        Example:
            >>> groups = DrawnGroups(np.array([0, 1, 0], np.int32), 2)
            >>> groups.counts(np.array([1, 1, 0]), 2).tolist()
            [[1.0, 1.0], [0.0, 1.0]]
        """
        places_N = self.group_N.astype(np.int64) * classes + class_N
        counted = np.bincount(places_N, minlength=self.number * classes)
        return counted.reshape(self.number, classes).astype(np.float64)


def drawn_groups(rows: int, *, seed: int, most: int = MOST_GROUPS) -> DrawnGroups:
    """Put rows at random into at most ``most`` groups of one size; sizes differ by one at most.

    Example:
        >>> np.bincount(drawn_groups(7, seed=0, most=3).group_N).tolist()
        [3, 2, 2]
        >>> drawn_groups(3, seed=0).group_N.tolist()
        [0, 1, 2]
    """
    if rows <= most:
        return DrawnGroups(np.arange(rows, dtype=np.int32), rows)
    group_N = (np.arange(rows, dtype=np.int64) % most).astype(np.int32)
    np.random.default_rng(seed).shuffle(group_N)
    return DrawnGroups(group_N, most)


def group_intervals(
    sums_GM: Sums,
    measure: Measure,
    values: Measures,
    *,
    draws: int,
    seed: int,
    mirrored: frozenset[str] = frozenset(),
) -> Measures:
    """95 % bootstrap intervals from the sums of groups; NaN for values that ``measure`` does not give.

    Args:
        values: Of the whole table.
        mirrored: Metrics that resampling only raises, see :func:`mirrored_interval`.

    Example:
        >>> mean = lambda totals_BM: Measures({"mean": totals_BM[:, 0] / totals_BM[:, 1]}, {})
        >>> sums = np.array([[2.0, 1.0], [6.0, 1.0]] * 20)
        >>> whole = Measures({"mean": 4.0}, {})
        >>> low, high = group_intervals(sums, mean, whole, draws=200, seed=0).overall["mean"]
        >>> low < 4.0 < high
        True
    """
    nothing = unknown(values)
    if not draws or not len(sums_GM):
        return nothing
    drawn = joined(
        resampled(len(sums_GM), draws=draws, seed=seed),
        lambda weights_GB: measure(np.asarray(weights_GB, np.float64).T @ sums_GM),
    )
    overall = {}
    for name, values_B in drawn.overall.items():
        value = values.overall[name]
        if name in mirrored and not math.isnan(value):
            overall[name] = mirrored_interval(values_B, value)
        else:
            overall[name] = Interval(*(float(end) for end in percentile_interval(values_B)))
    by_class = {name: percentile_interval(values_BK) for name, values_BK in drawn.by_class.items()}
    return Measures({**nothing.overall, **overall}, {**nothing.by_class, **by_class})
