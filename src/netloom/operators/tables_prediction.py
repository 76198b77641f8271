"""Operator that predicts a whole table."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from netloom.core.column_names import ColumnOf
from netloom.core.settings import Fraction, NonEmptyText, PositiveInt
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.inference.tables.wanted import PredictionOutput
from netloom.models.tabular.spec import TrainedTableModel
from netloom.operators import table_columns_models
from netloom.operators.table_engine import engine_of
from netloom.tables.table import WORK_ROWS, Table

if TYPE_CHECKING:
    from netloom.inference.tables.predicting import PredictsPartitions
    from netloom.inference.tables.prediction_columns import PredictionColumns
    from netloom.tables.engines.engine import TableEngine
    from netloom.tables.table import TableFiles

_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "pyarrow.parquet", "duckdb", "netloom.inference.tables.predicting")
_FINISHED = "predictions"


@operator(
    group="tables",
    id="tables.predict",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="drop",
    foresee=table_columns_models.predict,
)
def predict(
    model: TrainedTableModel,
    table: Table,
    *,
    outputs: tuple[PredictionOutput, ...] = ("label", "score"),
    keep: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    prefix: str = "",
    threshold: Fraction = 0.5,
    batch_size: PositiveInt = 8192,
    rows_per_partition: PositiveInt = 1_000_000,
    run: RunContext,
) -> Table:
    """What a trained model says of every row of a table of any size.

    The table is encoded with the model's own feature map, or was encoded with it before. Partition by
    partition becomes a file; if the run is interrupted, `netloom retry` goes on with the next one.

    Args:
        model: The trained model, with its feature map.
        table: Rows with the columns the feature map was fitted on, or encoded ones; labels may be missing.
        outputs: Columns for each target: `label` is the value itself, `score` how probable it is, `scores`
            are the probabilities of all classes. A number has only its value.
        keep: Columns of the table to keep beside its keys.
        prefix: Before the names of the predicted columns, such as `predicted_`; needed where labels are kept.
        threshold: From which probability on a binary target is positive, and a label of several holds.
        batch_size: Rows per forward pass.
        rows_per_partition: About so many rows are predicted before they are safe from interruptions.

    Returns:
        The keys, what else is kept, and the predictions.
    """
    from netloom.inference.tables.partitions import plan_partitions
    from netloom.inference.tables.predicting import job_digest, predict_partitions
    from netloom.inference.tables.prediction_columns import prediction_columns
    from netloom.inference.tables.predictor import digest_of_package
    from netloom.inference.tables.resuming import PredictionFiles
    from netloom.inference.tables.wanted import Wanted
    from netloom.models.tabular.package import read_table_manifest
    from netloom.tables.features.codec import read_feature_map
    from netloom.tables.table import written_table

    package = run.resolve(model.package)
    manifest, feature_map = read_table_manifest(package), read_feature_map(package)
    wanted = Wanted(outputs=outputs, keep=keep, prefix=prefix, threshold=threshold)
    columns = prediction_columns(manifest.targets, feature_map, table.columns, wanted)
    rows, digest = table.files(run.resolve), digest_of_package(package)
    folder = run.checkpoints / _FINISHED
    with engine_of(run) as engine:
        predicting = _predicting(package, rows, columns, engine, run, batch_size=batch_size)
        done = predict_partitions(
            plan_partitions(
                rows,
                rows_per_partition=rows_per_partition,
                whole_files=engine.dialect == "spark",
            ),
            PredictionFiles(folder, job_digest(digest, columns), digest),
            predicting,
            progress=lambda done, total: run.progress(done, total, unit="row"),
        )
    if done.resumed:
        run.note(f"{done.resumed} of {done.rows} rows had been predicted before")
    if manifest.date and table.date and manifest.date != table.date:
        run.note(f"data of {table.date}, predicted with the model of {manifest.date}")
    shutil.move(folder, run.resolve(WORK_ROWS))
    keys = tuple(key.name for key in feature_map.keys)
    is_unique = bool(keys) and keys == table.keys
    return written_table(WORK_ROWS, run.resolve, keys=keys if is_unique else (), date=table.date)


def _predicting(
    package: Path,
    table: TableFiles,
    columns: PredictionColumns,
    engine: TableEngine,
    run: RunContext,
    *,
    batch_size: int,
) -> PredictsPartitions:
    """In the executors of Spark if that is the engine, in this job otherwise."""
    scratch = run.workdir / "scratch"
    if engine.dialect == "spark":
        from netloom.inference.tables.spark import on_spark
        from netloom.tables.engines.spark import SparkEngine

        assert isinstance(engine, SparkEngine)
        return on_spark(
            package, table, columns, engine=engine, scratch=scratch, batch_size=batch_size
        )
    from netloom.inference.tables.predicting import here
    from netloom.inference.tables.predictor import TablePredictor

    predictor = TablePredictor.open(package, device=run.device, batch_size=batch_size)
    return here(predictor, table, columns, engine=engine, scratch=scratch)
