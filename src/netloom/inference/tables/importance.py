"""Permutation importance of a table model's features, on a random sample of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.inference.tables.encoded import encoded_batch
from netloom.inference.tables.evaluation import MeasuredRows, Progress, labelled_rows
from netloom.inference.tables.predictor import TablePredictor
from netloom.tables.engines.engine import TableEngine
from netloom.tables.feed import EncodedBatch
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.importance import Importance, feature_places, importances, rows_of
from netloom.tasks.tabular.targets import label_array

if TYPE_CHECKING:
    import pyarrow as pa


class Found(NamedTuple):
    """Importances, and on how many rows they were measured."""

    importances: tuple[Importance, ...]
    rows: int


def model_importance(
    predictor: TablePredictor,
    files: TableFiles,
    wanted: MeasuredRows,
    *,
    engine: TableEngine,
    scratch: Path,
    most_rows: int = 20_000,
    shuffles: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
) -> Found:
    """How much each target depends on each feature.

    Args:
        most_rows: Rows to measure on; of larger tables, a random sample.
        progress: Told how many features are done, and of how many.

    Raises:
        InvalidData: The table does not fit the model, lacks labels or other columns, or has no such rows.
    """
    rows = labelled_rows(predictor, files, wanted, engine=engine, scratch=scratch)
    drawn = sample_of(rows.batches(), most_rows, seed=seed)
    rows.require_some()
    assert drawn is not None  # there was some row
    batch = encoded_batch(drawn, rows.outputs)
    targets = predictor.manifest.targets
    found = importances(
        lambda changed: _predicted(predictor, changed),
        batch,
        feature_places(predictor.feature_map),
        targets,
        {target.column: label_array(target, batch.kept[target.column]) for target in targets},
        shuffles=shuffles,
        seed=seed,
        progress=progress,
    )
    return Found(found, batch.rows)


def sample_of(batches: Iterator[pa.RecordBatch], most: int, *, seed: int) -> pa.RecordBatch | None:
    """Rows drawn at random from all batches, each with the same chance; all of them if there are no more.

    Each row gets a random number, and those with the smallest stay: in memory are never more than about
    twice as many rows as are wanted, and one batch. None if there is no batch.
    """
    import pyarrow as pa

    random = np.random.default_rng(seed)
    kept: list[pa.RecordBatch] = []
    numbers: list[NDArray[np.float64]] = []
    limit = 1.0
    for batch in batches:
        number_N = random.random(batch.num_rows)
        is_small_N = number_N < limit
        kept.append(batch.filter(pa.array(is_small_N)))
        numbers.append(number_N[is_small_N])
        if sum(map(len, numbers)) > 2 * most:
            kept, numbers = _smallest(kept, numbers, most)
            limit = float(numbers[0].max())
    if not kept:
        return None
    (sample,), _ = _smallest(kept, numbers, most)
    return sample


def _smallest(
    kept: list[pa.RecordBatch], numbers: list[NDArray[np.float64]], most: int
) -> tuple[list[pa.RecordBatch], list[NDArray[np.float64]]]:
    import pyarrow as pa

    rows = pa.concat_batches(kept)
    number_N = np.concatenate(numbers)
    if len(number_N) > most:
        chosen = np.sort(np.argpartition(number_N, most)[:most])
        rows, number_N = rows.take(pa.array(chosen)), number_N[chosen]
    return [rows], [number_N]


def _predicted(predictor: TablePredictor, batch: EncodedBatch) -> dict[str, NDArray[Any]]:
    size = predictor.batch_size
    parts = [
        predictor.predict(rows_of(batch, start, min(start + size, batch.rows)))
        for start in range(0, batch.rows, size)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
