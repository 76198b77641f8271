"""SQL of users: one SELECT on tables that are connected, with named places for values.

It is written in DuckDB's SQL and translated for other engines. ``{name}`` stands for a whole value and is
replaced by a literal, never by text, so quotes and injected SQL cannot arise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import model_validator

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidData
from netloom.core.settings import NonEmptyText, Settings, SqlText
from netloom.tables.engines.dialect import DuckDBDialect
from netloom.tables.engines.engine import TableEngine

DATE = "date"
"""Always there for tables that have a date: the day whose data are used."""
_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\{([A-Za-z_]\w*)\}", re.DOTALL
)
_PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")


class Extraction(Settings):
    """A SELECT and the values of the places in it.

    Attributes:
        sql: One SELECT; the table is called as the operator says. `{name}` stands for a value, `{date}`
            for the day whose data the table has.
        values: Values by name: texts, numbers, true or false.
    """

    sql: SqlText
    values: dict[NonEmptyText, str | int | float | bool] = {}  # noqa: RUF012 - pydantic copies it

    @model_validator(mode="after")
    def _complete(self) -> Extraction:
        found = list(places(self.sql))
        missing = [name for name in dict.fromkeys(found) if name not in {*self.values, DATE}]
        if missing:
            close = did_you_mean(missing[0], [*self.values, DATE])
            raise ValueError(
                f"`sql` has places without a value: {', '.join(missing)}. {close or 'Say them in `values`'}"
            )
        unused = [name for name in self.values if name not in found]
        if unused:
            raise ValueError(
                f"`values` has values without a place in `sql`: {', '.join(unused)}. "
                "Write {name} where a value stands"
            )
        return self


def places(sql: str) -> Iterator[str]:
    """Names of the places of a SELECT, outside of texts and comments.

    Raises:
        ValueError: A place is inside a text, where it would not be replaced.

    >>> list(places("SELECT * FROM rows WHERE day >= {since} -- {not_this}"))
    ['since']
    """
    for match in _TOKEN.finditer(sql):
        if match[1]:
            yield match[1]
        elif match[0].startswith("'") and (inside := _PLACE.search(match[0])):
            raise ValueError(
                f"{inside[0]} is inside a text. A place stands for a whole value: take away the quotes"
            )


def query_of(
    extraction: Extraction, tables: Mapping[str, str], *, engine: TableEngine, day: str = ""
) -> str:
    """The SELECT in the engine's SQL, with its values.

    Args:
        tables: Tables it may read, by the names they have in it; values are the names of the engine's views.
        day: The day of the table, as ``2026-01-31``; empty if it has none.

    Raises:
        InvalidData: It is no single SELECT, reads something else, or needs a day that is not known.
    """
    return str(connected_statement(extraction, tables, day=day).sql(dialect=engine.dialect))


def connected_statement(extraction: Extraction, tables: Mapping[str, str], *, day: str) -> Any:
    """The SELECT as a tree of sqlglot, with its values; see :func:`query_of`."""
    values: dict[str, Any] = dict(extraction.values)
    if day and DATE not in values:
        values[DATE] = date.fromisoformat(day)
    statement = _parsed(with_values(extraction.sql, values))
    _connect(statement, tables)
    return statement


def with_values(sql: str, values: Mapping[str, str | int | float | bool | date | datetime]) -> str:
    """SQL for DuckDB whose places are filled with literals.

    >>> with_values("SELECT {a}", {"a": "it's"})
    "SELECT 'it''s'"
    """
    dialect = DuckDBDialect()

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if not name:
            return match[0]
        if name not in values:
            raise InvalidData.of(
                f"the place {{{name}}} in the SQL has no value",
                code="T140",
                fix="The table has no date; give its source one"
                if name == DATE
                else "Say it in `values`",
            )
        return dialect.literal(values[name])

    return _TOKEN.sub(replace, sql)


def _parsed(sql: str) -> Any:
    import sqlglot
    from sqlglot import exp

    try:
        statements = [found for found in sqlglot.parse(sql, read="duckdb") if found is not None]
    except sqlglot.errors.SqlglotError as error:
        first = str(error).splitlines()[0]
        raise InvalidData.of(
            f"the SQL cannot be understood: {_without_colours(first)}", code="T141", got=sql[:200]
        ) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise InvalidData.of(
            "the SQL is not one SELECT", code="T142", got=sql[:200], expected="a single SELECT"
        )
    return statements[0]


def _connect(statement: Any, tables: Mapping[str, str]) -> None:
    """Put the engine's views in place of the names of tables."""
    from sqlglot import exp

    own = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    known = {name.lower(): view for name, view in tables.items()}
    for table in list(statement.find_all(exp.Table)):
        is_plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
        name = table.name.lower()
        if is_plain and name in own:
            continue
        if not is_plain or name not in known:
            raise InvalidData.of(
                f"the SQL reads {table.sql(dialect='duckdb')}, which is not connected",
                code="T143",
                expected=", ".join(tables),
                fix="Read files with tables.source, so that changes of them are noticed, and connect it",
            )
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(known[name], quoted=True))


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
