"""Merging: columns of several tables, found by keys, beside the rows of a seed table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.tables.columns import Column, column_named
from netloom.tables.engines.engine import TableEngine
from netloom.tables.extraction import query_of
from netloom.tables.key_checks import OnWrong, checked_keys
from netloom.tables.merge_columns import (
    AsOf,
    MergedColumns,
    MergedTable,
    collisions,
    merged_columns,
    seed_problems,
    table_problems,
    too_many_sources,
    unique_columns,
)
from netloom.tables.newest_rows import MOMENT, newest_rows
from netloom.tables.table import WORK_ROWS, Table, written_table

ROWS = "rows"
"""What a table is called in SQL that is about it alone."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A table as the engine has it.

    Attributes:
        source: Name of the view that is joined, or a query in parentheses.
        keys: Columns by which its rows are found.
        seed_keys: Columns of the seed that equal them.
        taken: Names of the columns that are taken, and what they become.
    """

    source: str
    keys: tuple[str, ...]
    seed_keys: tuple[str, ...]
    taken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merge:
    """Joins tables to a seed; every row of the seed gives one row.

    Attributes:
        keys: Columns of the seed by which rows of the others are found.
        sources: What is taken from each of the tables, in their order; those beyond are taken as they are.
        on_null_keys: What to do about rows whose keys have nulls.
        on_duplicates: What to do about rows whose keys another row has.
    """

    keys: tuple[str, ...]
    sources: tuple[MergedTable, ...] = ()
    on_null_keys: OnWrong = "error"
    on_duplicates: OnWrong = "error"

    def run(
        self,
        seed: Table,
        tables: Sequence[Table],
        *,
        engine: TableEngine,
        resolve: Resolve,
        scratch: Path,
    ) -> tuple[Table, dict[str, Any]]:
        """The merged table below ``work:rows``, and how many rows were dropped and matched.

        Raises:
            InvalidData: Keys are missing, of other types, null or not unique, a table is empty, or two
                columns would have one name.
        """
        _refuse(
            [
                *too_many_sources(len(self.sources), len(tables)),
                *seed_problems(seed.columns, self.keys),
            ]
        )
        work = _Work(self, seed, engine, resolve, scratch)
        wishes = [*self.sources, *[MergedTable()] * (len(tables) - len(self.sources))]
        first, sides = work.seed_side(), []
        added = [MergedColumns(0, self.keys, first.taken, seed.columns)]
        for number, (table, wish) in enumerate(zip(tables, wishes), start=1):
            side, columns = work.side(number, table, wish, first)
            sides.append(side)
            added.append(columns)
        _refuse([*collisions(added)])
        metrics = work.metrics
        metrics["rows"] = engine.write(_joined(first, sides, engine), resolve(WORK_ROWS))
        for number, side in enumerate(sides, start=1):
            count = engine.rows(_matched(first, side, engine))["matched"][0].as_py()
            metrics[f"matched_{number}"] = count / metrics["rows"] if metrics["rows"] else 0.0
        merged = written_table(
            WORK_ROWS,
            resolve,
            keys=unique_columns(self.keys, self.sources),
            date=seed.date,
            remarks=_remarks(seed, tables),
        )
        return merged, metrics


@dataclass(frozen=True, slots=True)
class _Work:
    """One merge on one engine; counts what it leaves out."""

    merge: Merge
    seed: Table
    engine: TableEngine
    resolve: Resolve
    scratch: Path
    metrics: dict[str, Any] = field(default_factory=dict)

    def seed_side(self) -> _Side:
        """The seed, its keys checked."""
        self.engine.bind("seed", self.seed.files(self.resolve))
        if self.seed.rows == 0:
            raise _empty("the seed")
        keys = unique_columns(self.merge.keys, self.merge.sources)
        self.seed.require(keys, setting="as_of", name="the seed")
        source = self._checked("seed", self.seed.columns, keys, title="the seed", suffix="seed")
        return _Side(source, keys, keys, {name: name for name in self.seed.names})

    def side(
        self, number: int, table: Table, wish: MergedTable, seed: _Side
    ) -> tuple[_Side, MergedColumns]:
        """A table that is joined, its keys checked, and the columns that it adds."""
        title, view = f"table {number}", f"table_{number}"
        self.engine.bind(view, table.files(self.resolve))
        if wish.query is not None:
            table, view = self._extracted(number, table, wish, view)
        if table.rows == 0 and wish.empty == "error":
            raise _empty(title)
        keys = self.merge.keys
        _refuse([*table_problems(number, table.columns, wish, seed=self.seed.columns, keys=keys)])
        added = merged_columns(number, table.columns, wish, keys=keys)
        unique = (*added.keys, wish.as_of.column) if wish.as_of else added.keys
        source = self._checked(view, table.columns, unique, title=title, suffix=str(number))
        if wish.as_of is None:
            return _Side(source, added.keys, keys, added.taken), added
        return self._as_of(source, wish.as_of, added, seed), added

    def _extracted(
        self, number: int, table: Table, wish: MergedTable, view: str
    ) -> tuple[Table, str]:
        assert wish.query is not None
        query = query_of(wish.query, {ROWS: view}, engine=self.engine, day=table.date)
        folder = self.scratch / f"extracted_{number}"
        self.engine.write(query, folder)
        found = written_table(f"path:{folder}", lambda _: folder, date=table.date)
        self.engine.bind(f"extracted_{number}", found.files(lambda _: folder))
        return found, f"extracted_{number}"

    def _as_of(self, source: str, as_of: AsOf, added: MergedColumns, seed: _Side) -> _Side:
        """The newest rows for each moment of the seed, by the seed's keys and moments."""
        query = newest_rows(
            _source(seed.source, self.engine),
            _source(source, self.engine),
            as_of,
            keys=dict(zip(self.merge.keys, added.keys)),
            taken=list(added.taken),
            kind=column_named(self.seed.columns, as_of.seed_column).type,
            sql=self.engine.sql,
        )
        seed_keys = (*self.merge.keys, as_of.seed_column)
        return _Side(f"({query})", (*added.keys, MOMENT), seed_keys, added.taken)

    def _checked(
        self, view: str, columns: Sequence[Column], keys: Sequence[str], *, title: str, suffix: str
    ) -> str:
        """What stands for a view whose keys are unique and not null."""
        found, checked = checked_keys(
            view,
            columns,
            keys,
            engine=self.engine,
            title=title,
            on_null=self.merge.on_null_keys,
            on_duplicates=self.merge.on_duplicates,
        )
        if found.nulls:
            self.metrics[f"dropped_null_keys_{suffix}"] = found.nulls
        if found.duplicates:
            self.metrics[f"dropped_duplicates_{suffix}"] = found.duplicates
        return checked


def _joined(seed: _Side, sides: Sequence[_Side], engine: TableEngine) -> str:
    quoted = engine.sql.identifier
    columns = [f"s.{quoted(name)}" for name in seed.taken]
    joins = []
    for number, side in enumerate(sides, start=1):
        alias = f"t{number}"
        columns += [f"{alias}.{quoted(name)} AS {quoted(new)}" for name, new in side.taken.items()]
        source = _source(side.source, engine)
        joins.append(f"LEFT JOIN {source} {alias} ON {_equal(side, alias, engine)}")
    return f"SELECT {', '.join(columns)} FROM {_source(seed.source, engine)} s {' '.join(joins)}"


def _matched(seed: _Side, side: _Side, engine: TableEngine) -> str:
    return (
        f"SELECT COUNT(*) AS matched FROM {_source(seed.source, engine)} s WHERE EXISTS "
        f"(SELECT 1 FROM {_source(side.source, engine)} t WHERE {_equal(side, 't', engine)})"
    )


def _source(source: str, engine: TableEngine) -> str:
    return source if source.startswith("(") else engine.sql.identifier(source)


def _equal(side: _Side, alias: str, engine: TableEngine) -> str:
    quoted = engine.sql.identifier
    return " AND ".join(
        f"s.{quoted(key)} = {alias}.{quoted(other)}"
        for key, other in zip(side.seed_keys, side.keys)
    )


def _refuse(problems: Sequence[Diagnostic]) -> None:
    if problems:
        raise InvalidData(*problems)


def _remarks(seed: Table, tables: Sequence[Table]) -> list[str]:
    found = [*seed.remarks]
    for number, table in enumerate(tables, start=1):
        found += [f"table {number}: {remark}" for remark in table.remarks]
    return found


def _empty(title: str) -> InvalidData:
    return InvalidData.of(
        f"{title} has no rows",
        code="T164",
        fix="Look at its source; `empty: allow` takes a table without rows",
    )
