"""Measuring a table model on rows whose labels are known: read batch by batch, kept as compact arrays.

Shape legend: N rows, K classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.core.errors import InvalidData
from netloom.inference.tables.encoded import (
    EncodesPartitions,
    ahead,
    encoded_batch,
    encoded_rows,
    is_encoded,
)
from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.predictor import TablePredictor
from netloom.models.tabular.spec import Target
from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine
from netloom.tables.table import TableFiles
from netloom.tasks.protocol import Evaluation
from netloom.tasks.tabular.measures import TargetRows, target_rows
from netloom.tasks.tabular.report import table_evaluation
from netloom.tasks.tabular.slices import slicing_of
from netloom.tasks.tabular.targets import label_array, target_problems

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class MeasuredRows:
    """Which rows of a table a model is measured on.

    Attributes:
        part: What the column ``part_column`` says of them; None takes all rows.
        slices: Columns by whose values the rows are told apart.
    """

    part: str | None = "test"
    part_column: str = "part"
    slices: tuple[str, ...] = ()


def evaluate_table_model(
    predictor: TablePredictor,
    files: TableFiles,
    wanted: MeasuredRows,
    *,
    engine: TableEngine,
    scratch: Path,
    threshold: float = 0.5,
    bootstrap: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Metrics of every target with intervals, and everything the report shows.

    Args:
        files: A raw table, which is encoded with the model's own map, or one that was encoded with it.
        engine: Encodes a raw table.
        scratch: Folder for vocabularies.
        threshold: From which probability on the positive value of ``binary``, or one of ``labels``, is
            predicted.
        bootstrap: Resampled tables for the intervals; 0 leaves intervals out.
        progress: Told how many rows are done, and of how many.

    Raises:
        InvalidData: The table does not fit the model, lacks labels or other columns, or has no such rows.
    """
    targets = predictor.manifest.targets
    rows = labelled_rows(predictor, files, wanted, engine=engine, scratch=scratch)
    gathered = GatheredRows(targets, wanted.slices)
    for batch in rows.batches(progress):
        for start in range(0, batch.num_rows, predictor.batch_size):
            piece = batch.slice(start, predictor.batch_size)
            encoded = encoded_batch(piece, rows.outputs)
            gathered.add(predictor.predict(encoded), encoded.kept)
    rows.require_some()
    return table_evaluation(
        gathered.rows(),
        [slicing_of(name, gathered.column(name)) for name in wanted.slices],
        threshold=threshold,
        bootstrap=bootstrap,
        seed=seed,
    )


@dataclass
class LabelledRows:
    """Encoded rows of the chosen part, with their labels and other columns that are needed.

    Attributes:
        parts: How many rows of each part were seen.
    """

    files: TableFiles
    wanted: MeasuredRows
    outputs: Sequence[Any]
    encoded: EncodesPartitions
    parts: Counter[str] = field(default_factory=Counter)

    def batches(self, progress: Progress | None = None) -> Iterator[pa.RecordBatch]:
        """The rows; can be gone through once."""
        partitions = plan_partitions(self.files)
        total, done = sum(partition.rows for partition in partitions), 0
        for partition in partitions:
            for batch in ahead(self.encoded.batches(partition)):
                chosen = self._chosen(batch)
                if chosen.num_rows:
                    yield chosen
                done += batch.num_rows
                if progress is not None:
                    progress(done, total)

    def require_some(self) -> None:
        """Raise InvalidData if there was no row of the part; known once all batches were read."""
        if sum(self.parts.values()) == 0:
            raise InvalidData.of(
                "the table has no rows, so nothing can be measured",
                code="T350",
                fix="Check where the table is made",
            )
        part = self.wanted.part
        if part is not None and not self.parts[part]:
            seen = ", ".join(f"{name!r}: {rows}" for name, rows in self.parts.most_common(8))
            raise InvalidData.of(
                f"no row of the table is in the part {part!r}",
                code="T351",
                expected=f"rows whose column {self.wanted.part_column!r} is {part!r}",
                got=seen,
                fix="Choose another `part`, or leave it empty to measure on all rows",
            )

    def _chosen(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.wanted.part is None:
            self.parts["all"] += batch.num_rows
            return batch
        texts = pc.cast(batch[self.wanted.part_column], pa.string())
        for entry in pc.value_counts(texts).to_pylist():
            self.parts[str(entry["values"])] += entry["counts"]
        return batch.filter(pc.equal(texts, self.wanted.part))


def labelled_rows(
    predictor: TablePredictor,
    files: TableFiles,
    wanted: MeasuredRows,
    *,
    engine: TableEngine,
    scratch: Path,
    also: Sequence[str] = (),
) -> LabelledRows:
    """The rows to measure on; nothing is read yet.

    Args:
        also: Other columns that are needed.

    Raises:
        InvalidData: The table does not fit the model, or lacks labels or other columns.
    """
    targets = predictor.manifest.targets
    feature_map = predictor.feature_map
    encoded = is_encoded(files.columns, feature_map)
    problems = [
        *target_problems(targets, files.columns),
        *column_problems(files.columns, wanted, is_encoded=encoded),
    ]
    if problems:
        raise InvalidData(*problems)
    kept = [*(target.column for target in targets), *wanted.slices, *also]
    if wanted.part is not None:
        kept.append(wanted.part_column)
    return LabelledRows(
        files=files,
        wanted=wanted,
        outputs=feature_map.outputs(),
        encoded=encoded_rows(
            files, feature_map, list(dict.fromkeys(kept)), engine=engine, scratch=scratch
        ),
    )


def column_problems(
    columns: Sequence[Column], wanted: MeasuredRows, *, is_encoded: bool
) -> Iterator[Diagnostic]:
    """Columns of parts and slices that a table with these columns does not have."""
    types = {column.name: column for column in columns}
    kept = (
        "Name it in `keep` of tables.encode, or give the table as it was before encoding, which is then "
        "encoded with the model's own map"
    )
    if wanted.part is not None and wanted.part_column not in types:
        yield Diagnostic(
            code="T352",
            message=f"the table has no column {wanted.part_column!r} that says which rows are to measure on",
            expected="the column that tables.split adds",
            got=", ".join(list(types)[:40]),
            fix="Leave `part` empty to measure on all rows; if tables.split called the column otherwise, "
            "name it in `part_column`, and in `keep` of tables.encode",
        )
    for name in wanted.slices:
        if name not in types:
            near = did_you_mean(name, list(types))
            yield Diagnostic(
                code="T353",
                message=f"the table has no column {name!r} to slice by",
                got=", ".join(list(types)[:40]),
                fix=kept if is_encoded else near or "Choose one of the table's columns",
            )
        elif types[name].is_nested:
            yield Diagnostic(
                code="T354",
                message=f"rows cannot be sliced by {name!r}: it holds {types[name].type}",
                expected="texts, numbers, booleans, dates or timestamps",
                fix="Choose another column, or turn it into one of these with SQL",
            )


class GatheredRows:
    """Scores and labels of all rows, and other columns of them.

    Args:
        columns: Names of these.
    """

    def __init__(self, targets: Sequence[Target], columns: Sequence[str]) -> None:
        self._targets = targets
        self._names = columns
        self._scores: dict[str, list[NDArray[Any]]] = {target.column: [] for target in targets}
        self._labels: dict[str, list[NDArray[Any]]] = {target.column: [] for target in targets}
        self._columns: dict[str, list[pa.ChunkedArray]] = {name: [] for name in columns}

    def add(self, scores: dict[str, NDArray[Any]], kept: pa.Table) -> None:
        """Keep what a model said of a batch, and its labels and columns."""
        import pyarrow as pa

        for target in self._targets:
            self._scores[target.column].append(scores[target.column])
            self._labels[target.column].append(label_array(target, kept[target.column]))
        for name in self._names:
            # Values repeat: as places in a dictionary they take little room.
            column = kept[name]
            is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
            self._columns[name].append(column.dictionary_encode() if is_text else column)

    def rows(self) -> list[TargetRows]:
        """Scores and labels of each target."""
        return [
            target_rows(target, self.scores(target.column), self.labels(target.column))
            for target in self._targets
        ]

    def scores(self, column: str) -> NDArray[Any]:
        """Scores of a target, of all rows."""
        return _joined(self._scores[column])

    def labels(self, column: str) -> NDArray[Any]:
        """Labels of a target, of all rows."""
        return _joined(self._labels[column])

    def column(self, name: str) -> pa.ChunkedArray:
        """Another column."""
        import pyarrow as pa

        chunks = [chunk for column in self._columns[name] for chunk in column.chunks]
        return pa.chunked_array(chunks)


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0)
