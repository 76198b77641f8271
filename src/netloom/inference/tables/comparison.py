"""Two table models measured on the same rows, whatever feature maps they have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.inference.tables.encoded import encoded_batch
from netloom.inference.tables.evaluation import (
    GatheredRows,
    LabelledRows,
    MeasuredRows,
    Progress,
    labelled_rows,
)
from netloom.inference.tables.pairing import Compared, common_targets, pairing_problems
from netloom.inference.tables.predictor import TablePredictor
from netloom.tables.engines.engine import TableEngine
from netloom.tables.features.known_map import known_fitted
from netloom.tables.table import TableFiles
from netloom.tasks.protocol import Evaluation
from netloom.tasks.tabular.comparison import compared
from netloom.tasks.tabular.comparison_report import comparison_evaluation
from netloom.tasks.tabular.measures import target_rows

if TYPE_CHECKING:
    import pyarrow as pa


def compare_table_models(
    first: TablePredictor,
    second: TablePredictor,
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
    """Which of two models, A and B, is better on each target that both have.

    Models with one feature map see the very same rows; others go through the table one after the other, and
    rows are matched by their keys.

    Args:
        progress: Told how many rows are done, and of how many; rows that are gone through twice count twice.

    Raises:
        InvalidData: They have no target in common, the table does not fit one of them, or keys do not tell
            its rows apart.
    """
    problems = list(pairing_problems(_compared(first), _compared(second), files.columns))
    if problems:
        raise InvalidData(*problems)
    pairs = common_targets(first.manifest.targets, second.manifest.targets)
    columns = tuple(each.target.column for each in pairs)
    same = first.feature_map.checksum == second.feature_map.checksum
    keys = () if same else tuple(key.name for key in first.feature_map.keys)
    passes = ((first, second),) if same else ((first,), (second,))
    answers = []
    for place, predictors in enumerate(passes):
        rows = labelled_rows(
            predictors[0], files, wanted, engine=engine, scratch=scratch, also=keys
        )
        told = None if progress is None else _in_all(progress, place, len(passes))
        answers += _answers(predictors, rows, columns=columns, keys=keys, progress=told)
    a, b = answers
    places_a, places_b = (slice(None), slice(None)) if same else _matched(a, b)
    found = []
    for target, order in pairs:
        labels = a.gathered.labels(target.column)[places_a]
        scores_a = a.gathered.scores(target.column)[places_a]
        scores_b = b.gathered.scores(target.column)[places_b]
        found.append(
            compared(
                target_rows(target, scores_a, labels),
                target_rows(target, scores_b if order is None else scores_b[:, order], labels),
                threshold=threshold,
                draws=bootstrap,
                seed=seed,
            )
        )
    return comparison_evaluation(found)


def _compared(predictor: TablePredictor) -> Compared:
    return Compared(predictor.manifest.targets, known_fitted(predictor.feature_map))


def _in_all(progress: Progress, place: int, passes: int) -> Progress:
    """Progress of one of several passes, as that of all."""
    return lambda done, total: progress(place * total + done, passes * total)


class _Answers(NamedTuple):
    """What one model said, row by row; and the keys of the rows."""

    gathered: GatheredRows
    keys: pa.Table


def _answers(
    predictors: Sequence[TablePredictor],
    rows: LabelledRows,
    *,
    columns: tuple[str, ...],
    keys: tuple[str, ...],
    progress: Progress | None,
) -> list[_Answers]:
    """One pass through the table, for models with one feature map."""
    import pyarrow as pa

    targets = [each for each in predictors[0].manifest.targets if each.column in columns]
    gathered = [GatheredRows(targets, keys) for _ in predictors]
    batch_size = predictors[0].batch_size
    for batch in rows.batches(progress):
        for start in range(0, batch.num_rows, batch_size):
            encoded = encoded_batch(batch.slice(start, batch_size), rows.outputs)
            for each, found in zip(predictors, gathered, strict=True):
                found.add(each.predict(encoded), encoded.kept)
    rows.require_some()
    return [
        _Answers(found, pa.table({name: found.column(name) for name in keys})) for found in gathered
    ]


def _matched(first: _Answers, second: _Answers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the rows of both in the order of their keys."""
    import pyarrow.compute as pc

    tables = [_without_dictionaries(each.keys) for each in (first, second)]
    by_keys = [(name, "ascending") for name in tables[0].column_names]
    places = [
        np.asarray(pc.sort_indices(table, sort_keys=by_keys)).astype(np.int64) for table in tables
    ]
    ordered = [table.take(place) for table, place in zip(tables, places, strict=True)]
    if ordered[0].group_by(ordered[0].column_names).aggregate([]).num_rows < ordered[0].num_rows:
        raise InvalidData.of(
            "rows cannot be matched: several have the same keys "
            + ", ".join(tables[0].column_names),
            code="T357",
            expected="keys that tell rows apart",
            fix="Leave out the doubles, with tables.query for instance",
        )
    return places[0], places[1]


def _without_dictionaries(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    for place, name in enumerate(table.column_names):
        if pa.types.is_dictionary(table[name].type):
            plain = table[name].cast(table[name].type.value_type)
            table = table.set_column(place, name, plain)
    return table
