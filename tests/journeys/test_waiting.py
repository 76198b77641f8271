"""A node that asks a person: the run waits, an answer lets it go on."""

from __future__ import annotations

import json
from typing import Any

import pytest

OPERATORS = '''
"""Asking."""

from netloom import Needs, RunContext, Waiting, operator

LIGHT = Needs(cpus=0)


@operator(group="ask", job=LIGHT)
def draft() -> str:
    """Write something."""
    return "a draft"


@operator(group="ask", job=LIGHT)
def approve(text: str, *, run: RunContext) -> dict[str, str] | Waiting:
    """Ask until the answer is yes or no."""
    answer = (run.answer or {}).get("answer", "")
    if answer not in ("yes", "no"):
        return Waiting({"question": f"publish {text!r}?", "got": answer})
    return {"text": text, "approved": answer}


@operator(group="ask", job=LIGHT)
def publish(decision: dict) -> str:
    """Say what was decided."""
    return f"{decision['text']}: {decision['approved']}"


@operator(group="ask", job=LIGHT)
def other() -> int:
    """Has nothing to do with it."""
    return 1
'''

PIPELINE = """\
draft:   {op: ask.draft}
approve: {op: ask.approve, text: draft}
publish: {op: ask.publish, decision: approve}
"""


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/ask.py", OPERATORS)
    project.pipeline(PIPELINE)
    return project


def states(document: dict[str, Any]) -> dict[str, str]:
    return {name: node["state"] for name, node in document["nodes"].items()}


def test_an_answer_lets_the_run_go_on(project: Any) -> None:
    waiting = project.start("run", "main.yaml").document(code=6)
    assert waiting["state"] == "waiting"
    assert states(waiting) == {"draft": "succeeded", "approve": "waiting", "publish": "pending"}
    assert waiting["nodes"]["approve"]["request"] == {"question": "publish 'a draft'?", "got": ""}
    assert not project.processes()

    assert project.call("retry", "last", code=6)["state"] == "waiting"  # still

    assert project.call("answer", "last", "approve", "perhaps")["version"] == 1
    again = project.call("retry", "last", code=6)
    assert again["nodes"]["approve"]["request"]["got"] == "perhaps"
    assert project.call("answer", "last", "approve", json.dumps({"answer": "yes"}))["version"] == 2
    done = project.call("retry", "last")
    assert done["run"] == waiting["run"]
    assert states(done) == dict.fromkeys(["draft", "approve", "publish"], "succeeded")
    assert done["nodes"]["publish"]["outputs"]["out"]["preview"] == {"value": "a draft: yes"}
    error = project.call("answer", "last", "approve", "yes", code=4)["error"]
    assert "not waiting for an answer" in error["diagnostics"][0]["message"]


def test_another_answer_is_another_fingerprint(project: Any) -> None:
    fingerprints = {}
    for answer in ("yes", "no"):
        run = project.run().run
        workspace = project.open()
        workspace.answer(run, "approve", {"answer": answer})
        result = workspace.retry(run).require_success()
        assert result.value("publish") == f"a draft: {answer}"
        fingerprints[answer] = workspace.store.nodes(run)["approve"].fingerprint
    assert fingerprints["yes"] != fingerprints["no"]


def test_a_waiting_run_belongs_to_nobody(project: Any) -> None:
    waiting = project.start("run", "main.yaml").document(code=6)["run"]
    project.pipeline("other: {op: ask.other}", name="second")
    project.call("run", "second.yaml")
    assert project.call("show", waiting)["state"] == "waiting"

    project.call("answer", waiting, "approve", "no")
    assert project.call("show", waiting)["state"] == "queued"
    project.call("run", "second.yaml", "--force", "other")  # whoever dispatches next takes it along
    shown = project.call("show", waiting)
    assert states(shown)["approve"] == "succeeded"
    if shown["state"] != "succeeded":  # as far as it came
        shown = project.call("retry", waiting)
    assert shown["nodes"]["publish"]["outputs"]["out"]["preview"] == {"value": "a draft: no"}


def test_a_waiting_run_can_be_cancelled_while_nobody_runs_it(project: Any) -> None:
    run = project.start("run", "main.yaml").document(code=6)["run"]
    project.call("cancel", run)
    shown = project.call("show", run)
    assert shown["state"] == "cancelled"
    assert states(shown) == {"draft": "succeeded", "approve": "cancelled", "publish": "cancelled"}
