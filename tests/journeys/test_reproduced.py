"""Runs that are repeated from what they left behind, compared, and moved to another place."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

OPERATORS = '''
"""Operators of this project."""

from netloom import Needs, RunContext, operator

from rates import RATE


@operator(group="mine", job=Needs(cpus=0))
def amount(*, of: int = 3, run: RunContext) -> float:
    """Multiply by the rate."""
    run.log(0, {"amount": of * RATE})
    return of * RATE


@operator(group="mine", job=Needs(cpus=0))
def lottery(*, run: RunContext) -> int:
    """Depend on more than is declared."""
    import time

    return time.time_ns()
'''


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/mine.py", OPERATORS)
    project.write("rates.py", "RATE = 2.5\n")
    project.pipeline("amount: {op: mine.amount}")
    return project


def test_a_repetition_uses_the_operators_of_then(project: Any) -> None:
    first = project.run().require_success()
    assert first.value("amount") == 7.5
    project.write("operators/mine.py", OPERATORS.replace("of * RATE", "of * RATE + 1"))
    project.write("rates.py", "RATE = 100\n")
    document = project.call("reproduce", first.run)
    assert document["equal"] is True
    assert project.run().value("amount") == 301.0
    (project.folder / "rates.py").unlink()
    (project.folder / "operators" / "mine.py").unlink()
    assert project.open().reproduce(first.run).is_equal


def test_what_cannot_be_repeated_is_named(project: Any) -> None:
    project.pipeline("amount: {op: mine.amount}\nlottery: {op: mine.lottery}")
    first = project.run().require_success()
    document = project.call("reproduce", first.run, code=1)
    assert document["equal"] is False
    different = [(v["node"], v["name"]) for v in document["values"] if not v["equal"]]
    assert different == [("lottery", "out")]


def test_two_runs_are_compared(project: Any) -> None:
    first = project.run().require_success()
    second = project.run(sets=["amount.of=4"]).require_success()
    project.write("rates.py", "RATE = 3.0\n")
    third = project.run(sets=["amount.of=4"]).require_success()
    workspace = project.open()

    setting = workspace.diff(first.run, second.run).to_json()["nodes"]["amount"]
    assert [(c["name"], c["before"], c["after"]) for c in setting["changes"]] == [("of", 3, 4)]
    assert setting["outputs"] == ["out"]
    assert [(m["name"], m["first"], m["second"]) for m in setting["metrics"]] == [
        ("amount", 7.5, 10.0)
    ]
    code = workspace.diff(second.run, third.run).to_json()["nodes"]["amount"]
    assert [change["kind"] for change in code["changes"]] == ["code"]
    assert workspace.diff(second.run, second.run).is_equal


def test_a_run_leaves_a_capsule_that_can_be_moved(project: Any) -> None:
    overlay = project.write("more.yaml", "netloom: 1\nnodes: {amount: {of: 5}}\n")
    run = project.call(
        "run", str(project.folder / "main.yaml"), "-f", str(overlay), "-d", "for later"
    )["run"]
    capsule = project.folder / ".netloom" / "runs" / run
    files = {str(path.relative_to(capsule)) for path in capsule.rglob("*") if path.is_file()}
    assert files >= {
        "pipeline.yaml",
        "pipeline.resolved.yaml",
        "provenance.json",
        "request.json",
        "environment.json",
        "sources/operators/mine.py",
        "sources/rates.py",
        "nodes/amount/log.txt",
    }
    assert (capsule / "pipeline.yaml").read_text() == (project.folder / "main.yaml").read_text()
    assert "of: 5" in (capsule / "pipeline.resolved.yaml").read_text()
    provenance = json.loads((capsule / "provenance.json").read_text())
    (origin,) = [value for value in provenance if value["path"] == "nodes.amount.of"]
    assert (origin["value"], origin["source"]) == (5, "more.yaml:2")
    environment = json.loads((capsule / "environment.json").read_text())
    assert {"python", "packages", "git", "gpus", "seed", "project"} <= environment.keys()

    described = files - {"environment.json", "nodes/amount/claim"}
    absolute = re.compile(r"(?<![\w.:/])/(?:tmp|home|root|usr|var|private|Users)/")
    assert [name for name in described if absolute.search((capsule / name).read_text())] == []


def test_results_stay_valid_when_the_project_moves(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("notes.txt", "one two three")
    project.write(
        "operators/files.py",
        '"""Reading."""\n'
        "from pathlib import Path\nfrom netloom import File, Needs, RunContext, operator\n\n\n"
        "@operator(group='files', job=Needs(cpus=0))\n"
        "def shout(*, path: str, run: RunContext) -> File:\n"
        '    """Write in capitals."""\n'
        "    text = run.resolve(f'path:{path}').read_text()\n"
        "    (run.workdir / 'loud.txt').write_text(text.upper())\n"
        "    return File('work:loud.txt', 'text/plain')\n\n\n"
        "@operator(group='files', job=Needs(cpus=0))\n"
        "def words(file: File, *, run: RunContext) -> int:\n"
        '    """Count words."""\n'
        "    return len(run.resolve(file.location).read_text().split())\n",
    )
    project.pipeline(
        "amount: {op: mine.amount}\n"
        "loud: {op: files.shout, path: notes.txt}\n"
        "words: {op: files.words, file: loud}"
    )
    first = project.run().require_success()
    elsewhere = tmp_path / "moved"
    monkeypatch.chdir(tmp_path)
    project.folder.rename(elsewhere)
    monkeypatch.chdir(elsewhere)
    project.folder = elsewhere

    again = project.run().require_success()
    assert {str(node.state) for node in again.nodes.values()} == {"cached"}
    assert (again.path("loud") / "loud.txt").read_text() == "ONE TWO THREE"
    forced = project.run(force=["words"]).require_success()
    assert forced.value("words") == 3
    assert project.open().reproduce(first.run).is_equal

    shutil.copytree(elsewhere, tmp_path / "copy")  # and a copy is as good
    project.folder = tmp_path / "copy"
    assert {str(node.state) for node in project.run().nodes.values()} == {"cached"}
