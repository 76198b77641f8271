"""Engines: what executes SQL on tables, and which one that is.

The engine is a choice of where a pipeline runs (``netloom run --engine``, ``[tables]`` in
``netloom.toml``), never of the pipeline: results are the same, so it is in no fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from netloom.core.engines import EngineName
from netloom.tables.engines.dialect import Dialect
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 65_536
ROWS_PER_FILE = 4_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How Parquet files are laid out.

    Attributes:
        rows_per_group: About so many rows are read and written together.
        compression: ``zstd`` makes the smallest files; ``lz4`` is read twice as fast.
    """

    rows_per_group: int = 122_880
    compression: Literal["zstd", "lz4"] = "zstd"


SMALL = Layout()
"""For files that are read once or twice."""


class TableEngine(Protocol):
    """Executes SQL on Parquet files. One engine is used by one thread; results of all engines are equal.

    Every bound table has the canonical types of its logical ones (:mod:`netloom.tables.columns`): BIGINT,
    DOUBLE, text, TIMESTAMP without zone …, whatever the files hold.
    """

    dialect: Literal["duckdb", "spark"]
    sql: Dialect

    def bind(self, name: str, files: TableFiles) -> None:
        """Make files known as a view of this name; binding a name again replaces it."""

    def rows(self, sql: str) -> pa.Table:
        """A small answer, in memory.

        Raises:
            InvalidData: The engine refuses the SQL, or a file cannot be read.
            StorageFailed: The disk is full.
        """

    def stream(self, sql: str, *, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """Any answer, in batches of at most so many rows."""

    def write(
        self,
        sql: str,
        folder: Path,
        *,
        partition_by: Sequence[str] = (),
        rows_per_file: int | None = None,
        metadata: Mapping[str, str] | None = None,
        layout: Layout = SMALL,
    ) -> int:
        """Write an answer of any size as Parquet files into a new folder; returns how many rows.

        The folder appears complete or not at all. An answer without rows gives one file without rows.

        Args:
            partition_by: Columns that become folders ``name=value``; they must not be nested.
            rows_per_file: About so many in each file, in no order. Without it and partitions, DuckDB writes
                one file in the order of the answer, so that equal answers give equal bytes.
            metadata: Kept in every file's footer, beside its schema.
            layout: Spark follows it only where there is metadata.
        """

    def describe(self, sql: str) -> pa.Schema:
        """Columns of an answer, without computing it.

        Raises:
            InvalidData: As for ``rows``.
        """

    def close(self) -> None:
        """Forget the views and free what the engine holds."""


def open_engine(
    name: EngineName = "duckdb",
    *,
    memory_limit: int | None,
    threads: int,
    scratch: Path,
    options: Mapping[str, str] | None = None,
) -> TableEngine:
    """An engine, to be closed.

    Args:
        memory_limit: Bytes it may use itself; what does not fit is put into ``scratch``. None: a share of
            the machine's memory.
        threads: How many it may use on this machine.
        scratch: Folder for what does not fit into memory; made if needed.
        options: Settings of a Spark session by name, such as ``spark.master``.

    Raises:
        NotFound: What the engine needs is not installed.
    """
    if name == "spark":
        from netloom.tables.engines.spark import SparkEngine

        return SparkEngine(
            memory_limit=memory_limit, threads=threads, scratch=scratch, options=options or {}
        )
    from netloom.tables.engines.duckdb import DuckDBEngine

    return DuckDBEngine(memory_limit=memory_limit, threads=threads, scratch=scratch)
