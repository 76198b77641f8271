"""What can be watched: branches side by side, metrics, progress, time left, TensorBoard."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.execution.devices import inventory
from netloom.execution.events import (
    NodeChanged,
    NodeMetrics,
    NodeNoted,
    NodeProgressed,
    RunChanged,
    RunEvent,
)

OPERATORS = '''
"""Jobs that meet, and jobs that talk."""

import time
from pathlib import Path

from netloom import Needs, RunContext, operator


@operator(group="meet", job=Needs(cpus=0.5))
def at_the_gate(*, me: str, other: str) -> str:
    """Wait for another job to be here as well."""
    Path(f"{me}.here").touch()
    deadline = time.monotonic() + 30
    while not Path(f"{other}.here").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{other} never came")
        time.sleep(0.005)
    return f"{me} met {other}"


@operator(group="meet", job=True)
def alone(*, me: str) -> bool:
    """See whether another job runs meanwhile."""
    room = Path("room")
    room.mkdir()
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        time.sleep(0.01)
    room.rmdir()
    return True


@operator(group="meet", job=Needs(cpus=0))
def talk(*, steps: int = 400, run: RunContext) -> int:
    """Log, progress and remark."""
    run.note("here we go")
    for step in range(steps):
        run.log(step, {"square": float(step * step), "loss/train": 1 / (step + 1)})
        run.progress(step + 1, steps, unit="word")
        time.sleep(0.002)
    run.log(steps, {"bad": float("nan")})
    return steps
'''


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/meet.py", OPERATORS)
    return project


def test_independent_jobs_run_side_by_side(project: Any) -> None:
    project.pipeline(
        "left:  {op: meet.at_the_gate, me: left, other: right}\n"
        "right: {op: meet.at_the_gate, me: right, other: left}"
    )
    result = project.run().require_success()
    assert result.value("left") == "left met right"
    assert result.value("right") == "right met left"


def test_jobs_that_need_the_whole_machine_wait_for_each_other(project: Any) -> None:
    cpus = inventory().cpus
    project.pipeline(
        f"one: {{op: meet.alone, me: one, needs: {{cpus: {cpus}}}}}\n"
        f"two: {{op: meet.alone, me: two, needs: {{cpus: {cpus}}}}}"
    )
    assert project.run().require_success().value("two") is True


def test_a_job_is_followed_while_it_runs(project: Any) -> None:
    project.pipeline("talk: {op: meet.talk}")
    events: list[RunEvent] = []
    result = project.run(on_event=events.append, tensorboard=True).require_success()

    changes = [event.state for event in events if isinstance(event, NodeChanged)]
    assert changes == ["queued", "running", "succeeded"]
    assert [e.state for e in events if isinstance(e, RunChanged)] == ["running", "succeeded"]
    assert [e.message for e in events if isinstance(e, NodeNoted)] == ["here we go"]
    progress = [event for event in events if isinstance(event, NodeProgressed)]
    assert len(progress) >= 3
    assert [e.done for e in progress] == sorted(e.done for e in progress)
    assert {(e.total, e.unit) for e in progress} == {(400, "word")}
    assert progress[-1].done == 400
    assert all(0 < e.eta_s < 30 for e in progress[1:-1] if e.eta_s is not None)
    assert any(e.eta_s is not None for e in progress[1:-1])
    during = [
        event for event in events[: events.index(progress[-1])] if isinstance(event, NodeMetrics)
    ]
    assert {event.name for event in during} >= {"square", "loss/train"}

    workspace = project.open()
    series = workspace.metrics(result.run, "talk", "square")
    assert series.steps.tolist() == list(range(400))
    assert series.values.tolist() == [float(step * step) for step in range(400)]
    assert result.nodes["talk"].metrics["square"] == 399.0**2
    assert_tensorboard_reads(result)


def assert_tensorboard_reads(result: Any) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    files = EventAccumulator(
        str(result.folder / "tensorboard" / "talk"), size_guidance={"scalars": 0}
    )
    files.Reload()
    assert set(files.Tags()["scalars"]) == {"square", "loss/train", "bad"}
    points = files.Scalars("square")
    assert [point.step for point in points] == list(range(400))
    assert [point.value for point in points] == pytest.approx([float(s * s) for s in range(400)])


def test_metrics_of_a_cached_node_are_shown_again(project: Any) -> None:
    project.pipeline("talk: {op: meet.talk, steps: 5}")
    first = project.run().require_success()
    again = project.run().require_success()
    assert again.nodes["talk"].state == "cached"
    assert again.nodes["talk"].metrics.keys() == first.nodes["talk"].metrics.keys()
    assert again.nodes["talk"].metrics["square"] == 16.0
