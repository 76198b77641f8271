"""A handful of rows predicted at once, for who waits for the answer: forms, services.

They are encoded by the same SQL as whole tables, on a connection that stays; only vocabularies are looked up
in memory instead of being joined.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from netloom.inference.tables.prediction_columns import prediction_columns
from netloom.inference.tables.predictor import TablePredictor
from netloom.inference.tables.row_reading import Row, json_values, rows_as_columns
from netloom.inference.tables.wanted import Wanted
from netloom.tables.columns import Column
from netloom.tables.engines.duckdb import DuckDBEngine
from netloom.tables.features.asked_columns import asked_columns
from netloom.tables.features.encoding import SOURCE, encode_rows_sql

if TYPE_CHECKING:
    import pyarrow as pa

_MEMORY_BYTES = 512 << 20
_ENCODE = "encode_rows"


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Rows that can be predicted.

    Attributes:
        features: The columns that become features.
        keys: Those keys of each row that were given, as they were given.
    """

    features: pa.Table
    keys: Sequence[Mapping[str, Any]]


class RowPredictor:
    """A table model that answers rows as JSON has them. Safe for several threads.

    Attributes:
        columns: What a row has to have.
        targets: What the answer has, each with its ``_score`` and ``_scores``.
    """

    def __init__(self, predictor: TablePredictor) -> None:
        feature_map = predictor.feature_map
        self.columns = asked_columns(feature_map)
        self.targets = predictor.manifest.targets
        self._features = [column for column in self.columns if column.required]
        self._keys = [column for column in self.columns if not column.required]
        self._number = _free_name({column.name.lower() for column in self.columns})
        self._predictor = predictor
        self._engine = DuckDBEngine(memory_limit=_MEMORY_BYTES, threads=1, scratch=None)
        keyless = feature_map.model_copy(update={"keys": ()})
        self._answer = prediction_columns(
            self.targets,
            keyless,
            [Column(self._number, "integer")],
            Wanted(outputs=("label", "score", "scores"), keep=(self._number,)),
        )
        self._query = encode_rows_sql(self._engine, keyless, [self._number])
        self._is_prepared = False
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, device: str = "cpu", threads: int | None = None) -> Self:
        """The model of a package.

        Args:
            threads: Cores that this process computes with from now on; None leaves it as it is.

        Raises:
            NotFound: The folder is not the package of a table model.
            InvalidData: Something in it is damaged.
        """
        if threads is not None:
            import torch

            torch.set_num_threads(threads)
        return cls(TablePredictor.open(folder, device=device))

    def read(self, rows: Sequence[Row]) -> ReadRows:
        """Check rows; any thread may do so.

        Raises:
            InvalidData: With every column that is absent and every cell of another type.
        """
        import pyarrow as pa

        found = rows_as_columns(rows, self.columns)
        names = [key.name for key in self._keys]
        keys = [{name: row[name] for name in names if name in row} for row in rows]
        features = {column.name: found[column.name] for column in self._features}
        return ReadRows(pa.table(features), keys)

    def predict(self, blocks: Sequence[ReadRows]) -> list[list[dict[str, Any]]]:
        """The answers to several blocks of rows, which go through the model together.

        Returns:
            Of each block its rows in their order: the keys given, then of each target its value, its score
            and its scores, named as ``tables.predict`` names them.
        """
        import pyarrow as pa

        whole = pa.concat_tables([block.features for block in blocks])
        numbers = pa.array(range(sum(len(block.keys) for block in blocks)), pa.int64())
        predicted = self._predicted(whole.append_column(self._number, numbers))
        names = predicted.column_names[1:]  # the number of the row comes first
        values = zip(*(json_values(predicted[name]) for name in names), strict=True)
        return [
            [
                {**keys, **dict(zip(names, row, strict=True))}
                for keys, row in zip(block.keys, islice(values, len(block.keys)), strict=True)
            ]
            for block in blocks
        ]

    def _predicted(self, rows: pa.Table) -> pa.Table:
        """Predictions in the order of the rows."""
        import pyarrow as pa

        with self._lock:
            # In one piece: functions are called for each.
            self._engine.bind_rows(SOURCE, rows.combine_chunks())
            if not self._is_prepared:
                self._engine.prepare(_ENCODE, self._query)
                self._is_prepared = True
            encoded = self._engine.prepared_rows(_ENCODE).sort_by(self._number)
        step = self._predictor.batch_size
        batches = [
            self._predictor.answer(batch, self._answer)
            for batch in encoded.combine_chunks().to_batches(max_chunksize=step)
        ]
        return pa.Table.from_batches(batches, self._answer.schema)


def _free_name(taken: set[str]) -> str:
    """A name for a column that no other has."""
    name = "row_number"
    while name in taken:
        name += "_"
    return name
