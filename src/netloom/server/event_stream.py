"""Server-sent events: what happens in runs, as it happens.

A stream first repeats what its client missed (``Last-Event-ID``), then goes on with what is new. Every
event of the log has its number as ``id``; progress and metrics have none, because they cannot be repeated.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from netloom.core.identifiers import RunId
from netloom.execution.events import NodeMetrics, NodeProgressed, event_to_json
from netloom.execution.metric_buffer import unpack_points
from netloom.execution.states import RunState
from netloom.server.event_hub import DeploymentNews, EventHub, Fleeting
from netloom.server.reader_language import worded_event
from netloom.tracking.run_store import RunStore, StoredEvent

_PAGE = 500
_POLL_S = 0.5
"""How often the log is looked at for what other programs recorded."""
_MOST_POINTS = 200
"""Of one metric in one event; who wants all of them asks for the metric."""

MaySee = Callable[[RunId], bool]


@dataclass(frozen=True, slots=True)
class EventStream:
    """One client's stream.

    Attributes:
        run: Only this run's events; None for those of all runs, then without metrics.
        may_see: Whether the client may know of a run; asked in a worker thread.
        may_see_deployment: The same for deployments, whose changes are in the stream of all runs.
        is_welcome: Whether the client is still signed in; asked with every heartbeat.
    """

    hub: EventHub
    store: RunStore
    may_see: MaySee
    is_welcome: Callable[[], bool]
    heartbeat_s: float
    run: RunId | None = None
    may_see_deployment: Callable[[str], bool] = lambda deployment: False

    async def lines(self, after: int | None) -> AsyncIterator[str]:
        """The stream's text from the event numbered ``after`` on; None begins with what is new."""
        listener = self.hub.listen(self.run)
        try:
            seq = after if after is not None else await run_in_threadpool(self.store.last_event)
            yield f"retry: 1000\nid: {seq}\nevent: hello\ndata: {json.dumps({'seq': seq})}\n\n"
            spoken = time.monotonic()
            while not self.hub.is_closed:
                fleeting, deployments = listener.fleeting(), listener.deployments()
                events = await run_in_threadpool(self._logged, seq)
                told = await run_in_threadpool(self._told, events, fleeting)
                if deployments:
                    told += await run_in_threadpool(self._of_deployments, deployments)
                seq = events[-1].seq if events else seq
                if listener.has_lost:
                    listener.has_lost = False
                    told.append(_event("lagged", {}))
                if told:
                    yield "".join(told)
                    spoken = time.monotonic()
                elif time.monotonic() - spoken >= self.heartbeat_s:
                    if not await run_in_threadpool(self.is_welcome):
                        return
                    yield ": heartbeat\n\n"
                    spoken = time.monotonic()
                if len(events) < _PAGE:
                    await listener.wait(min(_POLL_S, self.heartbeat_s))
        finally:
            self.hub.leave(listener)

    def _logged(self, after: int) -> Sequence[StoredEvent]:
        return self.store.events(after=after, run=self.run, limit=_PAGE)

    def _told(self, events: Sequence[StoredEvent], fleeting: Sequence[Fleeting]) -> list[str]:
        runs = {event.run for event in (*events, *fleeting)}
        visible = {run for run in runs if self.may_see(run)}
        shown = [event for event in events if event.run in visible]
        ends = (number for number, event in enumerate(shown) if _is_end(event))
        first_end = next(ends, len(shown))
        # Last metrics come before the end they led to: whoever waits for the end may then leave.
        return [
            *map(_logged, shown[:first_end]),
            *self._passed_on([event for event in fleeting if event.run in visible]),
            *map(_logged, shown[first_end:]),
        ]

    def _of_deployments(self, changed: Sequence[DeploymentNews]) -> list[str]:
        return [
            _event("deployment_changed", {"kind": "deployment_changed", **asdict(news)})
            for news in changed
            if self.may_see_deployment(news.deployment)
        ]

    def _passed_on(self, events: Sequence[Fleeting]) -> Iterator[str]:
        """Of several reports of a node's progress only the last is news."""
        last = {(e.run, e.node): e for e in events if isinstance(e, NodeProgressed)}
        for progress in last.values():
            yield _event(progress.kind, event_to_json(progress))
        if self.run is not None:
            for event in events:
                if isinstance(event, NodeMetrics):
                    yield _event(event.kind, metrics_to_json(event))


def metrics_to_json(event: NodeMetrics) -> dict[str, Any]:
    """Points of a metric as lists; NaN and infinities as null."""
    steps, values, times = (
        column.tolist() for column in unpack_points(event.steps, event.values, event.times)
    )
    stride = max(1, math.ceil(len(steps) / _MOST_POINTS))
    chosen = slice((len(steps) - 1) % stride, None, stride)  # the last point is always among them
    return {
        "kind": event.kind,
        "run": event.run,
        "node": event.node,
        "attempt": event.attempt,
        "name": event.name,
        "steps": steps[chosen],
        "values": [value if math.isfinite(value) else None for value in values[chosen]],
        "times": times[chosen],
    }


def _is_end(event: StoredEvent) -> bool:
    state = event.event.get("state")
    return state is not None and RunState(state).is_final


def _logged(event: StoredEvent) -> str:
    document = {"seq": event.seq, **worded_event(event.event)}
    return _event(document["kind"], document, number=event.seq)


def _event(kind: str, document: dict[str, Any], *, number: int | None = None) -> str:
    """One event in the format of the HTML standard. JSON has no line ends, so data is one line."""
    identifier = f"id: {number}\n" if number is not None else ""
    return f"{identifier}event: {kind}\ndata: {json.dumps(document, ensure_ascii=False)}\n\n"
