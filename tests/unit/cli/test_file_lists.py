from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from netloom.cli.file_lists import image_files, listed_files
from netloom.core.errors import InvalidData, NotFound


def test_a_folder_gives_its_images_in_natural_order(tmp_path: Path) -> None:
    for name in ("b/10.png", "b/9.PNG", "a.jpg", "notes.txt", ".hidden.png", "b/._9.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in image_files(tmp_path)]
    assert found == ["a.jpg", "b/9.PNG", "b/10.png"]
    assert image_files(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]


def test_what_holds_no_image_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="holds no image"):
        image_files(tmp_path)
    with pytest.raises(NotFound, match="There is no file"):
        image_files(tmp_path / "nowhere.png")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", "a.png\r\n\nb c.png\n"),
        ("list.txt", "\ufeffa.png\nb c.png"),
        ("list.csv", "id,Path\n1,a.png\n2,b c.png\n"),
        ("list.tsv", "path\tid\na.png\t1\nb c.png\t2\n"),
    ],
)
def test_lists_name_files(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    assert listed_files(str(tmp_path / name)) == [Path("a.png"), Path("b c.png")]


def test_a_list_can_come_from_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a.png\n"))
    assert listed_files("-") == [Path("a.png")]


def test_names_in_any_encoding_survive(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"caf\xe9.png\n")
    (found,) = listed_files(str(tmp_path / "list.txt"))
    assert os.fsencode(found) == b"caf\xe9.png"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("list.csv", "file,label\na.png,1\n", "I402"),
        ("list.csv", "", "I402"),
        ("list.txt", "\n \n", "I403"),
        ("list.csv", "path\n\n", "I403"),
    ],
)
def test_lists_that_name_nothing_are_refused(
    tmp_path: Path, name: str, content: str, code: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidData) as caught:
        listed_files(str(tmp_path / name))
    assert [each.code for each in caught.value.diagnostics] == [code]


def test_a_missing_list_is_not_found(tmp_path: Path) -> None:
    for source in (tmp_path / "nowhere.txt", tmp_path):
        with pytest.raises(NotFound, match="There is no list"):
            listed_files(str(source))
