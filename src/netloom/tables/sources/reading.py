"""Reading a source: files of any format become a table of Parquet files, or are read where they lie."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.tables.columns import Column, columns_of
from netloom.tables.engines.duckdb import DuckDBEngine
from netloom.tables.known_table import columns_missing, placed
from netloom.tables.sources.finding import Candidate, Request, Search
from netloom.tables.sources.formats import TfRecord
from netloom.tables.sources.parquet_files import (
    can_stay,
    parquet_columns,
    parquet_rows,
    partitions_of,
)
from netloom.tables.sources.places import Place
from netloom.tables.table import WORK_ROWS, Table, TableFiles, written_table

if TYPE_CHECKING:
    import pyarrow as pa

Keep = Literal["auto", "in_place", "copy"]
Batches = tuple[tuple[Column, ...], Iterator["pa.RecordBatch"]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What of the files is wanted, and how.

    Attributes:
        columns: Only these; none are all.
        types: Types of columns where a format leaves them open.
        keep: Read Parquet files where they lie, or copy everything.
    """

    columns: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    keep: Keep = "auto"

    def of(self, columns: tuple[Column, ...], *, name: str) -> tuple[Column, ...]:
        """The wanted ones of the columns that files have.

        Raises:
            InvalidData: Some are wanted that there are not.
        """
        if not self.columns:
            return columns
        missing = columns_missing(self.columns, columns, name=name, setting="columns")
        problems = list(placed(missing, "columns"))
        if problems:
            raise InvalidData(*problems)
        known = {column.name: column for column in columns}
        return tuple(known[each] for each in self.columns)


def read_source(
    request: Request,
    wish: Wish,
    *,
    project: Path,
    resolve: Resolve,
    scratch: Path,
    threads: int,
    memory_limit: int | None,
    reporter: Reporter,
) -> Table:
    """The table of the newest complete day; says which day that is.

    Raises:
        InvalidData: No day will do (all are listed), a file is damaged, or columns differ from what is
            wanted.
    """
    search = Search(request, project)
    for candidate in search.candidates():
        engine = DuckDBEngine(memory_limit=memory_limit, threads=threads, scratch=scratch)
        try:
            table = _Reading(request, wish, candidate, project, resolve, engine, reporter).table()
        finally:
            engine.close()
        if table.rows >= request.min_rows:
            for line in (*search.refused, *table.remarks):
                reporter.note(line)
            return table
        search.refuse_rows(candidate, table.rows)
        shutil.rmtree(resolve(WORK_ROWS), ignore_errors=True)
    raise search.nothing_found()


@dataclass(frozen=True, slots=True)
class _Reading:
    request: Request
    wish: Wish
    candidate: Candidate
    project: Path
    resolve: Resolve
    engine: DuckDBEngine
    reporter: Reporter

    def table(self) -> Table:
        form = self.request.format.type
        if form in ("parquet", "delta"):
            return self._from_parquet()
        if form in ("csv", "jsonl"):
            from netloom.tables.sources.text_files import text_query

            query = text_query(self.request.format, self.candidate.place, self.wish, self.engine)
            return self._written(query)
        return self._from_batches(*batches_of(self.request, self.wish, self.candidate))

    @property
    def facts(self) -> dict[str, Any]:
        """What the table says of itself."""
        day, late = self.candidate.day, self.candidate.late_days
        remarks = (remarks_on_lateness(str(day), late),) if late else ()
        return {"date": str(day) if day else "", "remarks": remarks}

    def _from_parquet(self) -> Table:
        place = self.candidate.place
        partitions = partitions_of(place)
        columns, physical = parquet_columns(place, partitions)
        wanted = self._wanted(columns)
        is_whole = wanted == columns
        may_stay = is_whole and can_stay(physical) and self.wish.keep != "copy"
        if may_stay and (place.is_local or self.wish.keep == "in_place"):
            return Table(
                location=self._location(place),
                columns=columns,
                rows=parquet_rows(place),
                partitions=partitions,
                outer=place.files,
                **self.facts,
            )
        if self.wish.keep == "in_place":
            raise InvalidData.of(
                f"{self.candidate.path} cannot be read in place: "
                + (
                    "only some of its columns are wanted"
                    if not is_whole
                    else "it has columns of types "
                    "that engines read differently, such as nanoseconds"
                ),
                code="T127",
                fix="Say keep: copy",
            )
        self.engine.bind("source", TableFiles(place.paths, columns, partitions, place.folder))
        return self._written(f"SELECT {self._listed(wanted)} FROM source", wanted)

    def _location(self, place: Place) -> str:
        """Relative to the project if it lies there: the project may move."""
        if not place.is_local:
            return place.folder
        folder = Path(place.folder)
        inside = folder.is_relative_to(self.project)
        return f"path:{folder.relative_to(self.project) if inside else folder}"

    def _from_batches(self, columns: Sequence[Column], batches: Iterator[pa.RecordBatch]) -> Table:
        from netloom.tables.sources.batch_writer import write_batches

        wanted = self._wanted(tuple(columns))
        write_batches(batches, wanted, self.resolve(WORK_ROWS), reporter=self.reporter)
        return written_table(WORK_ROWS, self.resolve, columns=wanted, **self.facts)

    def _written(self, query: str, columns: tuple[Column, ...] | None = None) -> Table:
        self.engine.write(query, self.resolve(WORK_ROWS))
        return written_table(WORK_ROWS, self.resolve, columns=columns, **self.facts)

    def _wanted(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return self.wish.of(columns, name=self.candidate.path)

    def _listed(self, columns: Sequence[Column]) -> str:
        return ", ".join(self.engine.sql.identifier(column.name) for column in columns)


def batches_of(request: Request, wish: Wish, candidate: Candidate) -> Batches:
    """Columns and, one after the other, batches of ORC or TFRecord files.

    Raises:
        InvalidData: They are damaged.
    """
    if isinstance(request.format, TfRecord):
        return _batches_of_records(request.format, wish, candidate)
    return _batches_of_orc(candidate)


def _batches_of_orc(candidate: Candidate) -> Batches:
    import pyarrow.dataset as ds

    from netloom.tables.sources.places import arrow_filesystem

    place = candidate.place
    try:
        source = ds.dataset(
            [path.partition("://")[2] if not place.is_local else path for path in place.paths],
            format="orc",
            filesystem=arrow_filesystem(place.folder),
        )
    except (OSError, ValueError) as error:
        raise InvalidData.of(
            f"{candidate.path} is damaged or is no ORC file: {str(error).rpartition(': ')[2]}",
            code="T128",
            fix="Write it again, or leave it out with a narrower path",
        ) from error
    return columns_of(source.schema, name=candidate.path), source.to_batches()


def _batches_of_records(form: TfRecord, wish: Wish, candidate: Candidate) -> Batches:
    from netloom.tables.engines.engine import BATCH_ROWS
    from netloom.tables.sources.streams import opened
    from netloom.tables.tfrecord.examples import batches_of_records
    from netloom.tables.tfrecord.records import read_records

    def records() -> Iterator[bytes]:
        for path in candidate.place.paths:
            with opened(path) as stream:
                yield from read_records(stream, name=path)

    return batches_of_records(
        records(),
        name=candidate.path,
        sample=form.sample,
        types=wish.types,
        batch_rows=BATCH_ROWS // 8,
    )


def remarks_on_lateness(day: str, late_days: int) -> str:
    """What people should know about a table whose data are older than those that were asked for."""
    if late_days == 1:
        return f"data of {day}, 1 day late"
    return f"data of {day}, {late_days} days late"
