from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidInput
from netloom.inference import predictions, row_blocks
from netloom.inference.prediction_formats import FORMATS, PredictionFormat, format_of
from netloom.inference.predictions import write_predictions, writing_predictions

ROWS = [
    {"path": f"{index}.png", "label": "cat", "score": 0.5, "scores": {"cat": 0.5, "dog": index / 8}}
    for index in range(5)
]
every_format = pytest.mark.parametrize("form", FORMATS)


def written(path: Path, form: PredictionFormat, blocks: list[list[dict[str, Any]]]) -> bytes:
    with writing_predictions(path, form=form, names=("path",)) as writer:
        for block in blocks:
            writer.add(block)
    return path.read_bytes()


def read(path: Path, form: PredictionFormat) -> list[dict[str, Any]]:
    if form == "parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    if form == "jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="") as stream:
        return [
            {
                "path": row["path"],
                "label": row["label"],
                "score": float(row["score"]),
                "scores": {name: float(row[f"scores.{name}"]) for name in ("cat", "dog")},
            }
            for row in csv.DictReader(stream)
        ]


@every_format
def test_every_format_gives_back_what_was_written(tmp_path: Path, form: PredictionFormat) -> None:
    path = tmp_path / "found"
    written(path, form, [ROWS[:2], [], ROWS[2:]])
    assert read(path, form) == ROWS


@every_format
def test_blocks_do_not_change_the_bytes(tmp_path: Path, form: PredictionFormat) -> None:
    whole = written(tmp_path / "a", form, [ROWS])
    assert written(tmp_path / "b", form, [[row] for row in ROWS]) == whole


@every_format
def test_an_error_leaves_the_old_file_alone(tmp_path: Path, form: PredictionFormat) -> None:
    path = tmp_path / "found"
    path.write_text("old")

    def fail_half_way() -> None:
        with writing_predictions(path, form=form, names=("path",)) as writer:
            writer.add(ROWS)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_predicted_is_an_empty_table_with_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "found"
    for form, content in (("jsonl", b""), ("csv", b"path\n")):
        assert written(path, form, []) == content  # type: ignore[arg-type]
    written(path, "parquet", [[]])
    assert pq.read_table(path).column_names == ["path"]


def test_columns_that_may_be_null_stay_texts(tmp_path: Path) -> None:
    path = tmp_path / "found"
    written(path, "parquet", [[{"path": None, "score": 0.5}], [{"path": "a", "score": 0.25}]])
    assert pq.read_table(path).to_pylist() == [
        {"path": None, "score": 0.5},
        {"path": "a", "score": 0.25},
    ]


def test_large_tables_are_written_in_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "_GROUP_ROWS", 2)
    written(tmp_path / "found", "parquet", [ROWS[:1], ROWS[1:2], ROWS[2:4], ROWS[4:]])
    assert pq.ParquetFile(tmp_path / "found").num_row_groups == 3
    assert read(tmp_path / "found", "parquet") == ROWS


def test_lists_in_a_prediction_are_json_in_csv(tmp_path: Path) -> None:
    rows = [{"path": "a", "boxes": [[1, 2], [3, 4]]}]
    assert written(tmp_path / "found", "csv", [rows]) == b'path,boxes\na,"[[1, 2], [3, 4]]"\n'


def test_the_suffix_says_the_format() -> None:
    assert [format_of(Path(f"out/a.{name}")) for name in FORMATS] == list(FORMATS)
    with pytest.raises(InvalidInput, match="parquet"):
        format_of(Path("out.xlsx"))


@every_format
def test_large_predictions_are_not_held_until_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: PredictionFormat
) -> None:
    count, letters, most = 200, 100_000, 1_000_000
    monkeypatch.setattr(row_blocks, "MOST_BYTES", most)
    monkeypatch.setattr(predictions, "_GROUP_BYTES", most)
    held = []

    def pictures(_: Any) -> Iterator[dict[str, str]]:
        for number in range(count):
            held.append(tracemalloc.get_traced_memory()[0] + pa.total_allocated_bytes())
            yield {"image": str(number).rjust(letters)}

    samples: Any = SimpleNamespace(
        ids=[str(number) for number in range(count)],
        paths=[None] * count,
        labels_N=np.full(count, -1),
        label_names=(),
    )
    predictor: Any = SimpleNamespace(
        task=SimpleNamespace(arrow_types=dict), predictions=pictures, labels=()
    )
    write_predictions(tmp_path / "warm", predictor, samples, form=form)  # imports, buffers
    held.clear()
    tracemalloc.start()
    try:
        write_predictions(tmp_path / "found", predictor, samples, form=form)
    finally:
        tracemalloc.stop()
    assert max(held) - min(held) < 5 * most  # all of them are 20 times as much
    assert (tmp_path / "found").read_bytes() == (tmp_path / "warm").read_bytes()
    if form == "parquet":
        lengths = [len(each) for each in pq.read_table(tmp_path / "found")["image"].to_pylist()]
        assert lengths == [letters] * count
