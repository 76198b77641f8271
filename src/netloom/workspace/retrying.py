"""Stopping runs, and going on with those that stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.core.errors import Conflict
from netloom.core.identifiers import RunId
from netloom.execution.process_name import process_name
from netloom.execution.states import RunState
from netloom.tracking.records import RunRecord
from netloom.workspace.abandoned import end_abandoned
from netloom.workspace.results import RunResult
from netloom.workspace.running import OnEvent

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


def retry(workspace: Workspace, run: str, *, on_event: OnEvent) -> RunResult:
    """See :meth:`netloom.workspace.workspace.Workspace.retry`."""
    record = workspace.store.run(RunId(run))
    if not record.state.is_final:
        end_abandoned(workspace)
        record = workspace.store.run(record.id)
    if record.state.is_final:
        _reopen(workspace, record.id)
    elif record.request.owner and record.state is not RunState.WAITING:
        raise Conflict.of(
            f"run {record.id} is active",
            fix="`netloom cancel` stops it; `netloom show` looks at it",
        )
    return workspace.attend(record.id, on_event=on_event)


def requeue(workspace: Workspace, run: str) -> RunRecord:
    """Like :func:`retry`, but for whoever dispatches the workspace: returns at once.

    Raises:
        Conflict: The run is active, or every node succeeded.
    """
    record = workspace.store.run(RunId(run))
    if not record.state.is_final:
        raise Conflict.of(f"run {record.id} is active ({record.state})", fix="Cancel it first")
    _reopen(workspace, record.id, owner="")
    return workspace.store.run(record.id)


def cancel(workspace: Workspace, run: str) -> RunRecord:
    """See :meth:`netloom.workspace.workspace.Workspace.cancel`."""
    record = workspace.store.run(RunId(run))
    if record.state.is_final:
        raise Conflict.of(f"run {record.id} has ended already ({record.state})")
    workspace.store.request_cancel(record.id)
    end_abandoned(workspace)
    return workspace.store.run(record.id)


def _reopen(workspace: Workspace, run: RunId, *, owner: str | None = None) -> None:
    records = workspace.store.nodes(run).values()
    nodes = [record.node for record in records if not record.state.has_outputs]
    if not nodes:
        raise Conflict.of(
            f"every node of run {run} succeeded", fix="`netloom run` starts a new run"
        )
    workspace.store.reopen(run, nodes, owner=process_name() if owner is None else owner)
