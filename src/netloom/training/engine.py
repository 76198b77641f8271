"""The engine of a training: backward passes and updates, with precision, accumulation and clipping."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

from netloom.training.averaging import WeightAverage
from netloom.training.schedules import Curve

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
        group_schedules: Those of parameter groups with a schedule of their own, by their pattern.
        accumulate: Steps whose gradients are averaged into one update.
        clip_norm: Largest gradient norm per optimiser, or None.
        clip_value: Largest size of each number of a gradient, or None. Not together with clip_norm.
        norm_every: Updates between measurements of the gradient norm where nothing is clipped by norm
            (which measures it anyway); 0 never.
        average: Follows the weights after every update and epoch, or None.
    """

    def __init__(
        self,
        fabric: Fabric,
        *,
        modules: Mapping[str, _FabricModule],
        optimizers: Mapping[str, _FabricOptimizer],
        schedule: Curve,
        group_schedules: Mapping[str, Curve] | None = None,
        accumulate: int = 1,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        norm_every: int = 0,
        average: WeightAverage | None = None,
    ) -> None:
        self.fabric = fabric
        self.modules = dict(modules)
        self.optimizers = dict(optimizers)
        self.updates = 0
        self.window = 1
        self.closes_window = True
        self.average = average
        self._schedule = schedule
        self._group_schedules = dict(group_schedules or {})
        self._accumulate = accumulate
        self._clip_norm = clip_norm
        self._clip_value = clip_value
        self._norm_every = norm_every
        self._norms: dict[str, Tensor] = {}
        self._without_sync = ExitStack()

    @property
    def device(self) -> torch.device:
        """Where the batches have to be."""
        return self.fabric.device

    @property
    def learning_rate(self) -> float:
        """Highest rate in the last update of the parameters that no pattern chose, or else of all."""
        groups = next(iter(self.optimizers.values())).param_groups
        rest = [group for group in groups if group.get("pattern") is None]
        rate: float = max(group["lr"] for group in rest or groups)
        return rate

    @property
    def gradient_norm(self) -> float | None:
        """Norm of all gradients before clipping, when last measured; None before. Waits for the device."""
        norms = list(self._norms.values())
        return float(torch.stack(norms).square().sum().sqrt()) if norms else None

    def start_step(self, batch: int, batches: int) -> None:
        """Place a step among the batches of its epoch: an epoch's last window may be shorter."""
        if self._accumulate == 1:
            return
        first = batch - batch % self._accumulate
        self.window = min(self._accumulate, batches - first)
        self.closes_window = batch + 1 == first + self.window
        if not self.closes_window:
            # Several devices add up their gradients once per update, not once per step.
            for module in self.modules.values():
                self._without_sync.enter_context(self.fabric.no_backward_sync(module))

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of ``loss``, averaged over the accumulation window."""
        self.fabric.backward(loss if self.window == 1 else loss / self.window)

    def update(self, *names: str) -> None:
        """Let optimisers change the weights (all, or the named ones) if the window is complete."""
        if not self.closes_window:
            return
        for name in names or self.optimizers:
            optimizer = self.optimizers[name]
            self._set_rates(optimizer)
            self._clip(name, optimizer)
            optimizer.step()
            optimizer.zero_grad()

    def end_step(self) -> None:
        """Count the update, once however many optimisers took part, and average the weights."""
        if not self.closes_window:
            self._without_sync.close()
            return
        self.updates += 1
        if self.average is not None:
            self.average.end_update()

    def end_epoch(self, epoch: int) -> None:
        """Tell the average that an epoch is over; before it is validated."""
        if self.average is not None:
            self.average.end_epoch(epoch)

    def moved(self, batches: Iterator[BatchT]) -> Iterator[BatchT]:
        """The batches on the device; (named) tuples, whose tensors are moved, however deep they lie."""
        if self.device.type == "cpu":
            return batches
        return (_on_device(batch, self.device) for batch in batches)

    def averaged(self) -> AbstractContextManager[None]:
        """Inside the block the modules hold averaged weights, if an average is kept."""
        return nullcontext() if self.average is None else self.average.swapped_in()

    def _set_rates(self, optimizer: _FabricOptimizer) -> None:
        multiple, own = self._schedule(self.updates), self._group_schedules
        # Asked for each time, because restoring an optimiser replaces its groups.
        for group in optimizer.param_groups:
            curve = own.get(group["pattern"]) if own else None
            group["lr"] = group["initial_lr"] * (curve(self.updates) if curve else multiple)

    def _clip(self, name: str, optimizer: _FabricOptimizer) -> None:
        module, largest = self.modules[name], self._clip_norm
        if self._clip_value is not None:
            self.fabric.clip_gradients(module, optimizer, clip_val=self._clip_value)
            return
        if largest is None:
            if not self._norm_every or (self.updates + 1) % self._norm_every:
                return
            largest = (
                math.inf
            )  # measures only; the strategy knows how, also where weights are spread
        norm = self.fabric.clip_gradients(
            module, optimizer, max_norm=largest, error_if_nonfinite=False
        )
        if norm is not None:
            self._norms[name] = norm.detach()


def _on_device(batch: Any, device: torch.device) -> Any:
    return type(batch)(*(_part_on_device(part, device) for part in batch))


def _part_on_device(part: Any, device: torch.device) -> Any:
    if isinstance(part, Tensor):
        return part.to(device, non_blocking=True)
    if isinstance(part, dict):
        return {name: _part_on_device(entry, device) for name, entry in part.items()}
    if type(part) is tuple:
        return tuple(_part_on_device(entry, device) for entry in part)
    return part
