"""Measuring table models: raw and encoded tables, parts, slices, and tables that do not fit."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from netloom.core.errors import InvalidData
from netloom.inference.tables.encoded import StoredRows, encoded_batch
from netloom.inference.tables.evaluation import MeasuredRows, evaluate_table_model
from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.predictor import TablePredictor
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import TableEngine
from netloom.tables.table import TableFiles
from netloom.tasks.protocol import Evaluation

ALL = MeasuredRows(part=None)


def stored(rows: pa.Table, folder: Path) -> TableFiles:
    folder.mkdir()
    pq.write_table(rows, folder / "rows.parquet", row_group_size=4)
    columns = columns_of(rows.schema, name="rows")
    return TableFiles((str(folder / "rows.parquet"),), columns, folder=str(folder))


def evaluated(
    predictor: TablePredictor,
    files: TableFiles,
    engine: TableEngine,
    folder: Path,
    wanted: MeasuredRows = ALL,
    *,
    bootstrap: int = 20,
) -> Evaluation:
    return evaluate_table_model(
        predictor, files, wanted, engine=engine, scratch=folder, bootstrap=bootstrap, seed=1
    )


def with_column(example: Any, folder: Path, name: str, values: list[Any]) -> TableFiles:
    rows = pa.concat_tables([pq.read_table(path) for path in example.raw.paths])
    return stored(rows.append_column(name, pa.array(values)), folder)


def codes(error: InvalidData) -> list[str]:
    return [diagnostic.code for diagnostic in error.diagnostics]


def test_raw_and_encoded_tables_give_the_same_metrics(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    raw = evaluated(predictor, example.raw, engine, tmp_path)
    encoded = evaluated(predictor, example.encoded, engine, tmp_path)
    assert set(raw.metrics["targets"]) == {"clicked", "grade", "price", "likes"}
    for name, value in encoded.metrics.items():
        if isinstance(value, float):
            assert raw.metrics[name] == pytest.approx(value, abs=1e-5), name
    assert raw.metrics["clicked/rows"] == 30


def test_metrics_are_those_of_the_model_s_own_scores(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    rows = StoredRows(example.encoded, example.feature_map, ["clicked", "price"])
    scores: list[float] = []
    clicked: list[bool] = []
    errors: list[float] = []
    for partition in plan_partitions(example.encoded):
        for batch in rows.batches(partition):
            encoded = encoded_batch(batch, example.feature_map.outputs())
            found = predictor.predict(encoded)
            scores += found["clicked"].tolist()
            clicked += encoded.kept["clicked"].to_pylist()
            errors += (found["price"] - np.array(encoded.kept["price"])).tolist()
    metrics = evaluated(predictor, example.encoded, engine, tmp_path).metrics
    assert metrics["clicked/auc"] == pytest.approx(roc_auc_score(clicked, scores), abs=1e-6)
    assert metrics["price/rmse"] == pytest.approx(math.sqrt(np.square(errors).mean()), rel=1e-5)


def test_only_rows_of_the_part_are_measured_and_slices_are_told_apart(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    parts = ["test" if number % 3 == 0 else "train" for number in range(30)]
    files = with_column(example, tmp_path / "parts", "part", parts)
    wanted = MeasuredRows(part="test", slices=("city", "note"))
    found = evaluated(predictor, files, engine, tmp_path, wanted)
    assert found.metrics["clicked/rows"] == 10
    slices = found.metrics["targets"]["price"]["slices"]
    cities = {each["slice"]: each["rows"] for each in slices if each["column"] == "city"}
    assert cities == {"c0": 3, "c1": 2, "c2": 2, "c3": 3}
    worst = [each["rmse"] for each in slices]
    assert worst == sorted(worst, reverse=True)
    assert sum(section.title == "price: Slices" for section in found.sections) == 1


def test_rows_without_a_label_are_left_out_and_said(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    rows = pa.concat_tables([pq.read_table(path) for path in example.raw.paths])
    labels = pa.array([None if number < 4 else number % 2 == 0 for number in range(30)])
    place = rows.schema.get_field_index("clicked")
    files = stored(rows.set_column(place, "clicked", labels), tmp_path / "some")
    found = evaluated(predictor, files, engine, tmp_path, bootstrap=0)
    assert (found.metrics["clicked/rows"], found.metrics["price/rows"]) == (26, 30)
    assert "clicked: 4 rows have no label in 'clicked' and are left out." in found.remarks
    assert found.metrics["targets"]["clicked"]["intervals"]["auc"] is None


def test_everything_that_is_wrong_with_a_table_is_said_at_once(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    rows = pa.concat_tables([pq.read_table(path) for path in example.raw.paths])
    files = stored(rows.drop_columns(["price"]), tmp_path / "less")
    wanted = MeasuredRows(part="test", slices=("town", "tags"))
    with pytest.raises(InvalidData) as caught:
        evaluated(predictor, files, engine, tmp_path, wanted)
    assert codes(caught.value) == ["T331", "T352", "T353", "T354"]
    with pytest.raises(InvalidData) as caught:
        evaluated(predictor, example.encoded, engine, tmp_path, MeasuredRows(slices=("city",)))
    assert codes(caught.value) == ["T352", "T353"]
    assert "as it was before encoding" in str(caught.value.diagnostics[1].fix)


def test_a_part_without_rows_is_an_error_that_counts_the_others(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    files = with_column(example, tmp_path / "parts", "part", ["train"] * 29 + ["valid"])
    with pytest.raises(InvalidData) as caught:
        evaluated(predictor, files, engine, tmp_path, MeasuredRows())
    assert codes(caught.value) == ["T351"]
    assert caught.value.diagnostics[0].got == "'train': 29, 'valid': 1"


def test_an_empty_table_is_an_error(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    with pytest.raises(InvalidData) as caught:
        evaluated(predictor, replace(example.raw, paths=()), engine, tmp_path)
    assert codes(caught.value) == ["T350"]


def test_a_table_encoded_with_another_map_is_refused(
    example: Any, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    rows = pq.read_table(example.encoded.paths[0])
    schema = rows.replace_schema_metadata({"netloom.feature_map": "0" * 64})
    pq.write_table(schema, tmp_path / "other.parquet")
    files = TableFiles(
        (str(tmp_path / "other.parquet"),), columns_of(rows.schema, name="other"), folder=""
    )
    with pytest.raises(InvalidData) as caught:
        evaluated(predictor, files, engine, tmp_path)
    assert codes(caught.value) == ["T314"]
