"""The engine of a training: backward passes and updates, with precision, accumulation and clipping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

from netloom.training.averaging import WeightAverage

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from lightning_fabric.wrappers import _FabricModule, _FabricOptimizer

BatchT = TypeVar("BatchT")


class Engine:
    """Everything between a loss and changed weights. Not thread-safe.

    Args:
        fabric: Devices and precision.
        modules: Modules as set up by ``fabric``, by name; clipped together with the optimiser of
            the same name.
        optimizers: Optimisers as set up by ``fabric``, by name.
        schedule: Multiple of each group's learning rate as a function of the update index.
        accumulate: Steps whose gradients are averaged into one update.
        clip_norm: Largest gradient norm per optimiser, or None.
        average: Follows the weights after every update, or None.
    """

    def __init__(
        self,
        fabric: Fabric,
        *,
        modules: Mapping[str, _FabricModule],
        optimizers: Mapping[str, _FabricOptimizer],
        schedule: Callable[[int], float],
        accumulate: int = 1,
        clip_norm: float | None = None,
        average: WeightAverage | None = None,
    ) -> None:
        self.fabric = fabric
        self.modules = dict(modules)
        self.optimizers = dict(optimizers)
        self.updates = 0
        self.window = 1
        self.closes_window = True
        self._schedule = schedule
        self._accumulate = accumulate
        self._clip_norm = clip_norm
        self.average = average

    @property
    def device(self) -> torch.device:
        """Where the batches have to be."""
        return self.fabric.device

    @property
    def learning_rate(self) -> float:
        """Rate of the first parameter group in the last update."""
        rate: float = next(iter(self.optimizers.values())).param_groups[0]["lr"]
        return rate

    def start_step(self, batch: int, batches: int) -> None:
        """Place a step among the batches of its epoch: an epoch's last window may be shorter."""
        if self._accumulate == 1:
            return
        first = batch - batch % self._accumulate
        self.window = min(self._accumulate, batches - first)
        self.closes_window = batch + 1 == first + self.window

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of ``loss``, averaged over the accumulation window."""
        self.fabric.backward(loss if self.window == 1 else loss / self.window)

    def update(self, *names: str) -> None:
        """Let optimisers change the weights (all, or the named ones) if the window is complete."""
        if not self.closes_window:
            return
        multiple = self._schedule(self.updates)
        for name in names or self.optimizers:
            optimizer = self.optimizers[name]
            # Asked for each time, because restoring an optimiser replaces its groups.
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * multiple
            if self._clip_norm is not None:
                self.fabric.clip_gradients(
                    self.modules[name],
                    optimizer,
                    max_norm=self._clip_norm,
                    error_if_nonfinite=False,
                )
            optimizer.step()
            optimizer.zero_grad()

    def end_step(self) -> None:
        """Count the update, once however many optimisers took part, and average the weights."""
        if not self.closes_window:
            return
        self.updates += 1
        if self.average is not None:
            self.average.update()

    def moved(self, batches: Iterator[BatchT]) -> Iterator[BatchT]:
        """The batches on the device; they must be (named) tuples of tensors unless it is the CPU."""
        if self.device.type == "cpu":
            return batches
        return (_on_device(batch, self.device) for batch in batches)

    def averaged(self) -> AbstractContextManager[None]:
        """Inside the block the modules hold averaged weights, if an average is kept."""
        return nullcontext() if self.average is None else self.average.swapped_in()


def _on_device(batch: Any, device: torch.device) -> Any:
    return type(batch)(*(tensor.to(device, non_blocking=True) for tensor in batch))
