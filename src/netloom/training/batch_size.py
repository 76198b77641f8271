"""``batch_size: auto``: as many samples per step as the memory holds, in powers of two.

The choice is kept beside the checkpoints, so that a training that goes on uses the same, and named in the
report, so that it can be written into the pipeline.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from netloom.core.files import write_json
from netloom.core.reporter import SilentReporter
from netloom.tasks.protocol import learning_inputs
from netloom.training.assembly import assembled
from netloom.training.loop import Fit
from netloom.training.ordered import Ordered, OrderedT
from netloom.training.preparation import prepare
from netloom.training.recipe import Recipe
from netloom.training.training import Training

_FILE = "batch_size.json"
_LARGEST = 512
"""Larger batches rarely make steps cheaper, and often learn worse."""
_SHARE = 0.8
"""Of the memory; the rest is for what only happens later, such as validation."""
_COPIES = 4
"""Of the parameters: gradients, two moments of the optimiser, the best so far."""
_GRADIENTS = 2.0
"""What a step needs, as a multiple of what it keeps for the backward pass."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A training that is tried with batches of several sizes.

    Attributes:
        most: Samples that a batch may have.
        network: On the CPU.
        inputs: What the network takes of a batch of that many samples while it learns.
        assembled: The training with another recipe, ready to run.
    """

    most: int
    network: nn.Module
    inputs: Callable[[int], tuple[Any, ...]]
    assembled: Callable[[Recipe], Fit[Any]]


def decided(training: Training) -> Training:
    """A training on samples with a number for ``batch_size``.

    Raises:
        InvalidData: The data does not fit the model; nothing was measured.
    """
    return with_batch_size(training, _trial)


def with_batch_size(training: OrderedT, trial: Callable[[OrderedT], Trial]) -> OrderedT:
    """A training with a number for ``batch_size``.

    Args:
        trial: Prepares a training, if the size has to be found out.
    """
    if training.recipe.batch_size != "auto":
        return training
    path = training.reporter.checkpoints / _FILE
    chosen = _chosen_before(path)
    if chosen is None:
        quiet = replace(training, reporter=SilentReporter(training.reporter.checkpoints))
        chosen = _chosen_now(quiet, trial(quiet))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"batch_size": chosen})
    training.reporter.note(f"batch_size: auto takes {chosen}")
    recipe = training.recipe.model_copy(update={"batch_size": chosen})
    # Measuring may have touched the device, after which no further process can be forked for others.
    return replace(training, recipe=recipe, gpus=training.gpus[:1], ranks=1)


def largest_fitting(most: int, fits: Callable[[int], bool]) -> int:
    """The largest power of two up to ``most`` that fits; 1 if none does.

    Args:
        fits: Asked for 2, 4, 8 … until it says no.

    Example:
        >>> largest_fitting(100, lambda size: size * 3 < 100)
        32
    """
    size = 1
    while size * 2 <= most and fits(size * 2):
        size *= 2
    return size


def kept_bytes_per_sample(network: nn.Module, inputs: Callable[[int], tuple[Any, ...]]) -> float:
    """What a network keeps of each sample between forward and backward pass, parameters left out.

    It is counted, not measured, so it is the same on every machine.

    Args:
        inputs: Gives the network's inputs for a batch of that size.

    Example:
        >>> network = nn.Sequential(nn.Linear(8, 4), nn.ReLU())
        >>> kept_bytes_per_sample(network, lambda size: (torch.ones(size, 8),))
        48.0
    """
    small, large = (_kept_bytes(network, inputs(size)) for size in (2, 4))
    return max(0, large - small) / 2


def _kept_bytes(network: nn.Module, inputs: tuple[Any, ...]) -> int:
    own = {tensor.untyped_storage().data_ptr() for tensor in network.state_dict().values()}
    kept: dict[int, int] = {}
    alive: list[Tensor] = []  # so that no address is used twice

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network(*inputs)
    return sum(kept.values())


def _chosen_before(path: Path) -> int | None:
    try:
        return int(json.loads(path.read_bytes())["batch_size"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _trial(training: Training) -> Trial:
    prepared = prepare(training)
    task = prepared.task

    def inputs(size: int) -> tuple[Any, ...]:
        return learning_inputs(task, next(task.batches(prepared.train, batch_size=size).epoch(0)))

    return Trial(
        most=min(_LARGEST, len(prepared.train)),
        network=prepared.network,
        inputs=inputs,
        assembled=lambda recipe: assembled(replace(training, recipe=recipe), prepared),
    )


def _chosen_now(training: Ordered, trial: Trial) -> int:
    if training.gpus:
        device = torch.device("cuda", training.gpus[0])
        return largest_fitting(
            trial.most, lambda size: _fits_gpu(trial, _recipe_of_size(training, size), device)
        )
    granted_bytes = _granted_bytes(training.memory_mb)
    fixed_bytes, per_sample_bytes = _estimate(trial)
    return largest_fitting(
        trial.most, lambda size: fixed_bytes + size * per_sample_bytes <= _SHARE * granted_bytes
    )


def _recipe_of_size(training: Ordered, size: int) -> Recipe:
    return training.recipe.model_copy(update={"batch_size": size, "accumulate": 1})


def _granted_bytes(memory_mb: int | None) -> int:
    import psutil

    available = int(psutil.virtual_memory().available)
    return available if memory_mb is None else memory_mb << 20


def _estimate(trial: Trial) -> tuple[float, float]:
    import psutil

    network = trial.network
    with torch.random.fork_rng(devices=[]):
        per_sample_bytes = _GRADIENTS * kept_bytes_per_sample(network, trial.inputs)
    learned = sum(p.numel() * p.element_size() for p in network.parameters() if p.requires_grad)
    return psutil.Process().memory_info().rss + _COPIES * learned, per_sample_bytes


def _fits_gpu(trial: Trial, recipe: Recipe, device: torch.device) -> bool:
    """Whether two real steps of this size leave enough of the card's memory free."""
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.reset_peak_memory_stats(device)
    try:
        _two_steps(trial.assembled(recipe))
        return bool(torch.cuda.max_memory_allocated(device) <= _SHARE * total)
    except torch.OutOfMemoryError:
        return False
    finally:
        gc.collect()
        torch.cuda.empty_cache()


def _two_steps(fit: Fit[Any]) -> None:
    batch = next(fit.engine.moved(fit.batches.epoch(0)))
    for _ in range(2):
        fit.engine.start_step(0, 1)
        fit.trainable.step(batch, fit.engine)
        fit.engine.end_step()
