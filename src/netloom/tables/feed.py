"""Batches of an encoded table for learning and predicting, from Parquet files larger than memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.tables.features.encoding import CHECKSUM_KEY
from netloom.tables.features.feature_map import FeatureMap, Output
from netloom.tables.shuffle import RowOrder, Span, Window

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_NUMPY = {"float": np.float32, "int32": np.int32, "int64": np.int64}


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


@dataclass(frozen=True, slots=True)
class _Group:
    file: int
    number: int
    rows: int


class EncodedFeed:
    """Batches of an encoded table, again and again.

    The next window is read while the present one is used. An epoch can be entered at any batch, and goes on
    exactly as if it had never been left.

    Args:
        paths: The table's Parquet files.
        feature_map: The map that encoded them.
        kept: Keys and labels to read with them.
        window_rows: Rows in memory at a time; two windows are. More mix better.
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
        window_rows: int = 500_000,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        import pyarrow.parquet as pq

        self._outputs = feature_map.outputs()
        self._kept = list(kept)
        self._batch_size = batch_size
        self._files = [pq.ParquetFile(path) for path in paths]
        checksum = feature_map.checksum
        for path, file in zip(paths, self._files, strict=True):
            _check(path, file, checksum)
        self._groups = [
            _Group(place, number, file.metadata.row_group(number).num_rows)
            for place, file in enumerate(self._files)
            for number in range(file.metadata.num_row_groups)
        ]
        self._order = RowOrder(
            group_rows=[group.rows for group in self._groups],
            shuffle=shuffle,
            seed=seed,
            window_rows=window_rows,
            rank=rank,
            world_size=world_size,
        )

    def __len__(self) -> int:
        """Batches per epoch."""
        return math.ceil(self._order.rows / self._batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[EncodedBatch]:
        """The batches of an epoch from the ``start``-th on."""
        rest: list[EncodedBatch] = []
        waiting = 0
        for window in self._read_ahead(self._order.windows(epoch, start * self._batch_size)):
            place = 0
            while window.rows - place >= self._batch_size - waiting:
                stop = place + self._batch_size - waiting
                yield _joined([*rest, _slice(window, place, stop)])
                place, rest, waiting = stop, [], 0
            if place < window.rows:
                rest.append(_slice(window, place, window.rows))
                waiting += window.rows - place
        if rest:
            yield _joined(rest)

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def _read_ahead(self, windows: Iterator[Window]) -> Iterator[EncodedBatch]:
        with ThreadPoolExecutor(1, "table-feed") as reader:
            coming: Future[EncodedBatch] | None = None
            for window in windows:
                following = reader.submit(self._read, window)
                if coming is not None:
                    yield coming.result()
                coming = following
            if coming is not None:
                yield coming.result()

    def _read(self, window: Window) -> EncodedBatch:
        import pyarrow as pa

        table = pa.concat_tables([self._span(span) for span in window.spans])
        order = window.order_N
        fixed = {}
        ragged = {}
        for output in self._outputs:
            if output.width is None:
                taken = table[output.name].combine_chunks().take(pa.array(order))
                ragged[output.name] = _ragged(taken, output)
            else:
                fixed[output.name] = _matrix(table[output.name], output, order)
        return EncodedBatch(fixed, ragged, table.select(self._kept).take(pa.array(order)))

    def _span(self, span: Span) -> pa.Table:
        group = self._groups[span.group]
        columns = [*(output.name for output in self._outputs), *self._kept]
        table = self._files[group.file].read_row_group(
            group.number, columns=columns, use_threads=False
        )
        return table.slice(span.start, span.rows)


def _check(path: str, file: pq.ParquetFile, checksum: str) -> None:
    found = (file.metadata.metadata or {}).get(CHECKSUM_KEY.encode())
    if found != checksum.encode():
        raise InvalidData.of(
            f"{path} was not encoded with this feature map",
            code="T314",
            expected=f"checksum {checksum}",
            got="none" if found is None else f"checksum {found.decode()}",
            fix="Encode the table with the map that is used here",
        )


def _matrix(column: pa.ChunkedArray, output: Output, order_N: NDArray[np.int64]) -> NDArray[Any]:
    """Lists of fixed width as rows of an array, in another order; each is copied once."""
    kind, width = _NUMPY[output.type], output.width or 0
    matrix = np.empty((len(order_N), width), kind)
    places = np.full(len(column), -1)
    places[order_N] = np.arange(len(order_N))
    first = 0
    for chunk in column.chunks:
        values = chunk.flatten().to_numpy(zero_copy_only=False).astype(kind, copy=False)
        if len(values) != len(chunk) * width:
            raise InvalidData.of(
                f"column {output.name!r} has lists that are not {output.width} long",
                code="T315",
                fix="Encode the table again",
            )
        targets = places[first : first + len(chunk)]
        rows = values.reshape(-1, width)
        if len(order_N) == len(column):
            matrix[targets] = rows
        else:
            matrix[targets[targets >= 0]] = rows[targets >= 0]
        first += len(chunk)
    return matrix


def _ragged(lists: pa.ListArray, output: Output) -> Ragged:
    offsets = lists.offsets.to_numpy().astype(np.int64)
    values = lists.flatten().to_numpy().astype(_NUMPY[output.type], copy=False)
    return Ragged(values, offsets - offsets[0])


def _slice(batch: EncodedBatch, start: int, stop: int) -> EncodedBatch:
    ragged = {}
    for name, (values, offsets) in batch.ragged.items():
        first, last = offsets[start], offsets[stop]
        ragged[name] = Ragged(values[first:last], offsets[start : stop + 1] - first)
    fixed = {name: array[start:stop] for name, array in batch.fixed.items()}
    return EncodedBatch(fixed, ragged, batch.kept.slice(start, stop - start))


def _joined(batches: Sequence[EncodedBatch]) -> EncodedBatch:
    import pyarrow as pa

    if len(batches) == 1:
        return batches[0]
    first = batches[0]
    ragged = {}
    for name in first.ragged:
        lengths = [np.diff(batch.ragged[name].offsets_N) for batch in batches]
        offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
        values = np.concatenate([batch.ragged[name].values_V for batch in batches])
        ragged[name] = Ragged(values, offsets)
    fixed = {name: np.concatenate([batch.fixed[name] for batch in batches]) for name in first.fixed}
    return EncodedBatch(fixed, ragged, pa.concat_tables([batch.kept for batch in batches]))
