"""Spark as an engine: a session of this process, on this machine or on a cluster."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.errors import InvalidData, NotFound, StorageFailed
from netloom.tables.engines.dialect import Dialect, SparkDialect
from netloom.tables.engines.engine import BATCH_ROWS, ROWS_PER_FILE, SMALL, Layout
from netloom.tables.engines.written_folder import folder_written_at_once, rows_in
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

# Results must not depend on where a session runs or how it was set up.
_FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.caseSensitive": "false",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    "spark.ui.showConsoleProgress": "false",
}
_ON_ONE_MACHINE = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "8"}
_DRIVER_MEMORY_MB = 2048


class SparkEngine:
    """See :class:`netloom.tables.engines.engine.TableEngine`.

    The session outlives the engine: starting one takes many seconds, and it ends with the process.
    Folders that are written must be reachable from all machines of a cluster.
    """

    dialect: Literal["duckdb", "spark"] = "spark"
    sql: Dialect = SparkDialect()

    def __init__(
        self,
        *,
        memory_limit: int | None,
        threads: int,
        scratch: Path,
        options: Mapping[str, str],
    ) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = scratch
        self._session = _session(
            memory_limit=memory_limit, threads=threads, scratch=scratch, options=options
        )
        self._views: set[str] = set()

    def bind(self, name: str, files: TableFiles) -> None:
        if files.paths:
            reader = self._session.read
            if files.partitions:
                reader = reader.option("basePath", files.folder)
            with self._errors():
                frame = reader.parquet(*files.paths)
            raw = f"__{name}_as_stored"
            frame.createOrReplaceTempView(raw)
            source = self.sql.identifier(raw)
            self._views.add(raw)
        else:
            source = self.sql.no_rows(files.columns)
        columns = self.sql.canonical_columns(files.columns)
        view = self.sql.identifier(name)
        with self._errors():
            self._session.sql(
                f"CREATE OR REPLACE TEMPORARY VIEW {view} AS SELECT {columns} FROM {source}"
            )
        self._views.add(name)

    def rows(self, sql: str) -> pa.Table:
        with self._errors():
            return self._session.sql(sql).toArrow()

    def stream(self, sql: str, *, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        # Through files: Spark would collect the answer in the memory of this process.
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            answer = Path(folder) / "answer"
            self.write(sql, answer)
            for path in sorted(answer.glob("*.parquet")):
                with pq.ParquetFile(path) as file:
                    yield from file.iter_batches(batch_size=batch_rows)

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
        with folder_written_at_once(folder) as unfinished, self._errors():
            frame = self._session.sql(sql)
            writer = frame.write.option("maxRecordsPerFile", rows_per_file or ROWS_PER_FILE)
            if partition_by:
                writer = writer.partitionBy(*partition_by)
            writer.parquet(str(unfinished))
            _without_empty_files(unfinished, is_partitioned=bool(partition_by))
            if metadata:
                _add_metadata(unfinished, metadata, layout)
        return rows_in(folder)

    def write_mapped(
        self,
        sql: str,
        function: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
        folder: Path,
    ) -> int:
        """Write what a function makes of an answer, as :meth:`write` does; returns how many rows.

        Args:
            function: Called in the executors with the batches of a part of the answer each. What it needs
                travels along.
            schema: What the function gives.

        Raises:
            NotFound: pandas is not installed.
        """
        if find_spec("pandas") is None:
            raise NotFound.of(
                "Spark needs pandas to call functions on rows, and it is not installed",
                code="T114",
                fix="Install netloom[spark], or use the engine duckdb",
            )
        from pyspark.sql.pandas.types import from_arrow_schema

        with folder_written_at_once(folder) as unfinished, self._errors():
            with warnings.catch_warnings():
                # Of new versions of pandas; the function gets batches of Arrow and never meets pandas.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                frame = self._session.sql(sql).mapInArrow(function, from_arrow_schema(schema))
            frame.write.parquet(str(unfinished))
            _without_empty_files(unfinished, is_partitioned=False)
        return rows_in(folder)

    def give(self, file: Path) -> None:
        """Give every executor a file; there ``SparkFiles.get`` of its name finds it."""
        with self._errors():
            self._session.sparkContext.addFile(str(file))

    def describe(self, sql: str) -> pa.Schema:
        from pyspark.sql.pandas.types import to_arrow_schema

        with self._errors():
            return to_arrow_schema(self._session.sql(sql).schema)

    def close(self) -> None:
        for view in self._views:
            self._session.catalog.dropTempView(view)
        self._views.clear()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from pyspark.errors import PySparkException

        try:
            yield
        except Exception as error:
            # What Spark does not translate comes from the bridge to Java.
            if not (
                isinstance(error, PySparkException) or type(error).__module__ == "py4j.protocol"
            ):
                raise
            text = str(error).strip()
            first = text.splitlines()[0] if text else type(error).__name__
            if "No space left" in text:
                raise StorageFailed.of(
                    f"the disk is full: {first}",
                    code="W508",
                    fix=f"Free some space below {self._scratch} (netloom gc shows what can go) and retry "
                    "the run: finished work is kept",
                ) from error
            raise InvalidData.of(
                f"the tables cannot be read this way: {first}", code="T112"
            ) from error


def _session(
    *, memory_limit: int | None, threads: int, scratch: Path, options: Mapping[str, str]
) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NotFound.of(
            "Spark is not installed",
            code="T114",
            fix="Install netloom[spark], or use the engine duckdb",
        ) from error
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise NotFound.of(
            "Spark needs Java, which is not installed",
            code="T114",
            expected="Java 17 or newer on the PATH, or JAVA_HOME",
            fix="Install Java, or use the engine duckdb",
        )
    on_cluster = "spark.master" in options and not options["spark.master"].startswith("local")
    memory_mb = (memory_limit or 0) // (1 << 20) or _DRIVER_MEMORY_MB
    chosen = {
        "spark.master": f"local[{threads}]",
        "spark.driver.memory": f"{max(memory_mb, 512)}m",
        "spark.local.dir": str(scratch),
        **({} if on_cluster else _ON_ONE_MACHINE),
        **options,
        **_FIXED,
    }
    if not on_cluster:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # of the executors' functions
    builder = SparkSession.builder.appName("netloom")
    for key, value in chosen.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")  # what goes wrong is raised, and explained there
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return session


def _without_empty_files(folder: Path, *, is_partitioned: bool) -> None:
    """Remove files without rows, which Spark writes for empty parts; of an empty answer one stays."""
    import pyarrow.parquet as pq

    files = sorted(folder.rglob("*.parquet"))
    empty = [file for file in files if pq.read_metadata(file).num_rows == 0]
    if len(empty) == len(files) and not is_partitioned:
        empty = empty[1:]
    for file in empty:
        file.unlink()


def _add_metadata(folder: Path, metadata: Mapping[str, str], layout: Layout) -> None:
    """Write the files again with entries in their footers: Spark has no way to add any."""
    import pyarrow.parquet as pq

    for path in folder.rglob("*.parquet"):
        again = path.with_suffix(".again")
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            entries = {
                **(schema.metadata or {}),
                **{k.encode(): v.encode() for k, v in metadata.items()},
            }
            with pq.ParquetWriter(
                again, schema.with_metadata(entries), compression=layout.compression
            ) as out:
                for batch in file.iter_batches(layout.rows_per_group):
                    out.write_batch(batch.cast(out.schema) if batch.schema != out.schema else batch)
        again.replace(path)
