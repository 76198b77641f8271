"""Taking a trained model out of the workbench: models that run elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Generic, NamedTuple

from pydantic import Field

from netloom.compression.exported_model import ExportedModel, ExportedModelCodec
from netloom.core.settings import PositiveInt, Seed
from netloom.core.tasks import TaskT
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.spec import TrainedModel

CODECS = {ExportedModel: ExportedModelCodec()}

_PRELOAD = ("torch", "onnxruntime", "netloom.compression.onnx_export")


class Exported(NamedTuple, Generic[TaskT]):
    """What an export gives.

    Attributes:
        model: A folder with an ONNX graph, which needs no deep-learning framework to run.
        metrics: The largest difference to the trained model, how it was found, and both sizes.
    """

    model: ExportedModel[TaskT]
    metrics: dict[str, Any]


@operator(
    group="deployment",
    id="export",
    job=Needs(cpus=1),
    preload=_PRELOAD,
    infer="pass",
    roles={"model": "model"},
)
def export(
    model: TrainedModel[TaskT],
    dataset: Dataset[TaskT] | None = None,
    *,
    tolerance: Annotated[float, Field(ge=0.0, le=1.0)] = 1e-4,
    pictures: PositiveInt = 64,
    seed: Seed = 0,
    run: RunContext,
) -> Exported[TaskT]:
    """Write a trained model as an ONNX graph and check that it predicts the same.

    The graph takes bytes of pictures in batches of any size; normalisation is part of it.

    Args:
        model: A trained model.
        dataset: Pictures to compare both on, besides random ones; labels are not needed.
        tolerance: Largest difference of any predicted probability that is accepted.
        pictures: How many pictures of the data set are compared.
        seed: Start of the random pictures' random numbers.

    Returns:
        The exported model, and how closely it follows the trained one.
    """
    from netloom.compression.onnx_export import export_model, real_batches

    package = run.resolve(model.package)
    real = []
    if dataset is not None:
        from netloom.data.functions import Functions
        from netloom.inference.predictor import Predictor

        predictor = Predictor.open(package, functions=Functions(project=run.resolve("path:.")))
        samples = predictor.samples(dataset, run.resolve)
        real = real_batches(predictor.task, samples, most=pictures)
    done = export_model(
        package, run.resolve("work:exported"), tolerance=tolerance, real=real, seed=seed
    )
    # Times differ from run to run; in the output they would make everything after it run again.
    run.log(0, {"max_difference": done.manifest.parity.max_difference, **done.latencies_ms})
    exported: ExportedModel[TaskT] = ExportedModel(
        task=model.task,
        backbone=model.backbone,
        labels=done.manifest.labels,
        package="work:exported",
    )
    return Exported(exported, done.metrics)
