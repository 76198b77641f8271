"""Metric points in the database: packed chunks that are merged as they pile up.

A worker flushes its points a few times a second. Kept as they come, a day of training would leave
hundreds of thousands of rows per metric. So a chunk has a level: sixteen chunks of one level become one
chunk of the next, as in a log-structured merge tree. A point is rewritten at most :data:`_TOP_LEVEL`
times, and a series is read from a few dozen rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select

from netloom.core.diagnostics import Place, did_you_mean
from netloom.core.errors import NotFound
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeMetrics
from netloom.execution.metric_buffer import count_points, step_range
from netloom.store.schema import metric_chunks
from netloom.store.series_memory import SeriesMemory

if TYPE_CHECKING:
    from netloom.tracking.metrics import Points

_FAN_IN = 16
_TOP_LEVEL = 4

_columns = metric_chunks.c


def append_points(connection: Connection, events: Sequence[NodeMetrics]) -> None:
    """Store packed points.

    Raises:
        ValueError: Steps, values and times of an event differ in length; the transaction must end.
    """
    rows = [_chunk(event) for event in events]
    rows = [row for row in rows if row["count"]]
    if not rows:
        return
    connection.execute(insert(metric_chunks), rows)
    for run, node in dict.fromkeys((row["run"], row["node"]) for row in rows):
        _merge_full_levels(connection, run, node)


def read_points(
    connection: Connection, run: RunId, node: NodeId, name: str, *, memory: SeriesMemory
) -> Points:
    """All points of a metric: steps strictly increasing, the last value logged for a step.

    Raises:
        NotFound: Nothing was logged under this name.
    """
    from netloom.tracking.metrics import joined

    ids = _chunk_ids(connection, run, node, name)
    if not ids:
        known = [known_name for _, known_name in metric_names(connection, run, node)]
        raise NotFound.of(
            f"run {run} has no metric {name!r} of this node",
            place=Place(node=node),
            expected="one of " + ", ".join(known) if known else None,
            fix=did_you_mean(name, known) or "`netloom metrics` lists what was logged",
        )
    points = memory.recall((run, node, name), ids)
    if points is None:
        chunks = _packed(connection, ids)
        while chunks is None:
            ids = _chunk_ids(connection, run, node, name)
            chunks = _packed(connection, ids)
        points = joined(chunks)
        memory.keep((run, node, name), ids, points)
    return points


def _chunk_ids(connection: Connection, run: str, node: str, name: str) -> tuple[int, ...]:
    """A series' chunks from the oldest points to the newest."""
    # Merging a level takes all of it, so whatever stands on a higher level is older.
    order = (_columns.level.desc(), _columns.id)
    ids = select(_columns.id).where(_series(run, node, name)).order_by(*order)
    return tuple(connection.execute(ids).scalars())


def _packed(connection: Connection, ids: Sequence[int]) -> list[tuple[bytes, bytes, bytes]] | None:
    """Steps, values and times of chunks, in this order; None if some were merged meanwhile.

    The order is made here: to sort, the database would move all the bytes.
    """
    columns = (_columns.id, _columns.steps, _columns["values"], _columns.times)
    found = connection.execute(select(*columns).where(_columns.id.in_(ids)))
    chunks = {row[0]: (row[1], row[2], row[3]) for row in found}
    return [chunks[chunk] for chunk in ids] if len(chunks) == len(ids) else None


def metric_names(
    connection: Connection, run: RunId, node: NodeId | None = None
) -> list[tuple[NodeId, str]]:
    """Node and name of every metric, sorted."""
    query = select(_columns.node, _columns.name).distinct().where(_columns.run == run)
    if node is not None:
        query = query.where(_columns.node == node)
    return sorted((NodeId(row.node), row.name) for row in connection.execute(query))


def _chunk(event: NodeMetrics) -> dict[str, Any]:
    count = count_points(event.steps, event.values, event.times)
    first_step, last_step = step_range(event.steps) if count else (0, 0)
    return {
        "run": event.run,
        "node": event.node,
        "name": event.name,
        "level": 0,
        "first_step": first_step,
        "last_step": last_step,
        "count": count,
        "steps": event.steps,
        "values": event.values,
        "times": event.times,
    }


def _merge_full_levels(connection: Connection, run: str, node: str) -> None:
    full_levels = (
        select(_columns.name, _columns.level)
        .where(_columns.run == run, _columns.node == node, _columns.level < _TOP_LEVEL)
        .group_by(_columns.name, _columns.level)
        .having(func.count() >= _FAN_IN)
    )
    while full := connection.execute(full_levels).all():
        for name, level in full:
            _merge_level(connection, run, node, name, level)


def _merge_level(connection: Connection, run: str, node: str, name: str, level: int) -> None:
    chosen = and_(_series(run, node, name), _columns.level == level)
    chunks = (
        connection.execute(select(metric_chunks).where(chosen).order_by(_columns.id))
        .mappings()
        .all()
    )
    connection.execute(delete(metric_chunks).where(chosen))
    connection.execute(
        insert(metric_chunks).values(
            run=run,
            node=node,
            name=name,
            level=level + 1,
            first_step=min(chunk["first_step"] for chunk in chunks),
            last_step=max(chunk["last_step"] for chunk in chunks),
            count=sum(chunk["count"] for chunk in chunks),
            **{
                column: b"".join(chunk[column] for chunk in chunks)
                for column in ("steps", "values", "times")
            },
        )
    )


def _series(run: str, node: str, name: str) -> ColumnElement[bool]:
    return and_(_columns.run == run, _columns.node == node, _columns.name == name)
