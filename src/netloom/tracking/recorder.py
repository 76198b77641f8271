"""The recorder: where the events of runs go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.errors import NetloomError
from netloom.execution.events import NodeNoted, RunChanged, RunEvent
from netloom.tracking.run_store import RunStore

if TYPE_CHECKING:
    from netloom.tracking.tensorboard import TensorBoardMirror


class Recorder:
    """An event sink that writes to the run store and, if asked, copies metrics to TensorBoard files.

    The store is what counts: an event is recorded once it is there, and a failure of the store is
    raised. When the copy fails it is given up and the run is told so in a note; training goes on.

    Args:
        tensorboard_folder: Folder of all runs; event files go to ``<run>/tensorboard/<node>/`` in it.
            None writes none.
    """

    def __init__(self, store: RunStore, *, tensorboard_folder: Path | None = None) -> None:
        self._store = store
        self._mirror: TensorBoardMirror | None = None
        if tensorboard_folder is not None:
            from netloom.tracking.tensorboard import TensorBoardMirror

            self._mirror = TensorBoardMirror(tensorboard_folder)

    def emit(self, *events: RunEvent) -> None:
        """Record events; several given at once are recorded in one transaction."""
        if not events:
            return
        self._store.emit(*events)
        if self._mirror is not None:
            try:
                self._mirror.emit(*events)
            except (NetloomError, OSError, ImportError) as error:
                self._mirror = None
                self._tell(events, f"TensorBoard files are no longer written: {error}")

    def close(self) -> None:
        """Close the TensorBoard files. Idempotent; the store stays open."""
        if self._mirror is not None:
            self._mirror.close()

    def _tell(self, events: Sequence[RunEvent], message: str) -> None:
        for event in events:
            if not isinstance(event, RunChanged):
                self._store.emit(NodeNoted(event.run, event.node, time.time(), message))
                return
