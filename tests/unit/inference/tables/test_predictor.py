from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_model_example import Example

from netloom.core.errors import InvalidData
from netloom.inference.tables.encoded import encoded_batch, encoded_rows
from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.predicting import here, predict_partitions
from netloom.inference.tables.predictor import TablePredictor, predict_batches
from netloom.inference.tables.resuming import PredictionFiles
from netloom.inference.tables.wanted import Wanted
from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine
from netloom.tables.feed import EncodedFeed
from netloom.tables.table import TableFiles


def predicted(
    predictor: TablePredictor,
    files: TableFiles,
    engine: TableEngine,
    scratch: Path,
    wanted: Wanted,
) -> list[dict[str, Any]]:
    columns = predictor.columns(files, wanted)
    kept = [column.name for column in columns.kept]
    rows = encoded_rows(files, predictor.feature_map, kept, engine=engine, scratch=scratch)
    found = [
        row
        for partition in plan_partitions(files, rows_per_partition=7)
        for batch in predict_batches(predictor, rows.batches(partition), columns)
        for row in batch.to_pylist()
    ]
    return sorted(found, key=lambda row: row["id"])


def test_raw_and_encoded_tables_give_what_the_network_says(
    example: Example, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    wanted = Wanted(outputs=("label", "score", "scores"), prefix="p_")
    encoded = predicted(predictor, example.encoded, engine, tmp_path / "a", wanted)
    raw = predicted(predictor, example.raw, engine, tmp_path / "b", wanted)
    feed = EncodedFeed(
        example.encoded.paths, example.feature_map, batch_size=30, kept=["id"], shuffle=False
    )
    (batch,) = feed.epoch(0)
    feed.close()
    order = np.argsort(batch.kept["id"].to_numpy())
    scores = {name: values[order] for name, values in predictor.predict(batch).items()}
    assert [row["id"] for row in raw] == [row["id"] for row in encoded] == list(range(30))
    for rows in (raw, encoded):
        for name in ("p_clicked_score", "p_price", "p_grade_scores", "p_likes_scores"):
            expected = scores[name.removeprefix("p_").partition("_")[0]]
            np.testing.assert_allclose([row[name] for row in rows], expected, atol=1e-6)
        assert [row["p_clicked"] for row in rows] == (scores["clicked"] >= 0.5).tolist()
        assert [row["p_grade"] for row in rows] == (scores["grade"].argmax(1) + 1).tolist()
        np.testing.assert_allclose(
            [row["p_grade_score"] for row in rows], scores["grade"].max(1), atol=1e-6
        )
        for row, probable in zip(rows, scores["likes"], strict=True):
            held = np.flatnonzero(probable >= 0.5)
            assert row["p_likes"] == [("a", "b")[place] for place in held]
            np.testing.assert_allclose(row["p_likes_score"], probable[held], atol=1e-6)
    np.testing.assert_allclose(scores["grade"].sum(1), 1, atol=1e-5)
    assert len({row["p_price"] for row in raw}) > 10  # rows are told apart at all


def test_columns_to_keep_come_from_a_raw_table_as_they_are(
    example: Example, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    wanted = Wanted(outputs=("label",), keep=("note", "id"), prefix="is_")
    rows = predicted(predictor, example.raw, engine, tmp_path, wanted)
    assert list(rows[0]) == ["id", "note", "is_clicked", "is_grade", "is_price", "is_likes"]
    assert [row["note"] for row in rows] == [f"row {n}" for n in range(30)]


def test_values_of_folders_are_columns_to_keep(
    example: Example, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    for day, path in zip(("a%20b", "__HIVE_DEFAULT_PARTITION__"), example.encoded.paths):
        (tmp_path / f"day={day}").mkdir()
        (tmp_path / f"day={day}" / "0.parquet").write_bytes(Path(path).read_bytes())
    paths = tuple(str(path) for path in sorted(tmp_path.rglob("*.parquet")))
    files = TableFiles(
        paths,
        (*example.encoded.columns, Column("day", "text")),
        partitions=("day",),
        folder=str(tmp_path),
    )
    rows = predicted(predictor, files, engine, tmp_path, Wanted(keep=("day",)))
    assert [row["day"] for row in rows] == ["a b"] * 18 + [None] * 12


def test_batches_do_not_change_what_is_predicted(
    example: Example, predictor: TablePredictor
) -> None:
    def scores(batch_size: int) -> list[float]:
        other = TablePredictor.open(example.package, batch_size=batch_size)
        assert other.digest == predictor.digest
        batches = other.stream(example.encoded.paths)
        return [row for batch in batches for row in batch["clicked_score"].to_pylist()]

    np.testing.assert_allclose(scores(1), scores(1000), atol=1e-6)


def test_a_slice_of_rows_is_seen_as_such(example: Example) -> None:
    rows = pq.read_table(example.encoded.paths[0]).combine_chunks().to_batches()[0]
    whole = encoded_batch(rows, example.feature_map.outputs())
    piece = encoded_batch(rows.slice(3, 5), example.feature_map.outputs())
    for name, matrix in whole.fixed.items():
        assert np.array_equal(piece.fixed[name], matrix[3:8])
    for name, (values, offsets) in whole.ragged.items():
        assert piece.ragged[name].offsets_N.tolist() == (offsets[3:9] - offsets[3]).tolist()
        assert np.array_equal(piece.ragged[name].values_V, values[offsets[3] : offsets[8]])


def test_what_does_not_fit_the_model_is_refused(
    example: Example, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    def code(files: TableFiles, wanted: Wanted) -> str:
        with pytest.raises(InvalidData) as caught:
            predicted(predictor, files, engine, tmp_path / "v", wanted)
        return caught.value.diagnostics[0].code

    other = tmp_path / "0.parquet"
    pq.write_table(pq.read_table(example.encoded.paths[0]).replace_schema_metadata({}), other)
    unknown = TableFiles((str(other),), example.encoded.columns, folder=str(tmp_path))
    assert code(unknown, Wanted()) == "T314"
    fewer = tuple(column for column in example.raw.columns if column.name != "city")
    assert code(TableFiles(example.raw.paths, fewer), Wanted()) == "T311"
    assert code(example.raw, Wanted(keep=("nothing",))) == "T103"
    assert code(example.raw, Wanted(keep=("clicked",))) == "T363"
    keyless = predictor.feature_map.model_copy(update={"keys": ()})
    predictor = TablePredictor.open(example.package)
    predictor.feature_map = keyless
    assert code(example.raw, Wanted()) == "T362"
    with pytest.raises(InvalidData, match="There is no device 'abacus'"):
        TablePredictor.open(example.package, device="abacus")


def test_lists_of_another_length_are_refused(example: Example) -> None:
    rows = pq.read_table(example.encoded.paths[0])
    place = rows.schema.get_field_index("default_numbers")
    short = pa.array([[1.0]] * 17 + [[1.0, 2.0]], pa.list_(pa.float32()))
    wrong = rows.set_column(place, "default_numbers", short).combine_chunks().to_batches()[0]
    with pytest.raises(InvalidData, match="not 1 long"):
        encoded_batch(wrong, example.feature_map.outputs())


@pytest.mark.parametrize("kind", ["encoded", "raw"])
def test_a_file_damaged_inside_ends_everything_and_keeps_what_is_finished(
    example: Example,
    predictor: TablePredictor,
    engine: TableEngine,
    tmp_path: Path,
    kind: str,
) -> None:
    whole: TableFiles = getattr(example, kind)
    shutil.copytree(whole.folder, tmp_path / "t")
    paths = tuple(map(str, sorted((tmp_path / "t").iterdir())))
    content = Path(paths[1]).read_bytes()
    # Its footer is as it was, so that only reading the rows shows what happened.
    Path(paths[1]).write_bytes(content[:4] + b"\xff" * 2000 + content[2004:])
    files = TableFiles(paths, whole.columns, folder=str(tmp_path / "t"))
    columns = predictor.columns(files, Wanted(prefix="p_"))
    predicting = here(predictor, files, columns, engine=engine, scratch=tmp_path / "v")
    made = PredictionFiles(tmp_path / "out", "j", "m")
    with pytest.raises(InvalidData) as caught:
        predict_partitions(
            plan_partitions(files, rows_per_partition=18),
            made,
            predicting,
            progress=lambda done, total: None,
        )
    damage, kept = caught.value.diagnostics
    assert damage.code == {"encoded": "T128", "raw": "T112"}[kind]
    assert kept.message == "1 of 2 partitions are predicted and kept"
    assert [path.name for path in made.folder.iterdir()] == ["part-00000.parquet"]
