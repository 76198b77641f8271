"""Columns of the answer of a query, from tables without rows: nothing is read and nothing computed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, bad_column_types, refuse_twins
from netloom.tables.engines.dialect import DuckDBDialect
from netloom.tables.engines.duckdb import canonical_type
from netloom.tables.extraction import Extraction, connected_statement
from netloom.tables.known_table import UNKNOWN, shown_names

_ANY_DAY = "2000-01-01"
_SQL = DuckDBDialect()
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")
_NO_COLUMN = re.compile(r'(?:Referenced column|have a column named) "(.+?)"')
_LIST = re.compile(r"(.+)\[\d*\]")
_MAP = re.compile(r"MAP\(VARCHAR, (.+)\)")
_LOGICAL = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "SMALLINT": "integer",
    "TINYINT": "integer",
    '"NULL"': "integer",  # as which a column of nothing but nulls is written
    "DOUBLE": "number",
    "FLOAT": "number",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BLOB": "bytes",
}


def columns_of_query(
    extraction: Extraction,
    names: Mapping[str, str],
    tables: Mapping[str, Sequence[Column]],
    *,
    day: str | None,
) -> tuple[Column, ...] | None:
    """Columns of an answer; None if they depend on rows, or cannot be told without all types.

    Args:
        names: Tables that it may read, by the names they have in it; values are keys of ``tables``.
        tables: Their columns.
        day: The day of the table; empty if it has none, None if that is not known.

    Raises:
        InvalidData: The query is wrong: no SELECT, or of columns that there are not, for example.
    """
    statement = connected_statement(extraction, names, day=_ANY_DAY if day is None else day)
    if _depends_on_rows(statement):
        return None
    sql = str(statement.sql(dialect="duckdb"))
    has_all_types = all(column.type != UNKNOWN for known in tables.values() for column in known)
    try:
        found = _described(sql, tuple((name, tuple(known)) for name, known in tables.items()))
    except InvalidData as error:
        if has_all_types or error.diagnostics[0].code == "T145":
            raise
        return None  # functions may refuse values of no type that they take of the right one
    return found if has_all_types else tuple(replace(each, type=UNKNOWN) for each in found)


def _depends_on_rows(statement: Any) -> bool:
    """Whether values become columns, as PIVOT makes them."""
    from sqlglot import exp

    return statement.find(exp.Pivot) is not None


@lru_cache(maxsize=256)
def _described(sql: str, tables: tuple[tuple[str, tuple[Column, ...]], ...]) -> tuple[Column, ...]:
    """Columns of a query to DuckDB, as all engines have them. It is understood but not executed."""
    import duckdb

    connection = duckdb.connect(
        config={"memory_limit": "64MB", "threads": 1, "enable_external_access": False}
    )
    try:
        for name, columns in tables:
            view = _SQL.identifier(name)
            connection.execute(f"CREATE TEMP VIEW {view} AS SELECT * FROM {_no_rows(columns)}")
        answer = connection.sql(
            f"SELECT * FROM ({sql})"
        )  # a second column of one name gets another
        kinds = [canonical_type(str(kind)) for kind in answer.types]
        return _columns(answer.columns, kinds)
    except duckdb.Error as error:
        raise _refusal(error, sql, tables) from error
    finally:
        connection.close()


def _refusal(
    error: Exception, sql: str, tables: Sequence[tuple[str, Sequence[Column]]]
) -> InvalidData:
    first = str(error).strip().splitlines()[0]
    unknown = _NO_COLUMN.search(first)
    if unknown is None:
        return InvalidData.of(
            f"the SQL does not fit the tables: {first}", code="T144", got=sql[:200]
        )
    names = list(dict.fromkeys(column.name for _, known in tables for column in known))
    return InvalidData.of(
        f"the SQL names a column {unknown[1]!r} that no table has",
        code="T145",
        expected=shown_names(names),
        fix=did_you_mean(unknown[1], names) or "Name columns that the tables have",
    )


def _no_rows(columns: Sequence[Column]) -> str:
    """A query without rows; columns of unknown type have none here, either."""
    nothing = ", ".join(
        f"{_SQL.cast('NULL', column.type) if column.type != UNKNOWN else 'NULL'} "
        f"AS {_SQL.identifier(column.name)}"
        for column in columns
    )
    return f"(SELECT {nothing} WHERE FALSE)"


def _columns(names: Sequence[str], kinds: Sequence[str]) -> tuple[Column, ...]:
    found = [(name, kind, logical_of_duckdb(kind)) for name, kind in zip(names, kinds)]
    wrong = [f"{name}: {kind}" for name, kind, logical in found if logical is None]
    if wrong:
        raise bad_column_types(wrong, name="the answer")
    refuse_twins(names, name="the answer")
    return tuple(Column(name, str(logical)) for name, _, logical in found)


def logical_of_duckdb(kind: str) -> str | None:
    """The logical type of a canonical type of DuckDB; None if tables cannot have it.

    >>> logical_of_duckdb("MAP(VARCHAR, DOUBLE)"), logical_of_duckdb("DECIMAL(10,2)[]")
    ('map<text, number>', 'list<decimal(10, 2)>')
    """
    plain = _LOGICAL.get(kind)
    if plain is not None:
        return plain
    digits = _DECIMAL.fullmatch(kind)
    if digits:
        return f"decimal({digits[1]}, {digits[2]})"
    outer = _LIST.fullmatch(kind) or _MAP.fullmatch(kind)
    inner = logical_of_duckdb(outer[1]) if outer else None
    if outer is None or inner is None:
        return None
    return f"list<{inner}>" if kind.endswith("]") else f"map<text, {inner}>"
