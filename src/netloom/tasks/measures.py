"""Metrics by name, of one value or of many bootstrap draws: the form in which every task has them.

Shape legend: K classes, B draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval

Weights = NDArray[np.floating[Any]]
Values = NDArray[np.floating[Any]]


class Measures(NamedTuple):
    """Metrics by name.

    Attributes:
        overall: One number each; (B,) for draws.
        by_class: One for each class, (K,); (B, K) for draws.
    """

    overall: dict[str, Any]
    by_class: dict[str, Values]


def single(measures: Measures) -> Measures:
    """The only draw of measures with B = 1.

    Example:
        >>> single(Measures({"accuracy": np.array([0.5])}, {})).overall
        {'accuracy': 0.5}
    """
    return Measures(
        {name: float(values_B[0]) for name, values_B in measures.overall.items()},
        {name: values_BK[0] for name, values_BK in measures.by_class.items()},
    )


def unknown(values: Measures) -> Measures:
    """Undefined intervals, for when there are no draws.

    Example:
        >>> unknown(Measures({"accuracy": 0.5}, {})).overall["accuracy"]
        Interval(low=nan, high=nan)
    """
    return Measures(
        {name: Interval(math.nan, math.nan) for name in values.overall},
        {name: np.full((2, len(row_K)), math.nan) for name, row_K in values.by_class.items()},
    )


def joined(blocks: Iterator[Weights], measures: Callable[[Weights], Measures]) -> Measures:
    """The measures of several blocks of draws, one after the other."""
    parts = [measures(weights_NB) for weights_NB in blocks]
    return Measures(
        {name: np.concatenate([part.overall[name] for part in parts]) for name in parts[0].overall},
        {
            name: np.concatenate([part.by_class[name] for part in parts])
            for name in parts[0].by_class
        },
    )
