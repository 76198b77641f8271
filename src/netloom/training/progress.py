"""Where a training stands: everything the loop must remember to go on as if it had never stopped."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netloom.tasks.protocol import Headline

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(slots=True)
class Best:
    """The best validation so far.

    Attributes:
        key: What is compared, larger is better.
        weights: Copy of the learned tensors, on the CPU.
    """

    step: int
    key: tuple[float, ...]
    weights: dict[str, Tensor]


@dataclass(slots=True)
class Progress:
    """Position, running sums and results.

    Attributes:
        epoch: Index of the present epoch.
        batch: Batches of it already learned from.
        step: Batches learned from in all.
        loss_sum: Sum of the losses since the last logged point, on the device.
        loss_count: Number of losses in it.
        epoch_loss: Sum over the logged part of the epoch.
        stale: Epochs since the best validation.
        stopped: Ended before its last epoch (patience, or someone's decision).
        history: One row per epoch.
    """

    loss_sum: Tensor
    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_count: int = 0
    epoch_loss: float = 0.0
    stale: int = 0
    stopped: bool = False
    best: Best | None = None
    history: list[dict[str, float]] = field(default_factory=list)

    def advance(self, loss: Tensor) -> None:
        """Count one step. Does not wait for the device."""
        self.step += 1
        self.batch += 1
        self.loss_count += 1
        self.loss_sum.add_(loss)

    def take_mean_loss(self) -> float:
        """Mean loss since the last call (waits for the device), and start over."""
        total = float(self.loss_sum)
        self.epoch_loss += total
        mean = total / self.loss_count
        self.loss_sum.zero_()
        self.loss_count = 0
        return mean

    def end_epoch(self, row: dict[str, float]) -> None:
        """Move to the start of the next epoch."""
        self.history.append(row)
        self.epoch += 1
        self.batch = 0
        self.epoch_loss = 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything but the best weights. Waits for the device."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "loss_sum": float(self.loss_sum),
            "loss_count": self.loss_count,
            "epoch_loss": self.epoch_loss,
            "stale": self.stale,
            "stopped": self.stopped,
            "best": None if self.best is None else [self.best.step, list(self.best.key)],
            "history": self.history,
        }

    def restore(self, document: dict[str, Any], best_weights: dict[str, Tensor]) -> None:
        """Inverse of :meth:`to_json`."""
        self.loss_sum.fill_(document["loss_sum"])
        for name in ("epoch", "batch", "step", "loss_count", "epoch_loss", "stale", "stopped"):
            setattr(self, name, document[name])
        self.history = [dict(row) for row in document["history"]]
        if document["best"] is not None:
            step, key = document["best"]
            self.best = Best(step, tuple(key), best_weights)


def comparison_key(metrics: dict[str, float], headline: Headline) -> tuple[float, ...]:
    """What makes one validation better than another: the headline metric, ties by the lower loss.

    Example:
        >>> comparison_key({"accuracy": 0.5, "loss": 2.0}, Headline("accuracy", True))
        (0.5, -2.0)
    """
    value = metrics[headline.metric]
    first = value if headline.higher_is_better else -value
    loss = metrics.get("loss", 0.0)
    return tuple(-math.inf if math.isnan(number) else number for number in (first, -loss))
