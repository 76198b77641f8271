"""Forecast: how long a training will take and what memory it will need, from a few of its own steps.

A short probe takes real steps on the real device, with the real reading of samples, validates a little and
saves a checkpoint; then everything is put back as it was, to the last bit.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import torch

from netloom.training.assembly import assembled
from netloom.training.batch_size import decided
from netloom.training.checkpoints import CheckpointFolder, Snapshot
from netloom.training.engine import Engine
from netloom.training.loop import Fit
from netloom.training.ordered import OrderedT
from netloom.training.preparation import prepare
from netloom.training.progress import Best, Progress
from netloom.training.snapshots import capture, restore
from netloom.training.training import Training

_WARM_UP = 3
_MOST_STEPS = 40
_FEWEST_STEPS = 4
_LONGEST_S = 4.0
_VALIDATION_BATCHES = 6
_BEST_SHARE = 0.5
"""Share of epochs that are expected to be better than all before, and to be saved for it."""
_PROBE_SHARE = 50
"""A training spends at most one in so many of its steps on its own forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a training is expected to need; seconds on this machine under its present load.

    Attributes:
        seconds: Of the whole training, if it is not ended early.
        start_s: Until the first step.
        first_epoch_s: Steps of the first epoch, in which samples may have to be read and kept.
        epoch_s: Steps of every later epoch.
        validation_s: Each validation.
        checkpoint_s: Each checkpoint.
        num_checkpoints: How many are expected.
        memory_bytes: Peak of resident memory on the CPU, of allocated memory on a GPU.
        disk_bytes: Of as many checkpoints as may stay, and of the model package.
    """

    seconds: float
    start_s: float
    first_epoch_s: float
    epoch_s: float
    validation_s: float
    checkpoint_s: float
    num_checkpoints: float
    epochs: int
    steps_per_epoch: int
    memory_bytes: int
    disk_bytes: int

    def to_json(self) -> dict[str, Any]:
        """All numbers by name."""
        return asdict(self)

    @property
    def disk(self) -> str:
        """Disk space for people."""
        return f"{self.disk_bytes / 1e6:,.0f} MB on disk"

    @property
    def memory(self) -> str:
        """Memory for people."""
        return f"{self.memory_bytes / 1e6:,.0f} MB"

    def __str__(self) -> str:
        return f"{duration(self.seconds)}, {self.memory}, {self.disk}"


def duration(seconds: float) -> str:
    """Seconds for people.

    Example:
        >>> print(duration(130.4))
        2 min 10 s
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def forecast_training(training: Training) -> Forecast:
    """What a training would need, on one device.

    Raises:
        InvalidData: The data does not fit the model or the recipe; all reasons at once.
    """
    return forecast_alone(decided(training), lambda alone: assembled(alone, prepare(alone)))


def forecast_alone(training: OrderedT, assemble: Callable[[OrderedT], Fit[Any]]) -> Forecast:
    """What a training would need on the first of its devices.

    Args:
        training: Its recipe's ``batch_size`` is a number.
        assemble: Prepares it and puts it together.
    """
    alone = replace(training, ranks=1, gpus=training.gpus[:1])
    started = time.monotonic()
    fit = assemble(alone)
    return forecast_fit(fit, start_s=time.monotonic() - started)


def noted_forecast(fit: Fit[Any], *, start_s: float) -> Forecast | None:
    """Tell how long a training is going to take, if it is long enough for that to be worth while.

    Nothing is said of a training that goes on from a checkpoint.
    """
    steps = min(_MOST_STEPS, fit.recipe.epochs * len(fit.batches) // _PROBE_SHARE)
    if steps < _WARM_UP + _FEWEST_STEPS or fit.checkpoints.steps():
        return None
    forecast = forecast_fit(fit, start_s=start_s, steps=steps)
    fit.reporter.note(f"about {forecast}")
    return forecast


def forecast_fit(fit: Fit[Any], *, start_s: float, steps: int = _MOST_STEPS) -> Forecast:
    """Probe a training that has not begun, and put it back as it was.

    Args:
        start_s: What it took to get to here.
        steps: How many steps to take at most; fewer if they are long.
    """
    progress = Progress(loss_sum=torch.zeros((), device=fit.engine.device))
    before = _copied(capture(fit.trainable, fit.engine, progress))
    if fit.blocks is not None:
        fit.blocks.start_epoch(fit.recipe.epochs)  # the longest steps are those with all blocks
    try:
        steps_s = _measured_steps(fit, steps)
        validation_s = _measured_validation(fit)
        if fit.validation is not None:
            # The weights of the best validation are kept, and saved with every checkpoint.
            weights = {n: t.detach().clone().cpu() for n, t in fit.trainable.state_dict().items()}
            progress.best = Best(0, (0.0,), weights)
        checkpoint = _measured_checkpoint(fit, progress)
        memory_bytes = _peak_bytes(fit)
    finally:
        for optimizer in fit.engine.optimizers.values():
            optimizer.zero_grad()
        if fit.blocks is not None:
            fit.blocks.start_epoch(0)
        restore(before, fit.trainable, fit.engine, progress)
    return _put_together(
        fit,
        steps_s,
        start_s=start_s,
        validation_s=validation_s,
        checkpoint=checkpoint,
        memory_bytes=memory_bytes,
    )


class _StepSeconds(NamedTuple):
    """Seconds per step while samples are seen for the first time, and later."""

    first: float
    later: float


def _measured_steps(fit: Fit[Any], steps: int) -> _StepSeconds:
    first, taken = _seconds_per_step(fit, min(steps, len(fit.batches)))
    # The same batches once more: what is kept of them in memory is there now.
    later, _ = _seconds_per_step(fit, taken)
    return _StepSeconds(first, later)


def _seconds_per_step(fit: Fit[Any], steps: int) -> tuple[float, int]:
    """Mean seconds of a step after the first few, and how many were taken."""
    engine, per_epoch = fit.engine, len(fit.batches)
    warm_up = min(_WARM_UP, steps - 1)
    batches = fit.batches.epoch(0)
    began = started = time.perf_counter()
    taken = 0
    for batch in islice(engine.moved(batches), steps):
        engine.start_step(taken, per_epoch)
        fit.trainable.step(batch, engine)
        engine.end_step()
        taken += 1
        if taken == warm_up:
            _wait(engine)
            started = time.perf_counter()
        enough = taken >= warm_up + _FEWEST_STEPS
        if enough and time.perf_counter() - began > _LONGEST_S:
            break
    _wait(engine)
    ended = time.perf_counter()
    _close(batches)
    return (ended - started) / max(1, taken - warm_up), taken


def _measured_validation(fit: Fit[Any]) -> float:
    if fit.validation is None:
        return 0.0
    count = min(_VALIDATION_BATCHES, len(fit.validation))
    seconds = 0.0
    for _ in range(2):  # the first time warms up
        batches = fit.validation.epoch(0)
        started = time.perf_counter()
        fit.trainable.validate(islice(fit.engine.moved(batches), count))
        _wait(fit.engine)
        seconds = time.perf_counter() - started
        _close(batches)
    return seconds / count * len(fit.validation)


class _Checkpoint(NamedTuple):
    """What saving one costs."""

    seconds: float
    bytes: int


def _measured_checkpoint(fit: Fit[Any], progress: Progress) -> _Checkpoint:
    root = fit.checkpoints.root.parent
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".probe-") as folder:
        started = time.perf_counter()
        snapshot = capture(fit.trainable, fit.engine, progress)
        saved = CheckpointFolder(Path(folder), signature="probe").save(snapshot)
        seconds = time.perf_counter() - started
        return _Checkpoint(seconds, sum(file.stat().st_size for file in saved.iterdir()))


def _put_together(
    fit: Fit[Any],
    steps_s: _StepSeconds,
    *,
    start_s: float,
    validation_s: float,
    checkpoint: _Checkpoint,
    memory_bytes: int,
) -> Forecast:
    recipe, per_epoch = fit.recipe, len(fit.batches)
    first_epoch_s, epoch_s = steps_s.first * per_epoch, steps_s.later * per_epoch
    training_s = first_epoch_s + (recipe.epochs - 1) * epoch_s + recipe.epochs * validation_s
    num_checkpoints = _num_checkpoints(fit, training_s)
    training_s += num_checkpoints * checkpoint.seconds
    if recipe.max_time_s is not None:
        training_s = min(training_s, recipe.max_time_s)
    return Forecast(
        seconds=start_s + training_s,
        start_s=start_s,
        first_epoch_s=first_epoch_s,
        epoch_s=epoch_s,
        validation_s=validation_s,
        checkpoint_s=checkpoint.seconds,
        num_checkpoints=num_checkpoints,
        epochs=recipe.epochs,
        steps_per_epoch=per_epoch,
        memory_bytes=memory_bytes,
        disk_bytes=_kept_checkpoints(fit, num_checkpoints) * checkpoint.bytes + _weights_bytes(fit),
    )


def _kept_checkpoints(fit: Fit[Any], saved: float) -> int:
    """How many stay at most, of all that are saved: the newest, those of some epochs, and the best."""
    cadence = fit.recipe.checkpoints
    slow = 0 if cadence.keep_every is None else fit.recipe.epochs // cadence.keep_every
    slow = slow if cadence.keep_slow is None else min(slow, cadence.keep_slow)
    best = 0 if fit.validation is None else 1
    return min(math.ceil(saved), cadence.keep_last + slow + best)


def _weights_bytes(fit: Fit[Any]) -> int:
    return sum(t.numel() * t.element_size() for t in fit.trainable.state_dict().values())


def _num_checkpoints(fit: Fit[Any], training_s: float) -> float:
    cadence, epochs = fit.recipe.checkpoints, fit.recipe.epochs
    by_epoch = 0.0 if fit.validation is None else _BEST_SHARE * epochs
    for every in (cadence.every_epochs, cadence.keep_every):
        if every is not None:
            by_epoch = max(by_epoch, epochs / every)
    by_step = (
        0.0 if cadence.every_steps is None else epochs * len(fit.batches) / cadence.every_steps
    )
    by_time = 0.0 if cadence.every_s is None else training_s // cadence.every_s
    return by_epoch + by_step + by_time


def _peak_bytes(fit: Fit[Any]) -> int:
    """The peak so far, or the one to come when the package is written, which copies all weights twice."""
    device = fit.engine.device
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    import psutil

    # One of the two copies is there already: what the training is put back to.
    return max(peak_resident_bytes(), psutil.Process().memory_info().rss + _weights_bytes(fit))


def peak_resident_bytes() -> int:
    """The most memory that this process has had so far.

    Example:
        >>> int(peak_resident_bytes() > 1 << 20)
        1
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(n for n in status.read_text().splitlines() if n.startswith("VmHWM"))
        return int(line.split()[1]) << 10
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def _copied(snapshot: Snapshot) -> Snapshot:
    tensors = {name: tensor.detach().clone() for name, tensor in snapshot.tensors.items()}
    return Snapshot(snapshot.step, tensors, snapshot.state)


def _wait(engine: Engine) -> None:
    if engine.device.type == "cuda":
        torch.cuda.synchronize(engine.device)


def _close(batches: Iterator[Any]) -> None:
    close = getattr(batches, "close", None)
    if close is not None:
        close()
