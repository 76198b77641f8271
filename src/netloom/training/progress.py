"""Where a training stands: everything the loop must remember to go on as if it had never stopped."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.tasks.protocol import Headline

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.training.peers import Peers


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


class LossPoint(NamedTuple):
    """A logged mean loss."""

    step: int
    loss: float


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
        earlier_s: Seconds that earlier attempts have trained, up to the checkpoint.
        last_finite: The last logged loss that was a number, in this attempt.
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
    earlier_s: float = 0.0
    last_finite: LossPoint | None = None
    _started: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._started = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds trained so far, over all attempts; what a killed attempt lost does not count."""
        return self.earlier_s + time.monotonic() - self._started

    def advance(self, loss: Tensor) -> None:
        """Count one step. Does not wait for the device."""
        self.step += 1
        self.batch += 1
        self.loss_count += 1
        self.loss_sum.add_(loss)

    def take_mean_loss(self, peers: Peers) -> float:
        """Mean loss since the last call, over all peers (waits for the device), and start over."""
        total = float(peers.mean(self.loss_sum))
        self.epoch_loss += total
        mean = total / self.loss_count
        self.loss_sum.zero_()
        self.loss_count = 0
        if math.isfinite(mean):
            self.last_finite = LossPoint(self.step, mean)
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
            "elapsed_s": self.elapsed_s,
        }

    def restore(self, document: dict[str, Any], best_weights: dict[str, Tensor]) -> None:
        """Inverse of :meth:`to_json`."""
        self.loss_sum.fill_(document["loss_sum"])
        for name in ("epoch", "batch", "step", "loss_count", "epoch_loss", "stale", "stopped"):
            setattr(self, name, document[name])
        self.history = [dict(row) for row in document["history"]]
        self.earlier_s = document["elapsed_s"]
        self._started = time.monotonic()
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
