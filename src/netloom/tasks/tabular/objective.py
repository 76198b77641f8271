"""What a network for tables learns: one loss for each target, their weighted mean, and what outputs mean.

Shape legend: N rows, K outputs of a target. Rows without a label do not count for that target.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.models.tabular.spec import Target
from netloom.tasks.protocol import Headline

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.tasks.tabular.tally import TargetsTally

_HEADLINES = {
    "binary": Headline("auc", higher_is_better=True),
    "classes": Headline("macro_accuracy", higher_is_better=True),
    "labels": Headline("macro_auc", higher_is_better=True),
    "number": Headline("rmse", higher_is_better=False),
}


class TableBatch(NamedTuple):
    """Rows to learn from.

    Attributes:
        columns: What the network takes.
        labels: One tensor for each target, as :func:`netloom.tasks.tabular.targets.label_arrays` has them;
            but numbers are brought to the target's scale, and have 32 bits.
    """

    columns: dict[str, Tensor]
    labels: tuple[Tensor, ...]


class Objective:
    """Losses, metrics and scores of all targets together.

    Args:
        targets: Fitted: their classes and scales are known.
        class_weights: How much rows of each class count, for each target; None: all alike.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        class_weights: Sequence[Sequence[float] | None] | None = None,
    ) -> None:
        self.targets = tuple(targets)
        self._class_weights = tuple(class_weights or [None] * len(self.targets))
        self._on_device: dict[Any, tuple[Tensor | None, ...]] = {}

    @property
    def headline(self) -> Headline:
        """The metric that compares two states: that of the only target, or the loss of several."""
        if len(self.targets) == 1:
            return _HEADLINES[self.targets[0].type]
        return Headline("loss", higher_is_better=False)

    def inputs(self, batch: TableBatch) -> tuple[dict[str, Tensor]]:
        """What the network takes of a batch."""
        return (batch.columns,)

    def loss(self, outputs: tuple[Tensor, ...], batch: TableBatch, *, loss: Any = None) -> Tensor:
        """Weighted mean over the targets of each one's mean loss over the rows with a label."""
        total = outputs[0].new_zeros((), dtype=outputs[0].float().dtype)
        for target, sums in zip(self.targets, self.loss_sums(outputs, batch.labels), strict=True):
            total = total + target.weight * sums.loss / sums.weight.clamp(min=1e-12)
        return total / sum(target.weight for target in self.targets)

    def loss_sums(self, outputs: Sequence[Tensor], labels: Sequence[Tensor]) -> tuple[LossSum, ...]:
        """Loss and weight of the labelled rows, for each target."""
        weights = self._weights(outputs[0].device)
        return tuple(
            target_loss(target, logits, label, class_weights_K=weight)
            for target, logits, label, weight in zip(
                self.targets, outputs, labels, weights, strict=True
            )
        )

    def tally(self, labels: Sequence[str] = ()) -> TargetsTally:
        """Fresh metrics for a validation."""
        from netloom.tasks.tabular.tally import TargetsTally

        return TargetsTally(self)

    def scores(self, outputs: Sequence[Any]) -> dict[str, NDArray[np.float32]]:
        """Outputs of a batch for people: see :func:`scores`."""
        return scores(self.targets, outputs)

    def _weights(self, device: Any) -> tuple[Tensor | None, ...]:
        import torch

        if device not in self._on_device:
            self._on_device[device] = tuple(
                None if weights is None else torch.tensor(weights, device=device)
                for weights in self._class_weights
            )
        return self._on_device[device]


class LossSum(NamedTuple):
    """Weighted losses of rows, and their weights; scalars on the device."""

    loss: Tensor
    weight: Tensor


def target_loss(
    target: Target, logits_NK: Tensor, labels: Tensor, *, class_weights_K: Tensor | None = None
) -> LossSum:
    """Summed loss of the rows that have a label.

    binary: cross-entropy of the sigmoid; classes: of the softmax; labels: mean over the labels of the
    sigmoid's; number: half the squared error on the target's scale. With class weights a row counts as
    its class does; of ``labels`` each label does.

    Example:
        >>> import torch
        >>> target = Target(column="y", type="number")
        >>> sums = target_loss(target, torch.zeros(3, 1), torch.tensor([1.0, -1.0, float("nan")]))
        >>> sums.loss.item(), sums.weight.item()
        (1.0, 2.0)
    """
    import torch
    from torch.nn import functional

    if logits_NK.itemsize < 4:
        logits_NK = logits_NK.float()
    if target.type == "classes":
        has_label_N = labels >= 0
        losses_N = functional.cross_entropy(logits_NK, labels.clamp(min=0), reduction="none")
        weights_N = None if class_weights_K is None else class_weights_K[labels.clamp(min=0)]
    elif target.type == "labels":
        has_label_N = ~labels[:, 0].isnan()
        losses_NK = functional.binary_cross_entropy_with_logits(
            logits_NK, labels.nan_to_num(0.0), reduction="none"
        )
        if class_weights_K is not None:
            losses_NK = losses_NK * (class_weights_K / class_weights_K.mean())
        losses_N, weights_N = losses_NK.mean(dim=1), None
    else:
        has_label_N = ~labels.isnan()
        known_N = labels.nan_to_num(0.0)
        if target.type == "number":
            losses_N, weights_N = 0.5 * (logits_NK[:, 0] - known_N).square(), None
        else:
            losses_N = functional.binary_cross_entropy_with_logits(
                logits_NK[:, 0], known_N, reduction="none"
            )
            weights_N = None if class_weights_K is None else class_weights_K[known_N.long()]
    counts_N = has_label_N.to(losses_N.dtype)
    if weights_N is not None:
        counts_N = counts_N * weights_N
    # Not multiplied: the loss of a row without a label may be infinite, and 0 times that is no number.
    kept_N = torch.where(has_label_N, losses_N * counts_N, torch.zeros_like(losses_N))
    return LossSum(kept_N.sum(), counts_N.sum())


def scores(targets: Sequence[Target], outputs: Sequence[Any]) -> dict[str, NDArray[np.float32]]:
    """Outputs of a network as plain numbers by target.

    binary: probability of the positive value, (N,); classes: probabilities, (N, K); labels: probability of
    each, (N, K); number: in the target's own unit, (N,).

    Args:
        outputs: Tensors on any device, or arrays; one for each target.

    Example:
        >>> target = Target(column="y", type="binary", classes=("no", "yes"))
        >>> scores([target], [np.zeros((2, 1), np.float32)])["y"].tolist()
        [0.5, 0.5]
    """
    return {
        target.column: _scores(target, _array(logits))
        for target, logits in zip(targets, outputs, strict=True)
    }


def _array(logits: Any) -> NDArray[np.float32]:
    if isinstance(logits, np.ndarray):
        return logits.astype(np.float32, copy=False)
    array: NDArray[np.float32] = logits.detach().float().cpu().numpy()
    return array


def _scores(target: Target, logits_NK: NDArray[np.float32]) -> NDArray[np.float32]:
    if target.type == "number":
        if target.scale is None:
            return logits_NK[:, 0]
        numbers = logits_NK[:, 0].astype(np.float64) * target.scale.std + target.scale.mean
        return numbers.astype(np.float32)
    if target.type == "classes":
        raised = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
        return shares
    chances: NDArray[np.float32] = _sigmoid(logits_NK)
    return chances[:, 0] if target.type == "binary" else chances


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without overflow, whatever the sign."""
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1 / (1 + small), small / (1 + small)).astype(np.float32)
