"""Two table models measured on the same rows, whatever feature maps they have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.inference.tables.encoded import encoded_batch
from netloom.inference.tables.evaluation import GatheredRows, MeasuredRows, labelled_rows
from netloom.inference.tables.predictor import TablePredictor
from netloom.models.tabular.spec import Target
from netloom.tables.engines.engine import TableEngine
from netloom.tables.table import TableFiles
from netloom.tasks.protocol import Evaluation
from netloom.tasks.tabular.comparison import compared
from netloom.tasks.tabular.comparison_report import comparison_evaluation
from netloom.tasks.tabular.measures import target_rows

if TYPE_CHECKING:
    import pyarrow as pa


class _Common(NamedTuple):
    """A target that both models have, as A knows it, and where its classes are among those of B."""

    target: Target
    order: list[int] | None


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
) -> Evaluation:
    """Which of two models, A and B, is better on each target that both have.

    Models with one feature map see the very same rows; others go through the table one after the other, and
    rows are matched by their keys.

    Raises:
        InvalidData: They have no target in common, the table does not fit one of them, or keys do not tell
            its rows apart.
    """
    pairs = _pairs(first.manifest.targets, second.manifest.targets)
    columns = tuple(each.target.column for each in pairs)
    same = first.feature_map.checksum == second.feature_map.checksum
    keys = () if same else _keys(first, files)

    def answers(predictor: TablePredictor, others: Sequence[TablePredictor]) -> list[_Answers]:
        return _answers(
            predictor,
            others,
            files,
            wanted,
            columns=columns,
            keys=keys,
            engine=engine,
            scratch=scratch,
        )

    if same:
        a, b = answers(first, (second,))
    else:
        (a,), (b,) = answers(first, ()), answers(second, ())
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


def _pairs(first: Sequence[Target], second: Sequence[Target]) -> list[_Common]:
    """Targets of one column and type, with the same classes."""
    others = {target.column: target for target in second}
    found = []
    for target in first:
        other = others.get(target.column)
        if other is None or other.type != target.type:
            continue
        mine, theirs = target.classes or (), other.classes or ()
        if target.type in ("classes", "labels") and set(mine) == set(theirs):
            found.append(_Common(target, [theirs.index(name) for name in mine]))
        elif target.type == "number" or mine == theirs:
            found.append(_Common(target, None))
    if not found:
        raise InvalidData.of(
            "the two models have no target in common",
            code="T355",
            expected="targets of one column, type and classes",
            got=f"A: {_named(first)}; B: {_named(second)}",
            fix="Compare models that predict the same",
        )
    return found


def _named(targets: Sequence[Target]) -> str:
    return ", ".join(f"{target.column} ({target.type})" for target in targets)


def _keys(predictor: TablePredictor, files: TableFiles) -> tuple[str, ...]:
    keys = tuple(key.name for key in predictor.feature_map.keys)
    names = {column.name for column in files.columns}
    if not keys or not set(keys) <= names:
        raise InvalidData.of(
            "the two models have different feature maps, and nothing tells rows apart to match them",
            code="T356",
            expected="keys of model A's feature map that the table has, too",
            got=", ".join(keys) or "no keys",
            fix="Fit feature maps with `keys`, or compare models that share one",
        )
    return keys


class _Answers(NamedTuple):
    """What one model said, row by row; and the keys of the rows."""

    gathered: GatheredRows
    keys: pa.Table


def _answers(
    predictor: TablePredictor,
    others: Sequence[TablePredictor],
    files: TableFiles,
    wanted: MeasuredRows,
    *,
    columns: tuple[str, ...],
    keys: tuple[str, ...],
    engine: TableEngine,
    scratch: Path,
) -> list[_Answers]:
    """One pass through the table, for a model and others with its feature map."""
    import pyarrow as pa

    rows = labelled_rows(predictor, files, wanted, engine=engine, scratch=scratch, also=keys)
    predictors = (predictor, *others)
    targets = [target for target in predictor.manifest.targets if target.column in columns]
    gathered = [GatheredRows(targets, keys) for _ in predictors]
    for batch in rows.batches():
        for start in range(0, batch.num_rows, predictor.batch_size):
            encoded = encoded_batch(batch.slice(start, predictor.batch_size), rows.outputs)
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
