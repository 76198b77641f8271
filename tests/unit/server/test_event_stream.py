"""Streams repeat what was missed, say what is new, and show nobody what they may not see."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeMetrics, NodeProgressed
from netloom.execution.metric_buffer import pack_points
from netloom.server.event_hub import EventHub
from netloom.server.event_stream import EventStream, metrics_to_json

STATES = [
    "running",
    "queued",
    "running",
    "succeeded",
    "queued",
    "running",
    "succeeded",
    "succeeded",
]


def stream_of(site: Any, run: str | None = None, **changes: Any) -> EventStream:
    values: dict[str, Any] = {
        "hub": EventHub(),
        "store": site.hosting.bench.workspace.store,
        "may_see": lambda run: True,
        "is_welcome": lambda: True,
        "heartbeat_s": 10.0,
        "run": None if run is None else RunId(run),
    }
    return EventStream(**{**values, **changes})


async def collect(lines: AsyncIterator[str], count: int) -> list[tuple[str, str, Any]]:
    """The next events: id, kind, data."""
    found: list[tuple[str, str, Any]] = []
    async for text in lines:
        for block in text.strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            if "event" in fields:
                found.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
        if len(found) >= count:
            break
    return found


def finished_run(site: Any) -> str:
    run = str(site.run())
    site.finish(run)
    return run


def test_what_was_missed_is_repeated_by_number(site: Any) -> None:
    run = finished_run(site)
    whole = asyncio.run(collect(stream_of(site, run).lines(0), 9))
    assert whole[0][1:] == ("hello", {"seq": 0})
    assert [event[2]["state"] for event in whole[1:]] == STATES
    numbers = [int(number) for number, _, _ in whole[1:]]
    assert numbers == sorted(set(numbers))
    assert [event[2]["seq"] for event in whole[1:]] == numbers
    rest = asyncio.run(collect(stream_of(site, run).lines(numbers[4]), 4))
    assert rest[1:] == whole[6:]


def test_without_a_number_only_what_is_new_is_told(site: Any) -> None:
    finished_run(site)

    async def listen() -> list[tuple[str, str, Any]]:
        stream = stream_of(site)
        stream.hub.attach(asyncio.get_running_loop())
        lines = stream.lines(None)
        hello = await collect(lines, 1)
        run = await asyncio.to_thread(finished_run, site)
        stream.hub.publish(())
        return [*hello, *await collect(stream.lines(hello[0][2]["seq"]), 2), ("", "", run)]

    hello, _, first, *_, (_, _, run) = asyncio.run(listen())
    assert hello[1] == "hello"
    assert (first[1], first[2]["run"]) == ("run_changed", run)


def test_runs_one_may_not_see_are_left_out(site: Any) -> None:
    hidden, shown = finished_run(site), finished_run(site)
    seen = asyncio.run(collect(stream_of(site, may_see=lambda run: run != hidden).lines(0), 10))
    runs = {event[2].get("run") for event in seen}
    assert shown in runs
    assert hidden not in runs


def test_a_quiet_stream_says_that_it_lives_until_its_client_is_signed_out(site: Any) -> None:
    answers = iter([True, False])
    stream = stream_of(site, "no-run", is_welcome=lambda: next(answers), heartbeat_s=0.01)

    async def listen() -> list[str]:
        return [text async for text in stream.lines(0)]

    assert asyncio.run(listen())[1:] == [": heartbeat\n\n"]


@pytest.mark.parametrize("is_own", [True, False])
def test_progress_and_metrics_are_passed_on_before_the_end(site: Any, is_own: bool) -> None:
    run = str(site.run())
    start = site.hosting.bench.workspace.store.last_event()
    now = time.time()
    points = pack_points([1, 2], [float("nan"), 0.5], [now, now])
    metrics = NodeMetrics(RunId(run), NodeId("first"), 1, "loss", *points)
    progress = [
        NodeProgressed(RunId(run), NodeId("first"), now, done, 10.0, "step", None)
        for done in (1, 2)
    ]

    async def told(stream: EventStream) -> AsyncIterator[str]:
        stream.hub.attach(asyncio.get_running_loop())
        lines = stream.lines(start)
        yield await anext(lines)
        await asyncio.to_thread(site.finish, run)
        stream.hub.publish([*progress, metrics])
        await asyncio.sleep(0)
        yield await anext(lines)
        await lines.aclose()

    async def kinds(stream: EventStream) -> list[str]:
        return [kind for _, kind, _ in await collect(told(stream), 1000)]

    found = asyncio.run(kinds(stream_of(site, run if is_own else None)))
    assert found.count("node_progressed") == 1  # of two, only the last is news
    assert ("node_metrics" in found) == is_own  # all metrics of all runs would be too many
    assert found.index("node_progressed") < len(found) - 1
    assert found[-1] == "run_changed"


def test_of_many_points_the_last_is_always_among_those_sent() -> None:
    steps = list(range(1001))
    points = pack_points(steps, [float(step) for step in steps], [0.0] * len(steps))
    sent = metrics_to_json(NodeMetrics(RunId("r"), NodeId("n"), 1, "loss", *points))
    assert len(sent["steps"]) <= 201
    assert sent["steps"][-1] == 1000
    nan = pack_points([1], [float("inf")], [0.0])
    assert metrics_to_json(NodeMetrics(RunId("r"), NodeId("n"), 1, "x", *nan))["values"] == [None]


@pytest.mark.parametrize("header", ["x", "-1", "1.5", "9" * 30])
def test_a_number_that_is_none_is_refused(site: Any, header: str) -> None:
    refused = site.get("ada", "/events", headers={"Last-Event-ID": header})
    assert refused.status_code == 422


def test_a_listener_that_is_too_slow_is_told_that_it_missed_something() -> None:
    hub = EventHub()
    listener = hub.listen()
    event = NodeProgressed(RunId("r"), NodeId("n"), 0.0, 1.0, None, "step", None)
    listener.tell([event] * 1500)
    assert (len(listener.fleeting()), listener.has_lost) == (1000, True)
