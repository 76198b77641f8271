"""Looks at tables → their wire form."""

from __future__ import annotations

from netloom.server.schemas import tables as schemas
from netloom.tables.columns import Column
from netloom.tables.spread import Spread
from netloom.workspace.table_looks import TableLook


def table_look(look: TableLook) -> schemas.TableLook:
    """The wire form of a look at a table."""
    table, glance = look.table, look.glance
    columns = table.columns if glance is None else glance.columns
    spreads = (None,) * len(columns) if glance is None else glance.spreads
    is_inside = table.outer is None
    return schemas.TableLook(
        num_rows=table.rows,
        num_columns=len(table.columns),
        columns=[
            _column(column, spread, keys=table.keys, partitions=table.partitions)
            for column, spread in zip(columns, spreads, strict=True)
        ],
        rows=[list(row) for row in look.rows],
        num_looked_at=0 if glance is None else glance.looked_at,
        is_far=glance is None,
        keys=list(table.keys),
        date=table.date,
        location="" if is_inside else table.location.removeprefix("path:"),
        remarks=list(table.remarks),
    )


def _column(
    column: Column, spread: Spread | None, *, keys: tuple[str, ...], partitions: tuple[str, ...]
) -> schemas.TableColumn:
    return schemas.TableColumn(
        name=column.name,
        type=column.type,
        is_key=column.name in keys,
        is_partition=column.name in partitions,
        spread=None if spread is None else _spread(spread),
    )


def _spread(spread: Spread) -> schemas.ColumnSpread:
    return schemas.ColumnSpread(
        missing=spread.missing,
        not_a_number=spread.not_a_number,
        empty=spread.empty,
        distinct=spread.distinct,
        of=spread.of,
        low=spread.low,
        high=spread.high,
        mean=spread.mean,
        bars=list(spread.bars),
        values=[schemas.FrequentValue(value=value, count=count) for value, count in spread.values],
    )
