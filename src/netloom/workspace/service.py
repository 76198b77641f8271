"""Service: take the runs of a workspace forward, whoever submitted them, until told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netloom.core.errors import NetloomError
from netloom.core.identifiers import RunId
from netloom.execution.dispatcher import Dispatcher
from netloom.execution.events import RunChanged, RunEvent
from netloom.execution.process_name import holder_name
from netloom.tracking.recorder import Recorder
from netloom.workspace.dispatching import make_dispatcher
from netloom.workspace.layout import workspace_in_use
from netloom.workspace.output_links import link_outputs

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

OnRecorded = Callable[[Sequence[RunEvent]], None]

_RETRY_S = 1.0
"""How soon the lease, or a database that refused, is tried again."""

log = logging.getLogger(__name__)


class Service:
    """Dispatches a workspace in a thread of its own.

    If another program dispatches it already, that one takes the runs forward and this waits for its turn.
    When stopped, running jobs are asked to save their checkpoints and end; their runs stay open, and
    whoever dispatches next, for instance this program when it starts again, goes on from there.

    Args:
        on_recorded: Told of the events of all runs that are dispatched here, once they are durable; called
            from the service's thread.
    """

    def __init__(self, workspace: Workspace, on_recorded: OnRecorded = lambda events: None) -> None:
        self._workspace = workspace
        self._on_recorded = on_recorded
        self._is_to_stop = threading.Event()
        self._may_work = threading.Event()
        self._may_work.set()
        self._rests = threading.Event()
        self._rests.set()
        self._resting = threading.Lock()
        self._dispatcher: Dispatcher | None = None
        self._thread: threading.Thread | None = None
        self.is_dispatching = False
        """Whether this program, not another one, takes the runs forward at the moment."""

    @property
    def is_alive(self) -> bool:
        """Whether the thread works."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, in the background."""
        self._thread = threading.Thread(target=self.serve, name="netloom-service", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was submitted, cancelled or answered: look at once. Safe from other threads."""
        dispatcher = self._dispatcher
        if dispatcher is not None:
            dispatcher.wake()

    def stop(self) -> None:
        """Stop the jobs and wait until they have ended. Idempotent."""
        self._is_to_stop.set()
        self._may_work.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Nothing is dispatched here meanwhile, and the workspace is not in use by this program.

        A job that runs is asked to save its checkpoint and end; it goes on afterwards.
        """
        with self._resting:
            self._may_work.clear()
            self.wake()
            try:
                self._rests.wait()
                yield
            finally:
                self._may_work.set()

    def serve(self) -> None:
        """Dispatch until :meth:`stop`; for a thread that has nothing else to do."""
        while not self._is_to_stop.is_set():
            self._rests.clear()
            with workspace_in_use(self._workspace.layout):
                while not self._is_to_pause():
                    self._serve_guarded()
            self._rests.set()
            self._may_work.wait()

    def _is_to_pause(self) -> bool:
        return self._is_to_stop.is_set() or not self._may_work.is_set()

    def _serve_guarded(self) -> None:
        try:
            self._serve_once()
        except NetloomError as error:
            log.error("the service pauses: %s", error)
        except Exception:
            log.exception("the service failed and starts again")
        if not self._is_to_pause():
            self._is_to_stop.wait(_RETRY_S)

    def _serve_once(self) -> None:
        """One candidacy: until stopped, or until another program has the lease."""
        sink = Recorder(self._workspace.store)
        dispatcher, _ = make_dispatcher(
            self._workspace, sink, holder_name(), on_recorded=self._recorded
        )
        try:
            while not dispatcher.acquire():
                self._is_to_stop.wait(_RETRY_S)
                if self._is_to_pause():
                    return
            self._dispatcher, self.is_dispatching = dispatcher, True
            dispatcher.serve(until=self._is_to_pause)
        finally:
            self._dispatcher, self.is_dispatching = None, False
            dispatcher.close()

    def _recorded(self, events: Sequence[RunEvent]) -> None:
        self._on_recorded(events)
        for event in events:
            if isinstance(event, RunChanged) and event.state.is_final:
                self._link_outputs(event.run)

    def _link_outputs(self, run: RunId) -> None:
        result = self._workspace.result(run)
        link_outputs(result.folder, result.nodes, self._workspace.artifacts.folder)
