"""What is known of tables before they exist: for each operator, how its columns follow from those before it.

See :mod:`netloom.graph.prospect`. The functions know a :class:`KnownTable` of each table port, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netloom.core.errors import NetloomError
from netloom.graph.prospect import Prospect
from netloom.tables.columns import Column
from netloom.tables.fill import columns_of_filled, fill_problems
from netloom.tables.known_table import KnownTable, columns_missing
from netloom.tables.merge_columns import (
    MergedColumns,
    MergedTable,
    collisions,
    merged_columns,
    seed_problems,
    table_problems,
    too_many_sources,
    unique_columns,
)
from netloom.tables.split import split_problems
from netloom.tables.writing import format_problems

Told = Mapping[str, Any]


def source(prospect: Prospect) -> Told:
    """From footers, headers and first lines of the files that would be read now."""
    from netloom.tables.sources.finding import Request
    from netloom.tables.sources.looking import look_at_source
    from netloom.tables.sources.reading import Wish

    if not prospect.looks_outside:
        return {}
    said = prospect.settings
    request = Request(
        said.path,
        said.format,
        said.date,
        said.shift_days,
        said.degrade_days,
        said.success_file,
        said.min_bytes,
        said.min_rows,
    )
    wish = Wish(said.columns, said.types, said.keep)
    return {"out": look_at_source(request, wish, project=prospect.project)}


def merge(prospect: Prospect) -> Told:
    """The seed's columns, and those that are taken from each table."""
    said = prospect.settings
    seed = prospect.known("seed", KnownTable)
    tables = prospect.all_known("tables", KnownTable)
    prospect.blame(too_many_sources(len(said.sources), len(tables)))
    wishes = [*said.sources, *[MergedTable()] * (len(tables) - len(said.sources))]
    extracted = [
        _extracted(prospect, number, table, wish)
        for number, (table, wish) in enumerate(zip(tables, wishes))
    ]
    if seed is None:
        return {}
    prospect.blame(seed_problems(seed.columns, said.keys))
    parts = [MergedColumns(0, said.keys, {name: name for name in seed.names}, seed.columns)]
    sound = parts[:]
    for number, (columns, wish) in enumerate(zip(extracted, wishes), start=1):
        if columns is not None:
            wrong = [*table_problems(number, columns, wish, seed=seed.columns, keys=said.keys)]
            prospect.blame(wrong)
            parts.append(merged_columns(number, columns, wish, keys=said.keys))
            sound += [] if wrong else parts[-1:]
    prospect.blame(collisions(sound))
    if len(parts) != len(tables) + 1:
        return {}
    columns = _without_twins([column for part in parts for column in part.columns])
    keys = unique_columns(said.keys, said.sources)
    return {"table": KnownTable(columns, keys, date=seed.date)}


def query(prospect: Prospect) -> Told:
    """What the SELECT gives."""
    said = prospect.settings
    tables = prospect.all_known("tables", KnownTable)
    if not tables or None in tables:
        return {}
    views = {f"table_{number}": table.columns for number, table in enumerate(tables, start=1)}
    names = {name: name for name in views} | ({"rows": "table_1"} if len(tables) == 1 else {})
    day = tables[0].date
    columns = _answer(prospect, said.query, names, views, day=day, setting="query.sql")
    if columns is None:
        return {}
    missing = columns_missing(said.keys, columns, name="the answer", setting="keys")
    prospect.blame(missing, setting="keys")
    return {"out": KnownTable(columns, said.keys, date=day)}


def fill(prospect: Prospect) -> Told:
    """The same columns, and indicators."""
    said = prospect.settings
    table = prospect.known("table", KnownTable)
    if table is None:
        return {}
    prospect.blame(fill_problems(said.rules, table.columns, said.exclude))
    columns = columns_of_filled(said.rules, table.columns, said.exclude)
    return {} if columns is None else {"table": table.with_columns(columns)}


def split(prospect: Prospect) -> Told:
    """The same columns, and the part."""
    said = prospect.settings
    table = prospect.known("table", KnownTable)
    columns = None if table is None else table.columns
    keys = said.keys or (None if table is None else table.keys)
    prospect.blame(
        split_problems(columns, keys, column=said.column, valid=said.valid, test=said.test)
    )
    if table is None:
        return {}
    return {"out": table.with_columns([*table.columns, Column(said.column, "text")])}


def write(prospect: Prospect) -> Told:
    """Nothing follows, but a format may not hold all columns."""
    said = prospect.settings
    table = prospect.known("table", KnownTable)
    if table is not None:
        missing = columns_missing(said.partition_by, table.columns, setting="partition_by")
        prospect.blame(missing, setting="partition_by")
    columns = () if table is None else table.columns
    prospect.blame(format_problems(said.format, columns, said.partition_by))
    return {}


def _extracted(
    prospect: Prospect, number: int, table: KnownTable | None, wish: MergedTable
) -> tuple[Column, ...] | None:
    """Columns of a table that is merged, or of its query's answer."""
    if table is None or wish.query is None:
        return None if table is None else table.columns
    return _answer(
        prospect,
        wish.query,
        {"rows": "rows"},
        {"rows": table.columns},
        day=table.date,
        setting=f"sources.{number}.query.sql",
    )


def _answer(
    prospect: Prospect, extraction: Any, names: Any, tables: Any, *, day: str | None, setting: str
) -> tuple[Column, ...] | None:
    from netloom.tables.query_columns import columns_of_query

    try:
        return columns_of_query(extraction, names, tables, day=day)
    except NetloomError as error:
        prospect.blame(error.diagnostics, setting=setting)
        return None


def _without_twins(columns: list[Column]) -> tuple[Column, ...]:
    """The first of columns that have one name, so that nothing more is said of the second."""
    found: dict[str, Column] = {}
    for column in columns:
        found.setdefault(column.name.lower(), column)
    return tuple(found.values())
