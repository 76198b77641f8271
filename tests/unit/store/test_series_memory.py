from __future__ import annotations

import numpy as np

from netloom.core.identifiers import NodeId, RunId
from netloom.store.series_memory import Key, SeriesMemory
from netloom.tracking.metrics import Points

LONG = 1 << 16  # points of 24 bytes: 1.5 MiB


def points(count: int = LONG) -> Points:
    column = np.arange(count)
    return column, column.astype(float), column.astype(float)


def key(name: str) -> Key:
    return RunId("run"), NodeId("fit"), name


def test_a_series_is_known_while_its_chunks_are_the_same() -> None:
    memory, loss = SeriesMemory(), points()
    memory.keep(key("loss"), (1, 2), loss)
    assert memory.recall(key("loss"), (1, 2)) is loss
    assert memory.recall(key("loss"), (1, 2, 3)) is None
    assert memory.recall(key("accuracy"), (1, 2)) is None


def test_those_not_asked_for_longest_go_first() -> None:
    memory = SeriesMemory(limit_bytes=4 << 20)
    for name in ("a", "b"):
        memory.keep(key(name), (1,), points())
    memory.recall(key("a"), (1,))
    memory.keep(key("c"), (1,), points())
    known = [name for name in "abc" if memory.recall(key(name), (1,)) is not None]
    assert known == ["a", "c"]


def test_what_is_short_or_too_long_is_not_kept() -> None:
    memory = SeriesMemory(limit_bytes=2 << 20)
    memory.keep(key("short"), (1,), points(10))
    memory.keep(key("long"), (1,), points(2 * LONG))
    assert memory.recall(key("short"), (1,)) is None
    assert memory.recall(key("long"), (1,)) is None
