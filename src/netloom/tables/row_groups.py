"""Row groups of an encoded table's files, read one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.tables.features.encoding import CHECKSUM_KEY
from netloom.tables.shuffle import Indices, Span

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class _Group(NamedTuple):
    file: int
    number: int


class RowGroups:
    """Row groups of all files, numbered one file after another. One file is open at a time.

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
            _check(path, footer, checksum)
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
        if self._chosen is not None:
            return [int(np.count_nonzero(rows)) for rows in self._chosen]
        return [self._footers[file].row_group(number).num_rows for file, number in self._groups]

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

    def close(self) -> None:
        """Close what is open. Reading opens it again."""
        with self._lock:
            if self._open is not None:
                self._open[1].close()
            self._open = self._last = None

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


def _check(path: str, footer: pq.FileMetaData, checksum: str) -> None:
    found = (footer.metadata or {}).get(CHECKSUM_KEY.encode())
    if found != checksum.encode():
        raise InvalidData.of(
            f"{path} was not encoded with this feature map",
            code="T314",
            expected=f"checksum {checksum}",
            got="none" if found is None else f"checksum {found.decode()}",
            fix="Encode the table with the map that is used here",
        )
