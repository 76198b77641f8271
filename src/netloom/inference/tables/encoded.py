"""Rows of any table as a network takes them: read where the table is encoded, encoded where it is raw."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from numpy.typing import NDArray

from netloom.inference.tables.partitions import (
    Partition,
    folder_values,
    metadata_of,
    open_piece,
    unreadable,
)
from netloom.tables.columns import Column
from netloom.tables.encoded_columns import elements_of, matrix_of
from netloom.tables.encoded_files import check_encoded
from netloom.tables.engines.duckdb import DuckDBEngine
from netloom.tables.engines.engine import BATCH_ROWS, TableEngine
from netloom.tables.features.encoding import SOURCE, encode_sql
from netloom.tables.features.feature_map import FeatureMap, Output
from netloom.tables.feed import EncodedBatch, Ragged
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

_Item = TypeVar("_Item")


class EncodesPartitions(Protocol):
    """Gives the rows of a partition encoded, with the columns to keep."""

    def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
        """All rows of a partition, each once, in no particular order."""


def is_encoded(columns: Sequence[Column], feature_map: FeatureMap) -> bool:
    """Whether a table has the columns that this map makes, rather than those that it was fitted on."""
    names = {column.name for column in columns}
    outputs = {output.name for output in feature_map.outputs()}
    return bool(outputs) and outputs <= names


def encoded_rows(
    files: TableFiles,
    feature_map: FeatureMap,
    kept: Sequence[str],
    *,
    engine: TableEngine,
    scratch: Path,
) -> EncodesPartitions:
    """How the partitions of a table become encoded.

    Args:
        kept: Columns to keep beside those that the network takes.
        engine: Encodes a raw table; an encoded one is read without it.
        scratch: Folder for vocabularies.

    Raises:
        InvalidData: The table was encoded with another map, lacks columns, or has other types.
    """
    if is_encoded(files.columns, feature_map):
        return StoredRows(files, feature_map, kept)
    return RawRows(files, feature_map, kept, engine=engine, scratch=scratch)


class StoredRows:
    """Rows of an encoded table, as they are. See :class:`EncodesPartitions`.

    Attributes:
        names: Columns that are read.

    Raises:
        InvalidData: The table was encoded with another map.
    """

    def __init__(self, files: TableFiles, feature_map: FeatureMap, kept: Sequence[str]) -> None:
        self._partitions = files.partitions
        outputs = [output.name for output in feature_map.outputs()]
        self.names = tuple(dict.fromkeys((*outputs, *kept)))
        self._columns = [name for name in self.names if name not in files.partitions]
        self._in_folders = [name for name in self.names if name in files.partitions]
        self._checksum = feature_map.checksum
        for path in files.paths[:1]:  # the others when they are read
            check_encoded(path, metadata_of(path), self._checksum)

    def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for piece in partition.pieces:
            with open_piece(piece) as file:
                check_encoded(piece.path, file.metadata.metadata, self._checksum)
                values = folder_values(piece, self._partitions)
                groups = list(range(piece.first, piece.stop))
                try:
                    for batch in file.iter_batches(
                        BATCH_ROWS, row_groups=groups, columns=self._columns
                    ):
                        yield self._with_folders(batch, values)
                except (pa.ArrowInvalid, OSError) as error:
                    raise unreadable(piece.path, error) from error

    def check(self, partition: Partition) -> None:
        """Raise InvalidData if one of the files changed, or was encoded with another map."""
        for piece in partition.pieces:
            with open_piece(piece) as file:
                check_encoded(piece.path, file.metadata.metadata, self._checksum)

    def _with_folders(self, batch: pa.RecordBatch, values: dict[str, str | None]) -> pa.RecordBatch:
        import pyarrow as pa

        for name in self._in_folders:
            value = pa.repeat(pa.scalar(values.get(name), pa.string()), batch.num_rows)
            batch = batch.append_column(name, value)
        return batch


class RawRows:
    """Rows of a raw table, encoded by an engine partition by partition. See :class:`EncodesPartitions`.

    Raises:
        InvalidData: The table lacks columns of the map, or has other types.
    """

    def __init__(
        self,
        files: TableFiles,
        feature_map: FeatureMap,
        kept: Sequence[str],
        *,
        engine: TableEngine,
        scratch: Path,
    ) -> None:
        keys = {key.name for key in feature_map.keys}
        self._files = files
        self._engine = engine
        self._query = encode_sql(
            engine,
            TableFiles((), files.columns),
            feature_map,
            scratch=scratch,
            kept=[name for name in dict.fromkeys(kept) if name not in keys],
        )

    def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
        yield from self._engine.stream(self.query(partition))

    def query(self, partition: Partition) -> str:
        """The query that encodes a partition; the engine has been told of the partition's files."""
        for piece in partition.pieces:
            open_piece(piece).close()  # a file that changed is refused
        files = partition.files(self._files)
        if isinstance(self._engine, DuckDBEngine):
            rows = {
                piece.path: (piece.start, piece.start + piece.rows)
                for piece in partition.pieces
                if not piece.is_whole
            }
            self._engine.bind(SOURCE, files, rows=rows)
        else:
            self._engine.bind(SOURCE, files)
        return self._query


def encoded_batch(rows: pa.RecordBatch, outputs: Iterable[Output]) -> EncodedBatch:
    """Encoded rows as arrays that share the memory of Arrow's; columns beside them are the kept ones."""
    import pyarrow as pa

    fixed: dict[str, NDArray[Any]] = {}
    ragged: dict[str, Ragged] = {}
    for output in outputs:
        if output.width is None:
            ragged[output.name] = Ragged(*elements_of(rows[output.name], output))
        else:
            fixed[output.name] = matrix_of(rows[output.name], output)
    kept = [name for name in rows.schema.names if name not in fixed and name not in ragged]
    return EncodedBatch(fixed, ragged, pa.Table.from_batches([rows.select(kept)]))


def ahead(items: Iterator[_Item], *, depth: int = 2) -> Iterator[_Item]:
    """The same items, of which a thread fetches the next ones while the present one is used.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1, "rows-ahead") as reader:
        waiting: deque[Future[_Item | None]] = deque()
        for _ in range(depth):
            waiting.append(reader.submit(next, items, None))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(reader.submit(next, items, None))
            yield item
