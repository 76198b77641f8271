"""Stopping a run: from another program, with Ctrl-C, and when a job does not listen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

OPERATORS = '''
"""Jobs that take a while."""

import json
import signal
import time
from pathlib import Path

from netloom import Needs, RunContext, operator

LIGHT = Needs(cpus=0)


@operator(group="slow", job=LIGHT)
def count(after: int, *, to: int = 400, run: RunContext) -> int:
    """Count slowly; go on from the checkpoint."""
    state = run.checkpoints / "state.json"
    step = json.loads(state.read_text()) if state.exists() else 0
    print("begins at", step, flush=True)
    with run.stopping_gracefully():
        while step < to and not run.should_stop:
            step += 1
            run.log(step, {"reached": step})
            if not Path("hurry").exists():
                time.sleep(0.02)
            Path("counting").touch()
        if run.should_stop:
            state.write_text(json.dumps(step))
    return step


@operator(group="slow", job=LIGHT)
def deaf(*, run: RunContext) -> int:
    """Do not listen to requests to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path("deaf").touch()
    while True:
        time.sleep(1)


@operator(group="slow", job=LIGHT)
def quick() -> int:
    """Answer at once."""
    return 42


@operator(group="slow", job=LIGHT)
def plus(first: int, second: int) -> int:
    """Add."""
    return first + second
'''

PIPELINE = """\
quick: {op: slow.quick}
count: {op: slow.count, after: quick}
sum:   {op: slow.plus, first: quick, second: count}
"""


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/slow.py", OPERATORS)
    project.pipeline(PIPELINE)
    return project


def states(document: dict[str, Any]) -> dict[str, str]:
    return {name: node["state"] for name, node in document["nodes"].items()}


def assert_retry_finishes(project: Any) -> None:
    """The counter goes on where it was, and what had succeeded is not run again."""
    stopped_at = int((project.node_folder("count") / "checkpoints" / "state.json").read_text())
    assert stopped_at > 0
    project.write("hurry", "")
    document = project.call("retry", "last")
    assert states(document) == dict.fromkeys(["quick", "count", "sum"], "succeeded")
    assert document["nodes"]["sum"]["outputs"]["out"]["preview"] == {"value": 442}
    logs = {
        name: (project.node_folder(name) / "log.txt").read_text() for name in ("quick", "count")
    }
    assert re.findall(r"begins at (\d+)", logs["count"]) == ["0", str(stopped_at)]
    assert logs["quick"].count("--- attempt") == 1


def assert_belongs_to_another_program(project: Any) -> None:
    """What would disturb an active run is refused."""
    for words in (["retry", "last"], ["reproduce", "last"], ["gc", "--yes"]):
        error = project.call(*words, code=4)["error"]
        assert error["kind"] == "Conflict"
        assert error["diagnostics"][0]["fix"]


@pytest.mark.parametrize("way", ["netloom cancel", "Ctrl-C", "SIGTERM"])
def test_a_cancelled_run_is_saved_and_goes_on_after_a_retry(project: Any, way: str) -> None:
    program = project.start("run", "main.yaml")
    project.wait_for("counting")
    assert_belongs_to_another_program(project)
    if way == "Ctrl-C":
        program.interrupt()
    elif way == "SIGTERM":
        program.process.terminate()
    else:
        assert project.call("cancel", "last")["cancel_requested"] is True
    document = program.document(code=130)
    assert document["state"] == "cancelled"
    assert states(document) == {"quick": "succeeded", "count": "cancelled", "sum": "cancelled"}
    assert_retry_finishes(project)


def test_a_job_that_does_not_listen_is_killed(
    project: Any, waiting_until: Callable[..., Any]
) -> None:
    project.pipeline("deaf: {op: slow.deaf}")
    program = project.start("run", "main.yaml")
    project.wait_for("deaf")
    project.call("cancel", "last")
    document = program.document(code=130)
    assert states(document) == {"deaf": "cancelled"}
    waiting_until(lambda: not project.processes(), what="nothing to be left")


def test_a_second_interrupt_ends_the_program_at_once(
    project: Any, waiting_until: Callable[..., Any]
) -> None:
    project.pipeline("deaf: {op: slow.deaf}\nquick: {op: slow.quick}")
    program = project.start("run", "main.yaml")
    project.wait_for("deaf")
    program.interrupt()
    workspace = project.open()  # once: what does not listen is killed after five seconds
    waiting_until(lambda: workspace.runs()[0].cancel_requested, what="the first one to be heard")
    program.interrupt()
    assert program.document(code=130)["error"]["kind"] == "Interrupted"
    waiting_until(lambda: not project.processes(), what="nothing to be left")

    project.write(
        "operators/slow.py",
        OPERATORS.replace("    while True:\n        time.sleep(1)", "    return 7"),
    )
    document = project.call("retry", "last")
    assert document["nodes"]["deaf"]["outputs"]["out"]["preview"] == {"value": 7}


def test_a_finished_run_cannot_be_cancelled(project: Any) -> None:
    project.pipeline("quick: {op: slow.quick}")
    project.run()
    error = project.call("cancel", "last", code=4)["error"]
    assert "has ended already (succeeded)" in error["diagnostics"][0]["message"]
