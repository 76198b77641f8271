"""The table of runs, in SQL."""

from __future__ import annotations

import json
import math
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from netloom.accounts.permissions import Access, Actor, Right, Role, Visibility
from netloom.accounts.sharing import ObjectKind
from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidInput
from netloom.core.identifiers import RunId, UserName
from netloom.execution.states import RunState
from netloom.store.database import Database
from netloom.store.documents import load
from netloom.store.schema import object_access, run_nodes, runs, shares
from netloom.store.sharing import visible_ids
from netloom.tracking.records import RunRecord, RunRequest
from netloom.tracking.request_document import request_from_json
from netloom.tracking.run_table import (
    METRIC_PREFIX,
    SORT_COLUMNS,
    LastMetrics,
    RunPage,
    RunQuery,
    RunRow,
    differing,
    settings_in,
)

_MOST_KNOWN = 5_000
"""What is known of so many runs stays in memory: what they were asked for, and how they ended."""

_SORTS: Mapping[str, ColumnElement[Any]] = {
    "created": runs.c.number,  # clocks may step back
    "started": runs.c.started,
    "finished": runs.c.finished,
    "duration": runs.c.finished - func.coalesce(runs.c.started, runs.c.created),
    "pipeline": runs.c.pipeline,
    "state": runs.c.state,
    "owner": object_access.c.owner,
}
assert tuple(_SORTS) == SORT_COLUMNS


class SqlRunTable:
    """The :class:`netloom.tracking.run_table.RunTable` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, _Asked] = OrderedDict()
        self._ended: OrderedDict[tuple[str, float], _Nodes] = OrderedDict()

    def page(self, query: RunQuery, actor: Actor) -> RunPage:
        """The rows an actor may see."""
        with self._database.reading() as connection:
            matching = _matching(connection, query, actor)
            ids = matching[query.offset : query.offset + query.limit]
            found = {row.id: row for row in connection.execute(_rows(ids, actor))}
            nodes = self._nodes_of(connection, list(found.values()))
            asked = self._asked_for(connection, ids)
        rows = [_row(found[run], asked[run].request, nodes[run], actor) for run in ids]
        settings = {run: asked[run].settings for run in ids}
        return RunPage(_with_settings(rows, settings), len(matching))

    def _nodes_of(self, connection: Connection, found: Sequence[Row[Any]]) -> Mapping[str, _Nodes]:
        """Nodes of a run that has ended stay as they are until it is retried, and then it ends later."""
        ends = {row.id: (row.id, row.finished) for row in found if RunState(row.state).is_final}
        nodes = {run: self._ended[end] for run, end in ends.items() if end in self._ended}
        missing = [row.id for row in found if row.id not in nodes]
        if missing:
            read = _nodes(connection, missing)
            self._ended.update({ends[run]: read[run] for run in missing if run in ends})
            _forget_oldest(self._ended)
            nodes |= read
        return nodes

    def _asked_for(self, connection: Connection, ids: Sequence[str]) -> dict[str, _Asked]:
        asked = {run: self._known[run] for run in ids if run in self._known}
        missing = [run for run in ids if run not in asked]
        if missing:
            texts = select(runs.c.id, runs.c.request, runs.c.graph).where(runs.c.id.in_(missing))
            for row in connection.execute(texts):
                request = request_from_json({**load(row.request), "graph": {}})
                asked[row.id] = _Asked(request, settings_in(json.loads(row.graph)))
            self._known.update(asked)
            _forget_oldest(self._known)
        return asked


def _forget_oldest(known: OrderedDict[Any, Any]) -> None:
    while len(known) > _MOST_KNOWN:
        known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a run was asked for, without its graph."""

    request: RunRequest
    settings: dict[str, Any]


def _matching(connection: Connection, query: RunQuery, actor: Actor) -> list[str]:
    """Ids of all runs that match, in the order wanted."""
    found = connection.execute(_sorted(_filtered(query, actor), query)).all()
    ids = [row.id for row in found if not query.text or _mentions(row, query.text.casefold())]
    if query.sort.startswith(METRIC_PREFIX):
        ids = _by_metric(connection, ids, query)
    return ids


def _filtered(query: RunQuery, actor: Actor) -> Select[Any]:
    searched = (runs.c.pipeline, runs.c.request) if query.text else ()
    own = and_(object_access.c.kind == ObjectKind.RUN, object_access.c.object == runs.c.id)
    found = select(runs.c.id, *searched).select_from(runs.outerjoin(object_access, own))
    if actor.role is not Role.ADMIN:
        found = found.where(runs.c.id.in_(visible_ids(ObjectKind.RUN, actor.name)))
    if query.pipeline is not None:
        found = found.where(runs.c.pipeline == query.pipeline)
    if query.states:
        found = found.where(runs.c.state.in_(query.states))
    if query.owner is not None:
        found = found.where(object_access.c.owner == query.owner)
    if query.scratch is not None:
        found = found.where(runs.c.scratch == query.scratch)
    return found


def _sorted(found: Select[Any], query: RunQuery) -> Select[Any]:
    if query.sort.startswith(METRIC_PREFIX):
        return found.order_by(runs.c.number.desc())
    column = _SORTS.get(query.sort)
    if column is None:
        raise InvalidInput.of(
            f"runs cannot be sorted by {query.sort!r}",
            code="S110",
            expected=", ".join([*SORT_COLUMNS, f"{METRIC_PREFIX}NODE.NAME"]),
            fix=did_you_mean(query.sort, SORT_COLUMNS),
        )
    direction = column.desc() if query.descending else column.asc()
    return found.order_by(direction.nulls_last(), runs.c.number.desc())


def _mentions(row: Row[Any], text: str) -> bool:
    described = load(row.request).get("description", "")
    return any(text in part.casefold() for part in (row.id, row.pipeline, described))


def _by_metric(connection: Connection, ids: list[str], query: RunQuery) -> list[str]:
    """Runs by the last value of a metric; those without one at the end, newest first."""
    node, _, name = query.sort.removeprefix(METRIC_PREFIX).partition(".")
    found = connection.execute(
        select(run_nodes.c.run, run_nodes.c.last_metrics).where(
            run_nodes.c.node == node, run_nodes.c.last_metrics != "{}"
        )
    )
    values = {row.run: load(row.last_metrics).get(name) for row in found}
    known = [run for run in ids if (value := values.get(run)) is not None and not math.isnan(value)]
    known.sort(key=lambda run: values[run], reverse=query.descending)
    has_value = set(known)
    return known + [run for run in ids if run not in has_value]


def _rows(ids: Sequence[str], actor: Actor) -> Select[Any]:
    """Rows without requests and graphs, which are long."""
    columns = [column for column in runs.c if column.name not in ("request", "graph")]
    own = and_(object_access.c.kind == ObjectKind.RUN, object_access.c.object == runs.c.id)
    mine = and_(
        shares.c.kind == ObjectKind.RUN, shares.c.object == runs.c.id, shares.c.user == actor.name
    )
    return (
        select(*columns)
        .add_columns(object_access.c.owner, object_access.c.visibility, shares.c.right)
        .select_from(runs.outerjoin(object_access, own).outerjoin(shares, mine))
        .where(runs.c.id.in_(ids))
    )


@dataclass(slots=True)
class _Nodes:
    """What a table shows of a run's nodes."""

    states: dict[RunState, int] = field(default_factory=dict)
    metrics: LastMetrics = field(default_factory=LastMetrics)


def _nodes(connection: Connection, ids: Sequence[str]) -> Mapping[str, _Nodes]:
    found: dict[str, _Nodes] = {run: _Nodes() for run in ids}
    columns = run_nodes.c
    counted = select(columns.run, columns.state, func.count()).where(columns.run.in_(ids))
    for run, state, count in connection.execute(counted.group_by(columns.run, columns.state)):
        found[run].states[RunState(state)] = count
    measured = select(columns.run, columns.node, columns.last_metrics).where(
        columns.run.in_(ids), columns.last_metrics != "{}"
    )
    for run, node, last_metrics in connection.execute(
        measured.order_by(columns.run, columns.position)
    ):
        metrics = found[run].metrics
        for name, value in load(last_metrics).items():
            metrics[sys.intern(f"{node}.{name}")] = value
    return found


def _row(row: Row[Any], request: RunRequest, nodes: _Nodes, actor: Actor) -> RunRow:
    record = RunRecord(
        id=RunId(row.id),
        request=request,
        state=RunState(row.state),
        created=row.created,
        started=row.started,
        finished=row.finished,
        cancel_requested=row.cancel_requested,
    )
    access = Access(
        owner=None if row.owner is None else UserName(row.owner),
        visibility=Visibility(row.visibility or Visibility.PRIVATE),
        shares={} if row.right is None else {actor.name: Right(row.right)},
    )
    return RunRow(record, access, nodes.states, nodes.metrics)


def _with_settings(
    rows: Sequence[RunRow], settings: Mapping[str, Mapping[str, Any]]
) -> list[RunRow]:
    alike: dict[str, list[RunRow]] = defaultdict(list)
    for row in rows:
        alike[row.record.request.pipeline].append(row)
    shown: dict[RunId, dict[str, Any]] = {}
    for group in alike.values():
        different = differing([settings[row.record.id] for row in group])
        shown |= {row.record.id: values for row, values in zip(group, different)}
    return [replace(row, settings=shown[row.record.id]) for row in rows]
