"""Parquet and Arrow tables of images; what they share with other sources is in tests/contracts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.datasets import open_samples
from netloom.data.formats.datasets_folder import find_arrow_files
from netloom.data.formats.image_arrow import index_image_arrow
from netloom.data.formats.image_parquet import index_image_parquet
from netloom.data.formats.table_files import find_tables
from netloom.data.index import read_index
from netloom.data.view import Dataset

Index = Callable[..., Dataset[Any]]


def encoded(level: int) -> bytes:
    return bytes(cv2.imencode(".png", np.full((4, 5, 3), level % 256, np.uint8))[1].tobytes())


def table(num_rows: int = 4, **columns: Any) -> pa.Table:
    images = [encoded(level) for level in range(num_rows)]
    return pa.table({"image": images, "label": ["a", "b"] * (num_rows // 2), **columns})


@pytest.fixture
def parquet(tmp_path: Path) -> Index:
    def run(**settings: Any) -> Dataset[Any]:
        root = tmp_path / "tables"
        return index_image_parquet(
            find_tables(root, suffix=".parquet", kind="Parquet files"),
            root,
            tmp_path,
            reporter=SilentReporter(tmp_path),
            **settings,
        )

    (tmp_path / "tables").mkdir()
    return run


@pytest.fixture
def arrow(tmp_path: Path) -> Index:
    def run(**settings: Any) -> Dataset[Any]:
        root = tmp_path / "tables"
        return index_image_arrow(
            find_arrow_files(root),
            root,
            tmp_path,
            media=f"path:{root}",
            reporter=SilentReporter(tmp_path),
            **settings,
        )

    (tmp_path / "tables").mkdir()
    return run


def rows(tmp_path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_index(tmp_path / "index.parquet").to_pylist()
    return found


def write_arrow(path: Path, content: pa.Table) -> None:
    with pa.ipc.new_stream(str(path), content.schema) as target:
        target.write_table(content, max_chunksize=3)


def test_rows_of_several_files_follow_each_other(
    tmp_path: Path, parquet: Index, resolve: Any
) -> None:
    for part in ("test", "train"):
        pq.write_table(table(600 if part == "train" else 4), tmp_path / f"tables/{part}.parquet")
    view = parquet(threads=2)
    found = rows(tmp_path)
    assert [row["row"] for row in found] == list(range(604))
    assert [found[0]["id"], found[4]["id"]] == ["test.parquet#0", "train.parquet#0"]
    assert [row["part"] for row in found] == ["test"] * 4 + ["train"] * 600
    samples = open_samples(view, resolve)
    assert int(samples.read(3)[0, 0, 0]) == 3
    assert int(samples.read(603)[0, 0, 0]) == 599 % 256


def test_bad_rows_are_not_copied(tmp_path: Path, parquet: Index, resolve: Any) -> None:
    images = [encoded(0), b"", None, encoded(3)]
    pq.write_table(
        pa.table({"image": images, "label": [0, 1, 0, 1]}), tmp_path / "tables/x.parquet"
    )
    view = parquet(on_bad="skip")
    assert [(row["id"], row["row"]) for row in rows(tmp_path)] == [
        ("x.parquet#0", 0),
        ("x.parquet#3", 1),
    ]
    assert view.remarks[0] == (
        "skipped 2 bad images, for instance x.parquet#1: the table does not hold its bytes"
    )
    assert int(open_samples(view, resolve).read(1)[0, 0, 0]) == 3


@pytest.mark.parametrize(
    ("labels", "names", "positions"),
    [
        (["9", "10", "9", None], ("9", "10"), [0, 1, 0, None]),
        ([9, 10, 9, 10], ("9", "10"), [0, 1, 0, 1]),
        ([1.0, 0.0, None, 1.0], ("0", "1"), [1, 0, None, 1]),
        ([True, False, True, False], ("false", "true"), [1, 0, 1, 0]),
        (pa.array(["b", "a", "b", "b"]).dictionary_encode(), ("a", "b"), [1, 0, 1, 1]),
        (["", "a", "a", "b"], ("a", "b"), [None, 0, 0, 1]),
    ],
)
def test_labels_of_all_kinds_are_understood(
    tmp_path: Path, parquet: Index, labels: Any, names: Any, positions: Any
) -> None:
    pq.write_table(table().set_column(1, "label", labels if isinstance(labels, pa.Array) else [labels]),
                   tmp_path / "tables/x.parquet")  # fmt: skip
    view = parquet()
    assert view.labels == names
    assert [row["label"] for row in rows(tmp_path)] == positions


def described(content: pa.Table, names: list[str]) -> pa.Table:
    features = {"label": {"names": names, "_type": "ClassLabel"}}
    return content.replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )


def test_a_described_label_space_is_kept_whole(tmp_path: Path, parquet: Index) -> None:
    content = table().set_column(1, "label", pa.array([2, -1, 2, 2]))
    pq.write_table(described(content, ["x", "y", "z"]), tmp_path / "tables/x.parquet")
    view = parquet()
    assert view.labels == ("x", "y", "z")
    assert [row["label"] for row in rows(tmp_path)] == [2, None, 2, 2]
    assert view.remarks[0] == "1 of 4 images have no label"


def test_labels_outside_the_label_space_are_told(tmp_path: Path, parquet: Index) -> None:
    content = table().set_column(1, "label", pa.array([0, 1, 2, -2]))
    pq.write_table(described(content, ["x", "y"]), tmp_path / "tables/x.parquet")
    with pytest.raises(InvalidData) as caught:
        parquet()
    assert [problem.message for problem in caught.value.diagnostics[:-1]] == [
        "image x.parquet#2 cannot be used: its label is 2, where 0 to 1 are named",
        "image x.parquet#3 cannot be used: its label is -2, where 0 to 1 are named",
    ]


@pytest.mark.parametrize("source", ["parquet", "arrow"])
def test_files_with_other_classes_are_refused(
    tmp_path: Path, source: str, request: pytest.FixtureRequest
) -> None:
    run: Index = request.getfixturevalue(source)
    content = table().set_column(1, "label", pa.array([0, 1, 0, 1]))
    for name, names in (("a", ["x", "y"]), ("b", ["y", "x"])):
        path = tmp_path / f"tables/{name}.{source}"
        (pq.write_table if source == "parquet" else lambda t, p: write_arrow(p, t))(
            described(content, names), path
        )
    with pytest.raises(InvalidData) as caught:
        run()
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.file) == ("I348", f"b.{source}")
    assert (problem.expected, problem.got) == ("2 classes: x, y", "2 classes: y, x")


def test_a_column_of_parts_counts_more_than_the_name(tmp_path: Path, parquet: Index) -> None:
    parts = ["val", None, "TEST", "train"]
    pq.write_table(table(split=parts), tmp_path / "tables/train.parquet")
    parquet()
    assert [row["part"] for row in rows(tmp_path)] == ["valid", "train", "test", "train"]


def test_unknown_parts_are_told(tmp_path: Path, parquet: Index) -> None:
    pq.write_table(table(split=["train", "fold1", "test", "test"]), tmp_path / "tables/x.parquet")
    with pytest.raises(InvalidData, match="its part is 'fold1', which is none of train"):
        parquet()


@pytest.mark.parametrize("source", ["parquet", "arrow"])
@pytest.mark.parametrize("keep", [0.0, 0.4, 0.9])
def test_damaged_files_are_named(
    tmp_path: Path, source: str, keep: float, request: pytest.FixtureRequest
) -> None:
    run: Index = request.getfixturevalue(source)
    path = tmp_path / f"tables/x.{source}"
    (pq.write_table if source == "parquet" else lambda t, p: write_arrow(p, t))(table(100), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(InvalidData) as caught:
        run()
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.file) == ("I349", f"x.{source}")


@pytest.mark.parametrize("source", ["parquet", "arrow"])
def test_a_table_without_rows_is_refused(
    tmp_path: Path, source: str, request: pytest.FixtureRequest
) -> None:
    run: Index = request.getfixturevalue(source)
    path = tmp_path / f"tables/x.{source}"
    empty = table().slice(0, 0)
    (pq.write_table if source == "parquet" else lambda t, p: write_arrow(p, t))(empty, path)
    with pytest.raises(InvalidData, match="The table has no rows"):
        run()


def test_arrow_files_are_read_in_place_by_file_and_row(
    tmp_path: Path, arrow: Index, resolve: Any
) -> None:
    write_arrow(tmp_path / "tables/train.arrow", table(8))
    write_arrow(tmp_path / "tables/test.arrow", table(6).slice(2))
    view = arrow(threads=2)
    assert not (tmp_path / "media.arrow").exists()
    found = rows(tmp_path)
    assert [(row["path"], row["row"]) for row in found[:5]] == [
        *(("test.arrow", row) for row in range(4)),
        ("train.arrow", 0),
    ]
    samples = open_samples(view, resolve)
    assert [int(samples.read(place)[0, 0, 0]) for place in (0, 3, 4, 11)] == [2, 5, 0, 7]


def test_images_in_different_columns_are_refused(tmp_path: Path, arrow: Index) -> None:
    write_arrow(tmp_path / "tables/a.arrow", table())
    write_arrow(tmp_path / "tables/b.arrow", table().rename_columns(["img", "label"]))
    with pytest.raises(InvalidData, match="different columns"):
        arrow()
