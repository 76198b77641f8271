"""The durable memory of runs, in SQL."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from netloom.core.diagnostics import Place
from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged, RunChanged, RunEvent
from netloom.execution.states import RunState
from netloom.store import rows
from netloom.store.changes import apply_events
from netloom.store.database import Database
from netloom.store.documents import dump, load
from netloom.store.metric_chunks import metric_names, read_points
from netloom.store.schema import answers, events, jobs, run_nodes, runs
from netloom.store.series_memory import SeriesMemory
from netloom.tracking.records import NodeRecord, RunRecord, RunRequest
from netloom.tracking.run_store import MetricSeries, StoredEvent


class SqlRunStore:
    """The :class:`netloom.tracking.run_store.RunStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._series = SeriesMemory()

    def create_run(
        self, run: RunId, request: RunRequest, nodes: Mapping[NodeId, str], *, created: float
    ) -> RunRecord:
        """Store a new run in state QUEUED with all its nodes PENDING (node id → operator id)."""
        record = RunRecord(id=run, request=request, state=RunState.QUEUED, created=created)
        with self._database.writing() as connection:
            try:
                inserted = connection.execute(insert(runs).values(rows.run_values(record)))
            except IntegrityError as error:
                raise Conflict.of(f"there is a run {run} already") from error
            assert inserted.inserted_primary_key is not None
            number = inserted.inserted_primary_key[0]
            if nodes:
                connection.execute(insert(run_nodes), rows.new_nodes(record, nodes, number))
        return record

    def emit(self, *events: RunEvent) -> None:
        """Apply events to the records and append them to the log, in one transaction."""
        if events:
            with self._database.writing() as connection:
                apply_events(connection, events)

    def run(self, run: RunId) -> RunRecord:
        """The run with this id, this unique prefix of an id, or the ``last`` one."""
        with self._database.reading() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
            if row is None:
                query = select(runs).order_by(runs.c.number.desc())
                if run != "last":
                    query = query.where(runs.c.id.startswith(run, autoescape=True))
                found = connection.execute(query.limit(1 if run == "last" else 4)).all()
                if not run or len(found) != 1:
                    raise _not_one_run(run, [row.id for row in found])
                row = found[0]
        return rows.run_record(row, load(row.graph))

    def runs(
        self,
        *,
        pipeline: str | None = None,
        states: Sequence[RunState] = (),
        scratch: bool | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[RunRecord]:
        """Runs, newest first. Their graphs are parsed when they are first looked into."""
        query: Select[Any] = select(runs).order_by(runs.c.number.desc()).limit(limit)
        if offset:
            query = query.offset(offset)
        if pipeline is not None:
            query = query.where(runs.c.pipeline == pipeline)
        if states:
            query = query.where(runs.c.state.in_(states))
        if scratch is not None:
            query = query.where(runs.c.scratch == scratch)
        with self._database.reading() as connection:
            return [rows.run_record(row) for row in connection.execute(query)]

    def nodes(self, run: RunId) -> Mapping[NodeId, NodeRecord]:
        """Nodes of a run in the order given at creation."""
        with self._database.reading() as connection:
            _state_of(connection, run)
            found = connection.execute(
                select(run_nodes).where(run_nodes.c.run == run).order_by(run_nodes.c.position)
            )
            return {NodeId(row.node): rows.node_record(row) for row in found}

    def last_nodes(
        self, pipeline: str, *, before: RunId | None = None
    ) -> Mapping[NodeId, NodeRecord]:
        """For each node id, its newest record with a fingerprint in any run of this pipeline."""
        node = run_nodes.c
        newest = (
            select(node.node, func.max(node.run_number).label("run_number"))
            .where(node.pipeline == pipeline, node.fingerprint.is_not(None))
            .group_by(node.node)
        )
        with self._database.reading() as connection:
            if before is not None:
                number = connection.execute(
                    select(runs.c.number).where(runs.c.id == before)
                ).scalar()
                if number is None:
                    raise _not_one_run(before, [])
                newest = newest.where(node.run_number < number)
            last = newest.subquery()
            found = connection.execute(
                select(run_nodes)
                .join(last, (node.node == last.c.node) & (node.run_number == last.c.run_number))
                .where(node.pipeline == pipeline, node.fingerprint.is_not(None))
                .order_by(node.run_number.desc(), node.position)
            )
            return {NodeId(row.node): rows.node_record(row) for row in found}

    def metric_names(self, run: RunId, node: NodeId | None = None) -> Sequence[tuple[NodeId, str]]:
        """Which metrics exist, sorted by node and name."""
        with self._database.reading() as connection:
            return metric_names(connection, run, node)

    def metrics(
        self, run: RunId, node: NodeId, name: str, *, max_points: int | None = None
    ) -> MetricSeries:
        """Points of one metric, down-sampled to at most ``max_points`` keeping extremes.

        A node that reused a result has the points of the run that computed it.

        Raises:
            NotFound: Nothing was logged under this name.
        """
        from netloom.tracking.metrics import thinned

        with self._database.reading() as connection:
            points = read_points(
                connection, *_computed(connection, run, node), name, memory=self._series
            )
        steps, values, times = thinned(points, max_points)
        return MetricSeries(name=name, node=node, steps=steps, values=values, times=times)

    def events(
        self, *, after: int = 0, run: RunId | None = None, limit: int = 1000
    ) -> Sequence[StoredEvent]:
        """Logged events with ``seq > after`` in order."""
        query = select(events).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
        if run is not None:
            query = query.where(events.c.run == run)
        with self._database.reading() as connection:
            return [
                StoredEvent(row.seq, RunId(row.run), row.time, load(row.event))
                for row in connection.execute(query)
            ]

    def last_event(self) -> int:
        """Number of the newest logged event; 0 if there is none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(events.c.seq))).scalar() or 0

    def request_cancel(self, run: RunId) -> None:
        """Ask whoever dispatches the run to stop it; no effect on a finished run."""
        with self._database.writing() as connection:
            if not _state_of(connection, run).is_final:
                connection.execute(
                    update(runs).where(runs.c.id == run).values(cancel_requested=True)
                )

    def set_priority(self, run: RunId, priority: int) -> None:
        """Let a run's jobs come earlier or later; no effect on a finished run."""
        with self._database.writing() as connection:
            if _state_of(connection, run).is_final:
                return
            _change_request(connection, run, priority=priority)
            connection.execute(update(jobs).where(jobs.c.run == run).values(priority=priority))

    def reopen(self, run: RunId, nodes: Sequence[NodeId], *, owner: str = "") -> None:
        """Put these final nodes back to PENDING and the run back to QUEUED, cancel flag off."""
        now = time.time()
        changed = [
            NodeChanged(run=run, node=node, state=RunState.PENDING, time=now) for node in nodes
        ]
        with self._database.writing() as connection:
            queued = RunChanged(run=run, state=RunState.QUEUED, time=now)
            apply_events(connection, [queued, *changed], reopening=True)
            connection.execute(update(runs).where(runs.c.id == run).values(cancel_requested=False))
            _give_to(connection, run, owner)

    def answer(self, run: RunId, node: NodeId, answer: Mapping[str, Any]) -> int:
        """Store an answer to a waiting node and put it back to QUEUED; returns its version (≥ 1).

        A run that waited goes on with whoever dispatches next.

        Raises:
            NotFound: There is no such run or node.
            Conflict: The node is not waiting.
        """
        now = time.time()
        with self._database.writing() as connection:
            state = _node_state(connection, run, node)
            if state != RunState.WAITING:
                raise Conflict.of(
                    f"this node of run {run} is not waiting for an answer",
                    place=Place(node=node),
                    expected="a node that waits",
                    got=f"one that is {state}",
                )
            if _state_of(connection, run) is RunState.WAITING:
                apply_events(connection, [RunChanged(run, RunState.QUEUED, now)])
                _give_to(connection, run, "")
            apply_events(connection, [NodeChanged(run, node, RunState.QUEUED, now, why="answered")])
            given = _given(run, node).with_only_columns(func.coalesce(func.max(_version), 0))
            version = connection.execute(given).scalar_one() + 1
            connection.execute(
                insert(answers).values(
                    run=run, node=node, version=version, time=now, answer=dump(answer)
                )
            )
        return int(version)

    def answers(self, run: RunId, node: NodeId) -> Sequence[Mapping[str, Any]]:
        """Answers given so far, oldest first."""
        with self._database.reading() as connection:
            found = connection.execute(_given(run, node).order_by(_version))
            return [load(row.answer) for row in found]

    def delete_run(self, run: RunId) -> None:
        """Forget a finished run and everything recorded of it. Raises Conflict if it is not final."""
        with self._database.writing() as connection:
            state = _state_of(connection, run)
            if not state.is_final:
                raise Conflict.of(
                    f"run {run} cannot be deleted while it is {state}",
                    fix=f"Cancel it first: netloom cancel {run}",
                )
            connection.execute(delete(jobs).where(jobs.c.run == run))
            connection.execute(delete(runs).where(runs.c.id == run))


_version = answers.c.version


def _given(run: RunId, node: NodeId) -> Select[Any]:
    return select(answers).where(answers.c.run == run, answers.c.node == node)


def _state_of(connection: Connection, run: RunId) -> RunState:
    state = connection.execute(select(runs.c.state).where(runs.c.id == run)).scalar()
    if state is None:
        raise _not_one_run(run, [])
    return RunState(state)


def _computed(connection: Connection, run: RunId, node: NodeId) -> tuple[RunId, NodeId]:
    """Run and node that logged what this node shows: its own unless it reused a result."""
    found = run_nodes.c
    own = connection.execute(
        select(found.state, found.fingerprint).where(found.run == run, found.node == node)
    ).one_or_none()
    if own is None or own.state != RunState.CACHED or own.fingerprint is None:
        return run, node
    origin = connection.execute(
        select(found.run, found.node)
        .where(found.fingerprint == own.fingerprint, found.state == RunState.SUCCEEDED)
        .order_by(found.run_number.desc())
        .limit(1)
    ).one_or_none()
    return (run, node) if origin is None else (RunId(origin.run), NodeId(origin.node))


def _give_to(connection: Connection, run: RunId, owner: str) -> None:
    """Another process waits for the run from now on, or none."""
    _change_request(connection, run, owner=owner)


def _change_request(connection: Connection, run: RunId, **changes: Any) -> None:
    document = load(connection.execute(select(runs.c.request).where(runs.c.id == run)).scalar_one())
    values = {"request": dump({**document, **changes})}
    connection.execute(update(runs).where(runs.c.id == run).values(values))


def _node_state(connection: Connection, run: RunId, node: NodeId) -> RunState:
    _state_of(connection, run)
    state = connection.execute(
        select(run_nodes.c.state).where(run_nodes.c.run == run, run_nodes.c.node == node)
    ).scalar()
    if state is None:
        raise NotFound.of(f"run {run} has no node {node}", place=Place(node=node))
    return RunState(state)


def _not_one_run(run: str, candidates: Sequence[str]) -> NotFound:
    if run == "last":
        message, fix = "there is no run yet", "Start one: netloom run FILE"
    elif candidates and run:
        message = f"several runs begin with {run!r}: {', '.join(candidates[:3])} …"
        fix = "Give more of the id"
    else:
        message, fix = f"there is no run {run!r}", "`netloom runs` lists them"
    error = NotFound.of(message, fix=fix)
    assert isinstance(error, NotFound)
    return error
