"""Metrics of a validation of text detection.

Shape legend: N samples, H height, W width. They are measured in the network's pictures; the evaluation
measures in those that they were made from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from netloom.tasks.text_detection.losses import targets_on
from netloom.tasks.text_detection.matching import Meeting, TextCounts, counted
from netloom.tasks.text_detection.outlines import text_truth
from netloom.tasks.text_detection.regions import text_regions

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.objects import Objects
    from netloom.data.scene_loaders import SceneBatch

_MOST_BYTES = 64 << 20


class TextDetectionTally:
    """Precision, recall and their harmonic mean, and the balanced cross-entropy of kernels.

    Probabilities wait on the device, a byte each, until there are many; then those of all batches but the
    newest are read, which the device has long finished.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Tensor, tuple[Objects, ...], list[bool]]] = []
        self._counts = TextCounts(0, 0, 0)
        self._sums: Tensor | None = None
        self._num_kernel = 0
        self._num_other = 0

    def update(self, outputs: Tensor, batch: SceneBatch) -> None:
        """Count one batch."""
        assert batch.objects is not None  # the task's samples have objects
        self._add_loss(outputs, batch)
        levels_NHW = (outputs[:, 0].float().sigmoid() * 255.0).round().byte()
        self._waiting.append((levels_NHW, batch.objects, batch.is_known_N.tolist()))
        if sum(levels.numel() for levels, _, _ in self._waiting) > _MOST_BYTES:
            self._read(len(self._waiting) - 1)

    def metrics(self) -> dict[str, float]:
        """``h_mean``, ``precision``, ``recall`` and ``loss``.

        The loss is the mean cross-entropy of pixels in kernels, plus that of all others, halved; whatever
        training uses.
        """
        self._read(len(self._waiting))
        loss = math.nan
        if self._sums is not None:
            of_kernel, of_other = self._sums.tolist()
            parts = ((of_kernel, self._num_kernel), (of_other, self._num_other))
            means = [total / number for total, number in parts if number]
            loss = sum(means) / len(means) if means else math.nan
        return {**self._counts.metrics(), "loss": loss}

    def _add_loss(self, outputs: Tensor, batch: SceneBatch) -> None:
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits

        assert batch.objects is not None  # the task's samples have objects
        targets = targets_on(outputs, batch.objects, batch.is_known_N)
        losses_NHW = binary_cross_entropy_with_logits(
            outputs[:, 0].float(), targets.kernels, reduction="none"
        )
        of_kernel = (losses_NHW * targets.kernels).sum(dtype=torch.float64)
        of_all = (losses_NHW * targets.learned).sum(dtype=torch.float64)
        sums = torch.stack([of_kernel, of_all - of_kernel])
        self._sums = sums if self._sums is None else self._sums + sums
        self._num_kernel += targets.num_kernel
        self._num_other += targets.num_other

    def _read(self, count: int) -> None:
        done, self._waiting = self._waiting[:count], self._waiting[count:]
        for levels_NHW, objects, are_known in done:
            probabilities_NHW = levels_NHW.cpu().numpy() * np.float32(1.0 / 255.0)
            for map_HW, there, is_known in zip(probabilities_NHW, objects, are_known, strict=True):
                if is_known:
                    meeting = Meeting.of(text_regions(map_HW).polygons, text_truth(there))
                    verdict = meeting.judged()
                    self._counts = self._counts.plus(counted(verdict))
