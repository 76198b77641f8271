"""A disk that is full, a folder that cannot be written, and space that is freed."""

from __future__ import annotations

import contextlib
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import StorageFailed

OPERATORS = '''
"""Operators that need room."""

import os

from netloom import File, Needs, RunContext, operator

LIGHT = Needs(cpus=0)


@operator(group="room", job=LIGHT)
def small() -> int:
    """Need none."""
    return 1


@operator(group="room", job=LIGHT)
def text(after: int, *, megabytes: int) -> str:
    """A value that takes room once it is kept."""
    return "x" * (megabytes << 20)


@operator(group="room", job=LIGHT)
def file(after: int, *, megabytes: int, run: RunContext) -> File:
    """A file that takes room while it is written."""
    path = run.resolve("work:big.bin")
    with path.open("wb") as stream:
        for _ in range(megabytes):
            stream.write(os.urandom(1 << 20))
    return File("work:big.bin")
'''

PIPELINE = """\
small: {op: room.small}
big:   {op: room.KIND, after: small, megabytes: 12}
after: {op: room.text, after: small, megabytes: 0}
"""


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/room.py", OPERATORS)
    project.pipeline(PIPELINE.replace("KIND", "text"))
    return project


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB; needs the right to mount one."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    if _mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)):
        pytest.skip("cannot mount a file system here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(*words: str) -> int:
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode


def _fill(file: Path) -> None:
    """Write until nothing fits any more."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))


def states(document: dict[str, Any]) -> dict[str, str]:
    return {name: node["state"] for name, node in document["nodes"].items()}


@pytest.mark.parametrize("kind", ["text", "file"])
def test_a_full_disk_fails_the_job_and_leaves_nothing_behind(
    project: Any, small_disk: Path, kind: str
) -> None:
    project.pipeline(PIPELINE.replace("KIND", kind))
    where = ["-w", str(small_disk / "workspace")]
    assert states(project.call("run", "main.yaml", "--to", "after", *where)) == {
        "small": "succeeded",
        "after": "succeeded",
    }
    failed = project.call("run", "main.yaml", *where, code=1)
    assert states(failed) == {"small": "cached", "big": "failed", "after": "cached"}
    (problem,) = failed["nodes"]["big"]["diagnostics"]
    assert (problem["code"], problem["place"]["node"]) == ("W508", "big")
    assert "the disk is full" in problem["message"]
    assert "netloom gc" in problem["fix"]
    assert sum(path.stat().st_size for path in small_disk.rglob("*") if path.is_file()) < 2 << 20

    assert _mount("-o", "remount,size=64m", str(small_disk)) == 0
    done = project.call("retry", "last", *where)
    assert states(done) == {"small": "cached", "big": "succeeded", "after": "cached"}


def test_a_disk_that_is_full_already_is_reported(project: Any, small_disk: Path) -> None:
    where = ["-w", str(small_disk / "workspace")]
    project.call("run", "main.yaml", "--to", "small", *where)
    filler = small_disk / "filler"
    _fill(filler)
    error = project.call("run", "main.yaml", "--to", "after", *where, code=5)["error"]
    assert {problem["code"] for problem in error["diagnostics"]} == {"W508"}, error
    filler.unlink()
    done = project.call("run", "main.yaml", "--to", "after", *where)
    assert states(done) == {"small": "cached", "after": "succeeded"}


def test_a_file_that_may_not_grow_is_explained(project: Any) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))

    done = subprocess.run(
        [sys.executable, "-m", "netloom.cli.main", "run", "main.yaml"],
        cwd=project.folder,
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert re.search(r"error\[W507\] \S+:\d+: big", done.stderr)
    assert "File too large" in done.stderr
    staging = project.folder / ".netloom" / "artifacts" / ".staging"
    assert list(staging.iterdir()) == []
    again = project.run().require_success()
    assert again.nodes["after"].state == "cached"


@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_a_workspace_that_cannot_be_made_is_refused(project: Any, place: str) -> None:
    file = project.write("occupied", "")
    folder = file if place == "a file" else file / "inside"
    error = project.call("run", "main.yaml", "-w", str(folder), code=5 if place != "a file" else 2)
    (problem,) = error["error"]["diagnostics"]
    assert str(file) in problem["message"]
    assert file.read_text() == ""


def test_nothing_is_lost_while_the_artifacts_cannot_be_reached(project: Any) -> None:
    project.run(to=["small"])
    artifacts = project.folder / ".netloom" / "artifacts"
    artifacts.rename(artifacts.with_name("aside"))
    artifacts.write_text("in the way")
    with pytest.raises(StorageFailed) as caught:
        project.run()
    assert {problem.code for problem in caught.value.diagnostics} == {"W507"}
    artifacts.unlink()
    artifacts.with_name("aside").rename(artifacts)
    result = project.run(sets=["big.megabytes=0"]).require_success()
    assert result.nodes["small"].state == "cached"


@pytest.mark.parametrize("damage", ["missing", "truncated", "no manifest"])
def test_a_damaged_result_is_computed_again(project: Any, damage: str) -> None:
    project.pipeline("small: {op: room.small}\nbig: {op: room.text, after: small, megabytes: 1}")
    first = project.run().require_success()
    folder = first.path("big")
    if damage == "missing":
        (folder / "value.json").unlink()
    elif damage == "truncated":
        (folder / "value.json").write_text('"x')
    else:
        (folder / "manifest.json").unlink()
    again = project.run().require_success()
    assert [str(node.state) for node in again.nodes.values()] == ["cached", "succeeded"]
    assert again.output("big") == first.output("big")
    assert len(again.value("big")) == 1 << 20
    assert {str(node.state) for node in project.run().nodes.values()} == {"cached"}


def test_the_preview_of_what_can_go_is_what_goes(project: Any) -> None:
    def size() -> int:
        workspace = project.folder / ".netloom"
        kept = [workspace / "artifacts", workspace / "runs"]
        return sum(p.lstat().st_size for f in kept for p in f.rglob("*") if p.is_file())

    project.run(sets=["big.megabytes=1"])
    kept = project.run(sets=["big.megabytes=2"])
    scratch = project.run(sets=["big.megabytes=3"], scratch=True)
    workspace = project.open()

    preview = workspace.gc(keep_runs=1)
    assert not preview.deleted
    assert scratch.path("big").is_dir()
    assert preview.size_bytes > 4 << 20
    before = size()
    report = workspace.gc(keep_runs=1, delete=True)
    assert report.items == preview.items
    assert before - size() == preview.size_bytes
    assert workspace.gc(keep_runs=1).items == ()

    assert [run.id for run in workspace.runs()] == [kept.run]
    assert len(workspace.result(kept.run).value("big")) == 2 << 20
    again = project.run(sets=["big.megabytes=2"])
    assert set(map(str, (node.state for node in again.nodes.values()))) == {"cached"}
    assert project.run(sets=["big.megabytes=1"]).nodes["big"].state == "succeeded"
