"""Writing tables out: files of several formats at a place outside the workspace, complete or not at all."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import Conflict, InvalidData
from netloom.core.files import storage_errors
from netloom.core.locations import Resolve, local_path
from netloom.core.reporter import Reporter
from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine
from netloom.tables.sources.days import days_of, filled, has_place
from netloom.tables.sources.places import filesystem_of, is_url
from netloom.tables.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

OutFormat = Literal["parquet", "csv", "jsonl", "tfrecord"]
IfExists = Literal["error", "replace"]
_SUFFIXES = {"csv": ".csv", "jsonl": ".jsonl", "tfrecord": ".tfrecord"}


def write_out(
    table: Table,
    path: str,
    *,
    form: OutFormat,
    partition_by: Sequence[str],
    rows_per_file: int,
    if_exists: IfExists,
    success_file: str | None,
    engine: TableEngine,
    resolve: Resolve,
    scratch: Path,
    project: Path,
    reporter: Reporter,
) -> dict[str, Any]:
    """Write a table to a folder or URL; returns where it is, and how many rows, files and bytes it has.

    A folder of this machine appears at once. At a URL the success file comes last.

    Raises:
        Conflict: There is something already, and it is not to be replaced.
        InvalidData: The format cannot hold a column.
        StorageFailed: The disk is full; what was there before still is.
    """
    table.require(partition_by, setting="partition_by")
    problems = list(format_problems(form, table.columns, partition_by))
    if problems:
        raise InvalidData(*problems)
    path = _dated(path, table)
    target = path if is_url(path) else str(local_path(f"path:{path}", project))
    _refuse_existing(target, if_exists)
    engine.bind("rows", table.files(resolve))
    names = engine.sql.identifiers(table.names)
    query = f"SELECT {names} FROM rows"
    made = scratch / "written"
    if form == "parquet":
        rows = engine.write(query, made, partition_by=partition_by, rows_per_file=rows_per_file)
    else:
        made.mkdir(parents=True)
        rows = _write_streamed(
            engine.stream(query),
            table.columns,
            folder=made,
            form=form,
            rows_per_file=rows_per_file,
            reporter=reporter,
        )
    if success_file:
        (made / success_file).touch()
    files = [file for file in sorted(made.rglob("*")) if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    count = len(files) - bool(success_file)
    if is_url(target):
        _upload(made, target, success_file)
    else:
        _install(made, Path(target))
    return {"path": target, "rows": rows, "files": count, "size_bytes": size}


def _dated(path: str, table: Table) -> str:
    """The path with the day of the table where it has a place for one."""
    [day] = days_of(path, date_text=table.date or None) if has_place(path) else (None,)
    return filled(path, day)


def format_problems(
    form: str, columns: Sequence[Column], partition_by: Sequence[str]
) -> Iterator[Diagnostic]:
    """Why a table with these columns cannot be written in a format."""
    nested = [column.name for column in columns if column.is_nested or column.type == "bytes"]
    if form == "csv" and nested:
        yield Diagnostic(
            code="T176",
            message=f"CSV cannot hold {', '.join(nested)}",
            place=Place(setting="format"),
            fix="Write Parquet, JSON Lines or TFRecord, or leave these columns out",
        )
    if form != "parquet" and partition_by:
        yield Diagnostic(
            code="T176",
            message="only Parquet is written in partitions",
            place=Place(setting="partition_by"),
        )


def _refuse_existing(target: str, if_exists: IfExists) -> None:
    exists = filesystem_of(target).exists(target) if is_url(target) else Path(target).exists()
    if exists and if_exists == "error":
        raise Conflict.of(
            f"{target} exists already",
            code="T113",
            fix="Write somewhere else, e.g. with the date in the path, or say if_exists: replace",
        )


def _install(made: Path, folder: Path) -> None:
    """Copy beside the folder, which may be on another disk, and rename."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    before = folder.with_name(f".{folder.name}.before")
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            shutil.copytree(made, unfinished)
            if folder.exists():
                shutil.rmtree(before, ignore_errors=True)
                os.replace(folder, before)
            os.replace(unfinished, folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            if before.exists() and not folder.exists():
                os.replace(before, folder)
            raise
        shutil.rmtree(before, ignore_errors=True)


def _upload(made: Path, target: str, success_file: str | None) -> None:
    store = filesystem_of(target)
    if store.exists(target):
        store.rm(target, recursive=True)
    files = [file for file in sorted(made.rglob("*")) if file.is_file()]
    for file in sorted(files, key=lambda file: file.name == success_file):
        store.put_file(str(file), f"{target.rstrip('/')}/{file.relative_to(made).as_posix()}")


def _write_streamed(
    batches: Iterable[pa.RecordBatch],
    columns: Sequence[Column],
    *,
    folder: Path,
    form: str,
    rows_per_file: int,
    reporter: Reporter,
) -> int:
    done = 0

    def counted(source: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        nonlocal done
        for batch in source:
            done += batch.num_rows
            reporter.progress(done, None, unit="row")
            yield batch

    writers: dict[str, Callable[..., None]] = {
        "csv": _write_csv,
        "jsonl": _write_jsonl,
        "tfrecord": _write_tfrecord,
    }
    for number, part in _in_files(batches, rows_per_file):
        path = folder / f"part-{number:05d}{_SUFFIXES[form]}"
        with storage_errors(path):
            writers[form](path, counted(part), columns)
    return done


def _in_files(
    batches: Iterable[pa.RecordBatch], rows_per_file: int
) -> Iterator[tuple[int, Iterator[pa.RecordBatch]]]:
    """Batches by the number of the file they belong to; at least one file, which may be empty."""
    number = -1
    for number, group in groupby(_pieces(batches, rows_per_file), key=itemgetter(0)):
        yield number, (piece for _, piece in group)
    if number < 0:
        yield 0, iter(())


def _pieces(
    batches: Iterable[pa.RecordBatch], rows_per_file: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    done = 0
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, rows_per_file - done % rows_per_file)
            yield done // rows_per_file, piece
            done += piece.num_rows
            start += piece.num_rows


def _write_csv(path: Path, batches: Iterable[pa.RecordBatch], columns: Sequence[Column]) -> None:
    from pyarrow import csv

    from netloom.tables.columns import arrow_schema

    schema = arrow_schema(columns)
    with csv.CSVWriter(path, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema))


def _write_jsonl(path: Path, batches: Iterable[pa.RecordBatch], columns: Sequence[Column]) -> None:
    maps = [column.name for column in columns if column.type.startswith("map<")]
    with path.open("w", encoding="utf-8") as stream:
        for batch in batches:
            for row in batch.to_pylist():
                for name in maps:
                    row[name] = None if row[name] is None else dict(row[name])
                document = {name: _plain(value) for name, value in row.items()}
                stream.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")


def _write_tfrecord(
    path: Path, batches: Iterable[pa.RecordBatch], columns: Sequence[Column]
) -> None:
    from netloom.tables.tfrecord.examples import records_of_batch
    from netloom.tables.tfrecord.records import write_records

    with path.open("wb") as stream:
        write_records(
            stream, (record for batch in batches for record in records_of_batch(batch, columns))
        )


def _plain(value: Any) -> Any:
    """As JSON has it: dates as texts, and null for what is no number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
