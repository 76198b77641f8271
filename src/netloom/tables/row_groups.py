"""Row groups of an encoded table's files, read one at a time, as a whole or piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tables.encoded_files import check_encoded
from netloom.tables.shuffle import Indices, Span

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

PIECE_ROWS = 16_384
"""Rows that are decoded at a time where they are copied at once; of most tables they fit into a cache."""


class _Group(NamedTuple):
    file: int
    number: int


class RowGroups:
    """Row groups of all files, numbered one file after another.

    Args:
        checksum: Of the feature map that must have encoded the files.
        columns: Which are read.
        chosen: Which rows of each row group count; None: all.

    Raises:
        InvalidData: A file was not encoded with the map.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        checksum: str,
        columns: Sequence[str],
        chosen: Sequence[NDArray[np.bool_]] | None = None,
    ) -> None:
        import pyarrow.parquet as pq

        self._paths = tuple(paths)
        self._columns = list(columns)
        self._footers = [pq.read_metadata(path) for path in paths]
        for path, footer in zip(paths, self._footers, strict=True):
            check_encoded(path, footer.metadata, checksum)
        self._groups = [
            _Group(place, number)
            for place, footer in enumerate(self._footers)
            for number in range(footer.num_row_groups)
        ]
        if chosen is not None and len(chosen) != len(self._groups):
            raise ValueError(f"rows of {len(chosen)} row groups, of {len(self._groups)}")
        self._chosen = chosen
        self._lock = Lock()
        self._open: tuple[int, pq.ParquetFile] | None = None
        self._last: tuple[int, pa.Table] | None = None

    def rows(self) -> list[int]:
        """How many rows of each row group count."""
        return [self._rows_of(group) for group in range(len(self._groups))]

    def read(self, span: Span) -> tuple[pa.Table, Indices]:
        """A row group, and which of its rows are those of the span.

        The last one is kept, for what follows is often the rest of it.
        """
        with self._lock:
            if self._last is None or self._last[0] != span.group:
                self._last = None  # two row groups at a time would be the most memory of all
                self._last = (span.group, self._read(self._groups[span.group]))
            table = self._last[1]
        if self._chosen is None:
            return table, slice(span.start, span.stop)
        return table, np.flatnonzero(self._chosen[span.group])[span.start : span.stop]

    def pieces(self, span: Span) -> Iterator[tuple[pa.Table, Indices]]:
        """The same piece by piece: what was just decoded is still in the processor's cache."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if span.rows < self._rows_of(span.group):
            yield self.read(span)  # what follows is the rest of the row group
            return
        chosen = None if self._chosen is None else self._chosen[span.group]
        place, number = self._groups[span.group]
        with pq.ParquetFile(
            self._paths[place], metadata=self._footers[place], pre_buffer=True
        ) as file:
            stop = 0
            for batch in file.iter_batches(
                PIECE_ROWS, row_groups=[number], columns=self._columns, use_threads=False
            ):
                start, stop = stop, stop + batch.num_rows
                all_rows = slice(0, batch.num_rows)
                picked = all_rows if chosen is None else np.flatnonzero(chosen[start:stop])
                yield pa.Table.from_batches([batch]), picked

    def close(self) -> None:
        """Close what is open. Reading opens it again."""
        with self._lock:
            if self._open is not None:
                self._open[1].close()
            self._open = self._last = None

    def _rows_of(self, group: int) -> int:
        if self._chosen is not None:
            return int(np.count_nonzero(self._chosen[group]))
        file, number = self._groups[group]
        return int(self._footers[file].row_group(number).num_rows)

    def _read(self, group: _Group) -> pa.Table:
        import pyarrow.parquet as pq

        if self._open is None or self._open[0] != group.file:
            if self._open is not None:
                self._open[1].close()
            file = pq.ParquetFile(
                self._paths[group.file], metadata=self._footers[group.file], pre_buffer=True
            )
            self._open = (group.file, file)
        return self._open[1].read_row_group(group.number, columns=self._columns, use_threads=False)
