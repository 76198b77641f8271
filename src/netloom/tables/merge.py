"""Merging: columns of several tables, found by keys, beside the rows of a seed table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.core.settings import NonEmptyText, Settings
from netloom.tables.columns import Column, column_named
from netloom.tables.engines.engine import TableEngine
from netloom.tables.extraction import Extraction, query_of
from netloom.tables.key_checks import OnWrong, checked_keys
from netloom.tables.table import WORK_ROWS, Table, written_table

ROWS = "rows"
"""What a table is called in SQL that is about it alone."""


class MergedTable(Settings):
    """What is taken from one of the tables that are merged.

    Attributes:
        query: A SELECT on the table, which is called `rows`; empty takes it as it is.
        keys: What keys are called in this table, by what they are called in the seed; others have the same
            name.
        columns: Only these columns; none takes all but the keys.
        prefix: Put before the names of its columns.
        empty: Whether a table without rows is an error.
    """

    query: Extraction | None = None
    keys: dict[NonEmptyText, NonEmptyText] = {}  # noqa: RUF012 - pydantic copies it
    columns: tuple[NonEmptyText, ...] = ()
    prefix: str = ""
    empty: Literal["error", "allow"] = "error"


@dataclass(frozen=True, slots=True)
class _Side:
    """A table as the engine has it.

    Attributes:
        title: What it is called in messages.
        view: Name of the view that is joined.
        keys: Its key columns, in the order of the seed's.
        taken: Names of the columns that are taken, and what they become.
    """

    title: str
    view: str
    keys: tuple[str, ...]
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
        if len(self.sources) > len(tables):
            raise InvalidData.of(
                f"`sources` says something of {len(self.sources)} tables, but {len(tables)} are connected",
                code="T160",
                fix="Connect the tables, or shorten `sources`",
            )
        seed.require(self.keys, setting="keys", name="the seed")
        _refuse_inexact(seed.columns, self.keys)
        metrics: dict[str, Any] = {}
        first = self._seed(seed, engine, resolve, metrics)
        wishes = [*self.sources, *[MergedTable()] * (len(tables) - len(self.sources))]
        sides = [
            self._side(
                number,
                table,
                wish,
                seed=seed,
                engine=engine,
                resolve=resolve,
                scratch=scratch,
                metrics=metrics,
            )
            for number, (table, wish) in enumerate(zip(tables, wishes), start=1)
        ]
        _refuse_collisions([first, *sides])
        metrics["rows"] = engine.write(_joined(first, sides, engine), resolve(WORK_ROWS))
        for number, side in enumerate(sides, start=1):
            count = engine.rows(_matched(first, side, engine))["matched"][0].as_py()
            metrics[f"matched_{number}"] = count / metrics["rows"] if metrics["rows"] else 0.0
        merged = written_table(
            WORK_ROWS, resolve, keys=self.keys, date=seed.date, remarks=_remarks(seed, tables)
        )
        return merged, metrics

    def _seed(
        self, seed: Table, engine: TableEngine, resolve: Resolve, metrics: dict[str, Any]
    ) -> _Side:
        engine.bind("seed", seed.files(resolve))
        if seed.rows == 0:
            raise _empty("the seed")
        view = self._checked(
            "seed",
            seed.columns,
            self.keys,
            title="the seed",
            suffix="seed",
            engine=engine,
            metrics=metrics,
        )
        return _Side("the seed", view, self.keys, {name: name for name in seed.names})

    def _side(
        self,
        number: int,
        table: Table,
        wish: MergedTable,
        *,
        seed: Table,
        engine: TableEngine,
        resolve: Resolve,
        scratch: Path,
        metrics: dict[str, Any],
    ) -> _Side:
        title = f"table {number}"
        view = f"table_{number}"
        engine.bind(view, table.files(resolve))
        if wish.query is not None:
            query = query_of(wish.query, {ROWS: view}, engine=engine, day=table.date)
            folder = scratch / f"extracted_{number}"
            engine.write(query, folder)
            location = f"path:{folder}"
            table = written_table(location, lambda _: folder, date=table.date)
            view = f"extracted_{number}"
            engine.bind(view, table.files(lambda _: folder))
        if table.rows == 0 and wish.empty == "error":
            raise _empty(title)
        keys = tuple(wish.keys.get(key, key) for key in self.keys)
        table.require(keys, setting=f"keys of {title}", name=title)
        table.require(wish.columns, setting="columns", name=title)
        _refuse_other_types(seed, table, dict(zip(self.keys, keys)), title)
        view = self._checked(
            view,
            table.columns,
            keys,
            title=title,
            suffix=str(number),
            engine=engine,
            metrics=metrics,
        )
        names = wish.columns or [name for name in table.names if name not in keys]
        return _Side(title, view, keys, {name: wish.prefix + name for name in names})

    def _checked(
        self,
        view: str,
        columns: Sequence[Column],
        keys: Sequence[str],
        *,
        title: str,
        suffix: str,
        engine: TableEngine,
        metrics: dict[str, Any],
    ) -> str:
        """The name of a view whose keys are unique and not null; counts what it leaves out."""
        found, checked = checked_keys(
            view,
            columns,
            keys,
            engine=engine,
            title=title,
            on_null=self.on_null_keys,
            on_duplicates=self.on_duplicates,
        )
        if found.nulls:
            metrics[f"dropped_null_keys_{suffix}"] = found.nulls
        if found.duplicates:
            metrics[f"dropped_duplicates_{suffix}"] = found.duplicates
        return checked


def _joined(seed: _Side, sides: Sequence[_Side], engine: TableEngine) -> str:
    quoted = engine.sql.identifier
    columns = [f"s.{quoted(name)}" for name in seed.taken]
    joins = []
    for number, side in enumerate(sides, start=1):
        alias = f"t{number}"
        columns += [f"{alias}.{quoted(name)} AS {quoted(new)}" for name, new in side.taken.items()]
        joins.append(
            f"LEFT JOIN {_source(side, engine)} {alias} ON {_equal(seed, side, alias, engine)}"
        )
    return f"SELECT {', '.join(columns)} FROM {_source(seed, engine)} s {' '.join(joins)}"


def _matched(seed: _Side, side: _Side, engine: TableEngine) -> str:
    return (
        f"SELECT COUNT(*) AS matched FROM {_source(seed, engine)} s WHERE EXISTS "
        f"(SELECT 1 FROM {_source(side, engine)} t WHERE {_equal(seed, side, 't', engine)})"
    )


def _source(side: _Side, engine: TableEngine) -> str:
    return side.view if side.view.startswith("(") else engine.sql.identifier(side.view)


def _equal(seed: _Side, side: _Side, alias: str, engine: TableEngine) -> str:
    quoted = engine.sql.identifier
    return " AND ".join(
        f"s.{quoted(key)} = {alias}.{quoted(other)}" for key, other in zip(seed.keys, side.keys)
    )


def _refuse_inexact(columns: Sequence[Column], keys: Sequence[str]) -> None:
    for key in keys:
        column = column_named(columns, key)
        if column.type == "number" or column.is_nested:
            raise InvalidData.of(
                f"{key!r} cannot be a key: it holds {column.type}",
                code="T161",
                expected="integers, decimals, texts, booleans, dates or timestamps",
                fix="Turn it into one of these with SQL, or choose other keys",
            )


def _refuse_other_types(seed: Table, table: Table, keys: Mapping[str, str], title: str) -> None:
    for key, other in keys.items():
        want, have = (
            column_named(seed.columns, key).type,
            column_named(table.columns, other).type,
        )
        if want != have:
            raise InvalidData.of(
                f"the key {other!r} of {title} holds {have}, that of the seed {want}",
                code="T162",
                fix=f"Turn it into {want} with a `query`, or give its source `types`",
            )


def _refuse_collisions(sides: Sequence[_Side]) -> None:
    owners: dict[str, str] = {}
    for side in sides:
        for name in side.taken.values():
            owner = owners.setdefault(name.lower(), side.title)
            if owner is not side.title:
                raise InvalidData.of(
                    f"{owner} and {side.title} both have a column {name!r}",
                    code="T163",
                    fix=f"Give {side.title} a `prefix`, or leave the column out with `columns`",
                )


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
