"""A whole table of predictions: partition by partition, each of them once, and to be resumed at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from netloom.core.diagnostics import Diagnostic
from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData, StorageFailed
from netloom.inference.tables.encoded import ahead, encoded_rows
from netloom.inference.tables.partitions import Partition
from netloom.inference.tables.prediction_columns import PredictionColumns
from netloom.inference.tables.predictor import TablePredictor, predict_batches
from netloom.inference.tables.resuming import PredictionFiles
from netloom.tables.columns import columns_to_json
from netloom.tables.engines.engine import TableEngine
from netloom.tables.table import TableFiles


@dataclass(frozen=True, slots=True)
class Predicted:
    """What became of a table.

    Attributes:
        resumed: Rows that an earlier call had predicted.
    """

    rows: int
    resumed: int
    partitions: int


class PredictsPartitions(Protocol):
    """Predicts the partitions that are left; says how many rows are done, after each batch or partition."""

    def __call__(
        self, partitions: tuple[Partition, ...], files: PredictionFiles
    ) -> Iterator[int]: ...


def job_digest(model: str, columns: PredictionColumns) -> str:
    """What decides the predictions besides the rows: the model and the columns."""
    kept = columns_to_json(columns.kept)
    return digest_of_json({"model": model, "kept": kept, "wanted": columns.wanted.to_json()})


def predict_partitions(
    partitions: tuple[Partition, ...],
    files: PredictionFiles,
    predicting: PredictsPartitions,
    *,
    progress: Callable[[int, int], None],
) -> Predicted:
    """Predict what no finished file answers.

    Args:
        predicting: Does it: in this process, on Ray or on Spark.
        progress: Told how many rows are done, and of how many.

    Raises:
        InvalidData: A file of the table is damaged; what is finished is kept.
        StorageFailed: The disk is full; what is finished is kept.
    """
    total = sum(each.rows for each in partitions)
    left = files.remaining(partitions)
    resumed = done = total - sum(each.rows for each in left)
    progress(done, total)
    with _telling_what_is_kept(partitions, files):
        for rows in predicting(left, files):
            done += rows
            progress(done, total)
    return Predicted(total, resumed, len(partitions))


def here(
    predictor: TablePredictor,
    table: TableFiles,
    columns: PredictionColumns,
    *,
    engine: TableEngine,
    scratch: Path,
) -> PredictsPartitions:
    """Predict in this process: rows are read (or encoded) by one thread, predicted and written by another.

    Args:
        engine: Encodes the table, if it is not encoded.
        scratch: Folder for vocabularies.

    Raises:
        InvalidData: The table does not fit the model.
    """
    kept = [column.name for column in columns.kept]
    rows = encoded_rows(table, predictor.feature_map, kept, engine=engine, scratch=scratch)

    def predicting(partitions: tuple[Partition, ...], files: PredictionFiles) -> Iterator[int]:
        for partition in partitions:
            batches = predict_batches(predictor, ahead(rows.batches(partition)), columns)
            yield from files.writing(partition, columns.schema, batches)

    return predicting


@contextmanager
def _telling_what_is_kept(
    partitions: tuple[Partition, ...], files: PredictionFiles
) -> Iterator[None]:
    """Errors also say how much is finished and need not be done again."""
    try:
        yield
    except (InvalidData, StorageFailed) as error:
        finished = sum(files.file(each.number).is_file() for each in partitions)
        kept = Diagnostic(
            code="T365",
            message=f"{finished} of {len(partitions)} partitions are predicted and kept",
            fix="Repair it and start again: the others are predicted then",
        )
        raise type(error)(*error.diagnostics, kept) from error
