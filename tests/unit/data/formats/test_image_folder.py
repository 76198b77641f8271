from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.datasets import open_samples
from netloom.data.formats.image_folder import index_image_folder
from netloom.data.index import read_index
from netloom.data.view import Dataset

MakeTree = Callable[..., Path]


@pytest.fixture
def reporter(tmp_path: Path) -> SilentReporter:
    return SilentReporter(tmp_path / "checkpoints")


@pytest.fixture
def index(tmp_path: Path, reporter: SilentReporter) -> Callable[..., Dataset[Any]]:
    def run(root: Path, **settings: Any) -> Dataset[Any]:
        return index_image_folder(
            root, tmp_path, media=f"path:{root}", reporter=reporter, **settings
        )

    return run


def test_a_folder_is_listed_with_classes_sizes_and_digests(
    tmp_path: Path, make_tree: MakeTree, write_image: Any, index: Any
) -> None:
    root = make_tree("9/1.png", "10/花.png")
    write_image(root / "10/wide.png", width=20, height=3)
    view = index(root)
    assert view == Dataset(
        task="image_classification",
        index="work:index.parquet",
        media=f"path:{root}",
        media_kind="folder",
        labels=("9", "10"),
        remarks=("9 has a single image, which can be in one part only",),
    )
    table = read_index(tmp_path / "index.parquet")
    assert table["id"].to_pylist() == ["9/1.png", "10/wide.png", "10/花.png"]
    assert table["path"].to_pylist() == table["id"].to_pylist()
    assert table["label"].to_pylist() == [0, 1, 1]
    assert table["part"].to_pylist() == [None] * 3
    assert list(zip(table["width"].to_pylist(), table["height"].to_pylist(), strict=True)) == [
        (8, 6),
        (20, 3),
        (8, 6),
    ]
    assert table["digest"][0].as_py() == digest_of_file(root / "9/1.png")


def test_parts_of_a_divided_folder_are_kept(
    tmp_path: Path, make_tree: MakeTree, index: Any
) -> None:
    view = index(make_tree("train/a/1.png", "train/b/2.png", "test/a/3.png"))
    assert view.labels == ("a", "b")
    assert read_index(tmp_path / "index.parquet")["part"].to_pylist() == ["test", "train", "train"]


def test_threads_change_nothing(tmp_path: Path, make_tree: MakeTree, index: Any) -> None:
    root = make_tree(*(f"{number % 3}/{number}.png" for number in range(30)))
    index(root)
    alone = (tmp_path / "index.parquet").read_bytes()
    index(root, threads=3)
    assert (tmp_path / "index.parquet").read_bytes() == alone


def test_all_bad_files_are_named_with_their_reason(make_tree: MakeTree, index: Any) -> None:
    root = make_tree("a/1.png", "b/2.png", "stray.png")
    (root / "a/empty.png").write_bytes(b"")
    (root / "b/page.jpg").write_bytes(b"<html>")
    (root / "b/short.png").write_bytes((root / "b/2.png").read_bytes()[:-30])
    with pytest.raises(InvalidData) as caught:
        index(root)
    *problems, summary = caught.value.diagnostics
    assert [problem.message for problem in problems] == [
        "image stray.png cannot be used: it lies outside the class folders",
        "image a/empty.png cannot be used: the file is empty",
        "image b/page.jpg cannot be used: it is damaged, cut short or no image",
        "image b/short.png cannot be used: it is damaged, cut short or no image",
    ]
    assert {problem.code for problem in caught.value.diagnostics} == {"I005"}
    assert summary.message == "4 of 6 images cannot be used"
    assert "on_bad: skip" in (summary.fix or "")


def test_a_long_list_of_bad_files_is_cut(make_tree: MakeTree, index: Any) -> None:
    root = make_tree("a/good.png")
    for number in range(25):
        (root / f"a/{number}.png").write_bytes(b"")
    with pytest.raises(InvalidData) as caught:
        index(root)
    assert len(caught.value.diagnostics) == 21
    assert caught.value.diagnostics[-1].message == (
        "25 of 26 images cannot be used (5 more than listed here)"
    )


def test_bad_files_can_be_skipped_and_are_counted(
    make_tree: MakeTree, index: Any, reporter: SilentReporter, resolve: Any
) -> None:
    root = make_tree("a/1.png", "stray.png")
    (root / "gone").mkdir()
    (root / "gone/2.png").write_bytes(b"")
    view = index(root, on_bad="skip")
    assert view.labels == ("a",)
    assert view.remarks == (
        "skipped 2 bad images, for instance stray.png: it lies outside the class folders",
        "left out class gone: none of its images can be used",
        "all labelled images are of one class, a: there is nothing to tell apart",
        "a has a single image, which can be in one part only",
    )
    assert reporter.notes == list(view.remarks)
    assert open_samples(view, resolve).ids == ["a/1.png"]


def test_skipping_everything_is_an_error(make_tree: MakeTree, index: Any) -> None:
    root = make_tree()
    (root / "a").mkdir()
    (root / "a/1.png").write_bytes(b"")
    with pytest.raises(InvalidData) as caught:
        index(root, on_bad="skip")
    assert caught.value.diagnostics[0].code == "I005"


def test_unlabelled_folders_have_no_label_space(
    tmp_path: Path, make_tree: MakeTree, index: Any
) -> None:
    view = index(make_tree("1.png", "sub/2.png"), labels="none")
    assert view.labels == ()
    assert read_index(tmp_path / "index.parquet")["label"].to_pylist() == [None, None]


def test_folder_names_in_gbk_become_readable_classes(
    make_tree: MakeTree, index: Any, resolve: Any
) -> None:
    root = make_tree("a/1.png")
    folder = root / os.fsdecode("玫瑰".encode("gbk"))
    folder.mkdir()
    (root / "a/1.png").rename(folder / os.fsdecode("一.png".encode("gbk")))
    view = index(root)
    assert view.labels == ("玫瑰",)
    samples = open_samples(view, resolve)
    assert samples.read(0).shape == (6, 8, 3)
    assert samples.ids[0].isascii()
