"""Answers of SQL databases, streamed into Parquet files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from netloom.core.errors import InvalidData, NotFound
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.tables.columns import Column, arrow_schema, columns_of, require_columns
from netloom.tables.sources.batch_writer import write_batches
from netloom.tables.table import WORK_ROWS, Table, written_table

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 16_384
_SAMPLE_ROWS = 16_384
_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "FROM", "SHOW", "DESCRIBE", "EXPLAIN")
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def read_database(
    url: str,
    query: str,
    *,
    password_variable: str | None,
    types: dict[str, str],
    project: Path,
    resolve: Resolve,
    reporter: Reporter,
) -> Table:
    """Ask a database and keep the answer below ``work:rows``.

    Raises:
        InvalidData: The address or the query is wrong, or a value does not fit its column.
        NotFound: The driver is not installed, or the password's variable is not set.
    """
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    _require_select(query)
    address = _address(url, password_variable, project)
    try:
        database = create_engine(address)
    except ImportError as error:
        raise _no_address(url, error) from error
    try:
        with database.connect() as connection:
            answer = connection.execution_options(
                stream_results=True, max_row_buffer=_BATCH_ROWS
            ).execute(text(query))
            if not answer.returns_rows:
                raise InvalidData.of("the query gives no rows", code="T150", expected="a SELECT")
            columns, batches = _batches(list(answer.keys()), iter(answer), types)
            write_batches(batches, columns, resolve(WORK_ROWS), reporter=reporter)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise InvalidData.of(f"the database refuses: {reason}", code="T150") from error
    finally:
        database.dispose()
    return written_table(WORK_ROWS, resolve, columns=columns)


def _address(url: str, password_variable: str | None, project: Path) -> Any:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        address = make_url(url)
        address.get_dialect()
    except (SQLAlchemyError, ImportError) as error:
        raise _no_address(url, error) from error
    if address.password is not None:
        raise InvalidData.of(
            "the address of a database has a password in it, which everybody who sees the pipeline can read",
            code="T152",
            fix="Put the password into an environment variable and name that with `password_variable`",
        )
    if password_variable is not None:
        password = os.environ.get(password_variable)
        if password is None:
            raise NotFound.of(
                f"the environment variable {password_variable} is not set", code="T153"
            )
        address = address.set(password=password)
    if address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:"):
        file = project / str(address.database)
        if not file.is_file():
            raise NotFound.of(f"{file} does not exist", code="W404")
        address = address.set(database=str(file))
        if address.get_driver_name() == "pysqlite":  # read only, whatever the query says
            address = address.set(
                database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"}
            )
    return address


def _no_address(url: str, error: Exception) -> NotFound:
    return NotFound.of(
        f"{url!r} is no address of a database, or its driver is not installed: {error}",
        code="T151",
        expected="dialect+driver://user@host/database",
    )


def _require_select(query: str) -> None:
    """Refuse what would change the database, before it is asked.

    Raises:
        InvalidData: The query begins like something else than a SELECT.
    """
    words = _COMMENTS.sub(" ", query).replace("(", " ").split()
    first = words[0].upper() if words else ""
    if first not in _QUERIES:
        raise InvalidData.of(
            "only a query that reads can be asked", code="T150", expected="a SELECT", got=first
        )


def _batches(
    names: Sequence[str], rows: Iterator[Any], types: dict[str, str]
) -> tuple[tuple[Column, ...], Iterator[pa.RecordBatch]]:
    first = list(islice(rows, _SAMPLE_ROWS))
    columns = _columns(names, first, types)
    schema = arrow_schema(columns)

    def batches() -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        rest = chain(first, rows)
        while block := list(islice(rest, _BATCH_ROWS)):
            arrays = [
                _array([row[index] for row in block], field) for index, field in enumerate(schema)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return columns, batches()


def _columns(
    names: Sequence[str], first: Sequence[Any], types: dict[str, str]
) -> tuple[Column, ...]:
    import pyarrow as pa

    kinds = {}
    for index, name in enumerate(names):
        if name in types:
            continue
        try:
            kinds[name] = pa.array([row[index] for row in first]).type
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InvalidData.of(
                f"the column {name!r} holds values of several types: {error}",
                code="T154",
                fix=f"Say which one it has, with types: {{{name}: text}}",
            ) from error
    found = columns_of(pa.schema(list(kinds.items())), name="the answer")
    known = {column.name: column for column in found}
    known |= {name: Column(name, kind) for name, kind in types.items() if name in names}
    columns = tuple(known[name] for name in names)
    require_columns(list(types), columns, name="the answer", setting="types")
    return columns


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        if pa.types.is_string(field.type):
            return pa.array([None if value is None else str(value) for value in values], field.type)
        raise InvalidData.of(
            f"the column {field.name!r} does not always hold what it held at first: {error}",
            code="T154",
            expected=str(field.type),
            fix=f"Say what it holds, with types: {{{field.name}: text}}",
        ) from error
