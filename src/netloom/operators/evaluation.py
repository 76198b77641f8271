"""Using a trained model inside a graph: measuring it and predicting with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from netloom.core.files import write_text
from netloom.core.settings import NonNegativeInt, PositiveInt, Seed
from netloom.core.tasks import TaskT
from netloom.core.values import File, Table
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.spec import TrainedModel

if TYPE_CHECKING:
    from netloom.inference.predictor import Predictor

Part = Literal["train", "valid", "test"]

_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "netloom.inference.evaluation")


class Evaluated(NamedTuple):
    """What an evaluation gives.

    Attributes:
        metrics: Numbers by name, such as the accuracy and its interval.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    report: File


@operator(group="evaluation", id="evaluate", job=_NEEDS, preload=_PRELOAD, infer="drop")
def evaluate(
    model: TrainedModel[TaskT],
    dataset: Dataset[TaskT],
    *,
    part: Part | None = "test",
    bootstrap: NonNegativeInt = 1000,
    seed: Seed = 0,
    batch_size: PositiveInt = 256,
    run: RunContext,
) -> Evaluated:
    """Measure a trained model on samples it has not seen, with a report to look at.

    Args:
        model: A trained model.
        dataset: Labelled samples with parts.
        part: Which part to measure on; empty takes all samples.
        bootstrap: Resampled data sets for the 95 % interval of the accuracy; 0 leaves it out.
        seed: Start of the resampling's random numbers.
        batch_size: Samples per forward pass.

    Returns:
        Metrics, and a self-contained HTML report.
    """
    from netloom.inference.evaluation import evaluate_model
    from netloom.training.report import render_report

    predictor = _predictor(model, batch_size, run)
    evaluation = evaluate_model(
        predictor, dataset, run.resolve, part=part, bootstrap=bootstrap, seed=seed
    )
    numbers = {
        name: float(value)
        for name, value in evaluation.metrics.items()
        if isinstance(value, int | float)
    }
    run.log(0, numbers)
    page = render_report(
        evaluation,
        title=f"Evaluation on the {part} part" if part else "Evaluation on all samples",
        facts=(
            ("Task", model.task.replace("_", " ")),
            ("Backbone", str(model.backbone.type)),
            ("Classes", str(len(predictor.labels))),
            ("Weights", predictor.manifest.weights_sha256[:12]),
        ),
    )
    write_text(run.resolve("work:report.html"), page)
    return Evaluated(dict(evaluation.metrics), File("work:report.html", "text/html"))


@operator(
    group="evaluation",
    id="predict",
    job=_NEEDS,
    preload=_PRELOAD,
    roles={"model": "model", "dataset": "request"},
)
def predict(
    model: TrainedModel[TaskT],
    dataset: Dataset[TaskT],
    *,
    part: Part | None = None,
    batch_size: PositiveInt = 256,
    run: RunContext,
) -> Table:
    """Predict every sample of a data set; labels are not needed.

    Args:
        model: A trained model.
        dataset: Samples. Without transforms of its own it is prepared as in training.
        part: Which part to predict; empty takes all samples.
        batch_size: Samples per forward pass.

    Returns:
        A Parquet table: id, path, truth, label, score, and the score of every label.
    """
    from netloom.inference.predictions import write_predictions

    predictor = _predictor(model, batch_size, run)
    samples = predictor.samples(dataset, run.resolve, part=part)
    predictions = predictor.predict_samples(samples)
    write_predictions(
        run.resolve("work:predictions.parquet"), samples, predictions, samples.label_names
    )
    return Table("work:predictions.parquet")


def _predictor(model: TrainedModel[Any], batch_size: int, run: RunContext) -> Predictor:
    from netloom.inference.predictor import Predictor

    device = f"cuda:{run.gpus[0]}" if run.gpus else "cpu"
    return Predictor.open(run.resolve(model.package), device=device, batch_size=batch_size)
