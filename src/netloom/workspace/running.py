"""Running: submit a run, then dispatch it here or follow whoever dispatches it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.dispatcher import POLL_S, Dispatcher
from netloom.execution.events import EventSink, NodeChanged, NodeProgressed, RunChanged, RunEvent
from netloom.execution.executor import Executor
from netloom.execution.process_name import holder_name, is_alive
from netloom.execution.states import RunState
from netloom.tracking.records import NodeRecord
from netloom.tracking.run_store import QueueStore, RunStore

OnEvent = Callable[[RunEvent], None]

_REQUESTS_TO_STOP = (signal.SIGINT, signal.SIGTERM)  # from the keyboard; from a batch system


@dataclass
class Attendance:
    """One process waiting for one run.

    It dispatches the run itself if no other process of the workspace does, and otherwise follows the
    records; if the dispatcher dies meanwhile, it takes over. Ctrl-C (or SIGTERM) asks the run to stop and
    waits for its jobs to save their checkpoints; a second one kills them and ends this process, between
    two steps of the dispatcher, which then closes properly; a third one ends it wherever it is.
    """

    run: RunId
    store: RunStore
    queue: QueueStore
    make_dispatcher: Callable[[EventSink, str], tuple[Dispatcher, Executor]]
    on_event: OnEvent
    sink: EventSink
    _executor: Executor | None = field(default=None, init=False)
    _is_to_stop: bool = field(default=False, init=False)
    _was_told: bool = field(default=False, init=False)
    _ends_by: int | None = field(default=None, init=False)

    def wait(self) -> RunState:
        """Until the run has ended, or waits for a person."""
        holder = holder_name()
        with self._stopping_on_interrupt():
            while True:
                own = _Announcing(self.sink, self.run, self.on_event)
                dispatcher, self._executor = self.make_dispatcher(own, holder)
                try:
                    if dispatcher.acquire():
                        own.is_over = self._has_ended()
                        dispatcher.serve(until=partial(self._is_over, own))
                        if self._has_ended():
                            dispatcher.drain()
                            return self.store.run(self.run).state
                    elif self._follow():
                        return self.store.run(self.run).state
                finally:
                    dispatcher.close()
                    self._executor = None

    def _is_over(self, own: _Announcing) -> bool:
        """What this process dispatches it need not ask the store about."""
        self._do_as_told()
        return own.is_over

    def _has_ended(self) -> bool:
        self._do_as_told()
        return _is_at_rest(self.store.run(self.run).state)

    def _do_as_told(self) -> None:
        """Not in the signal's handler, which may interrupt a transaction or the closing of a worker."""
        if self._ends_by is not None:
            signal.raise_signal(self._ends_by)
        if self._is_to_stop:
            self._is_to_stop = False
            self.store.request_cancel(self.run)

    def _is_dispatched(self) -> bool:
        """Whether a living process takes the runs of the workspace forward."""
        holder = self.queue.dispatcher(now=time.time())
        return holder is not None and is_alive(holder)

    def _follow(self) -> bool:
        """Report what another process records. True when the run has ended, False to take over."""
        seen: dict[NodeId, NodeRecord] = {}
        while True:
            records = self.store.nodes(self.run)
            for node, record in records.items():
                for event in _news(seen.get(node), record):
                    self.on_event(event)
            seen = dict(records)
            if self._has_ended():
                state = self.store.run(self.run).state
                self.on_event(RunChanged(self.run, state, time.time()))
                return True
            if not self._is_dispatched():
                return False
            time.sleep(POLL_S)

    @contextmanager
    def _stopping_on_interrupt(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {number: signal.getsignal(number) for number in _REQUESTS_TO_STOP}

        def put_back() -> None:
            for number, handler in previous.items():
                signal.signal(number, handler)

        def interrupted(number: int, frame: FrameType | None) -> None:
            if self._was_told:
                put_back()
                self._ends_by = number
            self._was_told = self._is_to_stop = True
            if self._executor is not None:
                self._executor.wake()

        for number in _REQUESTS_TO_STOP:
            signal.signal(number, interrupted)
        try:
            yield
        finally:
            put_back()


def _is_at_rest(state: RunState) -> bool:
    """Nothing more happens by itself."""
    return state.is_final or state is RunState.WAITING


class _Announcing:
    """Records events, then tells whoever waits for this run about them.

    Attributes:
        is_over: The run was seen to end, or to begin to wait for a person.
    """

    def __init__(self, sink: EventSink, run: RunId, on_event: OnEvent) -> None:
        self.is_over = False
        self._sink = sink
        self._run = run
        self._on_event = on_event

    def emit(self, *events: RunEvent) -> None:
        self._sink.emit(*events)
        for event in events:
            if event.run == self._run:
                self._on_event(event)
                if isinstance(event, RunChanged):
                    self.is_over = _is_at_rest(event.state)


def _news(before: NodeRecord | None, after: NodeRecord) -> Iterator[RunEvent]:
    """Events that explain the difference between two looks at a node."""
    if before is None or (before.state, before.attempt) != (after.state, after.attempt):
        facts: Mapping[str, Any] = {
            name: getattr(after, name)
            for name in ("why", "attempt", "fingerprint", "outputs", "seconds", "diagnostics")
        }
        yield NodeChanged(after.run, after.node, after.state, time.time(), **facts)
    progress = after.progress
    if progress and (before is None or before.progress != progress):
        yield NodeProgressed(
            after.run,
            after.node,
            time.time(),
            progress["done"],
            progress["total"],
            progress["unit"],
            progress["eta_s"],
        )
