"""Metrics of a validation while training, counted on the device; evaluations have exact ones.

Shape legend: N rows, K classes or labels, B bins of scores.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from netloom.models.tabular.spec import Target

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.tasks.tabular.objective import Objective, TableBatch

_BINS = 8192
_LARGEST_LOGIT = 16.0
"""Beyond, scores are told apart no more: a probability of less than one in eight million."""


class TargetsTally:
    """Metrics of all targets; of one alone under their own names, of several under ``column/name``."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._sums: list[list[Tensor]] = []
        self._counts = [_counts(target) for target in objective.targets]

    def update(self, outputs: tuple[Tensor, ...], batch: TableBatch) -> None:
        """Count one batch; does not wait for the device."""
        outputs = tuple(logits.detach().float() for logits in outputs)
        sums = self._objective.loss_sums(outputs, batch.labels)
        flat = [number.double() for pair in sums for number in pair]
        self._sums.append(flat)
        if len(self._sums) > 1:
            self._sums = [[a + b for a, b in zip(*self._sums, strict=True)]]
        for counts, logits, labels in zip(self._counts, outputs, batch.labels, strict=True):
            counts.update(logits, labels)

    def metrics(self) -> dict[str, float]:
        """Values so far; NaN where nothing was counted."""
        targets = self._objective.targets
        pairs = (
            [float(number) for number in self._sums[0]] if self._sums else [0.0] * len(targets) * 2
        )
        losses = [
            pairs[2 * place] / pairs[2 * place + 1] if pairs[2 * place + 1] else math.nan
            for place in range(len(targets))
        ]
        found: dict[str, float] = {"loss": _weighted(targets, losses)}
        for target, loss, counts in zip(targets, losses, self._counts, strict=True):
            if len(targets) == 1:
                found |= counts.metrics()
                continue
            found[f"{target.column}/loss"] = loss
            found |= {f"{target.column}/{name}": value for name, value in counts.metrics().items()}
        return found


def _weighted(targets: tuple[Target, ...], losses: list[float]) -> float:
    """Mean over the targets that any row had a label of."""
    known = [
        (t.weight, loss) for t, loss in zip(targets, losses, strict=True) if not math.isnan(loss)
    ]
    if not known:
        return math.nan
    return sum(weight * loss for weight, loss in known) / sum(weight for weight, _ in known)


class _Counts(Protocol):
    def update(self, logits_NK: Tensor, labels: Tensor) -> None: ...

    def metrics(self) -> dict[str, float]: ...


def _counts(target: Target) -> _Counts:
    match target.type:
        case "number":
            return _SquaredErrors(target)
        case "classes":
            return _ClassHits(target)
        case "binary":
            return _Ranks("auc")
        case "labels":
            return _Ranks("macro_auc")


class _Ranks:
    """Areas under the ROC curves, from histograms of the scores of both kinds of rows."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._histogram_2KB: Tensor | None = None

    def update(self, logits_NK: Tensor, labels: Tensor) -> None:
        import torch

        labels_NK = labels.reshape(len(logits_NK), -1)
        num_outputs = logits_NK.shape[1]
        if self._histogram_2KB is None:
            self._histogram_2KB = torch.zeros(
                2, num_outputs, _BINS, dtype=torch.int64, device=logits_NK.device
            )
        cut_NK = logits_NK.nan_to_num(0.0).clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
        bins_NK = ((cut_NK / _LARGEST_LOGIT + 1) / 2 * (_BINS - 1)).round().long()
        kinds_NK = labels_NK.nan_to_num(0.0).long()
        outputs_K = torch.arange(num_outputs, device=logits_NK.device)
        places_NK = (kinds_NK * num_outputs + outputs_K) * _BINS + bins_NK
        counts_NK = (~labels_NK.isnan()).long()
        self._histogram_2KB.view(-1).scatter_add_(0, places_NK.flatten(), counts_NK.flatten())

    def metrics(self) -> dict[str, float]:
        if self._histogram_2KB is None:
            return {self._name: math.nan}
        negatives_KB, positives_KB = self._histogram_2KB.cpu().double()
        below_KB = negatives_KB.cumsum(dim=1) - negatives_KB / 2  # those in the same bin count half
        won_K = (positives_KB * below_KB).sum(dim=1)
        areas_K = won_K / (positives_KB.sum(dim=1) * negatives_KB.sum(dim=1))
        defined = areas_K[~areas_K.isnan()]
        return {self._name: float(defined.mean()) if len(defined) else math.nan}


class _ClassHits:
    """Accuracy, and its mean over the classes that occur."""

    def __init__(self, target: Target) -> None:
        self._num_classes = target.outputs
        self._hits_2K: Tensor | None = None

    def update(self, logits_NK: Tensor, labels: Tensor) -> None:
        import torch

        if self._hits_2K is None:
            self._hits_2K = torch.zeros(
                2, self._num_classes, dtype=torch.int64, device=logits_NK.device
            )
        known_N = labels.clamp(min=0)
        has_label_N = (labels >= 0).long()
        is_hit_N = (logits_NK.argmax(dim=1) == labels).long() * has_label_N
        self._hits_2K[0].scatter_add_(0, known_N, has_label_N)
        self._hits_2K[1].scatter_add_(0, known_N, is_hit_N)

    def metrics(self) -> dict[str, float]:
        if self._hits_2K is None or not int(self._hits_2K[0].sum()):
            return {"macro_accuracy": math.nan, "accuracy": math.nan}
        rows_K, hits_K = self._hits_2K.cpu().double()
        occurs_K = rows_K > 0
        return {
            "macro_accuracy": float((hits_K[occurs_K] / rows_K[occurs_K]).mean()),
            "accuracy": float(hits_K.sum() / rows_K.sum()),
        }


class _SquaredErrors:
    """Root of the mean squared error, in the target's own unit."""

    def __init__(self, target: Target) -> None:
        self._unit = 1.0 if target.scale is None else target.scale.std
        self._sums: tuple[Tensor, Tensor] | None = None

    def update(self, logits_NK: Tensor, labels: Tensor) -> None:
        has_label_N = ~labels.isnan()
        errors_N = (logits_NK[:, 0] - labels.nan_to_num(0.0)) * has_label_N
        sums = errors_N.double().square().sum(), has_label_N.sum()
        earlier = self._sums
        self._sums = sums if earlier is None else (earlier[0] + sums[0], earlier[1] + sums[1])

    def metrics(self) -> dict[str, float]:
        if self._sums is None or not int(self._sums[1]):
            return {"rmse": math.nan}
        return {"rmse": self._unit * math.sqrt(float(self._sums[0]) / float(self._sums[1]))}
