"""The event hub: from the dispatcher's thread to everybody who listens.

What enters the log of events is read from there, by number, so that a listener who was away misses nothing.
Progress and metrics do not enter the log: they are handed on while they are news, and lost to who is
not there.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from netloom.core.identifiers import RunId
from netloom.execution.events import NodeMetrics, NodeProgressed, RunEvent
from netloom.tracking.deployment_states import DeploymentState
from netloom.tracking.deployment_store import DeploymentRecord

_MOST_UNHEARD = 1_000
"""A listener that is slower than this loses the oldest fleeting events."""

Fleeting = NodeMetrics | NodeProgressed


@dataclass(frozen=True, slots=True)
class DeploymentNews:
    """A deployment changed, was made or was deleted."""

    deployment: str
    state: DeploymentState
    time: float


class Listener:
    """One stream's ear. Created and used in the event loop."""

    def __init__(self, run: RunId | None) -> None:
        self.run = run
        self.has_lost = False
        """Fleeting events were dropped since this was last set to False."""
        self._news = asyncio.Event()
        self._fleeting: deque[Fleeting] = deque()
        self._deployments: dict[str, DeploymentNews] = {}

    def tell(self, fleeting: Sequence[Fleeting]) -> None:
        """Something was recorded."""
        for event in fleeting:
            if self.run is None or event.run == self.run:
                self._fleeting.append(event)
        while len(self._fleeting) > _MOST_UNHEARD:
            self._fleeting.popleft()
            self.has_lost = True
        self._news.set()

    def tell_of_deployment(self, news: DeploymentNews) -> None:
        """A deployment changed; of several changes the last is news."""
        if self.run is None:
            self._deployments[news.deployment] = news
            self._news.set()

    def deployments(self) -> list[DeploymentNews]:
        """Deployments that changed since the last call."""
        changed = list(self._deployments.values())
        self._deployments.clear()
        return changed

    def fleeting(self) -> list[Fleeting]:
        """Fleeting events since the last call, in order."""
        heard = list(self._fleeting)
        self._fleeting.clear()
        return heard

    async def wait(self, timeout_s: float) -> None:
        """Until something was recorded by this program, or for so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout_s)
        self._news.clear()


class EventHub:
    """Wakes listeners when something was recorded. ``publish`` and ``close`` are safe from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self.is_closed = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to hand events over to this loop."""
        self._loop = loop

    def listen(self, run: RunId | None = None) -> Listener:
        """A new listener, to one run or to all."""
        listener = Listener(run)
        with self._lock:
            self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """A listener goes away."""
        with self._lock:
            self._listeners.discard(listener)

    @property
    def num_listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    def publish(self, events: Sequence[RunEvent]) -> None:
        """Events were recorded."""
        if self._loop is None or not self._listeners:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._tell, events)

    def tell_of_deployment(self, deployment: DeploymentRecord) -> None:
        """A deployment changed; safe from any thread."""
        if self._loop is None or not self._listeners:
            return
        news = DeploymentNews(deployment.id, deployment.state, time.time())
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._pass_on, news)

    def close(self) -> None:
        """Streams end, so that the server can. Idempotent."""
        self.is_closed = True
        self.publish_nothing()

    def publish_nothing(self) -> None:
        """Let every listener look up."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._tell, ())

    def _pass_on(self, news: DeploymentNews) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.tell_of_deployment(news)

    def _tell(self, events: Sequence[RunEvent]) -> None:
        fleeting = [event for event in events if isinstance(event, NodeMetrics | NodeProgressed)]
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.tell(fleeting)
