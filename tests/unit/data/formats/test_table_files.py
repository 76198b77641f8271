from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.data.formats.datasets_folder import find_arrow_files
from netloom.data.formats.table_files import TableFiles, find_tables, split_named

Touch = Callable[..., Path]


@pytest.fixture
def touch(tmp_path: Path) -> Touch:
    """Makes files and returns the folder around them."""

    def make(*paths: str) -> Path:
        for path in paths:
            (tmp_path / "top" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "top" / path).write_text(path)
        return tmp_path / "top"

    return make


def parquet(root: Path) -> TableFiles:
    return find_tables(root, suffix=".parquet", kind="Parquet files")


def found(tables: TableFiles) -> list[tuple[str, str | None]]:
    return [(file.path, file.part) for file in tables.files]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("train-00000-of-00002.parquet", "train"),
        ("data/validation-00000-of-00001.parquet", "valid"),
        ("cifar10-test.arrow", "test"),
        ("train.parquet", "train"),
        ("test_0.parquet", "test"),
        ("default/train/0000.parquet", "train"),
        ("Dev/part-00003.parquet", "valid"),
        ("pets.parquet", None),
        ("restrained.parquet", None),
    ],
)
def test_parts_are_read_off_names(path: str, part: str | None) -> None:
    assert split_named(path) == part


def test_files_come_in_natural_order_with_their_parts(touch: Touch) -> None:
    root = touch("data/train-00001-of-00002.parquet", "data/train-00000-of-00002.parquet",
                 "data/test-00000-of-00001.parquet", "README.md", ".cache/x.parquet")  # fmt: skip
    assert found(parquet(root)) == [
        ("data/test-00000-of-00001.parquet", "test"),
        ("data/train-00000-of-00002.parquet", "train"),
        ("data/train-00001-of-00002.parquet", "train"),
    ]
    assert found(parquet(root / "data/test-00000-of-00001.parquet")) == [("", "test")]


def test_what_is_passed_over_is_told(touch: Touch) -> None:
    root = touch("train.parquet", "extra.parquet")
    (root / "link.parquet").symlink_to(root / "train.parquet")
    assert parquet(root).remarks == (
        "ignored 1 symbolic link (it is not followed)",
        "extra.parquet is called like no part: its images have none",
    )


def test_missing_files_of_a_series_are_all_named(touch: Touch) -> None:
    root = touch("a/train-00001-of-00004.parquet", "a/train-00003-of-00004.parquet")
    with pytest.raises(InvalidData) as caught:
        parquet(root)
    assert [(p.code, p.message) for p in caught.value.diagnostics] == [
        ("I347", "the file a/train-00000-of-00004 is missing"),
        ("I347", "the file a/train-00002-of-00004 is missing"),
    ]


def test_links_instead_of_files_are_explained(touch: Touch, tmp_path: Path) -> None:
    (tmp_path / "blob").write_text("x")
    root = touch("README.md")
    (root / "train.parquet").symlink_to(tmp_path / "blob")
    with pytest.raises(InvalidData) as caught:
        parquet(root)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.setting) == ("I003", "path")
    assert problem.got == "ignored 1 symbolic link (it is not followed)"


def test_the_digest_follows_names_sizes_and_times(touch: Touch) -> None:
    root = touch("a.parquet", "b.parquet")
    digests = {parquet(root).digest, parquet(root).digest}
    assert len(digests) == 1
    os.utime(root / "a.parquet", ns=(1, 1))
    digests.add(parquet(root).digest)
    (root / "a.parquet").rename(root / "c.parquet")
    digests.add(parquet(root).digest)
    assert len(digests) == 3


def save(folder: Path, *names: str, **state: Any) -> None:
    """What ``Dataset.save_to_disk`` leaves besides the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [{"filename": name} for name in names]
    (folder / "state.json").write_text(json.dumps({"_data_files": files, **state}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": {"label": {}}}))


def test_a_saved_data_set_is_the_files_its_state_names(touch: Touch) -> None:
    root = touch("data-00000-of-00001.arrow", "cache-0123.arrow")
    save(root, "data-00000-of-00001.arrow")
    tables = find_arrow_files(root)
    assert found(tables) == [("data-00000-of-00001.arrow", None)]
    assert tables.files[0].features == {"label": {}}


def test_splits_of_a_dictionary_are_parts(touch: Touch) -> None:
    root = touch("train/data.arrow", "validation/data.arrow", "extra/data.arrow")
    (root / "dataset_dict.json").write_text('{"splits": ["train", "validation", "extra"]}')
    for split in ("train", "validation", "extra"):
        save(root / split, "data.arrow")
    tables = find_arrow_files(root)
    assert found(tables) == [
        ("train/data.arrow", "train"),
        ("validation/data.arrow", "valid"),
        ("extra/data.arrow", None),
    ]
    assert tables.remarks == ("split extra is called like no part: its images have none",)


def test_any_folder_of_arrow_files_will_do(touch: Touch) -> None:
    root = touch("pets-train.arrow", "pets-test.arrow", "cache-0123.arrow")
    tables = find_arrow_files(root)
    assert found(tables) == [("pets-test.arrow", "test"), ("pets-train.arrow", "train")]
    assert tables.remarks == ("ignored 1 intermediate file (cache-…)",)


@pytest.mark.parametrize(
    "names", [["../secret.arrow"], ["/etc/passwd"], ["sub/x.arrow"], ["..\\x"], [".."], [None], [3]]
)
def test_a_state_cannot_name_files_elsewhere(touch: Touch, names: list[Any]) -> None:
    root = touch("sub/x.arrow", "../secret.arrow")
    save(root, *names)
    with pytest.raises(InvalidData, match="no plain file name"):
        find_arrow_files(root)


def test_a_dictionary_cannot_name_folders_elsewhere(touch: Touch) -> None:
    root = touch("x")
    save(root / "../other", "x.arrow")
    (root / "dataset_dict.json").write_text('{"splits": ["../other"]}')
    with pytest.raises(InvalidData, match="no plain file name"):
        find_arrow_files(root)


@pytest.mark.parametrize("name", ["data.arrow", "state.json", "train"])
def test_links_in_a_saved_data_set_are_refused(touch: Touch, tmp_path: Path, name: str) -> None:
    root = touch("train/data.arrow")
    (root / "dataset_dict.json").write_text('{"splits": ["train"]}')
    save(root / "train", "data.arrow")
    place = root / "train" / name if name != "train" else root / "train"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidData, match="ymbolic link"):
        find_arrow_files(root)


@pytest.mark.parametrize(
    ("document", "said"),
    [("{", "cannot be read"), ("[]", "no JSON object"), ("{}", "lists no data files")],
)
def test_damaged_states_are_refused(touch: Touch, document: str, said: str) -> None:
    root = touch("data.arrow")
    (root / "state.json").write_text(document)
    with pytest.raises(InvalidData, match=said) as caught:
        find_arrow_files(root)
    assert caught.value.diagnostics[0].code == "I347"


def test_missing_data_files_are_named(touch: Touch) -> None:
    root = touch("x")
    save(root, "data.arrow")
    with pytest.raises(InvalidData, match=r"data\.arrow is missing"):
        find_arrow_files(root)


def test_rows_picked_by_an_index_are_refused(touch: Touch) -> None:
    root = touch("data.arrow")
    save(root, "data.arrow", _indices_data_files=[{"filename": "indices.arrow"}])
    with pytest.raises(InvalidData, match="picked by an index"):
        find_arrow_files(root)
