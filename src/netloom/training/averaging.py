"""Averages of weights: smoother than the last step, at the price of one copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from netloom.training.batch_norm import update_batch_norm
from netloom.training.learning_rates import first_averaged_epoch
from netloom.training.recipe import EMA, Average


class WeightAverage(Protocol):
    """Follows the weights of a module through its training. Not thread-safe.

    Attributes:
        updates: How often weights were taken in. Saved beside :meth:`state_dict`.
    """

    updates: int

    def end_update(self) -> None:
        """The optimisers have just changed the weights."""

    def end_epoch(self, epoch: int) -> None:
        """An epoch is over. Telling it twice (after a resumption) counts once."""

    def swapped_in(self) -> AbstractContextManager[None]:
        """Inside the block the module holds the average, after it its own weights again.

        Before anything was taken in, it holds its own weights.
        """

    def state_dict(self) -> dict[str, Tensor]:
        """The averages by tensor name. The tensors are live: copy to keep."""

    def load_state_dict(self, state: dict[str, Tensor], *, updates: int) -> None:
        """Continue from saved averages."""


def build_average(
    average: Average, module: nn.Module, *, epochs: int, batches: Callable[[], Iterable[Any]]
) -> WeightAverage:
    """The average that a recipe asks for.

    Args:
        epochs: Epochs of the whole training.
        batches: Gives the inputs (tuples of arguments for ``module``) of the training part once, on
            the device. Called when batch-norm statistics have to be measured.

    Example:
        >>> average = build_average(EMA(decay=0.5), nn.Linear(1, 1), epochs=1, batches=list)
        >>> average.updates
        0
    """
    if isinstance(average, EMA):
        return ExponentialAverage(module, decay=average.decay)
    return EqualAverage(
        module,
        first_epoch=first_averaged_epoch(average, epochs),
        remeasure=lambda: update_batch_norm(module, batches),
    )


class ExponentialAverage(WeightAverage):
    """Exponential moving average of a module's floating-point parameters and buffers.

    After update ``n`` (from 1) the decay is ``min(decay, (1 + n) / (10 + n))``, so that the random
    initial weights are forgotten quickly. Whole-number buffers are not averaged.

    Example:
        >>> module = nn.Linear(1, 1, bias=False)
        >>> _ = module.weight.data.fill_(0.0)
        >>> average = ExponentialAverage(module, decay=0.9)
        >>> _ = module.weight.data.fill_(11.0)
        >>> average.end_update()
        >>> with average.swapped_in():
        ...     round(module.weight.item(), 3)
        9.0
    """

    def __init__(self, module: nn.Module, *, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self._copy = _Copy(module)

    @torch.no_grad()
    def end_update(self) -> None:
        """Take in the present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self._copy.values, self._copy.live, 1.0 - decay)

    def end_epoch(self, epoch: int) -> None:
        """Nothing happens."""

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Weights and buffers are the averages."""
        with self._copy.swapped_in():
            yield

    def state_dict(self) -> dict[str, Tensor]:
        """The averages by tensor name."""
        return self._copy.state_dict()

    def load_state_dict(self, state: dict[str, Tensor], *, updates: int) -> None:
        """Continue from saved averages."""
        self.updates = updates
        self._copy.load_state_dict(state)


class EqualAverage(WeightAverage):
    """Stochastic weight averaging: the mean of the weights at the ends of the last epochs.

    Izmailov et al. 2018, arXiv:1803.05407. Statistics of batch norm do not follow the weights that are
    averaged, so they are measured anew each time the average is swapped in.

    Args:
        first_epoch: Index of the first epoch that counts.
        remeasure: Measures the batch-norm statistics of the module as it is.

    Example:
        >>> module = nn.Linear(1, 1, bias=False)
        >>> average = EqualAverage(module, first_epoch=1, remeasure=lambda: None)
        >>> for epoch, weight in enumerate([9.0, 1.0, 3.0]):
        ...     _ = module.weight.data.fill_(weight)
        ...     average.end_epoch(epoch)
        >>> with average.swapped_in():
        ...     module.weight.item()
        2.0
    """

    def __init__(
        self, module: nn.Module, *, first_epoch: int, remeasure: Callable[[], None]
    ) -> None:
        self.updates = 0
        self._first_epoch = first_epoch
        self._remeasure = remeasure
        self._copy = _Copy(module)
        # Measuring counts batches, which the module's own statistics must not notice.
        self._counts = [buffer for buffer in module.buffers() if not buffer.is_floating_point()]

    def end_update(self) -> None:
        """Nothing happens."""

    @torch.no_grad()
    def end_epoch(self, epoch: int) -> None:
        """Take in the present weights, if the epoch counts and was not taken in before."""
        if epoch - self._first_epoch < self.updates:
            return
        self.updates += 1
        torch._foreach_lerp_(self._copy.values, self._copy.live, 1.0 / self.updates)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Weights are averages, batch-norm statistics are those of the averaged weights."""
        if not self.updates:
            yield
            return
        counts = [(count, count.clone()) for count in self._counts]
        try:
            with self._copy.swapped_in():
                self._remeasure()
                yield
        finally:
            for count, held in counts:
                count.copy_(held)

    def state_dict(self) -> dict[str, Tensor]:
        """The averages by tensor name."""
        return self._copy.state_dict()

    def load_state_dict(self, state: dict[str, Tensor], *, updates: int) -> None:
        """Continue from saved averages."""
        self.updates = updates
        self._copy.load_state_dict(state)


class _Copy:
    """A second set of a module's floating-point parameters and buffers."""

    def __init__(self, module: nn.Module) -> None:
        state = {name: t for name, t in module.state_dict().items() if t.is_floating_point()}
        self._names = list(state)
        self.live = list(state.values())
        self.values = [tensor.detach().clone() for tensor in self.live]

    def state_dict(self) -> dict[str, Tensor]:
        return dict(zip(self._names, self.values, strict=True))

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        for name, tensor in zip(self._names, self.values, strict=True):
            tensor.copy_(state[name])

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for live, value in zip(self.live, self.values, strict=True):
            held = live.clone()
            live.copy_(value)
            value.copy_(held)
