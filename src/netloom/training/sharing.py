"""What all trainings have in common: devices that share every batch, and one process's part of the work."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from netloom.core.reporter import SilentReporter
from netloom.training.assembly import batch_size_of
from netloom.training.callbacks import Callbacks
from netloom.training.devices import num_ranks
from netloom.training.failures import explained
from netloom.training.forecast import noted_forecast
from netloom.training.loop import Fit
from netloom.training.ordered import Ordered, OrderedT
from netloom.training.progress import Progress
from netloom.training.randomness import seed_everything
from netloom.training.ranks import Rank, connected, run_ranks
from netloom.training.recipe import Recipe

ResultT = TypeVar("ResultT")
PreparedT = TypeVar("PreparedT")


class Learned(NamedTuple):
    """What one process did."""

    prepared: Any
    fit: Fit[Any]
    progress: Progress

    def ending(self, recipe: Recipe) -> dict[str, Any]:
        """Where it ended, as JSON."""
        return {
            "batch_size": recipe.batch_size,
            "steps": self.progress.step,
            "epochs": self.progress.epoch,
            "best_step": None if self.progress.best is None else self.progress.best.step,
            "stopped_early": self.progress.stopped,
        }


def shared_out(training: OrderedT, learn: Callable[[OrderedT, Rank | None], ResultT]) -> ResultT:
    """Let one process learn, or as many as there are devices that can share a batch equally.

    Args:
        learn: What each process does; of several, the first one reports and gives the result.
    """
    count = _num_processes(training)
    if count == 1:
        return learn(training, None)
    training.reporter.note(f"{count} devices share every batch of {training.recipe.batch_size}")
    return run_ranks(count, lambda rank: _one_of_several(training, rank, learn))


def learned(
    recipe: Recipe,
    prepare: Callable[[], PreparedT],
    assemble: Callable[[PreparedT], Fit[Any]],
    *,
    rank: Rank | None,
) -> Learned:
    """Prepare, tell how long it will take, and learn; failures are told in words that help."""
    started = time.monotonic()
    with explained(recipe):
        prepared = prepare()
        fit = assemble(prepared)
        if rank is not None and rank.index > 0:
            seed_everything(recipe.seed, rank=rank.index)
        elapsed_s = time.monotonic() - started
        told = noted_forecast(fit, start_s=elapsed_s) if rank is None else None
    with explained(recipe, needs="" if told is None else told.memory):
        progress = fit.run()
    return Learned(prepared, fit, progress)


def _num_processes(training: Ordered) -> int:
    recipe, note = training.recipe, training.reporter.note
    granted = max(1, len(training.gpus) if training.ranks is None else training.ranks)
    if granted > 1 and recipe.unfreeze is not None:
        note("gradual unfreezing uses one device: what learns changes, which several cannot follow")
        return 1
    count = num_ranks(granted, batch_size=batch_size_of(recipe))
    if count < granted:
        note(f"batch_size {recipe.batch_size} is shared equally by {count} of {granted} devices")
    return count


def _one_of_several(
    training: OrderedT, rank: Rank, learn: Callable[[OrderedT, Rank | None], ResultT]
) -> ResultT:
    if rank.index > 0:
        mute = SilentReporter(training.reporter.checkpoints)
        training = replace(training, reporter=mute, callbacks=Callbacks())
    with connected(rank, backend="nccl" if training.gpus else "gloo"), warnings.catch_warnings():
        # Of convolutions with a single channel, where two orders of the same numbers have two names.
        warnings.filterwarnings("ignore", message="Grad strides do not match")
        return learn(training, rank)
