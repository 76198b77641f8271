"""Metrics of a validation of segmentation, summed on the device so that no batch waits for the next.

Shape legend: N samples, K classes, H height, W width. They are measured at the network's resolution; the
evaluation measures at that of the pictures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from netloom.tasks.semantic_segmentation.losses import UNKNOWN

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.scene_loaders import SceneBatch


class SegmentationTally:
    """Mean IoU, pixel accuracy and mean cross-entropy of all pixels whose class is known."""

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._confusion: Any = None
        self._loss: Any = 0.0

    def update(self, outputs: Tensor, batch: SceneBatch) -> None:
        """Count one batch."""
        from torch.nn.functional import cross_entropy

        assert batch.masks_NHW is not None  # that is what the task asks the loader for
        classes_NHW = batch.masks_NHW.long()
        counted = confusion_of(outputs.argmax(dim=1), classes_NHW, self._num_classes)
        self._confusion = counted if self._confusion is None else self._confusion + counted
        self._loss = self._loss + cross_entropy(
            outputs.float(), classes_NHW, ignore_index=UNKNOWN, reduction="sum"
        )

    def metrics(self) -> dict[str, float]:
        """``mean_iou``, ``pixel_accuracy`` and ``loss`` (cross-entropy, whatever training uses).

        Classes that neither occur nor are predicted are left out of the mean.
        """
        undefined = {"mean_iou": math.nan, "pixel_accuracy": math.nan, "loss": math.nan}
        if self._confusion is None:
            return undefined
        confusion_KK = self._confusion.cpu().double()
        total = float(confusion_KK.sum())
        if not total:
            return undefined
        hits_K = confusion_KK.diagonal()
        union_K = confusion_KK.sum(dim=0) + confusion_KK.sum(dim=1) - hits_K
        return {
            "mean_iou": float((hits_K[union_K > 0] / union_K[union_K > 0]).mean()),
            "pixel_accuracy": float(hits_K.sum()) / total,
            "loss": float(self._loss) / total,
        }


def confusion_of(predicted_NHW: Tensor, true_NHW: Tensor, num_classes: int) -> Tensor:
    """Pixels by true class (row) and predicted class (column), int64 (K, K), on the same device.

    Args:
        true_NHW: int64, 255 where unknown; such pixels are not counted.

    Example:
        >>> import torch
        >>> confusion_of(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 255]), 2).tolist()
        [[1, 1], [0, 0]]
    """
    import torch

    places = (true_NHW * num_classes + predicted_NHW).where(
        true_NHW != UNKNOWN, num_classes * num_classes
    )
    # Not bincount, which waits for the device to learn how many places there are.
    counts = torch.zeros(num_classes * num_classes + 1, dtype=torch.int64, device=places.device)
    ones = counts.new_ones(1).expand(places.numel())
    return counts.scatter_add_(0, places.reshape(-1), ones)[:-1].view(num_classes, num_classes)
