"""Training a model on a data set: from descriptions to a model package on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.models.package import PackageManifest, save_package
from netloom.training.assembly import assembled
from netloom.training.batch_size import decided
from netloom.training.preparation import prepare
from netloom.training.ranks import Rank
from netloom.training.sharing import learned, shared_out
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
    return shared_out(decided(training), _train)


def _train(training: Training, rank: Rank | None) -> TrainingResult:
    done = learned(
        training.recipe,
        lambda: prepare(training),
        lambda prepared: assembled(training, prepared, rank),
        rank=rank,
    )
    manifest = done.prepared.manifest
    if rank is None or rank.index == 0:
        weights: dict[str, Tensor] = done.fit.trainable.state_dict()
        manifest = save_package(training.package, manifest, weights)
    report = {**done.prepared.report(), **done.ending(training.recipe)}
    return TrainingResult(manifest, done.progress.history, done.progress.stopped, report)
