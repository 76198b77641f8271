"""A glance at a table: its first rows, and how the values of each column are spread in some more.

Little is read however long the table is: some rows of a few row groups, which are taken evenly from all
files, so that a table in order of its days is not judged by the first day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netloom.tables.columns import Column
from netloom.tables.spread import Spread, spread_of
from netloom.tables.table import TableFiles, head_of_files

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MOST_COLUMNS = 1000
"""Columns that are looked at; nobody reads more side by side."""
_MOST_ROWS = 10_000
_MOST_CELLS = 1_000_000
_MOST_FILES = 16
_MOST_GROUPS = 16
_MOST_BYTES = 16 << 20
_BATCH = 1024
_BUFFER = 64 << 10
"""Bytes of each column that are read at once; otherwise it would be the column of a whole row group."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen.

    Attributes:
        columns: In the table's order, at most :data:`MOST_COLUMNS`.
        head: The first rows, of these columns.
        spreads: How the values of each column are spread; None for columns that are folder names.
        looked_at: Of how many rows that is.
    """

    columns: tuple[Column, ...]
    head: pa.Table
    spreads: tuple[Spread | None, ...]
    looked_at: int


def glance_at(files: TableFiles, *, rows: int) -> Glance:
    """Look at Parquet files of this machine.

    Args:
        rows: How many of the first rows.
    """
    columns = files.columns[:MOST_COLUMNS]
    shown = TableFiles(files.paths, columns, files.partitions, files.folder)
    names = [column.name for column in columns if column.name not in files.partitions]
    some = _some_rows(files.paths, names)
    spreads = (
        tuple(
            None if column.name not in names else spread_of(some.column(column.name), column)
            for column in columns
        )
        if some is not None
        else (None,) * len(columns)
    )
    looked_at = 0 if some is None else some.num_rows
    return Glance(columns, head_of_files(shown, rows=rows), spreads, looked_at)


def _some_rows(paths: Sequence[str], names: Sequence[str]) -> pa.Table | None:
    """Rows from all over the files; None if there is no file or no column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not paths or not names:
        return None
    most = max(_BATCH, min(_MOST_ROWS, _MOST_CELLS // len(names)))
    batches: list[pa.RecordBatch] = []
    opened = [
        pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
        for path in _evenly(paths, _MOST_FILES)
    ]
    try:
        groups = _evenly(
            [(file, number) for file in opened for number in range(file.num_row_groups)],
            _MOST_GROUPS,
        )
        for place, (file, number) in enumerate(groups):
            left = most - sum(batch.num_rows for batch in batches)
            share = -(-left // (len(groups) - place))
            batches += _first_of_group(
                file, number, names, rows=share, most_bytes=_MOST_BYTES // len(groups)
            )
        schema = opened[0].schema_arrow
        wanted = pa.schema([schema.field(name) for name in names])
        return pa.Table.from_batches([batch.cast(wanted) for batch in batches], schema=wanted)
    finally:
        for file in opened:
            file.close()


def _first_of_group(
    file: pq.ParquetFile, group: int, names: Sequence[str], *, rows: int, most_bytes: int
) -> Iterator[pa.RecordBatch]:
    """The first rows of a row group, fewer if they are large."""
    for batch in file.iter_batches(
        batch_size=min(rows, _BATCH) or 1,
        row_groups=[group],
        columns=list(names),
        use_threads=False,
    ):
        kept = batch.slice(0, rows)
        yield kept.select(list(names))
        rows -= kept.num_rows
        most_bytes -= batch.nbytes
        if rows <= 0 or most_bytes <= 0:
            return


def _evenly(things: Sequence[Any], most: int) -> list[Any]:
    """At most so many of them, spread over all, the first and the last among them.

    >>> _evenly(range(10), 4)
    [0, 3, 6, 9]
    """
    if len(things) <= most:
        return list(things)
    return [things[place * (len(things) - 1) // (most - 1)] for place in range(most)]
