"""Moving averages of weights: smoother than the last step, at the price of one copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of a module's floating-point parameters and buffers.

    After update ``n`` (from 1) the decay is ``min(decay, (1 + n) / (10 + n))``, so that the random
    initial weights are forgotten quickly. Whole-number buffers are not averaged.

    Example:
        >>> module = nn.Linear(1, 1, bias=False)
        >>> _ = module.weight.data.fill_(0.0)
        >>> average = WeightAverage(module, decay=0.9)
        >>> _ = module.weight.data.fill_(11.0)
        >>> average.update()
        >>> with average.swapped_in():
        ...     round(module.weight.item(), 3)
        9.0
    """

    def __init__(self, module: nn.Module, *, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        state = {name: t for name, t in module.state_dict().items() if t.is_floating_point()}
        self._names = list(state)
        self._live = list(state.values())
        self._average = [tensor.detach().clone() for tensor in self._live]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self._average, self._live, 1.0 - decay)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """The module holds the average inside the block, its own weights after it."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state_dict(self) -> dict[str, Tensor]:
        """The averages by tensor name."""
        return dict(zip(self._names, self._average, strict=True))

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Tensor], *, updates: int) -> None:
        """Continue from saved averages."""
        self.updates = updates
        for name, tensor in zip(self._names, self._average, strict=True):
            tensor.copy_(state[name])

    @torch.no_grad()
    def _swap(self) -> None:
        for live, average in zip(self._live, self._average, strict=True):
            held = live.clone()
            live.copy_(average)
            average.copy_(held)
