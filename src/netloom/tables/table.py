"""The table that flows along an edge: Parquet files with a schema, in the workspace or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.tables.columns import (
    Column,
    columns_from_json,
    columns_of,
    columns_to_json,
    require_columns,
)

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_FOLDER = "rows"
"""Folder of the Parquet files, in an artifact and below a job's work folder."""
WORK_ROWS = f"work:{ROWS_FOLDER}"
"""Where a job writes its table."""


@dataclass(frozen=True, slots=True)
class OuterFile:
    """A file outside the workspace as it was when it was looked at.

    Attributes:
        path: Relative to the table's location.
        stamp: Changes when the file does: the time of its last change, or what its store says instead.
    """

    path: str
    size_bytes: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of rows, immutable and possibly larger than memory.

    Attributes:
        location: Folder of the Parquet files (see :mod:`netloom.core.locations`), or a URL.
        columns: Names and logical types. Columns of partitions are among them.
        keys: Columns that tell rows apart, if that was checked.
        rows: How many there are.
        partitions: Columns whose values are folder names such as ``dt=2026-01-31``; texts, always.
        outer: The files, if they are not in the workspace; they must not change. None: all in the folder.
        date: The day whose data these are, as ``2026-01-31``; empty if they have none.
        remarks: What people should know, e.g. that an older day was taken.
    """

    location: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ()
    rows: int = 0
    partitions: tuple[str, ...] = ()
    outer: tuple[OuterFile, ...] | None = None
    date: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def require(self, wanted: Sequence[str], *, setting: str, name: str = "the table") -> None:
        """Raise InvalidData unless all these columns exist; ``setting`` is what names them."""
        require_columns(wanted, self.columns, name=name, setting=setting)

    def files(self, resolve: Resolve) -> TableFiles:
        """The Parquet files as an engine reads them.

        Raises:
            NotFound: The folder does not exist any more.
            InvalidData: A file outside the workspace changed.
        """
        return _files_of(self, resolve)

    def to_json(self) -> dict[str, Any]:
        """The document kept as ``table.json``."""
        return {
            "location": self.location,
            "columns": columns_to_json(self.columns),
            "keys": list(self.keys),
            "rows": self.rows,
            "partitions": list(self.partitions),
            "outer": None
            if self.outer is None
            else [[file.path, file.size_bytes, file.stamp] for file in self.outer],
            "date": self.date,
            "remarks": list(self.remarks),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Table:
        """Inverse of :meth:`to_json`.

        >>> table = Table("self:rows", (Column("id", "integer"),), keys=("id",), rows=3)
        >>> Table.from_json(table.to_json()) == table
        True
        """
        outer = document["outer"]
        return cls(
            location=document["location"],
            columns=columns_from_json(document["columns"]),
            keys=tuple(document["keys"]),
            rows=document["rows"],
            partitions=tuple(document["partitions"]),
            outer=None if outer is None else tuple(OuterFile(*entry) for entry in outer),
            date=document["date"],
            remarks=tuple(document["remarks"]),
        )


@dataclass(frozen=True, slots=True)
class TableFiles:
    """Parquet files of equal schema, as an engine reads them.

    Attributes:
        paths: Absolute paths or URLs; none is an empty table.
        columns: What they hold, and of which types it shall be read.
        partitions: Columns that are in the names of folders below ``folder``.
    """

    paths: tuple[str, ...]
    columns: tuple[Column, ...]
    partitions: tuple[str, ...] = ()
    folder: str = field(default="")


def _files_of(table: Table, resolve: Resolve) -> TableFiles:
    if "://" in table.location:
        from netloom.tables.sources.places import checked_outer_urls

        folder, paths = table.location, checked_outer_urls(table.location, table.outer or ())
    else:
        root = resolve(table.location)
        folder, paths = str(root), tuple(map(str, _local_paths(root, table.outer)))
    return TableFiles(paths, table.columns, table.partitions, folder)


def _local_paths(root: Path, outer: Sequence[OuterFile] | None) -> list[Path]:
    if outer is None:
        return sorted(root.rglob("*.parquet"))
    for file in outer:
        path = root / file.path
        status = path.stat() if path.is_file() else None
        seen = None if status is None else (status.st_size, str(status.st_mtime_ns))
        if seen != (file.size_bytes, file.stamp):
            raise changed_outside(str(path), is_gone=status is None)
    return [root / file.path for file in outer]


def written_table(
    location: str,
    resolve: Resolve,
    *,
    keys: Sequence[str] = (),
    partitions: Sequence[str] = (),
    date: str = "",
    remarks: Sequence[str] = (),
    columns: Sequence[Column] | None = None,
) -> Table:
    """The table of Parquet files that a job has just written below ``location``.

    Args:
        location: Such as ``work:rows``.
        columns: Known columns, for tables that may have no file at all; None reads them from a file.
    """
    import pyarrow.parquet as pq

    paths = sorted(resolve(location).rglob("*.parquet"))
    footers = [pq.read_metadata(path) for path in paths]
    if columns is None:
        if not paths:
            raise InvalidData.of("no rows were written, so the columns are not known", code="T104")
        found = columns_of(footers[0].schema.to_arrow_schema(), name="the table")
        columns = (*found, *(Column(name, "text") for name in partitions))
    return Table(
        location=location,
        columns=tuple(columns),
        keys=tuple(keys),
        rows=sum(footer.num_rows for footer in footers),
        partitions=tuple(partitions),
        date=date,
        remarks=tuple(remarks),
    )


def read_head(table: Table, resolve: Resolve, *, rows: int) -> pa.Table:
    """The first rows of a table."""
    return head_of_files(table.files(resolve), rows=rows)


def head_of_files(files: TableFiles, *, rows: int) -> pa.Table:
    """The first rows of Parquet files on this machine; columns of partitions come last."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    from netloom.tables.columns import arrow_schema

    if not files.paths:
        return arrow_schema(files.columns).empty_table()
    partitioning = ds.partitioning(
        pa.schema([(name, pa.string()) for name in files.partitions]), flavor="hive"
    )
    filesystem, paths, base = None, list(files.paths), files.folder
    if "://" in base:
        from netloom.tables.sources.places import arrow_filesystem

        filesystem = arrow_filesystem(base)
        paths, base = [path.partition("://")[2] for path in paths], base.partition("://")[2]
    source = ds.dataset(
        paths,
        partitioning=partitioning,
        partition_base_dir=base or None,
        filesystem=filesystem,
        # In a stream: a server that shows some rows shall not hold a row group.
        format=ds.ParquetFileFormat(use_buffered_stream=True, pre_buffer=False),
    )
    return source.head(
        rows,
        columns=[column.name for column in files.columns],
        batch_size=max(1, rows),  # or whole row groups would be read, of several files at once
        batch_readahead=0,
        fragment_readahead=0,
    )


def changed_outside(path: str, *, is_gone: bool) -> InvalidData:
    """A file of a table that is read in place is not what it was."""
    return InvalidData.of(
        f"{path} {'is gone' if is_gone else 'changed'} since the table was looked at",
        code="T105",
        fix="Run again, so that the source looks at it anew; `keep: copy` makes a source independent of "
        "later changes",
    )
