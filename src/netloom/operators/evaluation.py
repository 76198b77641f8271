"""Using a trained or exported model inside a graph: measuring, comparing and predicting with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.compression.exported_model import ExportedModel
from netloom.core.settings import NonNegativeInt, PositiveInt, Seed
from netloom.core.tasks import TaskT
from netloom.core.values import File, TableFile
from netloom.data.view import Dataset, Part
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.inference.prediction_formats import MEDIA_TYPES, PredictionFormat
from netloom.models.spec import TrainedModel
from netloom.operators.opened_model import opened
from netloom.operators.report_file import reported

if TYPE_CHECKING:
    from netloom.inference.predictor import Predictor


_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "netloom.inference.evaluation")


class Evaluated(NamedTuple):
    """What an evaluation gives.

    Attributes:
        metrics: Numbers by name, such as the accuracy, and their intervals.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    report: File


class Compared(NamedTuple):
    """What a comparison gives.

    Attributes:
        metrics: The verdict, the metrics of both models, their differences and intervals.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    report: File


@operator(group="evaluation", id="evaluate", job=_NEEDS, preload=_PRELOAD, infer="drop")
def evaluate(
    model: TrainedModel[TaskT] | ExportedModel[TaskT],
    dataset: Dataset[TaskT],
    *,
    part: Part | None = "test",
    bootstrap: NonNegativeInt = 1000,
    seed: Seed = 0,
    batch_size: PositiveInt = 256,
    run: RunContext,
) -> Evaluated:
    """Measure a model on samples it has not seen, with a report to look at.

    Args:
        model: A trained model, or one that was exported.
        dataset: Labelled samples with parts.
        part: Which part to measure on; empty takes all samples.
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves intervals out.
        seed: Start of the resampling's random numbers.
        batch_size: Samples per forward pass.

    Returns:
        Metrics, and a self-contained HTML report.
    """
    from netloom.inference.evaluation import evaluate_model

    predictor = opened(model, run, batch_size=batch_size)
    evaluation = evaluate_model(
        predictor, dataset, run.resolve, part=part, bootstrap=bootstrap, seed=seed
    )
    facts = _facts("", model, predictor)
    report = reported(evaluation, f"Evaluation on {_part_name(part)}", facts, run)
    return Evaluated(dict(evaluation.metrics), report)


@operator(group="evaluation", id="compare", job=_NEEDS, preload=_PRELOAD, infer="drop")
def compare(
    model_a: TrainedModel[TaskT] | ExportedModel[TaskT],
    model_b: TrainedModel[TaskT] | ExportedModel[TaskT],
    dataset: Dataset[TaskT],
    *,
    part: Part | None = "test",
    bootstrap: NonNegativeInt = 1000,
    seed: Seed = 0,
    batch_size: PositiveInt = 256,
    run: RunContext,
) -> Compared:
    """Find out which of two models is better on the same samples, and how sure that is.

    Args:
        model_a: A trained or exported model.
        model_b: Another one for the same task; labels are matched by name.
        dataset: Labelled samples with parts, which neither model has seen.
        part: Which part to compare on; empty takes all samples.
        bootstrap: Resampled data sets for the 95 % intervals of the differences; 0 leaves them out.
        seed: Start of the resampling's random numbers.
        batch_size: Samples per forward pass.

    Returns:
        Metrics of both with their differences, and a self-contained HTML report.
    """
    from netloom.inference.comparison import compare_models

    predictor_a = opened(model_a, run, batch_size=batch_size)
    predictor_b = opened(model_b, run, batch_size=batch_size)
    evaluation = compare_models(
        predictor_a, predictor_b, dataset, run.resolve, part=part, bootstrap=bootstrap, seed=seed
    )
    facts = (*_facts("A", model_a, predictor_a), *_facts("B", model_b, predictor_b))
    report = reported(evaluation, f"Comparison on {_part_name(part)}", facts, run)
    return Compared(dict(evaluation.metrics), report)


@operator(
    group="evaluation",
    id="predict",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="model",
    roles={"model": "model", "dataset": "request"},
)
def predict(
    model: TrainedModel[TaskT] | ExportedModel[TaskT],
    dataset: Dataset[TaskT],
    *,
    part: Part | None = None,
    format: PredictionFormat = "parquet",
    batch_size: PositiveInt = 256,
    run: RunContext,
) -> File:
    """Predict every sample of a data set; labels are not needed.

    Args:
        model: A trained model, or one that was exported.
        dataset: Samples. Without transforms of its own it is prepared as in training.
        part: Which part to predict; empty takes all samples.
        format: Parquet with typed columns, one JSON object per line, or CSV.
        batch_size: Samples per forward pass.

    Returns:
        A file with id, path, truth, label, score, and the score of every label for each sample.
    """
    from netloom.inference.predictions import write_predictions

    predictor = opened(model, run, batch_size=batch_size)
    samples = predictor.samples(dataset, run.resolve, part=part)
    location = f"work:predictions.{format}"
    write_predictions(run.resolve(location), predictor, samples, form=format)
    return TableFile(location) if format == "parquet" else File(location, MEDIA_TYPES[format])


def _facts(
    name: str, model: TrainedModel[Any] | ExportedModel[Any], predictor: Predictor
) -> tuple[tuple[str, str], ...]:
    backbone = str(model.backbone.type)
    weights = predictor.manifest.weights_sha256[:12]
    if name:
        return ((name, f"{backbone} {weights}".strip()),)
    return (
        ("Task", model.task.replace("_", " ")),
        ("Backbone", backbone),
        *((("Classes", str(len(predictor.labels))),) if predictor.labels else ()),
        ("Weights", weights),
    )


def _part_name(part: Part | None) -> str:
    return f"the {part} part" if part else "all samples"
