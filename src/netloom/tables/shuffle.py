"""The order in which rows are read for learning, of tables larger than memory.

Row groups of Parquet files come in random order; rows of neighbours in that order are pooled in a **window**
that fits into memory, and mixed there. The order is a pure function of (seed, epoch), and windows follow from
sizes of row groups alone, so reading can begin at any row without reading those before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Indices = slice | NDArray[np.int64]
"""Which rows, and in which order."""


class Span(NamedTuple):
    """Rows ``start`` up to, but not with, ``stop`` of a row group."""

    group: int
    start: int
    stop: int

    @property
    def rows(self) -> int:
        """How many they are."""
        return self.stop - self.start


class Window(NamedTuple):
    """Rows that are in memory together.

    Attributes:
        spans: Where they are; read one after another.
        order: Order in which they are given.
    """

    spans: tuple[Span, ...]
    order: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowOrder:
    """Rows of an epoch for one of several readers.

    Attributes:
        group_rows: Sizes of all row groups.
        shuffle: Draw a new order for each epoch; otherwise rows come as they are stored.
        window_rows: At most so many rows are mixed with each other.
        rank: Which of ``world_size`` equal readers this is. Each reads a connected piece of the order. With
            ``shuffle`` the first rows are repeated so that all have equally many; without, every row is
            seen once.

    >>> order = RowOrder(group_rows=(3, 2), shuffle=False, seed=0, window_rows=4)
    >>> list(order.stored(start=1))
    [Span(group=0, start=1, stop=3), Span(group=1, start=0, stop=2)]
    """

    group_rows: Sequence[int]
    shuffle: bool
    seed: int
    window_rows: int
    rank: int = 0
    world_size: int = 1

    def __post_init__(self) -> None:
        if self.window_rows < 1 or not 0 <= self.rank < self.world_size:
            raise ValueError(f"{self.window_rows} rows, rank {self.rank} of {self.world_size}")

    @property
    def rows(self) -> int:
        """Rows of an epoch, for this reader."""
        first, stop = self._piece()
        return stop - first

    def windows(self, epoch: int, start: int = 0) -> Iterator[Window]:
        """Windows of a shuffled epoch from its ``start``-th row on; the first may be the rest of one."""
        groups = np.random.default_rng((self.seed, epoch)).permutation(len(self.group_rows))
        done = 0
        for number, spans in enumerate(self._pooled(self._spans(groups.tolist()))):
            rows = sum(span.rows for span in spans)
            done += rows
            if done <= start:
                continue
            order = np.random.default_rng((self.seed, epoch, self.rank, number)).permutation(rows)
            skipped = max(0, start - (done - rows))
            yield Window(tuple(spans), order[skipped:])

    def stored(self, start: int = 0) -> Iterator[Span]:
        """The rows as they are stored, from the ``start``-th on."""
        done = 0
        for span in self._spans(range(len(self.group_rows))):
            skipped = max(0, start - done)
            done += span.rows
            if skipped < span.rows:
                yield Span(span.group, span.start + skipped, span.stop)

    def _piece(self) -> tuple[int, int]:
        """Which rows of the order are this reader's; those beyond the end are the first ones again."""
        total = sum(self.group_rows)
        each = math.ceil(total / self.world_size)
        first, stop = self.rank * each, (self.rank + 1) * each
        if not self.shuffle:
            return min(first, total), min(stop, total)
        return first, stop

    def _spans(self, groups: Sequence[int]) -> Iterator[Span]:
        first, stop = self._piece()
        place = 0
        while place < stop:
            for group in groups:
                rows = self.group_rows[group]
                begin, end = max(first - place, 0), min(stop - place, rows)
                if begin < end:
                    yield Span(group, begin, end)
                place += rows

    def _pooled(self, spans: Iterator[Span]) -> Iterator[list[Span]]:
        pool: list[Span] = []
        rows = 0
        for span in spans:
            if pool and rows + span.rows > self.window_rows:
                yield pool  # not filled up: a row group in two windows would be read twice
                pool, rows = [], 0
            for start in range(span.start, span.stop, self.window_rows):
                piece = Span(span.group, start, min(start + self.window_rows, span.stop))
                if rows + piece.rows > self.window_rows:
                    yield pool
                    pool, rows = [], 0
                pool.append(piece)
                rows += piece.rows
        if pool:
            yield pool
