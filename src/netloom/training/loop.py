"""The training loop: epochs of steps, with validation, checkpoints and exact resumption.

Killed at any step and started again with the same checkpoints, it ends with bit-identical weights, provided
that the number of threads and the device are the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch

from netloom.core.errors import JobCancelled, JobFailed
from netloom.core.reporter import Decision, Reporter
from netloom.tasks.protocol import Batches, Headline
from netloom.training.callbacks import (
    Callbacks,
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    FitEnded,
    FitStarted,
    Phase,
    StepEnded,
    Validated,
)
from netloom.training.checkpoints import CheckpointFolder
from netloom.training.engine import Engine
from netloom.training.progress import Best, Progress, comparison_key
from netloom.training.recipe import Recipe
from netloom.training.snapshots import capture, restore
from netloom.training.trainable import Trainable

BatchT = TypeVar("BatchT")


@dataclass(kw_only=True)
class Fit(Generic[BatchT]):
    """One training.

    Attributes:
        trainable: What learns; after :meth:`run` it holds the weights to keep.
        batches: The training part.
        validation: The validation part, or None: then the last weights are kept.
        headline: The validation metric that decides which weights are best.
    """

    trainable: Trainable[BatchT]
    engine: Engine
    batches: Batches[BatchT]
    validation: Batches[BatchT] | None
    headline: Headline
    recipe: Recipe
    reporter: Reporter
    checkpoints: CheckpointFolder
    callbacks: Callbacks = field(default_factory=Callbacks)

    def run(self) -> Progress:
        """Train from the newest checkpoint, or from the start, to the end.

        Raises:
            JobCancelled: ``reporter.should_stop`` became true; a checkpoint was saved.
            JobFailed: The loss is not a finite number (X301).
        """
        progress = self._resumed()
        total = self.recipe.epochs * len(self.batches)
        self.callbacks.emit(FitStarted(step=progress.step, total_steps=total))
        while progress.epoch < self.recipe.epochs and not progress.stopped:
            self._train_epoch(progress, total)
            self._end_epoch(progress)
        self.callbacks.emit(FitEnded(step=progress.step, stopped_early=progress.stopped))
        self.reporter.progress(progress.step, progress.step)
        if self.recipe.keep == "best" and progress.best is not None:
            self.trainable.load_state_dict(progress.best.weights)
        elif self.engine.average is not None:
            with self.engine.averaged():
                averaged = _copied(self.trainable)
            self.trainable.load_state_dict(averaged)
        return progress

    def _train_epoch(self, progress: Progress, total: int) -> None:
        engine, callbacks, reporter = self.engine, self.callbacks, self.reporter
        per_epoch, log_every = len(self.batches), self.recipe.log_every
        wants_steps = callbacks.wants(Phase.STEP_ENDED)
        callbacks.emit(EpochStarted(epoch=progress.epoch, batch=progress.batch))
        for batch in engine.moved(self.batches.epoch(progress.epoch, progress.batch)):
            engine.start_step(progress.batch, per_epoch)
            loss = self.trainable.step(batch, engine)
            engine.end_step()
            progress.advance(loss)
            if progress.step % log_every == 0 or progress.batch == per_epoch:
                self._log(progress, total)
            if wants_steps:
                ended = StepEnded(step=progress.step, epoch=progress.epoch, loss=loss)
                progress.stopped |= callbacks.emit(ended) is Decision.STOP
            if engine.closes_window:
                if reporter.should_stop:
                    self._save(progress)
                    raise JobCancelled
                if self._is_due(progress):
                    self._save(progress)
                if progress.stopped:
                    break

    def _end_epoch(self, progress: Progress) -> None:
        if progress.loss_count:
            self._log(progress, progress.step)
        row = {
            "epoch": float(progress.epoch),
            "step": float(progress.step),
            "loss": progress.epoch_loss / max(1, progress.batch),
            "learning_rate": self.engine.learning_rate,
        }
        is_best = False
        if self.validation is not None:
            metrics, is_best = self._validate(self.validation, progress)
            row |= {f"valid/{name}": value for name, value in metrics.items()}
            patience = self.recipe.patience
            progress.stopped |= patience is not None and progress.stale > patience
        epoch = progress.epoch
        progress.end_epoch(row)
        ended = EpochEnded(epoch=epoch, row=row)
        progress.stopped |= self.callbacks.emit(ended) is Decision.STOP
        cadence = self.recipe.checkpoints
        keep = _divides(cadence.keep_every, progress.epoch)
        if is_best or keep or _divides(cadence.every_epochs, progress.epoch):
            self._save(progress, keep=keep)

    def _validate(
        self, validation: Batches[BatchT], progress: Progress
    ) -> tuple[dict[str, float], bool]:
        with self._saving_if_cancelled(progress), self.engine.averaged():
            batches = self._interruptible(self.engine.moved(validation.epoch(0)))
            metrics = self.trainable.validate(batches)
            key = comparison_key(metrics, self.headline)
            is_best = progress.best is None or key > progress.best.key
            if is_best:
                progress.best = Best(progress.step, key, _copied(self.trainable))
        progress.stale = 0 if is_best else progress.stale + 1
        named = {f"valid/{name}": value for name, value in metrics.items()}
        decision = self.reporter.report(progress.step, named)
        heard = self.callbacks.emit(
            Validated(step=progress.step, epoch=progress.epoch, metrics=metrics, is_best=is_best)
        )
        # A cancelled run is told to stop as well, but it is to go on after a retry.
        is_hopeless = decision is Decision.STOP and not self.reporter.should_stop
        progress.stopped |= is_hopeless or heard is Decision.STOP
        return metrics, is_best

    def _interruptible(self, batches: Iterator[BatchT]) -> Iterator[BatchT]:
        for batch in batches:
            if self.reporter.should_stop:
                raise JobCancelled
            yield batch

    @contextmanager
    def _saving_if_cancelled(self, progress: Progress) -> Iterator[None]:
        try:
            yield
        except JobCancelled:
            self._save(progress)
            raise

    def _log(self, progress: Progress, total: int) -> None:
        loss = progress.take_mean_loss()
        self.reporter.log(progress.step, {"loss": loss, "learning_rate": self.engine.learning_rate})
        self.reporter.progress(progress.step, total)
        if not math.isfinite(loss):
            raise diverged(progress.step, loss)

    def _resumed(self) -> Progress:
        self._last_save = time.monotonic()
        progress = Progress(loss_sum=torch.zeros((), device=self.engine.device))
        snapshot = self.checkpoints.latest(note=self.reporter.note)
        if snapshot is not None:
            restore(snapshot, self.trainable, self.engine, progress)
            self.reporter.note(f"resumed from the checkpoint at step {snapshot.step}")
        return progress

    def _is_due(self, progress: Progress) -> bool:
        cadence = self.recipe.checkpoints
        if _divides(cadence.every_steps, progress.step):
            return True
        return cadence.every_s is not None and time.monotonic() - self._last_save >= cadence.every_s

    def _save(self, progress: Progress, *, keep: bool = False) -> None:
        snapshot = capture(self.trainable, self.engine, progress, keep=keep)
        if not math.isfinite(snapshot.state["progress"]["loss_sum"]):
            raise diverged(progress.step, snapshot.state["progress"]["loss_sum"])
        folder = self.checkpoints.save(snapshot)
        self._last_save = time.monotonic()
        self.callbacks.emit(CheckpointSaved(step=progress.step, folder=folder))


def diverged(step: int, loss: float) -> JobFailed:
    """The failure of a training whose loss is no longer a number (X301).

    Example:
        >>> len(diverged(120, float("nan")).diagnostics)
        1
    """
    return JobFailed.of(
        f"the loss is {loss} at step {step}: the training has diverged",
        code="X301",
        expected="a finite loss",
        fix="Lower optimizer.learning_rate (try a tenth), set clip_norm: 1.0 or a longer "
        "schedule.warmup; with precision 16-mixed try bf16-mixed; check that the pictures are "
        "normalised",
    )


def _copied(trainable: Trainable[BatchT]) -> dict[str, torch.Tensor]:
    state = trainable.state_dict()
    return {name: tensor.detach().clone().cpu() for name, tensor in state.items()}


def _divides(interval: int | None, count: int) -> bool:
    return interval is not None and count % interval == 0
