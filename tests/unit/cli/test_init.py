from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from netloom.cli.init import SCAFFOLD
from netloom.cli.main import call

Captured = pytest.CaptureFixture[str]


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_new_project_has_every_file(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "flowers"
    assert call(["init", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "project": str(folder.resolve()),
        "files": list(SCAFFOLD),
    }
    assert set(contents(folder)) == set(SCAFFOLD)
    document = tomllib.loads((folder / "netloom.toml").read_text())
    assert document == {"project": {"name": "flowers"}}


def test_nothing_that_exists_is_overwritten(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "digits.yaml").write_text("mine")
    (tmp_path / "netloom.toml").write_text("mine too")
    before = contents(tmp_path)
    assert call(["init", str(tmp_path), "--json"]) == 4
    diagnostics = json.loads(capsys.readouterr().out)["error"]["diagnostics"]
    assert [Path(each["place"]["file"]).name for each in diagnostics] == [
        "netloom.toml",
        "digits.yaml",
    ]
    assert contents(tmp_path) == before


def test_an_existing_gitignore_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("secrets\n")
    assert call(["init", str(tmp_path)]) == 0
    assert (tmp_path / ".gitignore").read_text() == "secrets\n"


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "file").write_text("")
    assert call(["init", str(tmp_path / "file" / "below")]) == 5
    assert "error[W507]" in capsys.readouterr().err
