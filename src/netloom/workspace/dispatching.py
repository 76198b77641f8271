"""Who takes the runs of a workspace forward: a dispatcher with an executor of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from netloom.execution.devices import Inventory
from netloom.execution.dispatcher import Dispatcher, Site
from netloom.execution.events import EventSink, RunEvent
from netloom.execution.executor import Executor
from netloom.execution.local.local_executor import LocalExecutor
from netloom.operators.builtin import CATALOGUE
from netloom.store.queue import SqlQueueStore
from netloom.tracking.ledger import StoredLedger

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


def make_dispatcher(
    workspace: Workspace,
    sink: EventSink,
    holder: str,
    *,
    on_recorded: Callable[[Sequence[RunEvent]], None] = lambda events: None,
) -> tuple[Dispatcher, Executor]:
    """A candidate for dispatching a workspace's runs, with its executor."""

    def usable() -> Inventory:
        return workspace.allowance.read().of(workspace.inventory)

    site = Site(
        workspace=workspace.layout.root,
        cache=workspace.cache,
        inventory=workspace.inventory,
        usable=usable,
        catalogue_for=workspace.catalogue_for,
        catalogue_path=CATALOGUE,
    )
    executor = LocalExecutor()
    dispatcher = Dispatcher(
        site,
        ledger=StoredLedger(workspace.store),
        queue=SqlQueueStore(workspace.database),
        sink=sink,
        executor=executor,
        holder=holder,
        on_recorded=on_recorded,
    )
    return dispatcher, executor
