"""Training a model on a data set: from descriptions to a model package on disk."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core.reporter import SilentReporter
from netloom.models.package import PackageManifest, save_package
from netloom.training.assembly import assembled, batch_size_of
from netloom.training.batch_size import decided
from netloom.training.callbacks import Callbacks
from netloom.training.devices import num_ranks
from netloom.training.failures import explained
from netloom.training.forecast import noted_forecast
from netloom.training.preparation import prepare
from netloom.training.randomness import seed_everything
from netloom.training.ranks import Rank, connected, run_ranks
from netloom.training.training import Training

if TYPE_CHECKING:
    from torch import Tensor


class TrainingResult(NamedTuple):
    """What a training leaves behind.

    Attributes:
        history: One row per epoch: epoch, step, loss, learning_rate, valid/….
        stopped_early: Ended before its last epoch.
        report: What it started from and what it was like, as JSON: tensors that were reused, adapted,
            initialised and frozen, the size of a batch, why it ended.
    """

    manifest: PackageManifest
    history: list[dict[str, float]]
    stopped_early: bool
    report: dict[str, Any]


def train_model(training: Training) -> TrainingResult:
    """Train, keep the best (or last) weights, and write the model package.

    With several GPUs (or ``ranks``) one process for each takes its share of every batch; the result is the
    same up to rounding, except that batch norm and blended samples see the share alone.

    Raises:
        InvalidData: The data does not fit the model or the recipe; all reasons at once.
        JobFailed: The loss diverged (X301), memory ran out (X332), or a process died (X331, X333).
        JobCancelled: A stop was asked for; a checkpoint was saved.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from netloom.data.formats.array import write_array_source
        >>> from netloom.core.reporter import SilentReporter
        >>> from netloom.models.spec import Model, Perceptron
        >>> from netloom.tasks.losses import CrossEntropy
        >>> from netloom.training.recipe import Recipe
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
    training = decided(training)
    count = _num_ranks(training)
    if count == 1:
        return _train(training)
    training.reporter.note(f"{count} devices share every batch of {training.recipe.batch_size}")
    return run_ranks(count, lambda rank: _train_together(training, rank))


def _num_ranks(training: Training) -> int:
    recipe, note = training.recipe, training.reporter.note
    granted = max(1, len(training.gpus) if training.ranks is None else training.ranks)
    if granted > 1 and recipe.unfreeze is not None:
        note("gradual unfreezing uses one device: what learns changes, which several cannot follow")
        return 1
    count = num_ranks(granted, batch_size=batch_size_of(recipe))
    if count < granted:
        note(f"batch_size {recipe.batch_size} is shared equally by {count} of {granted} devices")
    return count


def _train_together(training: Training, rank: Rank) -> TrainingResult:
    if rank.index > 0:
        mute = SilentReporter(training.reporter.checkpoints)
        training = replace(training, reporter=mute, callbacks=Callbacks())
    with connected(rank, backend="nccl" if training.gpus else "gloo"), warnings.catch_warnings():
        # Of convolutions with a single channel, where two orders of the same numbers have two names.
        warnings.filterwarnings("ignore", message="Grad strides do not match")
        return _train(training, rank)


def _train(training: Training, rank: Rank | None = None) -> TrainingResult:
    started = time.monotonic()
    with explained(training.recipe):
        prepared = prepare(training)
        fit = assembled(training, prepared, rank)
        if rank is not None and rank.index > 0:
            seed_everything(training.recipe.seed, rank=rank.index)
        elapsed_s = time.monotonic() - started
        told = noted_forecast(fit, start_s=elapsed_s) if rank is None else None
    with explained(training.recipe, needs="" if told is None else told.memory):
        progress = fit.run()
    manifest = prepared.manifest
    if rank is None or rank.index == 0:
        weights: dict[str, Tensor] = fit.trainable.state_dict()
        manifest = save_package(training.package, manifest, weights)
    report = {
        **prepared.report(),
        "batch_size": training.recipe.batch_size,
        "steps": progress.step,
        "epochs": progress.epoch,
        "best_step": None if progress.best is None else progress.best.step,
        "stopped_early": progress.stopped,
    }
    return TrainingResult(manifest, progress.history, progress.stopped, report)
