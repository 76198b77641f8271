"""Runs whose program was killed: noticing them, and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netloom.execution.adoption import is_abandoned
from netloom.execution.process_name import holder_name
from netloom.tracking.records import RunRecord
from netloom.workspace.dispatching import make_dispatcher
from netloom.workspace.layout import workspace_in_use

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


def settled(workspace: Workspace, records: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """The same records, or new ones if some said "running" although their program was killed."""
    if not any(is_abandoned(record.request.owner, record.state) for record in records):
        return records
    end_abandoned(workspace)
    return [workspace.store.run(record.id) for record in records]


def end_abandoned(workspace: Workspace) -> None:
    """Runs whose program was killed are still marked active: end them, if nobody else does."""
    with workspace_in_use(workspace.layout):
        dispatcher, _ = make_dispatcher(workspace, workspace.store, holder_name())
        try:
            if dispatcher.acquire():
                dispatcher.end_abandoned()
        finally:
            dispatcher.close()
