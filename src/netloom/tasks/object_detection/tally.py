"""Validation metrics of a detector, collected without waiting for the device.

Shape legend: N samples, C candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.tasks.object_detection.coco_matching import Truth, matched
from netloom.tasks.object_detection.coco_metrics import coco_metrics
from netloom.tasks.object_detection.detections import Found
from netloom.tasks.object_detection.family import Candidates, Family
from netloom.tasks.object_detection.truth import truth_of
from netloom.tasks.protocol import Outputs

if TYPE_CHECKING:
    from netloom.data.scene_loaders import SceneBatch


class DetectionTally:
    """COCO's ``ap`` and ``ap50`` in the network's pictures, and the usual loss.

    Args:
        num_classes: Of the label space.
        family: How the network speaks of objects.
    """

    def __init__(self, num_classes: int, family: Family) -> None:
        self._num_classes = num_classes
        self._family = family
        self._sums: Any = None
        self._candidates: list[Candidates] = []
        self._truths: list[Truth] = []
        self._known: list[bool] = []

    def update(self, outputs: Outputs, batch: SceneBatch) -> None:
        """Count one batch."""
        assert batch.objects is not None  # the task's samples have objects
        sums = self._family.usual_loss_sums(outputs, batch)
        self._sums = sums if self._sums is None else self._sums.added(sums)
        self._candidates.append(self._family.candidates(outputs))
        self._truths += [truth_of(objects) for objects in batch.objects]
        self._known += batch.is_known_N.tolist()

    def metrics(self) -> dict[str, float]:
        """``ap``, ``ap50`` and ``loss`` (the usual one, whatever training uses)."""
        if self._sums is None:
            return dict.fromkeys(("ap", "ap50", "loss"), float("nan"))
        found = [
            each for batch in self._candidates for each in _found(self._family.reported(batch))
        ]
        chosen = np.flatnonzero(self._known).tolist()
        matches = matched(
            [found[place] for place in chosen],
            [self._truths[place] for place in chosen],
            self._num_classes,
        )
        overall = coco_metrics(matches, self._num_classes).overall()
        loss = float(self._family.usual_loss(self._sums))
        return {"ap": overall["ap"], "ap50": overall["ap50"], "loss": loss}


def _found(batch: Candidates) -> Sequence[Found]:
    scores_NC, boxes_NC4, labels_NC = (tensor.cpu().numpy() for tensor in batch)
    return [
        Found(boxes_C4[labels_C >= 0], scores_C[labels_C >= 0], labels_C[labels_C >= 0])
        for scores_C, boxes_C4, labels_C in zip(scores_NC, boxes_NC4, labels_NC, strict=True)
    ]
