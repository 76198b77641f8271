"""Two programs in one workspace: they share work, and one lives on when the other is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OPERATORS = '''
"""Jobs that leave a trace and wait for permission."""

import json
import time
from pathlib import Path

from netloom import Needs, RunContext, operator

LIGHT = Needs(cpus=0)


def wait_for(name: str) -> None:
    deadline = time.monotonic() + 60
    while not Path(name).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(name)
        time.sleep(0.01)


@operator(group="shared", job=LIGHT)
def expensive(*, gate: str = "go", run: RunContext) -> int:
    """Count how often it is computed."""
    with open("computed.txt", "a") as stream:
        stream.write(f"{run.run_id}\\n")
    wait_for(gate)
    return 10


@operator(group="shared", job=LIGHT)
def own(number: int, *, name: str) -> str:
    """Belongs to one pipeline."""
    return f"{name}: {number}"


@operator(group="shared", job=LIGHT)
def careful(*, name: str, gate: str = "go", run: RunContext) -> list[int]:
    """Remember which attempts there were."""
    memory = run.checkpoints / "attempts.json"
    attempts = json.loads(memory.read_text()) if memory.exists() else []
    attempts.append(run.attempt)
    memory.write_text(json.dumps(attempts))
    Path(f"{name}-{run.attempt}").touch()
    wait_for(gate)
    return attempts
'''


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/shared.py", OPERATORS.replace("\\\\n", "\\n"))
    return project


def states(document: dict[str, Any]) -> dict[str, str]:
    return {name: node["state"] for name, node in document["nodes"].items()}


def test_what_two_pipelines_share_is_computed_once(
    project: Any, waiting_until: Callable[..., Any]
) -> None:
    for name in ("first", "second"):
        project.pipeline(
            f"expensive: {{op: shared.expensive}}\n"
            f"own: {{op: shared.own, number: expensive, name: {name}}}",
            name=name,
        )
    first = project.start("run", "first.yaml")
    project.wait_for("computed.txt")
    second = project.start("run", "second.yaml")
    waiting_until(lambda: len(project.open().runs(states=("running",))) == 2, what="both to run")
    project.write("go", "")

    documents = [first.document(), second.document()]
    assert [states(document)["own"] for document in documents] == ["succeeded", "succeeded"]
    assert sorted(states(document)["expensive"] for document in documents) == [
        "cached",
        "succeeded",
    ]
    values = [document["nodes"]["own"]["outputs"]["out"]["preview"] for document in documents]
    assert values == [{"value": "first: 10"}, {"value": "second: 10"}]
    computed_by = (project.folder / "computed.txt").read_text().split()
    assert computed_by == [documents[0]["run"]]  # the first dispatched for both


def test_work_that_was_waited_for_is_done_by_whoever_is_left(
    project: Any, waiting_until: Callable[..., Any]
) -> None:
    project.pipeline("expensive: {op: shared.expensive}", name="first")
    project.pipeline("expensive: {op: shared.expensive}", name="second")
    first = project.start("run", "first.yaml")
    project.wait_for("computed.txt")
    second = project.start("run", "second.yaml")
    waiting_until(lambda: len(project.open().runs(states=("running",))) == 2, what="both to run")
    first.interrupt()
    assert states(first.document(code=130)) == {"expensive": "cancelled"}
    project.write("go", "")
    document = second.document()
    assert states(document) == {"expensive": "succeeded"}
    assert (project.folder / "computed.txt").read_text().split()[1:] == [document["run"]]


def test_when_the_dispatching_program_is_killed_the_other_takes_over(project: Any) -> None:
    for name in ("first", "second"):
        project.pipeline(f"careful: {{op: shared.careful, name: {name}}}", name=name)
    first = project.start("run", "first.yaml")
    project.wait_for("first-1")
    second = project.start("run", "second.yaml")
    project.wait_for("second-1")  # in a worker of the first program
    first.kill()
    project.wait_for("second-2")  # in a worker of its own
    project.write("go", "")

    document = second.document()
    assert states(document) == {"careful": "succeeded"}
    assert document["nodes"]["careful"]["outputs"]["out"]["preview"] == {"value": [1, 2]}
    assert document["nodes"]["careful"]["why"].startswith("the process that ran it ended")

    (interrupted,) = project.open().runs(pipeline="first")
    shown = project.call("show", interrupted.id)
    assert shown["state"] == "failed"
    (problem,) = shown["nodes"]["careful"]["diagnostics"]
    assert problem["code"] == "X207"
    assert not (project.folder / "first-2").exists()

    retried = project.call("retry", interrupted.id)
    assert retried["nodes"]["careful"]["outputs"]["out"]["preview"] == {"value": [1, 2]}


def test_programs_that_only_follow_can_be_killed_and_interrupted(project: Any) -> None:
    for name in ("first", "second", "third"):
        project.pipeline(f"careful: {{op: shared.careful, name: {name}}}", name=name)
    first = project.start("run", "first.yaml")
    project.wait_for("first-1")
    second = project.start("run", "second.yaml")
    third = project.start("run", "third.yaml")
    project.wait_for("second-1")
    project.wait_for("third-1")
    second.kill()
    third.interrupt()
    assert states(third.document(code=130)) == {"careful": "cancelled"}
    project.write("go", "")
    assert states(first.document()) == {"careful": "succeeded"}
    (followed,) = project.open().runs(pipeline="second")
    assert followed.state == "succeeded"  # its job had begun, so it was finished


def test_operators_edited_meanwhile_are_the_ones_that_run(project: Any) -> None:
    project.pipeline("careful: {op: shared.careful, name: first}", name="first")
    project.pipeline("answer: {op: edited.answer, to: life}", name="second")
    edited = (
        '"""Edited while another program dispatches."""\n'
        "from netloom import Needs, operator\n\n\n"
        "@operator(group='edited', job=Needs(cpus=0))\n"
        "def answer() -> int:\n"
        '    """Answer."""\n'
        "    return 41\n"
    )
    project.write("operators/edited.py", edited)
    first = project.start("run", "first.yaml")
    project.wait_for("first-1")
    project.write(
        "operators/edited.py", edited.replace("answer()", "answer(*, to: str)").replace("41", "42")
    )
    document = project.start("run", "second.yaml").document()
    assert document["nodes"]["answer"]["outputs"]["out"]["preview"] == {"value": 42}
    project.write("go", "")
    first.document()
