from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.data.formats.listing import Found, list_images, natural_key, with_labels

MakeTree = Callable[..., Path]


def placed(paths: list[str], **settings: Any) -> list[tuple[str | None, str | None]]:
    chosen: Any = {"labels": "folders", "layout": "auto", "root": Path("flowers"), **settings}
    return [(f.part, f.label) for f in with_labels([Found(path) for path in paths], **chosen)]


def test_images_come_in_natural_order_and_the_rest_is_counted(make_tree: MakeTree) -> None:
    root = make_tree("b/10.png", "b/9.JPG", "a/deep/er/1.png")
    (root / "b/notes.txt").write_text("x")
    (root / "empty").mkdir()
    for junk in (".DS_Store", "b/._9.png", "Thumbs.db", "__MACOSX/b/9.png"):
        (root / junk).parent.mkdir(parents=True, exist_ok=True)
        (root / junk).write_bytes(b"junk")
    listing = list_images(root)
    assert [image.path for image in listing.images] == ["a/deep/er/1.png", "b/9.JPG", "b/10.png"]
    assert listing.remarks() == ["ignored 1 empty folder", "ignored 1 file that is not an image"]


def test_pictures_that_cannot_be_read_are_told_apart_from_other_files(make_tree: MakeTree) -> None:
    root = make_tree("a/1.png")
    for name in ("2.HEIC", "3.heic", "4.svg", "notes.txt"):
        (root / "a" / name).write_text("x")
    assert list_images(root).remarks() == [
        "ignored 2 .heic images (save them as PNG or JPEG to use them)",
        "ignored 1 .svg image (save it as PNG or JPEG to use it)",
        "ignored 1 file that is not an image",
    ]


def test_symbolic_links_and_pipes_are_not_followed(make_tree: MakeTree) -> None:
    root = make_tree("a/1.png")
    (root / "a/2.png").symlink_to(root / "a/1.png")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "a/3.png")
    listing = list_images(root)
    assert [image.path for image in listing.images] == ["a/1.png"]
    assert listing.remarks() == [
        "ignored 1 special file",
        "ignored 2 symbolic links (they are not followed)",
    ]


def test_the_digest_follows_names_sizes_and_times(make_tree: MakeTree) -> None:
    root = make_tree("a/1.png", "b/2.png")
    before = list_images(root).digest
    assert list_images(root).digest == before
    (root / "b/notes.txt").write_text("not an image")
    assert list_images(root).digest == before
    os.utime(root / "a/1.png", ns=(1, 1))
    touched = list_images(root).digest
    (root / "a/1.png").rename(root / "b/1.png")
    assert len({before, touched, list_images(root).digest}) == 3


@pytest.mark.parametrize(
    ("name", "code"), [("missing", "I001"), ("file", "I002"), ("bare", "I003")]
)
def test_what_holds_no_images_is_refused(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare/notes.txt").write_text("x")
    with pytest.raises(InvalidData) as caught:
        list_images(tmp_path / name)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.setting) == (code, "path")
    assert str(tmp_path / name) in problem.message
    assert problem.fix


def test_a_folder_that_cannot_be_read_is_named(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_tree("a/1.png")
    original = os.scandir

    def refusing(folder: Path) -> Any:
        if Path(folder).name == "a":
            raise PermissionError(13, "Permission denied")
        return original(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(InvalidData) as caught:
        list_images(root)
    assert caught.value.diagnostics[0].message == f"cannot list folder {root}/a: Permission denied"


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["rose/1.png", "tulip/x/2.png"], [(None, "rose"), (None, "tulip")]),
        (["rose/1.png"], [(None, "rose")]),
        (["flowers/rose/1.png", "flowers/tulip/2.png"], [(None, "rose"), (None, "tulip")]),
        (["train/rose/1.png", "Val/rose/2.png"], [("train", "rose"), ("valid", "rose")]),
        (["set/train/rose/1.png", "set/test/rose/2.png"], [("train", "rose"), ("test", "rose")]),
        (["train/rose/1.png", "train/2.png"], [("train", "rose"), ("train", None)]),
        (["car/1.png", "train/2.png"], [(None, "car"), (None, "train")]),
        (["rose/1.png", "2.png"], [(None, "rose"), (None, None)]),
    ],
)
def test_classes_and_parts_are_read_off_the_folders(paths: list[str], expected: Any) -> None:
    assert placed(paths) == expected


def test_a_layout_can_be_forced() -> None:
    paths = ["train/a/1.png", "test/b/2.png"]
    assert placed(paths, layout="classes") == [(None, "train"), (None, "test")]
    assert placed(paths, layout="parts") == [("train", "a"), ("test", "b")]
    with pytest.raises(InvalidData) as caught:
        placed(["rose/a/1.png", "train/b/2.png"], layout="parts")
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.setting, problem.got) == ("I004", "layout", "rose, train")


def test_unlabelled_images_need_no_folders_but_may_have_parts() -> None:
    assert placed(["1.png", "more/2.png"], labels="none") == [(None, None)] * 2
    assert placed(["test/1.png", "train/2.png"], labels="none") == [("test", None), ("train", None)]


@pytest.mark.parametrize("paths", [["1.png", "2.png"], ["train/1.png", "test/2.png"]])
def test_images_without_class_folders_are_refused(paths: list[str]) -> None:
    with pytest.raises(InvalidData) as caught:
        placed(paths)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.got) == ("I004", paths[0])
    assert "labels: none" in (problem.fix or "")


def test_numbers_in_names_sort_as_numbers() -> None:
    names = ["a10", "a9", "b", "10", "2", "花2", "花10"]
    assert sorted(names, key=natural_key) == ["2", "10", "a9", "a10", "b", "花2", "花10"]
