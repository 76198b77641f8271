"""What the training loop drives: anything that can take a step, be validated, saved and restored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from netloom.tasks.protocol import Learnable, learning_inputs

if TYPE_CHECKING:
    from netloom.training.engine import Engine

BatchT = TypeVar("BatchT")
BatchT_contra = TypeVar("BatchT_contra", contravariant=True)


class Trainable(Protocol[BatchT_contra]):
    """A thing that learns from batches.

    It owns the forward pass and decides how many backward passes and updates a step consists of
    (adversarial training takes several, two optimisers take turns); the engine owns precision,
    accumulation, clipping, learning rates and the optimisers.
    """

    def step(self, batch: BatchT_contra, engine: Engine) -> Tensor:
        """Learn from one batch; must call ``engine.backward`` and ``engine.update``.

        Returns:
            The loss to show, a detached scalar still on the device.
        """

    def validate(self, batches: Iterable[BatchT_contra]) -> dict[str, float]:
        """Metrics over the batches, without learning or consuming random numbers."""

    def state_dict(self) -> dict[str, Tensor]:
        """Everything learned, by name. The tensors are live: copy to keep."""

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Inverse of :meth:`state_dict`."""


class Supervised(Trainable[BatchT]):
    """A network that learns a task from labelled batches: one forward, one backward, one update.

    Args:
        network: Already on its device (as returned by ``fabric.setup``).
        loss: One of the task's loss settings.
        whole: What is saved, if that is more than ``network``: the network whose last layers it is.
        measured: What is validated, if not ``network``: the same layers, but without waiting for
            other processes that train with this one.
    """

    def __init__(
        self,
        network: nn.Module,
        task: Learnable[BatchT],
        *,
        labels: Sequence[str],
        loss: Any,
        whole: nn.Module | None = None,
        measured: nn.Module | None = None,
    ) -> None:
        self.network = network
        self.task = task
        self.labels = labels
        self.loss = loss
        self._whole = network if whole is None else whole
        self._measured = network if measured is None else measured

    def step(self, batch: BatchT, engine: Engine) -> Tensor:
        """One step of gradient descent; see :class:`Trainable`."""
        outputs = self.network(*learning_inputs(self.task, batch))
        loss = self.task.loss(outputs, batch, loss=self.loss)
        engine.backward(loss)
        engine.update()
        return loss.detach()

    def validate(self, batches: Iterable[BatchT]) -> dict[str, float]:
        """The task's validation metrics."""
        tally = self.task.tally(self.labels)
        self.network.eval()
        try:
            with torch.inference_mode():
                for batch in batches:
                    tally.update(self._measured(*self.task.inputs(batch)), batch)
        finally:
            self.network.train()
        return tally.metrics()

    def state_dict(self) -> dict[str, Tensor]:
        """Parameters and buffers of the whole network."""
        return dict(self._whole.state_dict())

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Put them back."""
        self._whole.load_state_dict(state)
