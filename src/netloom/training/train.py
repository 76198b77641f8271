"""Training a model on a data set: from descriptions to a model package on disk."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from torch.nn.modules.batchnorm import _BatchNorm

from netloom.core.diagnostics import Diagnostic
from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.datasets import Samples, open_samples
from netloom.data.view import Dataset
from netloom.models.architecture import Architecture
from netloom.models.network import Network, build_network, num_parameters
from netloom.models.package import PackageManifest, read_manifest, read_weights, save_package
from netloom.models.spec import Model, TrainedModel
from netloom.tasks.catalogue import task_named
from netloom.tasks.label_space import relabelled
from netloom.tasks.protocol import Batches, Task
from netloom.training.averaging import WeightAverage
from netloom.training.callbacks import Callbacks
from netloom.training.checkpoints import CheckpointFolder
from netloom.training.engine import Engine
from netloom.training.loop import Fit
from netloom.training.optimization import build_optimizer
from netloom.training.randomness import seed_everything
from netloom.training.recipe import Recipe
from netloom.training.schedules import over
from netloom.training.trainable import Supervised
from netloom.training.warm_start import warm_start

if TYPE_CHECKING:
    from torch import Tensor


class TrainingResult(NamedTuple):
    """What a training leaves behind.

    Attributes:
        history: One row per epoch: epoch, step, loss, learning_rate, valid/….
        stopped_early: Ended before its last epoch.
    """

    manifest: PackageManifest
    history: list[dict[str, float]]
    stopped_early: bool


@dataclass(frozen=True, kw_only=True)
class Training:
    """Everything that a training is given.

    Attributes:
        start_from: A trained model whose weights to start from, or None.
        loss: One of the task's loss settings.
        gpus: CUDA devices granted; empty trains on the CPU.
        package: Folder to write the model package to.
    """

    model: Model[Any]
    dataset: Dataset[Any]
    resolve: Resolve
    recipe: Recipe
    loss: Any
    reporter: Reporter
    package: Path
    start_from: Model[Any] | None = None
    gpus: tuple[int, ...] = ()
    callbacks: Callbacks = field(default_factory=Callbacks)


def train_model(training: Training) -> TrainingResult:
    """Train, keep the best (or last) weights, and write the model package.

    Raises:
        InvalidData: The data does not fit the model or the recipe; all reasons at once.
        JobFailed: The loss diverged (X301).
        JobCancelled: A stop was asked for; a checkpoint was saved.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from netloom.core.reporter import SilentReporter
        >>> from netloom.data.formats.array import write_array_source
        >>> from netloom.models.spec import Perceptron
        >>> from netloom.tasks.losses import CrossEntropy
        >>> images = np.arange(8, dtype=np.uint8).reshape(8, 1, 1, 1) * 30
        >>> with tempfile.TemporaryDirectory() as name:
        ...     folder = Path(name)
        ...     view = write_array_source(
        ...         folder,
        ...         images,
        ...         [0, 0, 0, 0, 1, 1, 1, 1],
        ...         label_names=("dark", "bright"),
        ...         ids=list("abcdefgh"),
        ...         parts=["train"] * 8,
        ...     )
        ...     training = Training(
        ...         model=Model(task="image_classification", backbone=Perceptron(widths=(4,))),
        ...         dataset=view,
        ...         resolve=lambda location: folder / location.removeprefix("work:"),
        ...         recipe=Recipe(epochs=2, batch_size=4),
        ...         loss=CrossEntropy(),
        ...         reporter=SilentReporter(folder / "checkpoints"),
        ...         package=folder / "model",
        ...     )
        ...     result = train_model(training)
        >>> int(result.history[-1]["step"])
        4
    """
    recipe, view, reporter = training.recipe, training.dataset, training.reporter
    task = task_named(training.model.task)
    labels = training.model.labels or view.labels
    train, valid = (
        relabelled(open_samples(view, training.resolve, part=part, labelled=False), labels)
        for part in ("train", "valid")
    )
    _check(training, task, train, valid, labels)
    seed_everything(recipe.seed)
    architecture = Architecture(
        input=task.image_input(train),
        backbone=training.model.backbone,
        head=task.head(labels, dropout=training.model.backbone.dropout),
    )
    network = build_network(architecture)
    _check_batch_norm(network, recipe)
    start = _start_weights(training)
    if start is not None:
        fresh = warm_start(network, start).fresh
        reporter.note(f"started from trained weights; afresh: {', '.join(fresh) or 'nothing'}")
    manifest = PackageManifest(
        task=task.name,
        labels=tuple(labels),
        architecture=architecture,
        preprocessing=preprocessing_of(view),
    )
    batches = task.batches(train, batch_size=recipe.batch_size, shuffle=True, seed=recipe.seed)
    validation = task.batches(valid, batch_size=recipe.batch_size) if len(valid) else None
    reporter.note(_summary(network, train, valid))
    fit = _fit(
        training,
        task=task,
        network=network,
        manifest=manifest,
        batches=batches,
        validation=validation,
        samples=(train, valid),
    )
    progress = fit.run()
    weights: dict[str, Tensor] = fit.trainable.state_dict()
    manifest = save_package(training.package, manifest, weights)
    return TrainingResult(manifest, progress.history, progress.stopped)


def preprocessing_of(view: Dataset[Any]) -> tuple[dict[str, Any], ...]:
    """The transforms every picture must go through before prediction, as JSON.

    Augmenting ones are for training only; normalisation is part of the network.

    Example:
        >>> from netloom.data.transforms import Flip, Resize
        >>> view = Dataset("t", "path:i", "path:m", "folder", (), (Resize(size=32), Flip()))
        >>> preprocessing_of(view)[0]["size"]
        32
    """
    return tuple(
        transform.model_dump(mode="json")
        for transform in (*view.applied, *view.transforms)
        if not transform.augments and transform.type != "normalize"
    )


def _fit(
    training: Training,
    *,
    task: Task[Any],
    network: Network,
    manifest: PackageManifest,
    batches: Batches[Any],
    validation: Batches[Any] | None,
    samples: tuple[Samples, Samples],
) -> Fit[Any]:
    recipe, labels = training.recipe, manifest.labels
    fabric = _fabric(training)
    # A gradient scaler must see the gradients before a fused optimiser uses them.
    optimizer = build_optimizer(
        recipe.optimizer, network.named_parameters(), fused=recipe.precision != "16-mixed"
    )
    module, fabric_optimizer = fabric.setup(network, optimizer)
    average = None if recipe.ema_decay is None else WeightAverage(network, decay=recipe.ema_decay)
    updates = -(-len(batches) // recipe.accumulate) * recipe.epochs
    engine = Engine(
        fabric,
        modules={"network": module},
        optimizers={"network": fabric_optimizer},
        schedule=over(recipe.schedule, updates),
        accumulate=recipe.accumulate,
        clip_norm=recipe.clip_norm,
        average=average,
    )
    return Fit(
        trainable=Supervised(module, task, labels=labels, loss=training.loss),
        engine=engine,
        batches=batches,
        validation=validation,
        headline=task.headline,
        recipe=recipe,
        reporter=training.reporter,
        checkpoints=CheckpointFolder(
            training.reporter.checkpoints,
            signature=_signature(training, manifest, samples),
            keep_last=recipe.checkpoints.keep_last,
        ),
        callbacks=training.callbacks,
    )


def _fabric(training: Training) -> Fabric:
    # The environment is named, or Fabric would look for a cluster's and follow its variables.
    precision = training.recipe.precision
    if training.gpus:
        return Fabric(
            accelerator="cuda",
            devices=[training.gpus[0]],
            precision=precision,
            plugins=[LightningEnvironment()],
        )
    if precision == "16-mixed":
        training.reporter.note("16-mixed needs a GPU; on the CPU bf16-mixed is used instead")
        precision = "bf16-mixed"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Fabric(
            accelerator="cpu", devices=1, precision=precision, plugins=[LightningEnvironment()]
        )


def _start_weights(training: Training) -> dict[str, Tensor] | None:
    start = training.start_from
    if start is None:
        return None
    if not isinstance(start, TrainedModel):
        raise InvalidData.of(
            "start_from got a model that was never trained",
            code="I316",
            expected="the model output of a training",
            fix="Connect <training node>.model, or remove start_from",
        )
    folder = training.resolve(start.package)
    return read_weights(folder, read_manifest(folder))


def _check(
    training: Training, task: Task[Any], train: Samples, valid: Samples, labels: Sequence[str]
) -> None:
    recipe = training.recipe
    problems = list(task.problems(train, labels, part="train"))
    if training.dataset.task != task.name:
        problems.append(
            Diagnostic(
                code="I307",
                message="the data set is for another learning task than the model",
                expected=task.name,
                got=training.dataset.task,
                fix="Connect a data set of the model's task",
            )
        )
    if len(valid):
        problems += task.problems(valid, labels, part="valid")
    elif recipe.patience is not None:
        problems.append(
            Diagnostic(
                code="I304",
                message="patience needs a validation part, but there is none",
                fix="Set valid: 0.1 in data.split, or remove patience",
            )
        )
    if 0 < len(train) < recipe.batch_size:
        problems.append(
            Diagnostic(
                code="I306",
                message="batch_size is larger than the training part",
                expected=f"at most {len(train)}",
                got=str(recipe.batch_size),
                fix="Lower batch_size, or add training samples",
            )
        )
    if problems:
        raise InvalidData(*problems)


def _check_batch_norm(network: Network, recipe: Recipe) -> None:
    if recipe.batch_size == 1 and any(isinstance(m, _BatchNorm) for m in network.modules()):
        raise InvalidData.of(
            "batch norm cannot learn from one sample at a time",
            code="I306",
            expected="batch_size of 2 or more",
            got="1",
            fix="Raise batch_size; accumulate does not help here",
        )


def _signature(
    training: Training, manifest: PackageManifest, samples: tuple[Samples, Samples]
) -> str:
    """Identifies a training: a checkpoint continues only what it was made by."""
    start = training.start_from
    return digest_of_json(
        {
            "manifest": manifest.model_dump(mode="json"),
            "recipe": training.recipe.model_dump(mode="json", exclude={"checkpoints"}),
            "loss": training.loss.model_dump(mode="json"),
            "data": training.dataset.to_json(),
            "samples": [[list(part.ids), part.labels_N.tolist()] for part in samples],
            "start_from": None if start is None else start.to_json(),
        }
    )


def _summary(network: Network, train: Samples, valid: Samples) -> str:
    image = network.architecture.input
    return (
        f"{num_parameters(network):,} parameters, {image.channels}×{image.height}×{image.width} "
        f"input, {len(train)} training and {len(valid)} validation samples"
    )
