"""Metric series: putting packed points together and thinning them out for display."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netloom.execution.metric_buffer import unpack_points

Points = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Steps, values and times: parallel arrays."""


def joined(chunks: Sequence[tuple[bytes, bytes, bytes]]) -> Points:
    """Packed chunks in call order as one series; each step keeps its last value."""
    steps, values, times = (b"".join(column) for column in zip(*chunks)) if chunks else (b"",) * 3
    return merged(*unpack_points(steps, values, times))


def merged(
    steps: NDArray[np.int64], values: NDArray[np.float64], times: NDArray[np.float64]
) -> Points:
    """Points in call order → steps strictly increasing, the last point of each step.

    Work resumed from a checkpoint logs again what it repeats; that is why later points win.
    """
    if len(steps) < 2 or bool(np.all(steps[1:] > steps[:-1])):
        return steps, values, times
    _, from_end = np.unique(steps[::-1], return_index=True)  # the first in reverse is the last
    kept = len(steps) - 1 - from_end
    return steps[kept], values[kept], times[kept]


def between(points: Points, *, first: int | None, last: int | None) -> Points:
    """Points with steps from ``first`` to ``last``, both included; None is no bound. Steps must increase."""
    steps, values, times = points
    begin = 0 if first is None else int(np.searchsorted(steps, first, side="left"))
    end = len(steps) if last is None else int(np.searchsorted(steps, last, side="right"))
    return steps[begin:end], values[begin:end], times[begin:end]


def thinned(points: Points, max_points: int | None) -> Points:
    """At most ``max_points`` of a series; see :func:`downsample`."""
    steps, values, times = points
    if max_points is None or len(steps) <= max_points:
        return points
    kept = downsample(values, max_points)
    return steps[kept], values[kept], times[kept]


def downsample(values: NDArray[np.float64], max_points: int) -> NDArray[np.intp]:
    """Indices of at most ``max_points`` values that draw the same curve, in increasing order.

    The first and the last value are kept; between them the values are cut into buckets of equal
    size, and each gives its smallest and its largest. NaN is kept where a whole bucket is NaN.
    With ``max_points`` below 4 there is room for the ends only.

    Raises:
        ValueError: ``max_points`` is not positive.
    """
    if max_points < 1:
        raise ValueError(f"max_points: expected a positive number; got {max_points}")
    count = len(values)
    if count <= max_points:
        return np.arange(count)
    if max_points < 4:
        return np.array([0, count - 1][-max_points:], dtype=np.intp)
    size = -(-count // ((max_points - 2) // 2))
    whole = count - count % size
    inner = _extremes(values[:whole].reshape(-1, size))
    rest = _extremes(values[whole:].reshape(1, -1)) + whole if whole < count else inner[:0]
    return np.unique(np.concatenate(([0], inner, rest, [count - 1])))


def _extremes(buckets: NDArray[np.float64]) -> NDArray[np.intp]:
    """Flat indices of the smallest and the largest value of each row."""
    missing = np.isnan(buckets)
    if missing.any():
        lowest = np.where(missing, np.inf, buckets).argmin(axis=1)
        highest = np.where(missing, -np.inf, buckets).argmax(axis=1)
    else:
        lowest, highest = buckets.argmin(axis=1), buckets.argmax(axis=1)
    starts = np.arange(len(buckets)) * buckets.shape[1]
    return np.concatenate((starts + lowest, starts + highest))
