"""Predicting inside Spark: executors get the model's package as a file, and call the function that all call.

A partition is some whole files. Spark reads them (and encodes them, if they are raw), its executors predict
in ``mapInArrow``, and what they wrote becomes the file of the partition.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.inference.tables.encoded import RawRows, StoredRows, is_encoded
from netloom.inference.tables.partitions import Partition
from netloom.inference.tables.predicting import PredictsPartitions
from netloom.inference.tables.prediction_columns import PredictionColumns
from netloom.inference.tables.predictor import TablePredictor, digest_of_package, predict_batches
from netloom.inference.tables.resuming import PredictionFiles
from netloom.models.tabular.package import FILES
from netloom.tables.engines.spark import SparkEngine
from netloom.tables.features.codec import read_feature_map
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE_FILES = True
"""Partitions for Spark consist of whole files: it reads nothing less."""
_STORED = "encoded_to_predict"


def on_spark(
    package: Path,
    table: TableFiles,
    columns: PredictionColumns,
    *,
    engine: SparkEngine,
    scratch: Path,
    batch_size: int,
) -> PredictsPartitions:
    """Predict in the executors of a Spark session.

    Args:
        package: Folder of the model.
        scratch: Folder for vocabularies and for the package as one file.

    Raises:
        InvalidData: The table does not fit the model.
    """
    archive = _shipped(package, scratch, engine)
    queries = _queries(package, table, columns, engine=engine, scratch=scratch)
    inner = _plain(columns.schema)
    function = partial(_on_executor, archive, columns, batch_size)

    def predicting(partitions: tuple[Partition, ...], files: PredictionFiles) -> Iterator[int]:
        for each in partitions:
            unfinished = files.folder / f".spark-{each.number:05d}"
            try:
                if each.rows:
                    engine.write_mapped(queries.query(each), function, inner, unfinished)
                written = _read_back(unfinished, columns.schema)
                yield from files.writing(each, columns.schema, written)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)

    return predicting


class _StoredQueries:
    """The query for each partition of an encoded table."""

    def __init__(self, rows: StoredRows, table: TableFiles, engine: SparkEngine) -> None:
        self._rows = rows
        self._table = table
        self._engine = engine

    def query(self, partition: Partition) -> str:
        self._rows.check(partition)
        self._engine.bind(_STORED, partition.files(self._table))
        names = self._engine.sql.identifiers(self._rows.names)
        return f"SELECT {names} FROM {_STORED}"  # noqa: S608 - names are quoted


def _queries(
    package: Path,
    table: TableFiles,
    columns: PredictionColumns,
    *,
    engine: SparkEngine,
    scratch: Path,
) -> _StoredQueries | RawRows:
    feature_map = read_feature_map(package)
    kept = [column.name for column in columns.kept]
    if is_encoded(table.columns, feature_map):
        return _StoredQueries(StoredRows(table, feature_map, kept), table, engine)
    return RawRows(table, feature_map, kept, engine=engine, scratch=scratch)


def _shipped(package: Path, scratch: Path, engine: SparkEngine) -> str:
    """Give the package to all executors; returns the name of the file that they find it in."""
    name = f"netloom-{digest_of_package(package)[:32]}.zip"
    scratch.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(scratch / name, "w") as archive:
        for file in FILES:
            archive.write(package / file, file)
    engine.give(scratch / name)
    return name


def _on_executor(
    archive: str,
    columns: PredictionColumns,
    batch_size: int,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """What an executor does with its rows."""
    schema = _plain(columns.schema)
    for batch in predict_batches(_opened(archive, batch_size), batches, columns):
        yield batch.cast(schema)


@lru_cache(maxsize=2)
def _opened(archive: str, batch_size: int) -> TablePredictor:
    """The model, opened once in each process of an executor."""
    import torch
    from pyspark import SparkFiles

    torch.set_num_threads(1)  # Spark runs as many tasks as there are cores
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(SparkFiles.get(archive)) as stored:
            for file in FILES:
                (folder / file).write_bytes(stored.read(file))
        return TablePredictor.open(folder, batch_size=batch_size)


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema without lists of fixed width, which Spark does not have."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(field.name, pa.list_(field.type.value_type))
            if pa.types.is_fixed_size_list(field.type)
            else pa.field(field.name, field.type)
            for field in schema
        ]
    )


def _read_back(folder: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield batch.cast(schema)
