"""Operators that misbehave in every way: each is explained, and nobody else is harmed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psutil
import pytest

from netloom.core.errors import InvalidPipeline

GOOD = '''
"""Well-behaved operators."""

from netloom import Needs, operator

LIGHT = Needs(cpus=0)


@operator(group="good", job=LIGHT)
def number() -> int:
    """Return a number."""
    return 20


@operator(group="good", job=LIGHT)
def plus(left: object, *, right: int = 1) -> int:
    """Add."""
    return left + right
'''

BAD = '''
"""Operators that do what operators must not do."""

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

from netloom import Needs, RunContext, operator

LIGHT = Needs(cpus=0)


class Odd(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise ValueError("no")


def divided(numerator: int, denominator: int) -> float:
    return numerator / denominator  # here


@operator(group="bad", job=LIGHT)
def raises(number: int) -> float:
    """Divide by zero."""
    return divided(number, 0)


@operator(group="bad", job=LIGHT)
def odd() -> int:
    """Raise what cannot be shown."""
    raise Odd


@operator(group="bad", job=LIGHT)
def hangs() -> int:
    """Never end."""
    while True:
        time.sleep(60)


@operator(group="bad", job=LIGHT)
def exits() -> int:
    """Leave without a word."""
    print("about to leave", flush=True)
    os._exit(3)


@operator(group="bad", job=LIGHT)
def leaves() -> int:
    """Leave politely."""
    sys.exit("goodbye")


@operator(group="bad", job=LIGHT)
def crashes() -> int:
    """Read where there is nothing."""
    return len(ctypes.string_at(0))


@operator(group="bad", job=LIGHT)
def babbles() -> int:
    """Print binary garbage, then answer."""
    for stream in (sys.stdout, sys.stderr):
        stream.buffer.write(bytes(range(256)) * 400)
        stream.flush()
    os.write(1, b"\\x00\\xff" * 1000)
    return 7


@operator(group="bad", job=LIGHT)
def devours() -> int:
    """Take all memory there is."""
    pieces = []
    while True:
        pieces.append(bytearray(b"x" * (32 << 20)))


@operator(group="bad", job=LIGHT)
def lies(number: int) -> list[int]:
    """Return something else than a list."""
    return {"number": number}


@operator(group="bad", job=LIGHT)
def unkeepable() -> object:
    """Return what cannot be kept."""
    return object()


@operator(group="bad", job=LIGHT)
def breeds(*, run: RunContext) -> int:
    """Leave a process behind that wants to live on."""
    orphan = "import os, time; os.setsid(); open('orphan', 'w').write(str(os.getpid())); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", orphan])
    while not (Path("orphan").exists() and Path("orphan").read_text()):
        time.sleep(0.01)
    return 8
'''

PIPELINE = """\
number:  {op: good.number}
sum:     {op: good.plus, left: number}
raises:  {op: bad.raises, number: number}
after:   {op: good.plus, left: raises}
later:   {op: good.plus, left: after}
odd:     {op: bad.odd}
hangs:   {op: bad.hangs, timeout_s: 1.0}
exits:   {op: bad.exits}
leaves:  {op: bad.leaves}
crashes: {op: bad.crashes}
babbles: {op: bad.babbles}
devours: {op: bad.devours, needs: {memory_mb: 200}}
lies:    {op: bad.lies, number: number}
unkept:  {op: bad.unkeepable}
breeds:  {op: bad.breeds}
"""
CODES = {
    "raises": "X201",
    "odd": "X201",
    "hangs": "X202",
    "devours": "X203",
    "exits": "X204",
    "leaves": "X204",
    "crashes": "X205",
    "lies": "X206",
    "unkept": "X206",
}


@pytest.fixture(scope="module")
def document(shared_project: Any) -> Any:
    """What ``netloom run`` says about all of them at once."""
    shared_project.write("operators/good.py", GOOD)
    shared_project.write("operators/bad.py", BAD)
    shared_project.pipeline(PIPELINE)
    return shared_project.call("run", "main.yaml", code=1)


def log_of(project: Any, node: str) -> bytes:
    return bytes((project.node_folder(node) / "log.txt").read_bytes())


def test_each_failure_has_its_code_and_its_node(document: Any) -> None:
    assert document["state"] == "failed"
    failed = {n: d for n, d in document["nodes"].items() if d["state"] == "failed"}
    found = {name: [p["code"] for p in node["diagnostics"]] for name, node in failed.items()}
    assert found == {name: [code] for name, code in CODES.items()}
    assert all(n == d["diagnostics"][0]["place"]["node"] for n, d in failed.items())
    assert all(d["diagnostics"][0]["fix"] for d in failed.values())


def test_what_raised_is_found_by_file_and_line(document: Any, shared_project: Any) -> None:
    (problem,) = document["nodes"]["raises"]["diagnostics"]
    file = shared_project.folder / "operators" / "bad.py"
    line = 1 + BAD.splitlines().index("    return numerator / denominator  # here")
    assert (problem["place"]["file"], problem["place"]["line"]) == (str(file), line)
    assert problem["message"] == "bad.raises raised ZeroDivisionError: division by zero"
    log = log_of(shared_project, "raises").decode()
    assert "Traceback (most recent call last)" in log
    assert f'File "{file}", line {line}, in divided' in log
    assert "--- attempt 1" in log


def test_other_failures_are_described(document: Any, shared_project: Any) -> None:
    def message(node: str) -> str:
        (problem,) = document["nodes"][node]["diagnostics"]
        return " ".join(str(problem[part]) for part in ("message", "expected", "got", "fix"))

    assert "bad.odd raised Odd" in message("odd")
    assert "timed out after 1 s" in message("hangs")
    assert "exited with status 3" in message("exits")
    assert "about to leave" in message("exits")
    assert "'goodbye'" in message("leaves")
    assert "SIGSEGV" in message("crashes")
    assert "needs.memory_mb" in message("devours")
    assert "list[int] dict" in message("lies")
    assert "cannot be kept as JSON" in message("unkept")


def test_what_depended_on_them_was_skipped(document: Any) -> None:
    nodes = document["nodes"]
    assert (nodes["after"]["state"], nodes["later"]["state"]) == ("skipped", "skipped")
    assert nodes["after"]["why"] == "raises did not succeed"


def test_other_branches_succeeded(document: Any, shared_project: Any) -> None:
    nodes = document["nodes"]
    values = {n: nodes[n]["outputs"]["out"]["preview"] for n in ("sum", "babbles", "breeds")}
    assert values == {"sum": {"value": 21}, "babbles": {"value": 7}, "breeds": {"value": 8}}
    assert bytes(range(256)) in log_of(shared_project, "babbles")
    shown = shared_project.open().log_path("last", "babbles")
    assert shown == shared_project.node_folder("babbles") / "log.txt"


def test_nothing_they_started_lives_on(document: Any, shared_project: Any) -> None:
    orphan = int((shared_project.folder / "orphan").read_text())
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == "zombie"
    assert shared_project.processes() == []
    assert not list(shared_project.folder.glob(".netloom/artifacts/.staging/*"))


def test_after_mending_only_what_is_needed_runs(document: Any, shared_project: Any) -> None:
    mended = BAD.replace("numerator / denominator  # here", "numerator // 4")
    shared_project.write("operators/bad.py", mended)
    result = shared_project.run(to=["later", "sum"])
    assert {n: str(d.state) for n, d in result.nodes.items()} == {
        "number": "cached",
        "sum": "cached",
        "raises": "succeeded",
        "after": "succeeded",
        "later": "succeeded",
    }
    assert result.value("later") == 7
    assert "code changed" in result.nodes["raises"].why


def test_retries_are_for_what_may_pass(project: Any) -> None:
    project.write("operators/good.py", GOOD)
    project.write(
        "operators/flaky.py",
        '"""Flaky."""\n'
        "from netloom import Needs, RunContext, operator\n\n\n"
        "@operator(group='flaky', job=Needs(cpus=0))\n"
        "def third(*, name: str, run: RunContext) -> int:\n"
        '    """Succeed at the third attempt."""\n'
        "    if run.attempt < 3:\n"
        "        raise OSError('the network is away')\n"
        "    return run.attempt\n",
    )
    project.pipeline(
        "enough:  {op: flaky.third, name: a, retries: 2}\n"
        "too_few: {op: flaky.third, name: b, retries: 1}"
    )
    result = project.run()
    assert result.value("enough") == 3
    assert result.nodes["enough"].why == (
        "attempt 2 failed: flaky.third raised OSError: the network is away"
    )
    assert result.nodes["enough"].diagnostics == ()
    (problem,) = result.nodes["too_few"].diagnostics
    assert problem.code == "X201"
    assert re.findall(rb"--- attempt (\d)", log_of(project, "too_few")) == [b"1", b"2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import nothing_of_this_name\n", "nothing_of_this_name"),
        ("raise SystemExit(3)\n", "SystemExit"),
    ],
)
def test_a_file_that_does_not_load_is_named_and_the_rest_works(
    project: Any, text: str, said: str
) -> None:
    project.write("operators/good.py", GOOD)
    file: Path = project.write("operators/broken.py", text)
    project.pipeline("number: {op: good.number}\nother: {op: broken.thing}")
    with pytest.raises(InvalidPipeline) as caught:
        project.run()
    problems = {problem.code: problem for problem in caught.value.diagnostics}
    assert problems["G121"].place.file == str(file)
    assert said in problems["G121"].message
    assert problems["G101"].place.node == "other"
    project.pipeline("number: {op: good.number}")
    assert project.run().value("number") == 20
