from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from netloom.core import files
from netloom.core.errors import StorageFailed
from netloom.core.files import storage_errors, write_bytes, write_json, write_text, writing


def test_content_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_text(path, "größer")
    assert path.read_bytes() == "größer".encode()
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    write_json(path, {"b": 1, "a": "ü"})
    assert path.read_text() == '{\n  "b": 1,\n  "a": "ü"\n}\n'
    assert list(path.parent.iterdir()) == [path]


def test_a_reader_sees_the_old_content_until_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")
    with writing(path) as stream:
        stream.write(b"half of the ")
        stream.flush()
        assert path.read_text() == "old"
        stream.write(b"new")
    assert path.read_text() == "half of the new"


def test_an_error_while_writing_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def write_half() -> None:
        with writing(path) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (errno.ENOSPC, "W508", "the disk is full"),
        (errno.EDQUOT, "W508", "the disk is full"),
        (errno.EACCES, "W507", "Permission denied"),
        (errno.EROFS, "W507", "Read-only file system"),
        (errno.EIO, "W507", "Input/output error"),
    ],
)
def test_refusals_of_the_system_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, message: str
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "file"
    write_text(path, "old")
    monkeypatch.setattr(files.os, "fsync", refuse)
    with pytest.raises(StorageFailed) as caught:
        write_text(path, "new")
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.message) == (code, f"cannot write {path}: {message}")
    assert problem.fix
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_a_folder_should_be_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "inner", tmp_path / "file" / "deeper" / "inner"):
        with pytest.raises(StorageFailed) as caught:
            write_text(path, "text")
        assert caught.value.diagnostics[0].code == "W507"


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), storage_errors(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "no such file")
