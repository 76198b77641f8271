"""A user's way through the command line, on a small project whose operators need no heavy library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netloom.cli.main import call

OPERATORS = '''
from pathlib import Path

from netloom import RunContext, Waiting, operator
from netloom.core.settings import PositiveInt


@operator(group="toy", job=True)
def count(*, to: PositiveInt = 3, run: RunContext) -> list[int]:
    """Count.

    Args:
        to: Where to stop.
    """
    for step in range(to):
        run.log(step, {"reached": float(step)})
        run.progress(step + 1, to)
    print("counted to", to)
    return list(range(1, to + 1))


@operator(group="toy")
def doubled(numbers: list) -> list[int]:
    """Twice each number."""
    return [2 * number for number in numbers]


@operator(group="toy", job=True)
def total(numbers: object, *, fail: bool = False) -> int:
    """Sum numbers up.

    Args:
        fail: Raise instead.
    """
    if fail and not Path("mended").exists():
        raise RuntimeError("it was asked to fail")
    return sum(numbers)


@operator(group="toy", job=True)
def approve(number: int, *, run: RunContext) -> dict[str, object] | Waiting:
    """Ask a person."""
    return dict(run.answer) if run.answer else Waiting({"question": f"is {number} fine?"})
'''

PIPELINE = """\
netloom: 1
name: toy
vars: {to: 4}
nodes:
  numbers: {op: toy.count, to: "${vars.to}"}
  sum:     {op: toy.total, numbers: numbers}
"""


class Shell:
    """Runs commands in a project folder and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.err = ""

    def json(self, *words: str, code: int = 0) -> Any:
        """The one JSON document a command prints."""
        out = self.text(*words, "--json", code=code)
        return json.loads(out)

    def text(self, *words: str, code: int = 0) -> str:
        """What a command prints for people."""
        self._capsys.readouterr()
        ended = call(list(words))
        written = self._capsys.readouterr()
        self.err = written.err
        assert ended == code, written.out + written.err
        assert "Traceback" not in written.err
        return written.out


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    (tmp_path / "netloom.toml").write_text("")
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "toy.py").write_text(OPERATORS)
    (tmp_path / "toy.yaml").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def states(document: dict[str, Any]) -> dict[str, str]:
    return {name: node["state"] for name, node in document["nodes"].items()}


def test_a_new_project_checks(shell: Shell, tmp_path: Path) -> None:
    shell.text("init", "fresh")
    assert shell.json("validate", "fresh/pipelines/digits.yaml") == {
        "valid": True,
        "diagnostics": [],
    }
    plan = shell.json("plan", "fresh/pipelines/digits.yaml")
    assert plan["nodes"]["gate"]["operator"] == "example.gate"
    assert (tmp_path / "fresh" / ".netloom").is_dir()


def test_run_then_look_then_run_again(shell: Shell) -> None:
    plan = shell.json("plan", "toy.yaml")
    assert {name: node["state"] for name, node in plan["nodes"].items()} == {
        "numbers": "ready",
        "sum": "may_run",
    }

    first = shell.json("run", "toy.yaml", "-d", "the first")
    assert states(first) == {"numbers": "succeeded", "sum": "succeeded"}
    assert first["nodes"]["sum"]["outputs"]["out"]["preview"] == {"value": 10}
    assert first["nodes"]["numbers"]["metrics"] == {"reached": 3.0}
    assert "numbers" in shell.err

    second = shell.json("run", "toy.yaml")
    assert states(second) == {"numbers": "cached", "sum": "cached"}

    listed = shell.json("runs")["runs"]
    assert [run["run"] for run in listed] == [second["run"], first["run"]]
    assert listed[1]["description"] == "the first"
    assert shell.json("show", first["run"][:-3])["run"] == first["run"]
    assert states(shell.json("show")) == states(second)

    text = shell.text("logs", first["run"], "numbers")
    assert "counted to 4\n" in text
    assert shell.text("logs", first["run"], "numbers", "-f") == text
    assert "==> numbers\n" in shell.text("logs", first["run"])
    assert shell.json("metrics", first["run"])["metrics"] == {"numbers": {"reached": 3.0}}
    series = shell.json("metrics", first["run"], "numbers", "reached")
    assert (series["steps"], series["values"]) == ([0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0])


def test_a_change_is_explained_before_and_after(shell: Shell) -> None:
    first = shell.json("run", "toy.yaml")["run"]
    why = shell.json("why", "numbers", "toy.yaml", "--set", "vars.to=5")
    assert why["state"] == "stale"
    assert [(c["name"], c["before"], c["after"]) for c in why["changes"]] == [("to", 4, 5)]
    values = shell.json("explain", "toy.yaml", "vars", "--set", "vars.to=5")["values"]
    assert [(v["path"], v["value"], v["overridden"][0]["value"]) for v in values] == [
        ("vars.to", 5, 4)
    ]
    second = shell.json("run", "toy.yaml", "--set", "vars.to=5")["run"]
    difference = shell.json("diff", first, second)
    assert difference["nodes"]["numbers"]["changes"][0]["name"] == "to"
    assert "to changed from 4 to 5" in shell.text("diff", first, second)


def test_overlays_selection_and_force(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text("netloom: 1\nvars: {to: 2}\n")
    document = shell.json("run", "toy.yaml", "-f", "small.yaml", "--to", "numbers")
    assert states(document) == {"numbers": "succeeded"}
    assert document["nodes"]["numbers"]["outputs"]["out"]["preview"] == {"value": [1, 2]}
    forced = shell.json("run", "toy.yaml", "-f", "small.yaml", "--force", "numbers")
    assert states(forced) == {"numbers": "succeeded", "sum": "succeeded"}


def test_a_failed_run_is_retried_where_it_stopped(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(
        PIPELINE.replace("numbers: numbers", "numbers: numbers, fail: true")
    )
    failed = shell.json("run", "toy.yaml", code=1)
    assert failed["state"] == "failed"
    assert states(failed) == {"numbers": "succeeded", "sum": "failed"}
    assert "it was asked to fail" in shell.err
    shown = shell.text("show", "last")
    assert f"go on after mending: netloom retry {failed['run']}" in shown

    (tmp_path / "mended").write_text("")
    retried = shell.json("retry", "last")
    assert retried["run"] == failed["run"]
    assert states(retried) == {"numbers": "succeeded", "sum": "succeeded"}
    shell.json("retry", "last", code=4)


@pytest.mark.timeout(20)
def test_a_waiting_run_goes_on_after_an_answer(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(PIPELINE + "  ask: {op: toy.approve, number: sum}\n")
    waiting = shell.json("run", "toy.yaml", code=6)
    assert waiting["nodes"]["ask"]["request"] == {"question": "is 10 fine?"}
    assert "is 10 fine?" in shell.text("show")
    assert shell.json("answer", "last", "ask", "yes")["version"] == 1
    document = shell.json("retry", "last")
    assert document["nodes"]["ask"]["outputs"]["out"]["preview"] == {"value": {"answer": "yes"}}


def test_a_run_is_reproduced_value_by_value(shell: Shell, tmp_path: Path) -> None:
    original = shell.json("run", "toy.yaml")["run"]
    (tmp_path / "toy.yaml").write_text("no longer a pipeline")
    (tmp_path / "operators" / "toy.py").unlink()
    document = shell.json("reproduce", original)
    assert document["equal"] is True
    assert document["num_different"] == 0
    assert {value["node"] for value in document["values"]} == {"numbers", "sum"}
    assert "everything is equal" in shell.text("reproduce", original)


def test_space_is_freed_only_on_request(shell: Shell) -> None:
    shell.json("run", "toy.yaml", "--scratch")
    preview = shell.json("gc")
    assert preview["deleted"] is False
    assert preview["size_bytes"] > 0
    assert shell.json("gc")["items"] == preview["items"]
    deleted = shell.json("gc", "--yes")
    assert [item["id"] for item in deleted["items"]] == [item["id"] for item in preview["items"]]
    assert shell.json("gc")["items"] == []
    assert states(shell.json("run", "toy.yaml")) == {"numbers": "succeeded", "sum": "succeeded"}


def test_scratch_runs_are_listed_on_request(shell: Shell) -> None:
    shell.json("run", "toy.yaml", "-ns")
    assert shell.json("runs")["runs"] == []
    assert len(shell.json("runs", "--scratch")["runs"]) == 1


def test_every_problem_of_a_file_is_reported_at_once(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(
        PIPELINE + "  more: {op: toy.cuont}\n  last: {op: toy.total, numbers: nmbers, fial: true}\n"
    )
    document = shell.json("validate", "toy.yaml", code=2)
    found = {(each["code"], each["place"]["line"]) for each in document["diagnostics"]}
    assert found == {("G101", 7), ("G102", 8), ("G106", 8)}
    assert "Did you mean 'toy.count'?" in shell.err
    error = shell.json("run", "toy.yaml", code=2)["error"]
    assert {each["code"] for each in error["diagnostics"]} == {"G101", "G102", "G106"}
    assert shell.json("runs")["runs"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "nothing"], 3),
        (["logs", "nothing"], 3),
        (["validate", "missing.yaml"], 2),
        (["operators", "show", "toy.cuont"], 3),
        (["explain", "toy.yaml", "vars.size"], 3),
        (["why", "smu", "toy.yaml"], 3),
        (["run", "toy.yaml", "--to", "smu"], 2),
        (["predict", "nothing", "x.png"], 3),
        (["predict", ".", "missing.png"], 3),
        (["answer", "last", "ask", "{broken"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_what_does_not_exist_is_one_document_and_an_exit_code(
    shell: Shell, words: list[str], code: int
) -> None:
    document = shell.json(*words, code=code)
    diagnostics = (
        document["diagnostics"] if "valid" in document else document["error"]["diagnostics"]
    )
    assert diagnostics
    assert shell.err.strip()


def test_operators_of_the_project_are_listed_and_shown(shell: Shell) -> None:
    listed = shell.json("operators", "--group", "toy")["operators"]
    assert {each["id"]: each["job"] for each in listed} == {
        "toy.count": True,
        "toy.doubled": False,
        "toy.total": True,
        "toy.approve": True,
    }
    shown = shell.json("operators", "show", "toy.count")
    assert shown["settings"]["properties"]["to"]["description"] == "Where to stop."
    assert "Where to stop." in shell.text("operators", "show", "toy.count")
    train = shell.text("operators", "show", "train")
    assert "Dataset[TaskT]" in train


def test_the_schema_knows_the_project(shell: Shell, tmp_path: Path) -> None:
    import jsonschema

    schema = shell.json("schema")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "toy.count" in json.dumps(schema)
    shell.text("schema", "-o", "pipeline.schema.json")
    assert json.loads((tmp_path / "pipeline.schema.json").read_text()) == schema


def test_the_machine_is_checked(shell: Shell) -> None:
    document = shell.json("doctor")
    assert document["ok"] is True
    assert {check["name"] for check in document["checks"]} >= {"python", "workspace", "database"}
    assert "database" in shell.text("doctor")


def test_results_for_people_name_states_in_words(shell: Shell) -> None:
    assert "✓ succeeded" in shell.text("run", "toy.yaml")
    assert "= cached" in shell.text("run", "toy.yaml")
    assert "toy" in shell.text("runs")
    assert "2 cached" in shell.text("plan", "toy.yaml")
    assert "reached" in shell.text("metrics")
    assert "valid" in shell.text("validate", "toy.yaml")


def test_a_workspace_may_lie_elsewhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shell.json("run", "toy.yaml", "-w", str(tmp_path / "other"))["run"]
    [problem] = shell.json("runs", code=3)["error"]["diagnostics"]
    assert problem["message"].startswith("there is no workspace")
    assert not (tmp_path / ".netloom").exists()  # looking makes nothing
    monkeypatch.setenv("NETLOOM_WORKSPACE", str(tmp_path / "other"))
    assert [each["run"] for each in shell.json("runs")["runs"]] == [run]
