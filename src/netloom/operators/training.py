"""Training a model: the job that turns a description and data into a model package."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, NamedTuple

from pydantic import Field

from netloom.core.settings import (
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Seed,
)
from netloom.core.tasks import TaskT
from netloom.core.values import Table
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.spec import Model, TrainedModel
from netloom.tasks.losses import ClassificationLoss, CrossEntropy
from netloom.training.recipe import AdamW, Checkpointing, Optimizer, Precision, Recipe
from netloom.training.schedules import Cosine, Schedule

_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "lightning_fabric", "netloom.training.train")


class Trained(NamedTuple, Generic[TaskT]):
    """What training gives.

    Attributes:
        model: The trained model.
        history: One row per epoch of how it went.
    """

    model: TrainedModel[TaskT]
    history: Table


@operator(group="training", id="train", job=_NEEDS, preload=_PRELOAD, roles={"model": "model"})
def train(
    model: Model[TaskT],
    dataset: Dataset[TaskT],
    start_from: Model[TaskT] | None = None,
    *,
    epochs: PositiveInt = 10,
    batch_size: PositiveInt = 64,
    optimizer: Optimizer = AdamW(),
    schedule: Schedule = Cosine(),
    loss: ClassificationLoss = CrossEntropy(),
    precision: Precision = "32-true",
    accumulate: PositiveInt = 1,
    clip_norm: PositiveFloat | None = None,
    patience: NonNegativeInt | None = None,
    keep: Literal["best", "last"] = "best",
    ema_decay: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None,
    seed: Seed = 0,
    log_every: PositiveInt = 10,
    checkpoints: Checkpointing = Checkpointing(),
    run: RunContext,
) -> Trained[TaskT]:
    """Train a model on the training part of a data set.

    The validation part, if there is one, decides which epoch's weights are kept. Interrupted training
    goes on from its last checkpoint and ends with exactly the same weights.

    Args:
        model: What to train.
        dataset: Labelled samples with parts; augmentation acts on the training part only.
        start_from: A trained model whose weights to start from, as far as they fit.
        epochs: How often every training sample is seen.
        batch_size: Samples per step.
        optimizer: How gradients change the weights, with the learning rate.
        schedule: How the learning rate moves over the training.
        loss: What is minimised.
        precision: Numbers to compute with; the mixed ones are faster on GPUs.
        accumulate: Steps whose gradients are averaged into one update, for larger batches than fit.
        clip_norm: Longest gradient allowed; empty never shortens it.
        patience: Epochs to wait for a better validation result before ending early; empty never ends early.
        keep: Return the weights with the best validation result, or the last ones.
        ema_decay: Return a moving average of the weights with this decay per update; empty does not average.
        seed: Start of all random numbers: initial weights, order of samples, augmentation, dropout.
        log_every: Steps between logged points; a point is the mean over them.
        checkpoints: When the state is saved, and what stays.

    Returns:
        The trained model, and a table with one row per epoch.
    """
    from netloom.training.history import write_history
    from netloom.training.train import Training, train_model

    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        schedule=schedule,
        precision=precision,
        accumulate=accumulate,
        clip_norm=clip_norm,
        patience=patience,
        keep=keep,
        ema_decay=ema_decay,
        seed=seed,
        log_every=log_every,
        checkpoints=checkpoints,
    )
    with run.stopping_gracefully():
        result = train_model(
            Training(
                model=model,
                dataset=dataset,
                resolve=run.resolve,
                recipe=recipe,
                loss=loss,
                reporter=run,
                package=run.resolve("work:model"),
                start_from=start_from,
                gpus=run.gpus,
            )
        )
    write_history(run.resolve("work:history.parquet"), result.history)
    trained: TrainedModel[TaskT] = TrainedModel(
        task=model.task,
        backbone=model.backbone,
        tune=model.tune,
        labels=result.manifest.labels,
        package="work:model",
    )
    return Trained(trained, Table("work:history.parquet"))
