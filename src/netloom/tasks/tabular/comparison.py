"""Which of two table models, A and B, is better on the same rows, and how sure that is.

Shape legend: G groups of rows, M columns of sums. Both models are resampled by the same draws, so what is
hard for both does not blur their difference.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from netloom.models.tabular.spec import Target
from netloom.tasks.bootstrap import Interval
from netloom.tasks.measures import Measures
from netloom.tasks.sample_sums import Measure, Sums
from netloom.tasks.tabular.drawn_groups import drawn_groups, group_intervals
from netloom.tasks.tabular.measures import (
    TargetRows,
    headline,
    meanings,
    measured,
    sums_and_measure,
)

Verdict = Literal["a", "b", "unclear"]


class TargetComparison(NamedTuple):
    """How two models differ on one target; every difference is B − A.

    Attributes:
        first: What A said, and the truth.
        second: What B said of the same rows.
        values: Metrics of A, and of B.
        ranges: Intervals of the differences; NaN where undefined.
    """

    first: TargetRows
    second: TargetRows
    values: tuple[Measures, Measures]
    ranges: dict[str, Interval]

    @property
    def target(self) -> Target:
        """The target, as A knows it."""
        return self.first.target

    def difference(self, metric: str) -> float:
        """B − A."""
        first, second = (values.overall[metric] for values in self.values)
        return float(second - first)

    @property
    def verdict(self) -> Verdict:
        """Who is better by the headline metric beyond doubt: its interval does not hold 0."""
        metric, higher = headline(self.target)
        low, high = self.ranges[metric]
        if math.isnan(low) or low <= 0.0 <= high:
            return "unclear"
        return "b" if (low > 0.0) == higher else "a"


def compared(
    first: TargetRows, second: TargetRows, *, threshold: float, draws: int, seed: int
) -> TargetComparison:
    """Metrics of both, and intervals of the differences of those that follow from sums over rows.

    Example:
        >>> target = Target(column="y", type="number")
        >>> from netloom.tasks.tabular.measures import target_rows
        >>> truth = np.linspace(0.0, 1.0, 50)
        >>> a, b = (target_rows(target, truth + error, truth) for error in (0.2, 0.1))
        >>> compared(a, b, threshold=0.5, draws=100, seed=0).verdict
        'b'
    """
    values = measured(first, threshold=threshold), measured(second, threshold=threshold)
    groups = drawn_groups(len(first), seed=seed)
    sides = [
        sums_and_measure(rows, found, groups, threshold=threshold)
        for rows, found in zip((first, second), values, strict=True)
    ]
    together = np.hstack([sums_GM for sums_GM, _ in sides])
    names = list(meanings(first.target))
    differences = {name: values[1].overall[name] - values[0].overall[name] for name in names}
    found = group_intervals(
        together, _difference(sides), Measures(differences, {}), draws=draws, seed=seed
    )
    return TargetComparison(first, second, values, {name: found.overall[name] for name in names})


def _difference(sides: list[tuple[Sums, Measure]]) -> Measure:
    """The measures of B less those of A, from the sums of both beside one another."""
    (sums_GM, measure_a), (_, measure_b) = sides
    columns = sums_GM.shape[1]

    def difference(totals_BM: Sums) -> Measures:
        first, second = measure_a(totals_BM[:, :columns]), measure_b(totals_BM[:, columns:])
        overall = {name: second.overall[name] - first.overall[name] for name in first.overall}
        return Measures(overall, {})

    return difference
