"""Partitions of a table: the pieces in which it is predicted, each of them for good.

A partition is some row groups of Parquet files that follow one another, of about so many rows. Which ones
they are follows from the footers alone, so a job that is started again finds the same partitions, and
knows from their digests whether the rows behind them are still the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData
from netloom.tables.sources.places import arrow_filesystem
from netloom.tables.table import TableFiles, changed_outside

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ROWS_PER_PARTITION = 1_000_000
_GONE = "gone"
_BUFFER_BYTES = 1 << 20  # a row group of any size is read through this, not at once
_FOLDER = re.compile(r"([^=/]+)=([^/]*)")
_NULL = "__HIVE_DEFAULT_PARTITION__"


class Piece(NamedTuple):
    """Row groups ``first`` up to, but not with, ``stop`` of a file.

    Attributes:
        path: Absolute path or URL.
        name: The file relative to the table's folder.
        stamp: Size and time of the file's last change.
        start: Rows of the file before them.
        rows: How many they have.
        is_whole: Whether these are all row groups of the file.
    """

    path: str
    name: str
    stamp: str
    first: int
    stop: int
    start: int
    rows: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a table that is predicted as one, and whose predictions are one file.

    Attributes:
        source: Digest of where the rows are and of the state of their files.
    """

    number: int
    pieces: tuple[Piece, ...]
    source: str

    @property
    def rows(self) -> int:
        """How many it has."""
        return sum(piece.rows for piece in self.pieces)

    def files(self, table: TableFiles) -> TableFiles:
        """The files of the table that it has rows of."""
        return replace(table, paths=tuple(piece.path for piece in self.pieces))

    def to_json(self) -> dict[str, Any]:
        """All that another process needs to know."""
        return {
            "number": self.number,
            "rows": self.rows,
            "source": self.source,
            "pieces": [list(piece) for piece in self.pieces],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Partition:
        """Inverse of :meth:`to_json`.

        >>> partition = Partition(
        ...     0, (Piece("/t/a.parquet", "a.parquet", "7 1", 0, 2, 0, 9, True),), "ab"
        ... )
        >>> Partition.from_json(partition.to_json()) == partition
        True
        """
        pieces = tuple(Piece(*piece) for piece in document["pieces"])
        return cls(document["number"], pieces, document["source"])


class _Group(NamedTuple):
    """A row group, or what must not be divided further."""

    path: str
    stamp: str
    first: int
    stop: int
    start: int
    rows: int
    of: int


def plan_partitions(
    files: TableFiles, *, rows_per_partition: int = ROWS_PER_PARTITION, whole_files: bool = False
) -> tuple[Partition, ...]:
    """Divide a table; one without rows has one partition, without pieces.

    Args:
        rows_per_partition: At most so many rows in each, unless a single row group has more.
        whole_files: Do not divide files, for engines that read nothing less.

    Raises:
        InvalidData: A file is damaged or is no Parquet file.
    """
    planned: list[list[_Group]] = []
    rows = 0
    for group in _groups(files, whole_files=whole_files):
        if not planned or rows + group.rows > rows_per_partition:
            planned.append([])
            rows = 0
        last = planned[-1][-1] if planned[-1] else None
        if last is not None and last.path == group.path:
            planned[-1][-1] = last._replace(stop=group.stop, rows=last.rows + group.rows)
        else:
            planned[-1].append(group)
        rows += group.rows
    return tuple(_partition(number, groups, files) for number, groups in enumerate(planned or [[]]))


def _partition(number: int, groups: list[_Group], files: TableFiles) -> Partition:
    root = files.folder.rstrip("/") + "/"
    pieces = tuple(
        Piece(
            path=group.path,
            name=group.path.removeprefix(root),
            stamp=group.stamp,
            first=group.first,
            stop=group.stop,
            start=group.start,
            rows=group.rows,
            is_whole=(group.first, group.stop) == (0, group.of),
        )
        for group in groups
    )
    return Partition(number, pieces, digest_of_json([list(piece[1:]) for piece in pieces]))


def _groups(files: TableFiles, *, whole_files: bool) -> Iterator[_Group]:
    for path in files.paths:
        stamp, footer = _footer(path)
        groups = footer.num_row_groups
        if whole_files:
            if footer.num_rows:
                yield _Group(path, stamp, 0, groups, 0, footer.num_rows, groups)
            continue
        start = 0
        for number in range(groups):
            rows = footer.row_group(number).num_rows
            if rows:
                yield _Group(path, stamp, number, number + 1, start, rows, groups)
            start += rows


def metadata_of(path: str) -> dict[bytes, bytes]:
    """What the footer of a file says beside its columns.

    Raises:
        InvalidData: The file is damaged or is no Parquet file.
    """
    found: dict[bytes, bytes] = _footer(path)[1].metadata or {}
    return found


def _footer(path: str) -> tuple[str, pq.FileMetaData]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, inner = _reached(path)
    try:
        return _stamp(system, inner), pq.read_metadata(inner, filesystem=system)
    except (pa.ArrowInvalid, OSError) as error:
        raise unreadable(path, error) from error


def open_piece(piece: Piece) -> pq.ParquetFile:
    """The file of a piece, to be closed.

    Raises:
        InvalidData: It is damaged, or changed since the partitions were made.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    system, inner = _reached(piece.path)
    try:
        if (found := _stamp(system, inner)) != piece.stamp:
            raise changed_outside(piece.path, is_gone=found == _GONE)
        return pq.ParquetFile(inner, filesystem=system, buffer_size=_BUFFER_BYTES)
    except (pa.ArrowInvalid, OSError) as error:
        raise unreadable(piece.path, error) from error


def _reached(path: str) -> tuple[Any, str]:
    """The file system of a path or URL, and what it calls the file."""
    from pyarrow.fs import LocalFileSystem

    system = arrow_filesystem(path)
    return (LocalFileSystem(), path) if system is None else (system, path.partition("://")[2])


def _stamp(system: Any, path: str) -> str:
    info = system.get_file_info(path)
    return f"{info.size} {info.mtime_ns}" if info.is_file else _GONE


def unreadable(path: str, error: Exception) -> InvalidData:
    """A file of a table turns out to be damaged."""
    lines = str(error).strip().splitlines()
    return InvalidData.of(
        f"{path} is damaged or is no Parquet file: {lines[0] if lines else type(error).__name__}",
        code="T128",
        fix="Write it again, or leave it out with a narrower path",
    )


def folder_values(piece: Piece, partitions: tuple[str, ...]) -> dict[str, str | None]:
    """Values of the columns that are in the names of a file's folders.

    >>> piece = Piece("/t/dt=a%20b/0.parquet", "dt=a%20b/0.parquet", "7 1", 0, 1, 0, 5, True)
    >>> folder_values(piece, ("dt",))
    {'dt': 'a b'}
    """
    found = {}
    for part in piece.name.split("/")[:-1]:
        match = _FOLDER.fullmatch(part)
        if match and unquote(match[1]) in partitions:
            value = unquote(match[2])
            found[unquote(match[1])] = None if value == _NULL else value
    return found
