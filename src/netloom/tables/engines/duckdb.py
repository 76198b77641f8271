"""DuckDB as an engine: inside this process, larger than memory, nothing to install."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.errors import InvalidData, StorageFailed
from netloom.tables.engines.dialect import Dialect, DuckDBDialect
from netloom.tables.engines.engine import BATCH_ROWS, SMALL, Layout
from netloom.tables.engines.written_folder import folder_written_at_once
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

_SHARE_OF_MEMORY = 0.6
_ALL_ROWS = 2**63 - 1
# What DuckDB has and other engines have not, with what stands for it.
_CSV_ERROR = re.compile(
    r"CSV Error on Line: (?P<line>\d+)\n(?:Original Line:[^\n]*\n)?(?P<reason>[^\n]+)"
    r".*?^  file = (?P<file>[^\n]+)$",
    re.DOTALL | re.MULTILINE,
)
_INNER_ERROR = re.compile(r'"exception_message":("(?:[^"\\]|\\.)*")')
_CANONICAL = (
    (re.compile(r"\b(UHUGEINT|HUGEINT)\b"), "BIGINT"),
    (re.compile(r"\bUBIGINT\b"), "DECIMAL(20, 0)"),
    (re.compile(r"\b(UINTEGER|USMALLINT|UTINYINT)\b"), "BIGINT"),
    (re.compile(r"\bTIMESTAMP WITH TIME ZONE\b|\bTIMESTAMP_(NS|MS|S)\b"), "TIMESTAMP"),
    (re.compile(r"\b(TIME WITH TIME ZONE|TIME|UUID|JSON|INTERVAL)\b|\bENUM\([^)]*\)"), "VARCHAR"),
)


class DuckDBEngine:
    """See :class:`netloom.tables.engines.engine.TableEngine`.

    Args:
        scratch: Folder for what does not fit into memory; None for a few rows, which do.
    """

    dialect: Literal["duckdb", "spark"] = "duckdb"
    sql: Dialect = DuckDBDialect()

    def __init__(self, *, memory_limit: int | None, threads: int, scratch: Path | None) -> None:
        import duckdb

        if scratch is not None:
            scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = scratch
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{memory_limit or _default_memory()}B",
                "threads": threads,
                "temp_directory": str(scratch or ""),
                "autoinstall_known_extensions": False,
                "preserve_insertion_order": True,  # equal rows give equal files, so caches hold
            }
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        self._stores: set[str] = set()

    def bind(
        self, name: str, files: TableFiles, *, rows: Mapping[str, tuple[int, int]] | None = None
    ) -> None:
        """See the protocol.

        Args:
            rows: Of the files with these paths only the rows from the first up to, but not with, the second.
        """
        columns = self.sql.canonical_columns(files.columns)
        if not files.paths:
            source = self.sql.no_rows(files.columns)
        else:
            source = self._scan_rows(files, rows) if rows else self._scan(files)
        view = self.sql.identifier(name)
        self._execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {columns} FROM {source}")

    def bind_rows(self, name: str, rows: pa.Table) -> None:
        """Make rows in memory known under a name; they have the canonical types already."""
        with self._errors():
            self._connection.register(name, rows)

    def bind_ids(self, name: str, ids: Mapping[str, int]) -> None:
        """Make a function known that gives the id of a text; null if it has none."""
        import pyarrow as pa
        from duckdb.func import ARROW, SPECIAL

        with self._errors():
            self._connection.create_function(
                name,
                lambda texts: pa.array(map(ids.get, texts.to_pylist()), pa.int64()),
                ["VARCHAR"],
                "BIGINT",
                type=ARROW,
                null_handling=SPECIAL,
                side_effects=False,
            )

    def rows(self, sql: str) -> pa.Table:
        with self._errors():
            return self._relation(sql).to_arrow_table()

    def prepare(self, name: str, sql: str) -> None:
        """Keep the plan of a query whose tables are all bound."""
        self._execute(f"PREPARE {self.sql.identifier(name)} AS {sql}")

    def prepared_rows(self, name: str) -> pa.Table:
        """The answer to a prepared query on the tables that are bound now; its types stay as they are."""
        with self._errors():
            statement = f"EXECUTE {self.sql.identifier(name)}"
            found: pa.Table = self._connection.sql(statement).to_arrow_table()
        return found

    def stream(self, sql: str, *, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        with self._errors():
            reader = self._relation(sql).to_arrow_reader(batch_rows)
        while True:
            with self._errors():
                batch = next(reader, None)
            if batch is None:
                return
            yield batch

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
        with folder_written_at_once(folder) as unfinished:
            query = self._canonical(sql)
            options = [*_options(layout), *self._footer_options(metadata or {})]
            rows = 0
            if partition_by:
                options.append(f"PARTITION_BY ({self.sql.identifiers(partition_by)})")
                rows = self._copy(query, unfinished, options)
            elif rows_per_file is not None:
                groups = max(1, rows_per_file // layout.rows_per_group)
                rows = self._copy(query, unfinished, [*options, f"ROW_GROUPS_PER_FILE {groups}"])
            if not partition_by and not any(unfinished.rglob("*.parquet")):
                unfinished.mkdir(exist_ok=True)
                rows = self._copy(query, unfinished / "0.parquet", options)
        return rows

    def describe(self, sql: str) -> pa.Schema:
        with self._errors():
            return self._relation(f"SELECT * FROM ({sql}) LIMIT 0").to_arrow_table().schema

    def close(self) -> None:
        self._connection.close()

    def reach(self, path: str) -> None:
        """Make the store of a URL known to DuckDB, which reads it through fsspec."""
        scheme, separator, _ = path.partition("://")
        if not separator or scheme in self._stores:
            return
        from netloom.tables.sources.places import filesystem_of

        self._connection.register_filesystem(filesystem_of(path))
        self._stores.add(scheme)

    def _scan(self, files: TableFiles, *, more: str = "") -> str:
        for path in files.paths:
            self.reach(path)
        listed = ", ".join(self.sql.text(path) for path in files.paths)
        hive = "TRUE, hive_types_autocast = FALSE" if files.partitions else "FALSE"
        return f"read_parquet([{listed}], hive_partitioning = {hive}{more})"

    def _scan_rows(self, files: TableFiles, rows: Mapping[str, tuple[int, int]]) -> str:
        """Row groups outside the rows are not read: DuckDB knows where each begins."""
        scans = []
        for path in files.paths:
            start, stop = rows.get(path, (0, _ALL_ROWS))
            scan = self._scan(replace(files, paths=(path,)), more=", file_row_number = TRUE")
            chosen = f"file_row_number >= {start} AND file_row_number < {stop}"
            scans.append(f"SELECT * EXCLUDE (file_row_number) FROM {scan} WHERE {chosen}")
        return f"({' UNION ALL BY NAME '.join(scans)})"

    def _footer_options(self, metadata: Mapping[str, str]) -> list[str]:
        text = self.sql.text
        pairs = ", ".join(f"{text(key)}: {text(value)}" for key, value in metadata.items())
        return [f"KV_METADATA {{{pairs}}}"] if pairs else []

    def _copy(self, query: str, target: Path, options: Sequence[str]) -> int:
        sql = f"COPY ({query}) TO {self.sql.text(str(target))} ({', '.join(options)})"
        with self._errors():
            (rows,) = self._connection.execute(sql).fetchone() or (0,)
        return int(rows)

    def _relation(self, sql: str) -> Any:
        return self._connection.sql(self._canonical(sql))

    def _canonical(self, sql: str) -> str:
        """The query with columns of types that only DuckDB has turned into others."""
        with self._errors():
            relation = self._connection.sql(sql)
            if relation is None:
                raise InvalidData.of("this SQL gives no rows", code="T110", expected="a SELECT")
            kinds = [(name, str(kind)) for name, kind in zip(relation.columns, relation.types)]
        wanted = [(name, kind, canonical_type(kind)) for name, kind in kinds]
        if all(kind == other for _, kind, other in wanted):
            return sql
        columns = ", ".join(
            self.sql.identifier(name)
            if kind == other
            else f"CAST({self.sql.identifier(name)} AS {other}) AS {self.sql.identifier(name)}"
            for name, kind, other in wanted
        )
        return f"SELECT {columns} FROM ({sql})"

    def _execute(self, sql: str) -> None:
        with self._errors():
            self._connection.execute(sql)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> InvalidData | StorageFailed:
        import duckdb

        text = str(error).strip()
        first = _reason(text) or type(error).__name__
        is_full = "No space left" in text or "max_temp_directory_size" in text
        if is_full:
            return StorageFailed.of(
                f"the disk is full: {first}",
                code="W508",
                fix=f"Free some space below {self._scratch} (netloom gc shows what can go) and retry "
                "the run: finished work is kept",
            )
        if isinstance(error, duckdb.OutOfMemoryException):
            return InvalidData.of(
                f"the memory granted is not enough: {first}",
                code="T111",
                fix="Give the node more with `needs: {memory_mb: …}`, or fewer threads with "
                "`needs: {cpus: 1}`",
            )
        is_encoded = "not utf-8" in first
        return InvalidData.of(
            f"the tables cannot be read this way: {first}",
            code="T112",
            fix="Say how its characters are written, with `encoding` in `format`"
            if is_encoded
            else None,
        )


def _reason(text: str) -> str:
    r"""What an error says that helps people: of a CSV file, the sentence after the line it is about; of an
    error of another thread, what that said.

    >>> _reason(
    ...     "Some Error: CSV Error on Line: 3\nOriginal Line: a\nIt is none\n\n  file = a.csv\n"
    ... )
    'a.csv, line 3: It is none'
    >>> _reason(
    ...     'IO Error: Async write failed: {"exception_message":"No \\"space\\" left","errno":"28"}'
    ... )
    'No "space" left'
    """
    found = _CSV_ERROR.search(text)
    if found is not None:
        return f"{found['file']}, line {found['line']}: {found['reason']}"
    inner = _INNER_ERROR.search(text)
    return text.partition("\n")[0] if inner is None else str(json.loads(inner[1]))


def _options(layout: Layout) -> list[str]:
    # The other form of lz4 differs between its implementations.
    compression = "lz4_raw" if layout.compression == "lz4" else layout.compression
    return [
        "FORMAT parquet",
        f"COMPRESSION {compression}",
        f"ROW_GROUP_SIZE {layout.rows_per_group}",
    ]


def canonical_type(kind: str) -> str:
    """The type that stands for a type of DuckDB on all engines.

    >>> canonical_type("HUGEINT[]"), canonical_type("VARCHAR")
    ('BIGINT[]', 'VARCHAR')
    """
    for pattern, other in _CANONICAL:
        kind = pattern.sub(other, kind)
    return kind


def _default_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total * _SHARE_OF_MEMORY)
