"""Metrics on their way out of a job: collected in memory, handed over packed."""

from __future__ import annotations

import math
import operator
import struct
import sys
import threading
import time
from array import array
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POINT_BYTES = 8
"""Size of one step, one value or one time."""

_LAST_STEP = 2**63 - 1


class _Column:
    """Points of one metric since the last drain, in call order."""

    __slots__ = ("steps", "times", "values")

    def __init__(self) -> None:
        self.steps = array("q")
        self.values = array("d")
        self.times = array("d")


class MetricBuffer:
    """Collects metric points from the threads of a job until someone drains them.

    ``log`` does no I/O and costs about a microsecond per point, so it may be called for every training
    step. Both methods may be called from any thread; a point is handed out exactly once, and points
    of one metric keep the order of their calls.
    """

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}
        self._lock = threading.Lock()

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add one point to each metric. NaN and infinity are kept.

        Raises:
            ValueError: ``step`` is negative or above 2**63 - 1; nothing is added.
            TypeError: ``step`` is no integer, or a value cannot be turned into a float; nothing is
                added.
        """
        step = operator.index(step)
        if not 0 <= step <= _LAST_STEP:
            raise ValueError(f"step: expected an integer in [0, 2**63 - 1]; got {step}")
        points = [(name, _number(name, value)) for name, value in metrics.items()]
        now = time.time()
        with self._lock:
            columns = self._columns
            for name, value in points:
                column = columns.get(name)
                if column is None:
                    column = columns[name] = _Column()
                column.steps.append(step)
                column.values.append(value)
                column.times.append(now)

    def drain(self) -> list[tuple[str, bytes, bytes, bytes]]:
        """Take what was logged since the last call: (name, steps, values, times) of each metric.

        The bytes are little-endian int64 and float64, as in
        :class:`netloom.execution.events.MetricsLogged`.
        """
        with self._lock:
            columns, self._columns = self._columns, {}
        return [
            (name, _little_endian(c.steps), _little_endian(c.values), _little_endian(c.times))
            for name, c in columns.items()
        ]


def pack_points(
    steps: Iterable[int], values: Iterable[float], times: Iterable[float]
) -> tuple[bytes, bytes, bytes]:
    """Points as three little-endian arrays.

    Raises:
        ValueError: The three differ in length.
    """
    packed = (
        _little_endian(array("q", steps)),
        _little_endian(array("d", values)),
        _little_endian(array("d", times)),
    )
    count_points(*packed)
    return packed


def unpack_points(
    steps: bytes, values: bytes, times: bytes
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Inverse of :func:`pack_points`; the arrays are read-only views of the bytes.

    Raises:
        ValueError: The three differ in length, or are no whole number of points.
    """
    import numpy as np

    count_points(steps, values, times)
    return np.frombuffer(steps, "<i8"), np.frombuffer(values, "<f8"), np.frombuffer(times, "<f8")


def count_points(steps: bytes, values: bytes, times: bytes) -> int:
    """How many points three packed arrays hold.

    Raises:
        ValueError: The three differ in length, or are no whole number of points.
    """
    if not len(steps) == len(values) == len(times) or len(steps) % POINT_BYTES:
        sizes = len(steps), len(values), len(times)
        raise ValueError(f"packed points: expected equal multiples of 8 bytes; got {sizes}")
    return len(steps) // POINT_BYTES


def step_range(steps: bytes) -> tuple[int, int]:
    """Smallest and largest of packed steps (which are not always sorted: work may be resumed)."""
    column = struct.unpack(f"<{len(steps) // POINT_BYTES}q", steps)
    return min(column), max(column)


def last_value(values: bytes) -> float:
    """The last of packed values; NaN if there are none."""
    return float(struct.unpack("<d", values[-POINT_BYTES:])[0]) if values else math.nan


def _number(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"metric {name!r}: expected a number or a tensor with one element; "
            f"got {type(value).__name__}"
        ) from error


def _little_endian(column: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()
