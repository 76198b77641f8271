from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from netloom.cli.run_display import RunDisplay, live_table
from netloom.cli.run_view import RunView
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import (
    NodeChanged,
    NodeMetrics,
    NodeNoted,
    NodeProgressed,
    RunChanged,
    RunEvent,
)
from netloom.execution.states import RunState

RUN = RunId("20260131-142530-1f9c04")
FIT = NodeId("fit")


def changed(node: str, state: RunState, time: float = 0.0, **facts: object) -> NodeChanged:
    return NodeChanged(RUN, NodeId(node), state, time, **facts)  # type: ignore[arg-type]


def metric(name: str, *values: float) -> NodeMetrics:
    packed = np.array(values, dtype="<f8").tobytes()
    return NodeMetrics(RUN, FIT, 0, name, packed, packed, packed)


STORY: list[RunEvent] = [
    RunChanged(RUN, RunState.RUNNING, 100.0),
    changed("parts", RunState.CACHED, 100.0, why="same inputs and settings"),
    changed("fit", RunState.QUEUED, 100.0),
    changed("fit", RunState.RUNNING, 101.0, why="epochs changed from 10 to 20", attempt=1),
    NodeProgressed(RUN, FIT, 103.0, 5.0, 20.0, "epoch", 12.0),
    metric("loss", 0.5, 0.25),
    NodeNoted(RUN, FIT, 103.5, "best so far"),
]


def view_after(events: list[RunEvent]) -> RunView:
    view = RunView()
    for event in events:
        view.apply(event)
    return view


def shown(view: RunView, *, now: float, height: int = 20) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(live_table(view, now=now, height=height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_view_holds_the_latest_of_every_node() -> None:
    view = view_after(STORY)
    fit = view.nodes[FIT]
    assert (view.run, view.state, view.started) == (RUN, RunState.RUNNING, 100.0)
    assert (fit.state, fit.done, fit.total, fit.metrics) == (
        RunState.RUNNING,
        5.0,
        20.0,
        {"loss": 0.25},
    )
    assert fit.note == "best so far"
    assert view.count(RunState.CACHED, RunState.RUNNING) == 2


def test_time_goes_on_between_events() -> None:
    fit = view_after(STORY).nodes[FIT]
    assert fit.elapsed_s(now=106.0) == 5.0
    assert fit.remaining_s(now=106.0) == 9.0
    assert fit.remaining_s(now=1000.0) == 0.0


def test_a_repeated_state_does_not_restart_the_clock() -> None:
    view = view_after([*STORY, changed("fit", RunState.RUNNING, 105.0)])
    assert view.nodes[FIT].since == 101.0


def test_the_seconds_of_an_ended_node_are_those_it_reports() -> None:
    view = view_after([*STORY, changed("fit", RunState.SUCCEEDED, 110.0, seconds=8.5)])
    assert view.nodes[FIT].elapsed_s(now=500.0) == 8.5
    assert view.nodes[FIT].remaining_s(now=500.0) is None


def test_the_live_table_names_states_progress_and_time_left() -> None:
    lines = shown(view_after(STORY), now=104.0).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "= parts cached same inputs and settings",
        f"● fit running 3.0 s {'━' * 20} 5/20 epoch 11.0 s left loss 0.25",
        f"run {RUN} 1 of 2 nodes 4.0 s",
    ]


def test_the_live_table_never_outgrows_the_terminal() -> None:
    many = [changed(f"done_{i}", RunState.CACHED) for i in range(50)]
    view = view_after([*many, *STORY])
    lines = shown(view, now=104.0, height=10).splitlines()
    assert len(lines) <= 10
    assert any("fit" in line for line in lines)
    assert "45 more not shown" in lines[-1]


def test_away_from_a_terminal_each_change_but_reuse_is_one_line() -> None:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    with RunDisplay(lambda: console, is_terminal=False) as display:
        for event in STORY:
            display(event)
        display(changed("fit", RunState.SUCCEEDED, 110.0, seconds=9.0))
    assert isinstance(console.file, io.StringIO)
    lines = [line[9:] for line in console.file.getvalue().splitlines()]
    assert lines == [
        "● fit running  epochs changed from 10 to 20",
        "fit  best so far",
        "✓ fit succeeded  9.0 s  loss 0.25",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_problems_of_a_node_are_shown_when_they_happen(terminal: bool) -> None:
    console = Console(
        file=io.StringIO(), width=100, color_system=None, force_terminal=terminal, height=20
    )
    problem = Diagnostic("X201", "ValueError: no", Place(node="fit"), fix="mend [it]")
    with RunDisplay(lambda: console, is_terminal=True) as display:
        display(changed("fit", RunState.FAILED, 3.0, diagnostics=(problem,)))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "error[X201] fit" in text
    assert "Mend [it]." in text
