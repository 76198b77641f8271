"""Long series that were just read: whoever zooms into a curve asks for the same one again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from netloom.core.identifiers import NodeId, RunId

if TYPE_CHECKING:
    from netloom.tracking.metrics import Points

Key = tuple[RunId, NodeId, str]
Chunks = tuple[int, ...]
"""Ids of the chunks a series was read from: chunks never change, so equal ids mean equal points."""

_LEAST_BYTES = 1 << 20
"""Shorter series are read faster than they are worth keeping."""


class SeriesMemory:
    """Keeps the series that were last read, as long as they fit. Safe for several threads.

    Args:
        limit_bytes: How much memory all of them may take.
    """

    def __init__(self, limit_bytes: int = 64 << 20) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[Key, tuple[Chunks, Points]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Key, chunks: Chunks) -> Points | None:
        """The series, if it was read from exactly these chunks."""
        with self._lock:
            known, points = self._kept.get(key, ((), None))
            if points is None or known != chunks:
                return None
            self._kept.move_to_end(key)
            return points

    def keep(self, key: Key, chunks: Chunks, points: Points) -> None:
        """Remember a series; those not asked for longest go."""
        if not _LEAST_BYTES <= _bytes(points) <= self._limit_bytes:
            return
        with self._lock:
            self._kept[key] = (chunks, points)
            self._kept.move_to_end(key)
            while sum(_bytes(kept) for _, kept in self._kept.values()) > self._limit_bytes:
                self._kept.popitem(last=False)


def _bytes(points: Points) -> int:
    return sum(column.nbytes for column in points)
