"""A table of predictions is the same wherever it was made: in this process, or by executors of Spark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from small_spark import SMALL_SPARK, skip_without_spark
from table_model_example import Example, make_example

from netloom.core.errors import InvalidData
from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.predicting import PredictsPartitions, here, predict_partitions
from netloom.inference.tables.prediction_columns import PredictionColumns
from netloom.inference.tables.predictor import TablePredictor
from netloom.inference.tables.resuming import PredictionFiles
from netloom.inference.tables.spark import on_spark
from netloom.inference.tables.wanted import Wanted
from netloom.tables.engines.engine import open_engine
from netloom.tables.engines.spark import SparkEngine
from netloom.tables.table import TableFiles

WANTED = Wanted(outputs=("label", "score", "scores"), prefix="p_")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return make_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    skip_without_spark()
    if find_spec("pandas") is None:
        pytest.skip("pandas, which Spark needs to call functions, is in `make test-engines` only")
    engine = open_engine(
        "spark",
        memory_limit=600 << 20,
        threads=1,
        scratch=tmp_path_factory.mktemp("spark"),
        options=SMALL_SPARK,
    )
    assert isinstance(engine, SparkEngine)
    yield engine
    engine.close()


def predicted(
    table: TableFiles, predicting: PredictsPartitions, files: PredictionFiles
) -> list[dict[str, Any]]:
    partitions = plan_partitions(table, rows_per_partition=20, whole_files=True)
    assert len(partitions) == 2
    done = predict_partitions(partitions, files, predicting, progress=lambda done, total: None)
    assert done.rows == 30
    found = [row for path in files.folder.iterdir() for row in pq.read_table(path).to_pylist()]
    return sorted(found, key=lambda row: row["id"])


def close(row: dict[str, Any]) -> dict[str, Any]:
    """The row, for comparing what floating-point numbers are only nearly."""
    return {
        name: pytest.approx(value, abs=1e-5)
        if isinstance(value, float) or (isinstance(value, list) and value and value[0] != "a")
        else value
        for name, value in row.items()
        if name != "p_likes"
    }


@pytest.mark.parametrize("kind", ["raw", "encoded"])
def test_spark_predicts_what_this_process_predicts(
    example: Example, spark: SparkEngine, tmp_path: Path, kind: str
) -> None:
    table = example.raw if kind == "raw" else example.encoded
    predictor = TablePredictor.open(example.package)
    columns = predictor.columns(table, WANTED)
    duckdb = open_engine(memory_limit=200 << 20, threads=1, scratch=tmp_path / "engine")
    alone = predicted(
        table,
        here(predictor, table, columns, engine=duckdb, scratch=tmp_path / "v"),
        PredictionFiles(tmp_path / "alone", "j", "m"),
    )
    duckdb.close()
    files = PredictionFiles(tmp_path / "spark", "j", "m")
    executors = predicted(table, in_spark(example, table, columns, spark, tmp_path), files)
    assert executors == [{**row, **close(row)} for row in alone]
    schemas = [pq.read_schema(path) for path in files.folder.iterdir()]
    assert [schema.equals(columns.schema) for schema in schemas] == [True, True]
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "part-00000.parquet",
        "part-00001.parquet",
    ]


def in_spark(
    example: Example,
    table: TableFiles,
    columns: PredictionColumns,
    spark: SparkEngine,
    scratch: Path,
) -> PredictsPartitions:
    return on_spark(
        example.package, table, columns, engine=spark, scratch=scratch / "shipped", batch_size=4
    )


def test_a_file_that_changed_is_refused_before_spark_reads_it(
    example: Example, spark: SparkEngine, tmp_path: Path
) -> None:
    shutil.copytree(example.encoded.folder, tmp_path / "t")
    paths = tuple(map(str, sorted((tmp_path / "t").iterdir())))
    table = TableFiles(paths, example.encoded.columns, folder=str(tmp_path / "t"))
    columns = TablePredictor.open(example.package).columns(table, WANTED)
    partitions = plan_partitions(table, rows_per_partition=20, whole_files=True)
    Path(paths[1]).touch()
    files = PredictionFiles(tmp_path / "out", "j", "m")
    with pytest.raises(InvalidData) as caught:
        predict_partitions(
            partitions,
            files,
            in_spark(example, table, columns, spark, tmp_path),
            progress=lambda done, total: None,
        )
    assert [each.code for each in caught.value.diagnostics] == ["T105", "T365"]
    assert [path.name for path in files.folder.iterdir()] == ["part-00000.parquet"]
