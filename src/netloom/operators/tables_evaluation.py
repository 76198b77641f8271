"""Operators that measure models of tables, and find out which features they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import Field

from netloom.core.column_names import ColumnOf
from netloom.core.settings import Fraction, NonEmptyText, NonNegativeInt, PositiveInt, Seed
from netloom.core.values import File
from netloom.data.view import Part
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.tabular.spec import TrainedTableModel
from netloom.operators import table_columns_models
from netloom.operators.report_file import reported
from netloom.operators.table_engine import engine_of
from netloom.tables.table import WORK_ROWS, Table

if TYPE_CHECKING:
    from netloom.inference.tables.predictor import TablePredictor
    from netloom.tasks.tabular.importance import Importance

PartColumn = Annotated[NonEmptyText, ColumnOf("table")]

_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "pyarrow.parquet", "duckdb", "netloom.inference.tables.evaluation")


class EvaluatedOnTable(NamedTuple):
    """What an evaluation on a table gives.

    Attributes:
        metrics: Numbers by name, such as the AUC, their intervals, tenths by score, and slices.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    report: File


class ComparedOnTable(NamedTuple):
    """What a comparison on a table gives.

    Attributes:
        metrics: The verdict, the metrics of both models, their differences and intervals.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    report: File


class FeatureImportance(NamedTuple):
    """What a model depends on.

    Attributes:
        importance: One row for each target and feature, the most important first.
        report: A page to look at.
    """

    importance: Table
    report: File


@operator(
    group="tables",
    id="tables.evaluate",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="drop",
    foresee=table_columns_models.evaluate,
)
def evaluate(
    model: TrainedTableModel,
    table: Table,
    *,
    part: Part | None = "test",
    part_column: PartColumn = "part",
    slices: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    threshold: Fraction = 0.5,
    bootstrap: NonNegativeInt = 1000,
    seed: Seed = 0,
    batch_size: PositiveInt = 8192,
    run: RunContext,
) -> EvaluatedOnTable:
    """Measure a model on rows of a table that it has not seen, with a report to look at.

    The table is encoded with the model's own feature map, or was encoded with it before.

    Args:
        model: A trained model of tables.
        table: Rows with the label columns and those the feature map was fitted on, or encoded ones.
        part: Which part to measure on; empty takes all rows.
        part_column: Column that says train, valid or test, as tables.split writes it.
        slices: Columns by whose values metrics are shown apart: the most frequent values, or ranges of
            numbers. The worst slices come first.
        threshold: From which probability on a binary target is positive, and a label of several holds.
        bootstrap: Resampled tables for the 95 % intervals; 0 leaves intervals out.
        seed: Start of the resampling's random numbers.
        batch_size: Rows per forward pass.

    Returns:
        Metrics, and a self-contained HTML report.
    """
    from netloom.inference.tables.evaluation import MeasuredRows, evaluate_table_model

    predictor = _predictor(model, batch_size, run)
    with engine_of(run) as engine:
        evaluation = evaluate_table_model(
            predictor,
            table.files(run.resolve),
            MeasuredRows(part=part, part_column=part_column, slices=slices),
            engine=engine,
            scratch=run.workdir / "scratch",
            threshold=threshold,
            bootstrap=bootstrap,
            seed=seed,
            progress=lambda done, total: run.progress(done, total, unit="row"),
        )
    title = f"Evaluation on {f'the {part} part' if part else 'all rows'}"
    report = reported(evaluation, title, _facts(predictor, table), run)
    return EvaluatedOnTable(dict(evaluation.metrics), report)


@operator(
    group="tables",
    id="tables.compare",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="drop",
    foresee=table_columns_models.compare,
)
def compare(
    model_a: TrainedTableModel,
    model_b: TrainedTableModel,
    table: Table,
    *,
    part: Part | None = "test",
    part_column: PartColumn = "part",
    threshold: Fraction = 0.5,
    bootstrap: NonNegativeInt = 1000,
    seed: Seed = 0,
    batch_size: PositiveInt = 8192,
    run: RunContext,
) -> ComparedOnTable:
    """Find out which of two models is better on the same rows of a table, and how sure that is.

    Each model gets the rows encoded with its own feature map; if the maps differ, the table must not be
    encoded yet, and rows are matched by their keys.

    Args:
        model_a: A trained model of tables, such as the one in use.
        model_b: Another one that predicts the same, such as that of today.
        table: Rows with the label columns, which neither model has seen.
        part: Which part to compare on; empty takes all rows.
        part_column: Column that says train, valid or test, as tables.split writes it.
        threshold: From which probability on a binary target is positive, and a label of several holds.
        bootstrap: Resampled tables for the 95 % intervals of the differences; 0 leaves intervals out.
        seed: Start of the resampling's random numbers.
        batch_size: Rows per forward pass.

    Returns:
        Metrics of both with their differences, and a self-contained HTML report.
    """
    from netloom.inference.tables.comparison import compare_table_models
    from netloom.inference.tables.evaluation import MeasuredRows

    first, second = (_predictor(model, batch_size, run) for model in (model_a, model_b))
    with engine_of(run) as engine:
        evaluation = compare_table_models(
            first,
            second,
            table.files(run.resolve),
            MeasuredRows(part=part, part_column=part_column),
            engine=engine,
            scratch=run.workdir / "scratch",
            threshold=threshold,
            bootstrap=bootstrap,
            seed=seed,
            progress=lambda done, total: run.progress(done, total, unit="row"),
        )
    title = f"Comparison on {f'the {part} part' if part else 'all rows'}"
    facts = tuple(
        (
            name,
            f"{each.manifest.network.type.replace('_', ' ')} {each.manifest.weights_sha256[:12]}",
        )
        for name, each in (("A", first), ("B", second))
    )
    report = reported(evaluation, title, facts, run)
    return ComparedOnTable(dict(evaluation.metrics), report)


@operator(
    group="tables",
    id="tables.importance",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="drop",
    foresee=table_columns_models.evaluate,
)
def importance(
    model: TrainedTableModel,
    table: Table,
    *,
    part: Part | None = "test",
    part_column: PartColumn = "part",
    most_rows: PositiveInt = 20_000,
    shuffles: Annotated[int, Field(ge=1, le=100)] = 5,
    seed: Seed = 0,
    batch_size: PositiveInt = 8192,
    run: RunContext,
) -> FeatureImportance:
    """Find out which features a model depends on: how much worse it gets when one of them is shuffled.

    The table is encoded with the model's own feature map, or was encoded with it before.

    Args:
        model: A trained model of tables.
        table: Rows with the label columns and those the feature map was fitted on, or encoded ones.
        part: Which part to measure on; empty takes all rows.
        part_column: Column that says train, valid or test, as tables.split writes it.
        most_rows: Rows to measure on; of larger tables, a random sample.
        shuffles: How often each feature is shuffled; more make the intervals narrower.
        seed: Start of the random numbers.
        batch_size: Rows per forward pass.

    Returns:
        A table with what the headline metric loses without each feature, and a self-contained HTML report.
    """
    from netloom.inference.tables.evaluation import MeasuredRows
    from netloom.inference.tables.importance import model_importance
    from netloom.tasks.tabular.importance_report import importance_report

    predictor = _predictor(model, batch_size, run)
    with engine_of(run) as engine:
        found = model_importance(
            predictor,
            table.files(run.resolve),
            MeasuredRows(part=part, part_column=part_column),
            engine=engine,
            scratch=run.workdir / "scratch",
            most_rows=most_rows,
            shuffles=shuffles,
            seed=seed,
            progress=lambda done, total: run.progress(done, total, unit="feature"),
        )
    evaluation = importance_report(
        found.importances, predictor.manifest.targets, rows=found.rows, shuffles=shuffles
    )
    report = reported(evaluation, "Importance of features", _facts(predictor, table), run)
    return FeatureImportance(_importance_table(found.importances, table.date, run), report)


def _importance_table(found: Sequence[Importance], date: str, run: RunContext) -> Table:
    import pyarrow.parquet as pq

    from netloom.tables.table import written_table
    from netloom.tasks.tabular.importance_report import importance_rows

    folder = run.resolve(WORK_ROWS)
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(importance_rows(found), folder / "importance.parquet")
    return written_table(WORK_ROWS, run.resolve, keys=("target", "feature"), date=date)


def _predictor(model: TrainedTableModel, batch_size: int, run: RunContext) -> TablePredictor:
    from netloom.inference.tables.predictor import TablePredictor

    folder = run.resolve(model.package)
    return TablePredictor.open(folder, device=run.device, batch_size=batch_size)


def _facts(predictor: TablePredictor, table: Table) -> tuple[tuple[str, str], ...]:
    manifest = predictor.manifest
    targets = ", ".join(f"{target.column} ({target.type})" for target in manifest.targets)
    facts = [
        ("Model", manifest.network.type.replace("_", " ")),
        ("Targets" if len(manifest.targets) > 1 else "Target", targets),
        ("Weights", manifest.weights_sha256[:12]),
    ]
    if manifest.date:
        facts.append(("Trained on data of", manifest.date))
    if table.date:
        facts.append(("Measured on data of", table.date))
    return tuple(facts)
