from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.core.values import File, FileCodec, JsonCodec, TableFile


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    folder, workdir = tmp_path / "artifact", tmp_path / "work"
    folder.mkdir()
    workdir.mkdir()
    return folder, workdir


def test_a_file_written_by_the_job_is_moved_into_the_artifact(folders: tuple[Path, Path]) -> None:
    folder, workdir = folders
    (workdir / "out").mkdir()
    (workdir / "out" / "report.html").write_text("<p>")
    value = File("work:out/report.html", "text/html")
    assert FileCodec().save(value, folder, workdir=workdir) == ()
    assert not (workdir / "out" / "report.html").exists()
    assert (folder / "report.html").read_text() == "<p>"
    assert FileCodec().load(folder, artifact="abc") == File("artifact:abc/report.html", "text/html")
    assert FileCodec().preview(folder) == {
        "file": "report.html", "media_type": "text/html", "size_bytes": 3,
    }  # fmt: skip


def test_a_file_of_another_artifact_is_referred_to(folders: tuple[Path, Path]) -> None:
    folder, workdir = folders
    value = TableFile("artifact:abc/table.parquet")
    assert FileCodec().save(value, folder, workdir=workdir) == ("abc",)
    assert FileCodec().load(folder, artifact="xyz") == value


def test_a_file_of_the_user_stays_where_it_is(folders: tuple[Path, Path]) -> None:
    folder, workdir = folders
    assert FileCodec().save(File("path:a/b.txt"), folder, workdir=workdir) == ()
    assert FileCodec().load(folder, artifact="xyz") == File("path:a/b.txt")
    assert FileCodec().preview(folder)["size_bytes"] is None


def test_a_file_that_was_not_written_is_reported(folders: tuple[Path, Path]) -> None:
    folder, workdir = folders
    with pytest.raises(InvalidData) as caught:
        FileCodec().save(File("work:missing.html"), folder, workdir=workdir)
    assert caught.value.diagnostics[0].code == "X206"


@pytest.mark.parametrize("value", [None, 1.5, "é", [1, [2]], {"b": {"a": True}}])
def test_json_values_survive(folders: tuple[Path, Path], value: Any) -> None:
    folder, workdir = folders
    assert JsonCodec().save(value, folder, workdir=workdir) == ()
    assert JsonCodec().load(folder, artifact="abc") == value
    assert JsonCodec().preview(folder) == {"value": value}


def test_equal_values_give_equal_bytes(tmp_path: Path) -> None:
    texts = set()
    for number, value in enumerate([{"a": 1, "b": 2}, {"b": 2, "a": 1}]):
        folder = tmp_path / str(number)
        folder.mkdir()
        JsonCodec().save(value, folder, workdir=tmp_path)
        texts.add((folder / "value.json").read_bytes())
    assert texts == {b'{"a":1,"b":2}'}


@pytest.mark.parametrize("value", [float("nan"), {"x": object()}, {1, 2}])
def test_what_json_cannot_express_is_reported(folders: tuple[Path, Path], value: Any) -> None:
    folder, workdir = folders
    with pytest.raises(InvalidData) as caught:
        JsonCodec().save(value, folder, workdir=workdir)
    assert caught.value.diagnostics[0].code == "X206"


def test_large_values_are_shown_by_their_size(folders: tuple[Path, Path]) -> None:
    folder, workdir = folders
    JsonCodec().save(list(range(10_000)), folder, workdir=workdir)
    size = len(json.dumps(list(range(10_000)), separators=(",", ":")))
    assert JsonCodec().preview(folder) == {"size_bytes": size}
