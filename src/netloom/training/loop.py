"""The training loop: epochs of steps, with validation, checkpoints and exact resumption.

Killed at any step and started again with the same checkpoints, it ends with bit-identical weights, provided
that the number of threads and the device are the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch

from netloom.core.errors import JobCancelled, JobFailed
from netloom.core.reporter import Decision, Reporter
from netloom.tasks.protocol import Batches, Headline
from netloom.training.callbacks import (
    Answers,
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
from netloom.training.checkpoints import CheckpointFolder, Track
from netloom.training.engine import Engine
from netloom.training.failures import diverged
from netloom.training.freezing import TrainableBlocks
from netloom.training.peers import Peers, Verdict
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
        blocks: Decides from epoch to epoch which parameters learn, or None: always the same.
        peers: The processes that train together. All take the same steps; rank 0 alone validates,
            calls callbacks, saves, and holds the weights to keep in the end.
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
    blocks: TrainableBlocks | None = None
    peers: Peers = field(default_factory=Peers)
    _holds: bool = field(default=False, init=False)
    _last_save: float = field(default_factory=time.monotonic, init=False)
    _decided: int = field(default=0, init=False)

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
        if self.peers.rank == 0:
            self._take_weights_to_keep(progress)
        return progress

    def _train_epoch(self, progress: Progress, total: int) -> None:
        engine, callbacks = self.engine, self.callbacks
        per_epoch, log_every = len(self.batches), self.recipe.log_every
        wants_steps = callbacks.wants(Phase.STEP_ENDED)
        self._prepare_epoch(progress)
        for batch in engine.moved(self.batches.epoch(progress.epoch, progress.batch)):
            engine.start_step(progress.batch, per_epoch)
            loss = self.trainable.step(batch, engine)
            engine.end_step()
            progress.advance(loss)
            if progress.step % log_every == 0 or progress.batch == per_epoch:
                self._log(progress, total)
            if wants_steps:
                ended = StepEnded(step=progress.step, epoch=progress.epoch, loss=loss)
                self._heed(callbacks.emit(ended), progress)
            if engine.closes_window and self._decides_at(progress.step):
                self._decide(progress)
                if progress.stopped:
                    break

    def _prepare_epoch(self, progress: Progress) -> None:
        if self.blocks is not None and self.blocks.start_epoch(progress.epoch):
            self.reporter.note(f"epoch {progress.epoch + 1}: other blocks learn now")
        self.callbacks.emit(EpochStarted(epoch=progress.epoch, batch=progress.batch))

    def _end_epoch(self, progress: Progress) -> None:
        if progress.loss_count:
            self._log(progress, progress.step)
        self.engine.end_epoch(progress.epoch)
        row = {
            "epoch": float(progress.epoch),
            "step": float(progress.step),
            "loss": progress.epoch_loss / max(1, progress.batch),
            "learning_rate": self.engine.learning_rate,
        }
        metrics, is_best = self._validated(progress)
        row |= {f"valid/{name}": value for name, value in metrics.items()}
        ended = EpochEnded(epoch=progress.epoch, row=row)
        progress.end_epoch(row)
        self._heed(self.callbacks.emit(ended), progress)
        cadence = self.recipe.checkpoints
        is_slow = _divides(cadence.keep_every, progress.epoch)
        is_due = is_best or is_slow or _divides(cadence.every_epochs, progress.epoch)
        verdict = Verdict(ends=progress.stopped, saves=is_due, holds=self._holds)
        self._obey(self.peers.agreed(verdict), progress, is_slow=is_slow)

    def _validated(self, progress: Progress) -> tuple[dict[str, float], bool]:
        """Metrics of the validation part, and whether they are the best so far; in rank 0."""
        outcome: tuple[dict[str, float], bool] | None = ({}, False)
        if self.validation is not None:
            try:
                outcome = self._validate(self.validation, progress)
            except JobCancelled:
                outcome = None
        self._obey(self.peers.agreed(Verdict(cancels=outcome is None)), progress)
        return outcome or ({}, False)

    def _validate(
        self, validation: Batches[BatchT], progress: Progress
    ) -> tuple[dict[str, float], bool]:
        with self.engine.averaged():
            batches = self._interruptible(self.engine.moved(validation.epoch(0)))
            metrics = self.trainable.validate(batches)
            key = comparison_key(metrics, self.headline)
            is_best = progress.best is None or key > progress.best.key
            if is_best:
                progress.best = Best(progress.step, key, _copied(self.trainable))
        progress.stale = 0 if is_best else progress.stale + 1
        named = {f"valid/{name}": value for name, value in metrics.items()}
        decision = self.reporter.report(progress.step, named)
        self._heed(
            self.callbacks.emit(
                Validated(
                    step=progress.step, epoch=progress.epoch, metrics=metrics, is_best=is_best
                )
            ),
            progress,
        )
        # A cancelled run is told to stop as well, but it is to go on after a retry.
        is_hopeless = decision is Decision.STOP and not self.reporter.should_stop
        patience = self.recipe.patience
        progress.stopped |= is_hopeless or (patience is not None and progress.stale > patience)
        return metrics, is_best

    def _interruptible(self, batches: Iterator[BatchT]) -> Iterator[BatchT]:
        for batch in batches:
            if self.reporter.should_stop:
                raise JobCancelled
            yield batch

    def _decides_at(self, step: int) -> bool:
        """One process can look up at every step; several, who have to agree, do so when they log."""
        if self.peers.count == 1:
            return True
        is_due = _divides(self.recipe.checkpoints.every_steps, step)
        return is_due or step - self._decided >= self.recipe.log_every

    def _decide(self, progress: Progress) -> None:
        self._decided = progress.step
        limit_s = self.recipe.max_time_s
        if limit_s is not None and progress.elapsed_s >= limit_s and not progress.stopped:
            self.reporter.note(f"max_time_s of {limit_s:g} s is over: training ends early")
            progress.stopped = True
        verdict = Verdict(
            cancels=self.reporter.should_stop,
            ends=progress.stopped,
            saves=self._is_due(progress),
            holds=self._holds,
        )
        self._obey(self.peers.agreed(verdict), progress)

    def _obey(self, verdict: Verdict, progress: Progress, *, is_slow: bool = False) -> None:
        progress.stopped |= verdict.ends
        if verdict.saves or verdict.holds or verdict.cancels:
            tracks = {Track.SLOW: is_slow, Track.HELD: verdict.holds}
            self._save(progress, frozenset(track for track, is_on in tracks.items() if is_on))
        if verdict.cancels:
            raise JobCancelled

    def _heed(self, answers: Answers, progress: Progress) -> None:
        progress.stopped |= answers.stops
        self._holds |= answers.holds

    def _log(self, progress: Progress, total: int) -> None:
        loss = progress.take_mean_loss(self.peers)
        self.reporter.log(progress.step, {"loss": loss, "learning_rate": self.engine.learning_rate})
        self.reporter.progress(progress.step, total)
        if not math.isfinite(loss):
            raise self._diverged(progress, loss)

    def _diverged(self, progress: Progress, loss: float) -> JobFailed:
        tensors = self.trainable.state_dict()
        return diverged(progress, loss, engine=self.engine, recipe=self.recipe, tensors=tensors)

    def _resumed(self) -> Progress:
        progress = Progress(loss_sum=torch.zeros((), device=self.engine.device))
        snapshot = self.checkpoints.latest(note=self.reporter.note)
        if snapshot is not None:
            restore(snapshot, self.trainable, self.engine, progress, peers=self.peers)
            self.reporter.note(f"resumed from the checkpoint at step {snapshot.step}")
        self._last_save = time.monotonic()
        self._decided = progress.step
        return progress

    def _is_due(self, progress: Progress) -> bool:
        cadence = self.recipe.checkpoints
        if _divides(cadence.every_steps, progress.step):
            return True
        return cadence.every_s is not None and time.monotonic() - self._last_save >= cadence.every_s

    def _save(self, progress: Progress, tracks: frozenset[Track]) -> None:
        self.reporter.flush()
        snapshot = capture(self.trainable, self.engine, progress, peers=self.peers, tracks=tracks)
        loss_sum = snapshot.state["progress"]["loss_sum"]
        if not math.isfinite(loss_sum):
            raise self._diverged(progress, loss_sum)
        self._holds = False
        if self.peers.rank == 0:
            folder = self.checkpoints.save(snapshot)
            self.callbacks.emit(CheckpointSaved(step=progress.step, folder=folder))
        self._last_save = time.monotonic()

    def _take_weights_to_keep(self, progress: Progress) -> None:
        if self.recipe.keep == "best" and progress.best is not None:
            self.trainable.load_state_dict(progress.best.weights)
        elif self.engine.average is not None:
            with self.engine.averaged():
                averaged = _copied(self.trainable)
            self.trainable.load_state_dict(averaged)


def _copied(trainable: Trainable[BatchT]) -> dict[str, torch.Tensor]:
    state = trainable.state_dict()
    return {name: tensor.detach().clone().cpu() for name, tensor in state.items()}


def _divides(interval: int | None, count: int) -> bool:
    return interval is not None and count % interval == 0
