"""Bootstrap intervals: how far a number would move on other samples from the same source.

Shape legend: N samples, B draws. Draws are plain: N samples with replacement out of all, not class by class,
because another test set would not have exactly the same class frequencies either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_MOST_NUMBERS = 4_000_000
LEVEL = 0.95


class Interval(NamedTuple):
    """A range that holds a number with a confidence of 95 %; NaN where it is undefined."""

    low: float
    high: float


def resampled(num_samples: int, *, draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """How often each sample counts in each draw, in blocks of shape (N, some draws).

    The blocks are a pure function of the arguments and take a few megabytes, whatever N is.

    Example:
        >>> [block.sum(axis=0).tolist() for block in resampled(5, draws=3, seed=0)]
        [[5.0, 5.0, 5.0]]
    """
    generator = np.random.default_rng(seed)
    at_once = max(1, min(draws, _MOST_NUMBERS // max(num_samples, 1)))
    for first in range(0, draws, at_once):
        block_BN = np.empty((min(at_once, draws - first), num_samples), np.float32)
        for row_N in block_BN:
            drawn_N = generator.integers(0, num_samples, num_samples, dtype=np.int32)
            row_N[:] = np.bincount(drawn_N, minlength=num_samples)
        yield np.ascontiguousarray(block_BN.T)


def percentile_interval(
    values: NDArray[np.floating[Any]], *, level: float = LEVEL
) -> NDArray[np.float64]:
    """The middle ``level`` of the draws along the first axis (Efron 1979), shape (2, …): low, high.

    Draws where the metric was undefined are left out; NaN if it was in most of them.

    Example:
        >>> percentile_interval(np.arange(101.0), level=0.9).round(3).tolist()
        [5.0, 95.0]
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    draws_BM = np.asarray(values, np.float64).reshape(len(values), -1)
    tail = (1.0 - level) / 2.0
    num_defined_M = np.sum(~np.isnan(draws_BM), axis=0)
    is_usable_M = (num_defined_M > 0) & (2 * num_defined_M >= len(draws_BM))
    ends_2M = np.full((2, draws_BM.shape[1]), np.nan)
    if is_usable_M.any():
        # nanquantile goes column by column; most often there is nothing to leave out.
        quantile = np.quantile if (num_defined_M == len(draws_BM)).all() else np.nanquantile
        ends_2M[:, is_usable_M] = quantile(draws_BM[:, is_usable_M], [tail, 1.0 - tail], axis=0)
    return ends_2M.reshape(2, *values.shape[1:])


def mirrored_interval(
    values_B: NDArray[np.floating[Any]], value: float, *, level: float = LEVEL
) -> Interval:
    """The percentile interval mirrored at the value, for a metric ≥ 0 that resampling only raises.

    A mean of absolute gaps such as the calibration error is too high on any finite sample, and higher
    still on a resampled one: its percentile interval often lies above the value itself. The basic
    interval (Davison & Hinkley 1997, §5.2) takes the bias off instead of adding it once more. It is cut at
    0 and widened to hold the value.

    Example:
        >>> mirrored_interval(np.linspace(0.2, 0.4, 201), 0.25, level=0.9)
        Interval(low=0.11, high=0.29)
    """
    low, high = percentile_interval(values_B, level=level)
    return Interval(
        round(max(0.0, min(value, 2.0 * value - float(high))), 12),
        round(max(value, 2.0 * value - float(low)), 12),
    )
