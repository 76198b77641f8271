from __future__ import annotations

import os
from pathlib import Path

import pytest

from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder, text_of


def folder(root: Path, *paths: str) -> SourceFolder:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return SourceFolder.at(root)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("images/1.jpg", "set/images/1.jpg"),
        ("./images/1.jpg", "set/images/1.jpg"),
        ("images\\1.JPG", "set/images/1.jpg"),
        ("C:\\data\\set\\images\\1.jpg", "set/images/1.jpg"),
        ("/home/me/other/images/2.PNG", "set/images/2.png"),
        ("../../1.jpg", "set/images/1.jpg"),
        ("2.png", None),  # there are two of them
        ("more/2.png", "set/more/2.png"),
        ("3.png", None),
        ("", None),
        ("..", None),
    ],
)
def test_pictures_are_found_under_other_names(
    name: str, expected: str | None, tmp_path: Path
) -> None:
    found = folder(tmp_path, "set/images/1.jpg", "set/images/2.png", "set/more/2.png", "set/a.txt")
    assert found.base == "set/"
    assert PictureFinder(found).find(name) == expected


def test_names_in_gbk_are_found_by_their_text(tmp_path: Path) -> None:
    name = os.fsdecode("照片.jpg".encode("gbk"))
    finder = PictureFinder(folder(tmp_path, name, "b.jpg"))
    assert finder.find("照片.jpg") == name
    assert finder.guessed == []


def test_links_are_neither_listed_nor_read(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    root = tmp_path / "set"
    found = folder(root, "1.jpg", "label.txt")
    (root / "link.txt").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    again = SourceFolder.at(root)
    assert [file.path for file in again.files] == ["1.jpg", "label.txt"]
    assert again.ignored["symbolic links (they are not followed)"] == 2
    # A file that becomes a link after it was listed.
    (root / "label.txt").unlink()
    (root / "label.txt").symlink_to(outside)
    with pytest.raises(ValueError, match="it cannot be read"):
        found.text("label.txt")


@pytest.mark.parametrize(
    "content",
    ["一，二\r\nx".encode("gbk"), "\ufeff一，二\nx".encode(), "一，二\rx".encode("utf-16")],
)
def test_text_is_read_in_the_encoding_that_it_is_in(content: bytes) -> None:
    assert text_of(content) == "一，二\nx"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not text"):
        text_of(b"\xff\xff\x80\x00\x81")
