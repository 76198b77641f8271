"""Training a model: the job that turns a description and data into a model package, and its forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple

from netloom.core.settings import NonNegativeInt, PositiveFloat, PositiveInt, Seed
from netloom.core.tasks import TaskT
from netloom.core.values import TableFile
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.spec import Model, TrainedModel
from netloom.operators.alike import like
from netloom.tasks.loss_settings import Loss, Usual
from netloom.training.recipe import (
    AdamW,
    Average,
    Checkpointing,
    Decay,
    Optimizer,
    Precision,
    Recipe,
    Unfreezing,
)
from netloom.training.schedules import Cosine, Schedule

if TYPE_CHECKING:
    from netloom.training.training import Training

# One GPU unless the node asks for more, with needs: {gpus: 4} or {gpus: [1, 8]}: most trainings would not
# go faster on all cards of a machine, but would keep everybody else from them.
_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "lightning_fabric", "netloom.training.train")


class Trained(NamedTuple, Generic[TaskT]):
    """What training gives.

    Attributes:
        model: The trained model.
        history: One row per epoch of how it went.
        report: What it started from and what was learned: tensors that were reused, adapted,
            initialised and frozen, the size of a batch, and where it ended.
    """

    model: TrainedModel[TaskT]
    history: TableFile
    report: dict[str, Any]


@operator(
    group="training",
    id="train",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="model",
    roles={"dataset": "request"},
    stand_in="models.reuse",
)
def train(
    model: Model[TaskT],
    dataset: Dataset[TaskT],
    start_from: Model[Any] | None = None,
    *,
    epochs: PositiveInt = 10,
    batch_size: PositiveInt | Literal["auto"] = 64,
    optimizer: Optimizer = AdamW(),
    schedule: Schedule = Cosine(),
    loss: Loss = Usual(),
    precision: Precision = "32-true",
    accumulate: PositiveInt = 1,
    clip_norm: PositiveFloat | None = None,
    clip_value: PositiveFloat | None = None,
    patience: NonNegativeInt | None = None,
    max_time_s: PositiveFloat | None = None,
    keep: Literal["best", "last"] = "best",
    average: Average | None = None,
    sampling: Literal["shuffle", "balanced"] = "shuffle",
    layer_decay: Decay = 1.0,
    unfreeze: Unfreezing | None = None,
    seed: Seed = 0,
    log_every: PositiveInt = 10,
    checkpoints: Checkpointing = Checkpointing(),
    run: RunContext,
) -> Trained[TaskT]:
    """Train a model on the training part of a data set.

    The validation part, if there is one, decides which epoch's weights are kept. Interrupted training
    goes on from its last checkpoint and ends with exactly the same weights.

    Args:
        model: What to train, and which part of it (tune).
        dataset: Labelled samples with parts; augmentation acts on the training part only.
        start_from: A trained model whose weights to start from, as far as they fit. One for another
            learning task lends its backbone; the head starts afresh.
        epochs: How often every training sample is seen.
        batch_size: Samples per step, over all devices; auto takes as many as the memory holds.
        optimizer: How gradients change the weights, with the learning rate.
        schedule: How the learning rate moves over the training.
        loss: What is minimised.
        precision: Numbers to compute with; the mixed ones are faster on GPUs.
        accumulate: Steps whose gradients are averaged into one update, for larger batches than fit.
        clip_norm: Longest gradient allowed; empty never shortens it.
        clip_value: Largest size of each number of a gradient; empty never cuts it off.
        patience: Epochs to wait for a better validation result before ending early; empty never ends early.
        max_time_s: Seconds after which training ends early, counted over all attempts; empty never ends.
        keep: Return the weights with the best validation result, or the last ones.
        average: Return averaged weights, by a moving average or over the last epochs; empty does not average.
        sampling: Take every sample once an epoch, or draw so that every class comes equally often.
        layer_decay: Factor of the learning rate from each block to the one before it; 1 treats all alike.
        unfreeze: Start with the head alone and let block after block join in; empty trains all at once.
        seed: Start of all random numbers: initial weights, order of samples, augmentation, dropout.
        log_every: Steps between logged points; a point is the mean over them.
        checkpoints: When the state is saved, and what stays.

    Returns:
        The trained model, a table with one row per epoch, and a report.
    """
    settings = locals()
    from netloom.training.history import write_history
    from netloom.training.train import train_model

    training = _training(settings)
    with run.stopping_gracefully():
        result = train_model(training)
    write_history(run.resolve("work:history.parquet"), result.history)
    trained: TrainedModel[TaskT] = TrainedModel(
        task=model.task,
        backbone=result.manifest.architecture.backbone,
        decoder=result.manifest.architecture.decoder,
        head=result.manifest.architecture.head,
        tune=model.tune,
        labels=result.manifest.labels,
        package="work:model",
    )
    return Trained(trained, TableFile("work:history.parquet"), result.report)


@operator(group="training", job=_NEEDS, preload=_PRELOAD, infer="drop")
@like(train)
def forecast(arguments: dict[str, Any]) -> dict[str, Any]:
    """Tell how long a training would take, and how much memory, from a few of its steps.

    It takes what ``train`` takes, trains nothing and gives seconds, on this machine under its present load:
    in all, until the first step, for the steps of an epoch, a validation and a checkpoint; and bytes.
    """
    from netloom.training.forecast import forecast_training

    told = forecast_training(_training(arguments))
    arguments["run"].note(f"about {told}")
    return told.to_json()


def _training(arguments: dict[str, Any]) -> Training:
    """What ``train`` was called with."""
    from netloom.training.training import Training

    run: RunContext = arguments["run"]
    return Training(
        model=arguments["model"],
        dataset=arguments["dataset"],
        start_from=arguments.get("start_from"),
        resolve=run.resolve,
        recipe=Recipe(**{name: arguments[name] for name in Recipe.model_fields}),
        loss=arguments["loss"],
        reporter=run,
        package=run.resolve("work:model"),
        gpus=run.gpus,
        cores=run.threads,
        memory_mb=run.memory_mb,
    )
