"""Applying events to the records: load the rows concerned, fold the events over them, write back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from netloom.core.diagnostics import Place
from netloom.core.errors import NotFound
from netloom.execution.events import (
    NodeChanged,
    NodeMetrics,
    NodeNoted,
    NodeProgressed,
    RunChanged,
    RunEvent,
    event_to_json,
)
from netloom.execution.metric_buffer import last_value
from netloom.execution.states import RunState, check_transition
from netloom.store.documents import dump, load
from netloom.store.metric_chunks import append_points
from netloom.store.schema import events as event_log
from netloom.store.schema import run_nodes, runs

_CLEARED_BY_RETRY: dict[str, Any] = {
    "outputs": "{}",
    "started": None,
    "finished": None,
    "seconds": None,
    "progress": None,
}


@dataclass(slots=True)
class _NodeDraft:
    """A node's row while events are folded over it."""

    state: RunState
    attempt: int
    last_metrics: dict[str, float]
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _RunDraft:
    """A run's row while events are folded over it."""

    state: RunState
    started: float | None
    nodes: dict[str, _NodeDraft] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)

    def node(self, event: NodeChanged | NodeProgressed | NodeMetrics | NodeNoted) -> _NodeDraft:
        if event.node not in self.nodes:
            raise NotFound.of(
                f"run {event.run} has no node {event.node}", place=Place(node=event.node)
            )
        return self.nodes[event.node]


def apply_events(
    connection: Connection, events: Sequence[RunEvent], *, reopening: bool = False
) -> None:
    """Apply events in order and append them to the log; see ``RunStore.emit``.

    Args:
        reopening: Whether a finished run may be queued again.

    Raises:
        ValueError: A state may not follow the present one; the transaction must end.
        NotFound: An event is about an unknown run or node; the transaction must end.
    """
    drafts = _load_drafts(connection, events)
    for event in events:
        run = drafts[event.run]
        match event:
            case RunChanged():
                _change_run(run, event, reopening=reopening)
            case NodeChanged():
                _change_node(run.node(event), event)
                if event.state == RunState.RUNNING and run.started is None:
                    run.started = run.changes["started"] = event.time
            case NodeProgressed():
                run.node(event).changes["progress"] = dump(_progress(event))
            case NodeMetrics():
                _note_last_value(run.node(event), event)
            case NodeNoted():
                run.node(event)
    _write_drafts(connection, drafts)
    append_points(connection, [event for event in events if isinstance(event, NodeMetrics)])
    _append_to_log(connection, events)


def _load_drafts(connection: Connection, events: Iterable[RunEvent]) -> dict[str, _RunDraft]:
    nodes_of_run: dict[str, set[str]] = defaultdict(set)
    for event in events:
        nodes = nodes_of_run[event.run]
        if not isinstance(event, RunChanged):
            nodes.add(event.node)
    rows = connection.execute(_RUNS, {"ids": list(nodes_of_run)})
    drafts = {row.id: _RunDraft(RunState(row.state), row.started) for row in rows}
    for run, nodes in nodes_of_run.items():
        if run not in drafts:
            raise NotFound.of(f"there is no run {run}")
        if nodes:
            drafts[run].nodes = _load_nodes(connection, run, nodes)
    return drafts


def _load_nodes(connection: Connection, run: str, nodes: Iterable[str]) -> dict[str, _NodeDraft]:
    rows = connection.execute(_NODES, {"of_run": run, "nodes": list(nodes)})
    return {
        row.node: _NodeDraft(RunState(row.state), row.attempt, load(row.last_metrics))
        for row in rows
    }


def _change_run(run: _RunDraft, event: RunChanged, *, reopening: bool) -> None:
    if run.state.is_final and event.state != run.state and not reopening:
        raise ValueError(f"illegal transition {run.state} → {event.state} of run {event.run}")
    run.state = event.state
    run.changes["state"] = event.state
    run.changes["finished"] = event.time if event.state.is_final else None


def _change_node(node: _NodeDraft, event: NodeChanged) -> None:
    check_transition(node.state, event.state)
    changes = node.changes
    if event.state != node.state:
        node.state = event.state
        changes["state"] = event.state
        changes["diagnostics"] = "[]"
        changes["request"] = None
        _enter(node, event)
    if event.attempt:
        node.attempt = changes["attempt"] = event.attempt
    if event.why:
        changes["why"] = dump(event.why)
    if event.diagnostics:
        changes["diagnostics"] = dump(event.diagnostics)
    if event.metrics is not None:
        node.last_metrics = dict(event.metrics)
        changes["last_metrics"] = dump(node.last_metrics)
    for name in ("fingerprint", "seconds"):
        if (value := getattr(event, name)) is not None:
            changes[name] = value
    for name in ("ingredients", "outputs", "request"):
        if (document := getattr(event, name)) is not None:
            changes[name] = dump(document)


def _enter(node: _NodeDraft, event: NodeChanged) -> None:
    if event.state == RunState.PENDING:
        node.changes.update(_CLEARED_BY_RETRY)
        node.last_metrics = {}
        node.changes["last_metrics"] = "{}"
    elif event.state == RunState.RUNNING:
        node.changes.update(started=event.time, finished=None, progress=None)
    elif event.state.is_final:
        node.changes["finished"] = event.time


def _progress(event: NodeProgressed) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("done", "total", "unit", "eta_s", "time")}


def _note_last_value(node: _NodeDraft, event: NodeMetrics) -> None:
    if event.values:
        node.last_metrics[event.name] = last_value(event.values)
        node.changes["last_metrics"] = dump(node.last_metrics)


def _write_drafts(connection: Connection, drafts: dict[str, _RunDraft]) -> None:
    # Rows with the same changed columns share one statement: a hundred nodes found cached are one call.
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for run, draft in drafts.items():
        if draft.changes:
            connection.execute(_run_update(tuple(draft.changes)), {"of_run": run, **draft.changes})
        for node, node_draft in draft.nodes.items():
            if node_draft.changes:
                key = {"of_run": run, "of_node": node}
                alike[tuple(sorted(node_draft.changes))].append({**key, **node_draft.changes})
    for columns, rows in alike.items():
        connection.execute(_node_update(columns), rows)


def _append_to_log(connection: Connection, events: Iterable[RunEvent]) -> None:
    rows = [
        {"run": event.run, "time": event.time, "event": dump(event_to_json(event))}
        for event in events
        if not isinstance(event, NodeProgressed | NodeMetrics)
    ]
    if rows:
        connection.execute(_LOG, rows)


# Built once: for rows as few as these, building a statement costs as much as executing it.

_RUNS = select(runs.c.id, runs.c.state, runs.c.started).where(
    runs.c.id.in_(bindparam("ids", expanding=True))
)
_NODES = select(
    run_nodes.c.node, run_nodes.c.state, run_nodes.c.attempt, run_nodes.c.last_metrics
).where(
    run_nodes.c.run == bindparam("of_run"),
    run_nodes.c.node.in_(bindparam("nodes", expanding=True)),
)
_LOG = insert(event_log)


@lru_cache(maxsize=64)
def _run_update(columns: tuple[str, ...]) -> Update:
    return (
        update(runs)
        .where(runs.c.id == bindparam("of_run"))
        .values({name: bindparam(name) for name in columns})
    )


@lru_cache(maxsize=256)
def _node_update(columns: tuple[str, ...]) -> Update:
    return (
        update(run_nodes)
        .where(run_nodes.c.run == bindparam("of_run"), run_nodes.c.node == bindparam("of_node"))
        .values({name: bindparam(name) for name in columns})
    )
