"""A training as it is ordered: what to train, on what, how, and with which means."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.view import Dataset
from netloom.models.spec import Model
from netloom.training.callbacks import Callbacks
from netloom.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Training:
    """Everything that a training is given.

    Attributes:
        start_from: A trained model whose weights to start from, or None.
        loss: One of the task's loss settings, or :class:`netloom.tasks.loss_settings.Usual`.
        gpus: CUDA devices granted; empty trains on the CPU. Several share every batch.
        ranks: Processes that share every batch; None takes one for each GPU.
        cores: Processor cores granted; those that do not compute read samples ahead.
        memory_mb: Main memory granted, for ``batch_size: auto``; None is what the machine has.
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
    ranks: int | None = None
    cores: int = 1
    memory_mb: int | None = None
    callbacks: Callbacks = field(default_factory=Callbacks)
