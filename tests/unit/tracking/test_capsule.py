from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import ArtifactDamaged, Conflict, InvalidInput, NotFound, StorageFailed
from netloom.core.identifiers import NodeId
from netloom.tracking.capsule import (
    Capsule,
    environment,
    read_capsule,
    request_in,
    write_capsule,
)
from netloom.tracking.records import RunRequest

REQUEST = RunRequest(
    pipeline="digits",
    graph={"nodes": {"z": {"op": "train"}, "a": {"op": "split"}}},
    project="/home/me/project",
    file="/home/me/project/pipelines/digits.yaml",
    force=(NodeId("z"),),
    operator_files=("/home/me/project/operators/mine.py", "/elsewhere/other.py"),
    owner="host:1:2",
)
CONTENT: dict[str, Any] = {
    "written": "netloom: 1\r\n# 数字\n",
    "resolved": "netloom: 1\n",
    "provenance": {"nodes.z.op": ["file", "digits.yaml", 3]},
    "request": REQUEST,
    "environment": {"python": "3.11.2", "packages": {"torch": "2.11.0"}},
    "sources": {"operators/mine.py": b"x = 1\n", "operators/deep/b.py": b"\xff"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "20260131-142530-1f9c04"


def names_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_capsule_can_be_moved_and_read_back(folder, tmp_path):
    write_capsule(folder, **CONTENT)
    assert names_below(folder) == {
        "pipeline.yaml",
        "pipeline.resolved.yaml",
        "provenance.json",
        "request.json",
        "environment.json",
        "sources/operators/mine.py",
        "sources/operators/deep/b.py",
    }
    moved = shutil.move(folder, tmp_path / "elsewhere")
    relocatable = RunRequest(
        pipeline="digits",
        graph=REQUEST.graph,
        project="",
        file="pipelines/digits.yaml",
        force=(NodeId("z"),),
        operator_files=("operators/mine.py", "other.py"),
    )
    expected = Capsule(**{**CONTENT, "request": relocatable})
    assert read_capsule(Path(moved)) == expected
    assert (Path(moved) / "pipeline.yaml").read_bytes() == CONTENT["written"].encode()


def test_no_path_of_this_machine_is_kept_outside_the_environment(folder):
    write_capsule(folder, **CONTENT)
    for name in names_below(folder) - {"environment.json"}:
        assert b"/home/me" not in (folder / name).read_bytes()


def test_a_request_is_anchored_in_a_project_again(folder):
    write_capsule(folder, **CONTENT)
    request = request_in(Path("/new"), read_capsule(folder).request)
    assert (request.project, request.file, request.operator_files) == (
        "/new",
        "/new/pipelines/digits.yaml",
        ("/new/operators/mine.py", "/new/other.py"),
    )


def test_a_graph_from_python_has_no_file(folder):
    write_capsule(folder, **{**CONTENT, "written": None, "sources": {}})
    assert "pipeline.yaml" not in names_below(folder)
    capsule = read_capsule(folder)
    assert (capsule.written, capsule.sources) == (None, {})


def test_another_run_is_never_overwritten(folder):
    write_capsule(folder, **CONTENT)
    with pytest.raises(Conflict, match="nothing was overwritten"):
        write_capsule(folder, **{**CONTENT, "resolved": "other"})
    assert read_capsule(folder).resolved == "netloom: 1\n"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_file_in_the_way_is_not_overwritten(folder):
    folder.parent.mkdir()
    folder.write_text("precious")
    with pytest.raises(Conflict):
        write_capsule(folder, **CONTENT)
    assert folder.read_text() == "precious"


def test_a_failure_half_way_leaves_nothing(folder):
    with pytest.raises(TypeError):
        write_capsule(folder, **{**CONTENT, "environment": {"python": object()}})
    assert list(folder.parent.iterdir()) == []


def test_a_full_disk_leaves_nothing(folder, monkeypatch):
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.rename", no_space)
    with pytest.raises(StorageFailed, match="disk is full"):
        write_capsule(folder, **CONTENT)
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize("path", ["../x.py", "/etc/x.py", "a/../../x.py", "", "a\\..\\x.py"])
def test_sources_cannot_leave_the_capsule(folder, path):
    with pytest.raises(InvalidInput):
        write_capsule(folder, **{**CONTENT, "sources": {path: b""}})
    assert not folder.exists()


def test_a_folder_without_capsule_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        read_capsule(tmp_path)


@pytest.mark.parametrize("name", ["provenance.json", "request.json", "pipeline.resolved.yaml"])
def test_a_damaged_capsule_is_said_to_be_damaged(folder, name):
    write_capsule(folder, **CONTENT)
    (folder / name).write_bytes(b"\xff{")
    with pytest.raises(ArtifactDamaged):
        read_capsule(folder)


def test_a_capsule_of_another_version_can_be_read(folder):
    write_capsule(folder, **CONTENT)
    path = folder / "request.json"
    document = json.loads(path.read_text())
    del document["priority"]
    path.write_text(json.dumps({**document, "colour": "blue"}))
    assert read_capsule(folder).request.priority == 0


def test_the_environment_is_described_as_json(tmp_path):
    found = environment(tmp_path, seed=7)
    assert json.loads(json.dumps(found)) == found
    assert (found["seed"], found["project"], found["git"]) == (7, str(tmp_path), None)
    assert found["packages"]["sqlalchemy"]
    assert found["memory_mb"] > 100


def test_environment_changes_name_what_differs(folder):
    write_capsule(folder, **CONTENT)
    before = {
        "python": "3.11.2",
        "gpus": [],
        "git": {"commit": "a" * 40, "branch": "main", "dirty": False},
        "packages": {"torch": "2.11.0", "same": "1", "gone": "1"},
    }
    now = {
        "python": "3.12.1",
        "gpus": ["NVIDIA H100"],
        "git": {"commit": "a" * 40, "branch": "main", "dirty": True},
        "packages": {"torch": "2.13.0", "same": "1", "new": "2"},
    }
    capsule = Capsule(**{**CONTENT, "environment": before})
    assert capsule.environment_changes(now) == [
        "python 3.11.2 → 3.12.1",
        "gpus none → NVIDIA H100",
        f"git {'a' * 12} → {'a' * 12} with changes",
        "gone 1 → absent",
        "new absent → 2",
        "torch 2.11.0 → 2.13.0",
    ]
    assert capsule.environment_changes(before) == []


def test_this_environment_does_not_differ_from_itself(tmp_path):
    capsule = Capsule(**{**CONTENT, "environment": environment(tmp_path)})
    assert capsule.environment_changes() == []
