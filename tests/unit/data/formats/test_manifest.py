from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.data.formats.manifest import (
    ColumnChoice,
    Manifest,
    check_manifest,
    read_manifest,
    text_of,
)

MakeTree = Callable[..., Path]


@pytest.fixture
def read(make_tree: MakeTree) -> Callable[..., Manifest]:
    """Reads a list beside the files a/1.png and b/2.png."""
    root = make_tree("a/1.png", "b/2.png")

    def run(text: str, *, name: str = "list.csv", **settings: Any) -> Manifest:
        (root / name).write_text(text, encoding="utf-8")
        return read_manifest(root / name, root, name=f"data/{name}", **settings)

    return run


def entries(manifest: Manifest) -> list[tuple[Any, ...]]:
    return [(found.path, found.label, found.part, found.line) for found in manifest.images]


def test_a_list_gives_files_with_labels_and_parts(read: Any) -> None:
    manifest = read("path,label,part\na/1.png,x,train\nb/2.png,,Validation\n")
    assert entries(manifest) == [("a/1.png", "x", "train", 2), ("b/2.png", None, "valid", 3)]
    assert manifest.rejects == ()
    assert manifest.images[0].size_bytes > 0


@pytest.mark.parametrize(
    "text",
    [
        "file_name,class,split\na/1.png,x,test\n",
        "Label,Filename,Split\nx,a/1.png,test\n",
        "标签,图片,part\nx,a/1.png,test\n",
        '{"image": "a/1.png", "label": "x", "split": "test", "box": [1]}\n',
    ],
)
def test_columns_are_found_by_their_usual_names(read: Any, text: str) -> None:
    assert [entry[:3] for entry in entries(read(text))] == [("a/1.png", "x", "test")]


def test_columns_can_be_named(read: Any) -> None:
    text = "path,label,where,what,fold\nno,no,a/1.png,x,dev\n"
    columns = ColumnChoice(image="where", label="what", part="fold")
    assert entries(read(text, columns=columns)) == [("a/1.png", "x", "valid", 2)]


def test_all_missing_columns_are_told_at_once(read: Any) -> None:
    with pytest.raises(InvalidData) as caught:
        read("pth,lable\na/1.png,x\n", columns=ColumnChoice(image="path", part="fold"))
    told = [(p.code, p.place.setting, p.place.line, p.message) for p in caught.value.diagnostics]
    assert told == [
        ("I340", "image_column", 1, "there is no column 'path'"),
        ("I340", "label_column", 1, "there is no column of labels"),
        ("I340", "part_column", 1, "there is no column 'fold'"),
    ]
    assert caught.value.diagnostics[0].fix == "Did you mean 'pth'?"
    assert caught.value.diagnostics[0].got == "pth, lable"


def test_labels_are_not_looked_for_where_none_are_wanted(read: Any) -> None:
    assert entries(read("path\na/1.png\n", labels="none")) == [("a/1.png", None, None, 2)]
    assert entries(read("path,label\na/1.png,x\n", labels="none")) == [("a/1.png", None, None, 2)]


@pytest.mark.parametrize("path", ["./a/1.png", "a\\1.png", "a//1.png", "  a/1.png "])
def test_paths_may_be_written_in_several_ways(read: Any, path: str) -> None:
    assert entries(read(f"path,label\n{path},x\n"))[0][0] == "a/1.png"


def test_absolute_paths_below_the_folder_are_taken(read: Any, tmp_path: Path) -> None:
    assert entries(read(f"path,label\n{tmp_path}/tree/a/1.png,x\n"))[0][0] == "a/1.png"


def test_everything_wrong_with_lines_is_told_with_file_and_line(read: Any, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "link.png").symlink_to(root / "a/1.png")
    (root / "linked").symlink_to(root / "a")
    lines = [
        "path,label,part",
        "a/1.png,x,train",
        "missing.png,x,train",
        "../tree/b/2.png,x,train",
        "/etc/passwd.png,x,train",
        "a,x,train",
        "link.png,x,train",
        "linked/1.png,x,train",
        "b/2.png,x,trian",
        ",x,train",
        "a/1.png,y,train",
        "b/2.png",
    ]
    manifest = read("\n".join(lines))
    told = [(reject.place.line, reject.code, reject.reason) for reject in manifest.rejects]
    assert told == [
        (3, "I342", f"there is no such file below {root}"),
        (4, "I342", f"its path leads out of the folder {root}"),
        (5, "I342", f"its path leads out of the folder {root}"),
        (6, "I342", "it is no file"),
        (7, "I342", "it is a symbolic link, which is not followed"),
        (8, "I342", "it lies behind a symbolic link, which is not followed"),
        (9, "I343", told[6][2]),
        (10, "I341", "its path is missing"),
        (11, "I344", "line 2 lists it already"),
        (12, "I341", "it has 1 cells for 3 columns"),
    ]
    assert told[6][2].startswith("its part is 'trian', which is none of train, training, valid")
    assert {reject.place.file for reject in manifest.rejects} == {"data/list.csv"}
    with pytest.raises(InvalidData) as caught:
        check_manifest(manifest, name="data/list.csv", labels="column", on_bad="error")
    assert len(caught.value.diagnostics) == 11
    assert str(caught.value.diagnostics[0]).startswith("data/list.csv:3: path: Image missing.png")
    check_manifest(manifest, name="data/list.csv", labels="column", on_bad="skip")


def test_nested_values_are_told(read: Any) -> None:
    manifest = read('{"path": "a/1.png", "label": ["x", "y"]}\n', name="list.jsonl")
    assert [reject.code for reject in manifest.rejects] == ["I341"]


def test_a_list_without_any_label_is_refused(read: Any) -> None:
    manifest = read("path,label\na/1.png,\nb/2.png,\n")
    with pytest.raises(InvalidData) as caught:
        check_manifest(manifest, name="list", labels="column", on_bad="error")
    assert caught.value.diagnostics[0].code == "I345"
    check_manifest(manifest, name="list", labels="none", on_bad="error")


def test_the_digest_follows_the_list_and_its_files(read: Any, tmp_path: Path) -> None:
    text = "path,label\na/1.png,x\nlater.png,x\n"
    before = read(text).digest
    assert read(text).digest == before
    digests = {before, read(text + "b/2.png,x\n").digest}
    os.utime(tmp_path / "tree/a/1.png", ns=(1, 1))
    digests.add(read(text).digest)
    (tmp_path / "tree/later.png").write_bytes(b"x")
    digests.add(read(text).digest)
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("name", "code"), [("missing.csv", "I001"), ("a", "I002"), ("empty.csv", "I003")]
)
def test_what_is_no_list_is_refused(make_tree: MakeTree, name: str, code: str) -> None:
    root = make_tree("a/1.png")
    (root / "empty.csv").write_text("path,label\n")
    with pytest.raises(InvalidData) as caught:
        read_manifest(root / name, root, name=name)
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].place.setting) == (
        code,
        "path",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (3, "3"), (3.0, "3"), (2.5, "2.5"), (True, "true"), (" x ", "x")],
)
def test_values_become_text(value: Any, text: str) -> None:
    assert text_of(value) == text
