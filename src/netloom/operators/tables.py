"""Operators that bring tables in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from netloom.core.settings import NonEmptyText, NonNegativeInt, SqlText
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.operators import table_columns
from netloom.operators.table_engine import memory_of_tables
from netloom.tables.codec import TableCodec
from netloom.tables.sources.finding import Request, identity_of
from netloom.tables.sources.formats import ColumnType, Parquet, TableFormat
from netloom.tables.sources.reading import Keep, Wish
from netloom.tables.table import Table

CODECS = {Table: TableCodec()}

_READER = Needs(cpus=1)
_PRELOAD = ("pyarrow.parquet", "duckdb")


def _source_identity(
    *,
    path: str,
    format: TableFormat,
    date: str | None,
    shift_days: int,
    degrade_days: int,
    success_file: str | None,
    min_bytes: int,
    min_rows: int,
    project: Path,
    **_: object,
) -> str:
    request = Request(
        path, format, date, shift_days, degrade_days, success_file, min_bytes, min_rows
    )
    return identity_of(request, project)


@operator(
    group="tables",
    infer="drop",
    job=_READER,
    identity=_source_identity,
    preload=_PRELOAD,
    foresee=table_columns.source,
)
def source(
    *,
    path: NonEmptyText,
    format: TableFormat = Parquet(),
    columns: tuple[NonEmptyText, ...] = (),
    types: dict[NonEmptyText, ColumnType] = {},  # noqa: B006 - settings are copied, never changed
    date: NonEmptyText | None = None,
    shift_days: Annotated[int, Field(ge=-36_500, le=36_500)] = 0,
    degrade_days: Annotated[int, Field(ge=0, le=366)] = 0,
    success_file: NonEmptyText | None = None,
    min_bytes: NonNegativeInt = 0,
    min_rows: NonNegativeInt = 1,
    keep: Keep = "auto",
    run: RunContext,
) -> Table:
    """A table from files: a file, a folder of them, a pattern, or a URL such as s3://bucket/folder.

    Folders called like `dt=2026-01-31` become columns of texts. Parquet files on this machine stay where
    they are; everything else is copied into the workspace as Parquet, in one pass.

    Args:
        path: Where the files are; `{date:%Y-%m-%d}` stands for the day. A relative path starts at the project
            folder.
        format: How the files are written.
        columns: Only these columns; none takes all.
        types: Types of columns where the format leaves them open (CSV, JSON Lines, TFRecord): integer,
            number, decimal(10, 2), text, boolean, date, timestamp, list<number>, map<text, number> …
        date: The day of the run, as 2026-01-31; usually "${date:%Y-%m-%d}".
        shift_days: So many days are added to the date; -1 is the day before.
        degrade_days: If the data of a day are not complete, up to so many earlier days will do.
        success_file: A folder is complete only if it has this file, such as _SUCCESS.
        min_bytes: Data with fewer bytes are not complete.
        min_rows: Data with fewer rows are not complete.
        keep: "in_place" reads Parquet files where they lie and refuses to go on if they change later, "copy"
            copies them. "auto" leaves those on this machine in place where all engines read them alike.

    Returns:
        The table, with the day whose data it is.
    """
    from netloom.tables.sources.reading import read_source

    request = Request(
        path, format, date, shift_days, degrade_days, success_file, min_bytes, min_rows
    )
    return read_source(
        request,
        Wish(columns, types, keep),
        project=run.project,
        resolve=run.resolve,
        scratch=run.workdir / ".engine",
        threads=run.threads,
        memory_limit=memory_of_tables(run),
        reporter=run,
    )


def _volatile(**_: object) -> None:
    """A database cannot say cheaply whether something changed."""


@operator(group="tables", infer="drop", job=_READER, identity=_volatile, preload=_PRELOAD)
def database(
    *,
    url: NonEmptyText,
    query: SqlText,
    password_variable: NonEmptyText | None = None,
    types: dict[NonEmptyText, ColumnType] = {},  # noqa: B006 - settings are copied, never changed
    run: RunContext,
) -> Table:
    """The answer of a query to an SQL database, copied into the workspace.

    The query is in the database's own SQL. It is asked anew in each run; what depends on it runs only if
    the answer changed.

    Args:
        url: Address as SQLAlchemy writes it, without a password: postgresql+pg8000://user@host/database,
            sqlite:///data/users.db …
        query: One SELECT.
        password_variable: Environment variable that holds the password.
        types: Types of columns that cannot be told from the first rows.

    Returns:
        The table.
    """
    from netloom.tables.sources.database import read_database

    return read_database(
        url,
        query,
        password_variable=password_variable,
        types=types,
        project=run.project,
        resolve=run.resolve,
        reporter=run,
    )
