"""SQL of Hive and Spark as SQL of a pipeline: tables become connections, names become values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"\$\{([^{}]*)\}")
_IN_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_MARK = "place__{}__"
_MARKED = re.compile(r"place__(\w+?)__")
_WRITTEN = re.compile(r'"?place__(\w+?)__"?')


class NotTranslated(ValueError):
    """SQL that cannot be said in a pipeline; the text says why."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A SELECT for a pipeline.

    Attributes:
        sql: In DuckDB's SQL, with ``{name}`` where values stand.
        tables: Hive tables it reads, as ``database.table``; it calls the only one ``rows``, several
            ``table_1``, ``table_2`` and so on.
        values: Of the places in it.
        filters: Conditions on partitions that the source takes care of, as they were.
    """

    sql: str
    tables: tuple[str, ...]
    values: dict[str, Any]
    filters: tuple[str, ...] = ()


def translated(
    sql: str,
    values: Mapping[str, Any],
    *,
    partition: str | None = None,
    partition_form: str = "%Y%m%d",
) -> Translated:
    """Translate one SELECT.

    Args:
        sql: In Spark's SQL, with ``${NAME}`` where values stand.
        values: What stands for each name.
        partition: Name of the day whose partition the source reads: conditions that compare something with
            it are left out, and elsewhere it is the day of the table.
        partition_form: How that day is written.

    Raises:
        NotTranslated: It is no single SELECT, or has a name in a place where no value can stand.
    """
    import sqlglot
    from sqlglot import exp

    missing = [name for name in _NAME.findall(sql) if name not in values and name != partition]
    if missing:
        raise NotTranslated(f"{missing[0]!r} is not among its substitutions")
    marked, bare = _with_marks(sql)
    try:
        statements = [found for found in sqlglot.parse(marked, read="spark") if found is not None]
    except sqlglot.errors.SqlglotError as error:
        first = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).partition("\n")[0]
        raise NotTranslated(f"it cannot be understood: {first[:160]}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise NotTranslated("it is not one SELECT")
    statement: Any = statements[0]
    filters = _without_filters(statement, partition) if partition else ()
    _texts_as_places(statement)
    tables = _connected(statement)
    written = statement.sql(dialect="duckdb", comments=False)
    used: dict[str, Any] = {}
    written = _WRITTEN.sub(_place(values, bare, partition, partition_form, used), written)
    return Translated(written, tables, used, filters)


def _with_marks(sql: str) -> tuple[str, frozenset[str]]:
    """Marks in place of names, and which names stand outside of texts."""
    bare: set[str] = set()
    pieces, end = [], 0
    for match in _IN_TEXT.finditer(sql):
        outside = sql[end : match.start()]
        bare |= set(_NAME.findall(outside))
        pieces += [outside, match[0]]
        end = match.end()
    bare |= set(_NAME.findall(sql[end:]))
    text = "".join((*pieces, sql[end:]))
    return _NAME.sub(lambda match: _MARK.format(match[1]), text), frozenset(bare)


def _without_filters(statement: Any, partition: str) -> tuple[str, ...]:
    """Take away conditions that choose the partition; returns them as they were."""
    from sqlglot import exp

    mark = _MARK.format(partition)
    taken = []
    for where in list(statement.find_all(exp.Where)):
        conditions = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
        chosen = [
            each
            for each in conditions
            if isinstance(each, exp.EQ) and mark in each.sql(dialect="spark")
        ]
        taken += [
            each.sql(dialect="spark").replace(mark, "${" + partition + "}") for each in chosen
        ]
        left = [each for each in conditions if each not in chosen]
        if chosen and left:
            where.set("this", exp.and_(*left))
        elif chosen:
            where.pop()
    return tuple(taken)


def _texts_as_places(statement: Any) -> None:
    """``'${A}'`` becomes a place, and ``'x_${A}'`` a text and a place put together."""
    from sqlglot import exp

    for literal in list(statement.find_all(exp.Literal)):
        if not literal.is_string or not _MARKED.search(literal.this):
            continue
        parts: list[Any] = []
        for number, piece in enumerate(_MARKED.split(literal.this)):
            if number % 2:
                parts.append(exp.column(_MARK.format(piece)))
            elif piece:
                parts.append(exp.Literal.string(piece))
        whole = parts[0]
        for part in parts[1:]:
            whole = exp.DPipe(this=whole, expression=part)
        literal.replace(whole if len(parts) == 1 else exp.paren(whole))


def _connected(statement: Any) -> tuple[str, ...]:
    """Names of connected tables in place of Hive's; returns Hive's."""
    from sqlglot import exp

    own = {each.alias_or_name.lower() for each in statement.find_all(exp.CTE)}
    found: dict[str, list[Any]] = {}
    for table in list(statement.find_all(exp.Table)):
        name = ".".join(part.name for part in table.parts)
        if name.lower() in own:
            continue
        if _MARKED.search(name) or not isinstance(table.this, exp.Identifier):
            raise NotTranslated("the name of a table is put together from values")
        found.setdefault(name.lower(), []).append(table)
    for number, tables in enumerate(found.values(), start=1):
        for table in tables:
            alias = table.alias or table.name
            table.set("db", None)
            table.set("catalog", None)
            called = "rows" if len(found) == 1 else f"table_{number}"
            table.set("this", exp.to_identifier(called))
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    return tuple(found)


def _place(
    values: Mapping[str, Any],
    bare: frozenset[str],
    partition: str | None,
    partition_form: str,
    used: dict[str, Any],
) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name == partition:
            return f"strftime({{date}}, '{partition_form}')"
        place = name.lower() if name.lower() != "date" else "date_value"
        value = values[name]
        used[place] = _number(value) if name in bare else value
        return "{" + place + "}"

    return replace


def _number(value: Any) -> Any:
    """A number that was written as a text, because it stands where SQL wants no text."""
    text = str(value)
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d+\.\d+", text) else value
