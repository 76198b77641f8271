"""Stopping runs, going on with those that stopped, and ending those whose program was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.core.errors import Conflict
from netloom.core.identifiers import RunId
from netloom.execution.process_name import holder_name, process_name
from netloom.execution.states import RunState
from netloom.tracking.records import RunRecord
from netloom.workspace.layout import workspace_in_use
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


def cancel(workspace: Workspace, run: str) -> RunRecord:
    """See :meth:`netloom.workspace.workspace.Workspace.cancel`."""
    record = workspace.store.run(RunId(run))
    if record.state.is_final:
        raise Conflict.of(f"run {record.id} has ended already ({record.state})")
    workspace.store.request_cancel(record.id)
    end_abandoned(workspace)
    return workspace.store.run(record.id)


def end_abandoned(workspace: Workspace) -> None:
    """Runs whose program was killed are still marked active: end them, if nobody else does."""
    with workspace_in_use(workspace.layout):
        dispatcher, _ = workspace.make_dispatcher(workspace.store, holder_name())
        try:
            if dispatcher.acquire():
                dispatcher.end_abandoned()
        finally:
            dispatcher.close()


def _reopen(workspace: Workspace, run: RunId) -> None:
    records = workspace.store.nodes(run).values()
    nodes = [record.node for record in records if not record.state.has_outputs]
    if not nodes:
        raise Conflict.of(
            f"every node of run {run} succeeded", fix="`netloom run` starts a new run"
        )
    workspace.store.reopen(run, nodes, owner=process_name())
