"""Rows as of a moment: for each key and moment of a seed, the newest row that is not younger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netloom.tables.engines.dialect import Dialect
from netloom.tables.merge_columns import AsOf

MOMENT = "__moment"
"""Column with the moment of the seed for which a row was found."""
_NEWEST, _ORDER = "__newest", "__order"


def newest_rows(
    seed: str,
    table: str,
    as_of: AsOf,
    *,
    keys: Mapping[str, str],
    taken: Sequence[str],
    kind: str,
    sql: Dialect,
) -> str:
    """A query with a row for each key and moment of the seed that has one in the table.

    Moments of both are put in one order, and the last one of the table is carried along; so both engines do
    the same, with one sort and without comparing every pair of rows.

    Args:
        seed: What stands for the seed in SQL.
        table: What stands for the table; unique in its keys and its moment, without nulls in them.
        keys: What the seed's keys are called in the table.
        taken: Columns of the table that are wanted besides.
        kind: Logical type of the moments: date or timestamp.
    """
    quoted = sql.identifier
    theirs = [quoted(key) for key in keys.values()]
    listed = ", ".join(theirs)
    own_moment = quoted(as_of.column)
    moment, newest, order = quoted(MOMENT), quoted(_NEWEST), quoted(_ORDER)
    # Of the seed's row and the table's row of one moment, the one that counts first comes first.
    order_of_table, order_of_seed = (0, 1) if as_of.same_moment else (1, 0)
    seed_keys = ", ".join(f"{quoted(key)} AS {quoted(other)}" for key, other in keys.items())
    together = (
        f"SELECT {listed}, {own_moment} AS {moment}, {own_moment} AS {newest}, {order_of_table} AS {order} "
        f"FROM {table} t UNION ALL "
        f"SELECT DISTINCT {seed_keys}, {quoted(as_of.seed_column)} AS {moment}, "
        f"{sql.cast('NULL', kind)} AS {newest}, {order_of_seed} AS {order} FROM {seed} s"
    )
    carried = (
        f"SELECT {listed}, {moment}, {order}, MAX({newest}) OVER (PARTITION BY {listed} "
        f"ORDER BY {moment}, {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS {newest} "
        f"FROM ({together}) together"
    )
    found = (
        f"SELECT {listed}, {moment}, {newest} FROM ({carried}) carried "
        f"WHERE {order} = {order_of_seed} AND {newest} IS NOT NULL{_limit(as_of, kind, sql)}"
    )
    equal = " AND ".join(f"t.{key} = found.{key}" for key in theirs)
    columns = [*(f"found.{key}" for key in theirs), f"found.{moment}"]
    columns += [f"t.{quoted(name)}" for name in taken if quoted(name) not in theirs]
    return (
        f"SELECT {', '.join(columns)} FROM ({found}) found "
        f"JOIN {table} t ON {equal} AND t.{own_moment} = found.{newest}"
    )


def _limit(as_of: AsOf, kind: str, sql: Dialect) -> str:
    most = as_of.at_most_microseconds
    if most is None:
        return ""

    def microseconds(name: str) -> str:
        quoted = sql.identifier(name)
        return sql.microseconds(sql.cast(quoted, "timestamp") if kind == "date" else quoted)

    return f" AND {microseconds(MOMENT)} - {microseconds(_NEWEST)} <= {most}"
