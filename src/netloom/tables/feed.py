"""Batches of an encoded table for learning and predicting, from Parquet files larger than memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tables.encoded_columns import DTYPES, elements_of
from netloom.tables.features.feature_map import FeatureMap, Output
from netloom.tables.row_groups import RowGroups
from netloom.tables.row_window import RowWindow, WindowMemory, stored_rows
from netloom.tables.shuffle import RowOrder, Span, Window

if TYPE_CHECKING:
    import pyarrow as pa

_WINDOW_ROWS = 500_000
_WINDOW_BYTES = 256 << 20
_LIKELY_ELEMENTS = 16


class Ragged(NamedTuple):
    """Lists of varying length: those of row n are ``values_V[offsets_N[n]:offsets_N[n + 1]]``."""

    values_V: NDArray[Any]
    offsets_N: NDArray[np.int64]


class EncodedBatch(NamedTuple):
    """Rows of an encoded table.

    Attributes:
        fixed: Numbers and ids of fixed width by column, each rows × width.
        ragged: Lists of varying length by column.
        kept: Keys and labels as they are in the table.
    """

    fixed: dict[str, NDArray[Any]]
    ragged: dict[str, Ragged]
    kept: pa.Table

    @property
    def rows(self) -> int:
        """How many they are."""
        return (
            int(self.kept.num_rows)
            if self.kept.num_columns
            else len(next(iter(self.fixed.values())))
        )


class EncodedFeed:
    """Batches of an encoded table, again and again.

    The next window is read while the present one is used. An epoch can be entered at any batch, and goes on
    exactly as if it had never been left. Arrays of a batch are its own and may be written to.

    Args:
        paths: The table's Parquet files.
        feature_map: The map that encoded them.
        kept: Keys and labels to read with them.
        window_rows: Rows in memory at a time; two windows are. More mix better. None: as many as are good.
        chosen: Which rows of each row group there are, one file after another; None: all.

    Raises:
        InvalidData: A file was not encoded with the map.
    """

    def __init__(
        self,
        paths: Sequence[str],
        feature_map: FeatureMap,
        *,
        batch_size: int,
        kept: Sequence[str] = (),
        shuffle: bool = False,
        seed: int = 0,
        window_rows: int | None = None,
        rank: int = 0,
        world_size: int = 1,
        chosen: Sequence[NDArray[np.bool_]] | None = None,
    ) -> None:
        self._outputs = feature_map.outputs()
        self._kept = list(kept)
        self._batch_size = batch_size
        self._groups = RowGroups(
            paths,
            checksum=feature_map.checksum,
            columns=[*(output.name for output in self._outputs), *self._kept],
            chosen=chosen,
        )
        self._window_rows = window_rows or good_window(self._outputs)
        self._order = RowOrder(
            group_rows=self._groups.rows(),
            shuffle=shuffle,
            seed=seed,
            window_rows=self._window_rows,
            rank=rank,
            world_size=world_size,
        )

    def __len__(self) -> int:
        """Batches per epoch."""
        return math.ceil(self._order.rows / self._batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[EncodedBatch]:
        """The batches of an epoch from the ``start``-th on."""
        done = start * self._batch_size
        left = self._order.rows - done
        draft = self._draft(left)
        for window in self._windows(epoch, done):
            place = 0
            while place < window.rows:
                place = draft.add(window, place)
                if draft.missing:
                    continue
                yield draft.batch()
                left -= draft.rows
                draft = self._draft(left)

    def _draft(self, left: int) -> _Draft:
        return _Draft(self._outputs, max(0, min(self._batch_size, left)))

    def close(self) -> None:
        """Close the files."""
        self._groups.close()

    def _windows(self, epoch: int, start: int) -> Iterator[RowWindow]:
        """Windows from a row on, each void once the next is asked for."""
        with ThreadPoolExecutor(1, "table-feed") as reader:
            if self._order.shuffle:
                coming = self._mixed(reader, self._order.windows(epoch, start))
            else:
                coming = self._stored(reader, self._order.stored(start))
            yield from _one_ahead(coming)

    def _mixed(
        self, reader: ThreadPoolExecutor, windows: Iterator[Window]
    ) -> Iterator[Future[RowWindow]]:
        capacity = min(self._window_rows, self._order.rows)
        # One is used while the other is filled.
        memories = cycle([WindowMemory(self._outputs, self._kept, capacity) for _ in range(2)])
        for window, memory in zip(windows, memories, strict=False):
            yield reader.submit(memory.fill, window, self._groups)

    def _stored(
        self, reader: ThreadPoolExecutor, spans: Iterator[Span]
    ) -> Iterator[Future[RowWindow]]:
        for span in spans:
            yield reader.submit(stored_rows, span, self._groups, self._outputs, self._kept)


def _one_ahead(coming: Iterator[Future[RowWindow]]) -> Iterator[RowWindow]:
    """Results in order, while the one after each is being computed."""
    waiting = next(coming, None)
    while waiting is not None:
        following = next(coming, None)
        yield waiting.result()
        waiting = following


class _Draft:
    """A batch while rows are put into it."""

    def __init__(self, outputs: Sequence[Output], rows: int) -> None:
        self.rows = rows
        self.missing = rows
        self._ragged = [output for output in outputs if output.width is None]
        self._fixed: dict[str, NDArray[Any]] = {
            output.name: np.empty((rows, output.width or 0), DTYPES[output.type])
            for output in outputs
            if output.width is not None
        }
        self._taken: list[pa.Table] = []

    def add(self, window: RowWindow, start: int) -> int:
        """Put in rows of a window from the ``start``-th on, as many as fit; returns where they end."""
        stop = min(window.rows, start + self.missing)
        first = self.rows - self.missing
        self.missing -= stop - start
        for name, array in self._fixed.items():
            window.copy_fixed(name, start, stop, array[first : self.rows - self.missing])
        self._taken.append(window.taken(start, stop))
        return stop

    def batch(self) -> EncodedBatch:
        """The rows, once none is missing."""
        import pyarrow as pa

        taken = self._taken[0]
        if len(self._taken) > 1:
            taken = pa.concat_tables(self._taken, promote_options="default").combine_chunks()
        ragged = {}
        for output in self._ragged:
            ragged[output.name] = Ragged(*elements_of(_whole(taken[output.name]), output))
        names = [output.name for output in self._ragged]
        return EncodedBatch(self._fixed, ragged, taken.drop_columns(names) if names else taken)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def good_window(outputs: Sequence[Output]) -> int:
    """Rows that mix well and do not take up much memory, however wide they are.

    >>> good_window([Output("a_numbers", "float", 5), Output("a_ids", "int32", 10)])
    500000
    >>> good_window([Output("a_numbers", "float", 2000)])
    33554
    """
    row_bytes = sum(
        DTYPES[output.type].itemsize * (output.width or _LIKELY_ELEMENTS) for output in outputs
    )
    return max(1, min(_WINDOW_ROWS, _WINDOW_BYTES // max(row_bytes, 1)))
