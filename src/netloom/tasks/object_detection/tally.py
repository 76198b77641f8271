"""Validation metrics of a detector, collected without waiting for the device.

Shape legend: N samples, P places, K classes, C candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from torch import Tensor

from netloom.models.heads.boxes import BoxOutputs
from netloom.tasks.object_detection.assignment import assigned, padded_targets
from netloom.tasks.object_detection.coco_matching import Truth, matched
from netloom.tasks.object_detection.coco_metrics import coco_metrics
from netloom.tasks.object_detection.detections import LEAST_SCORE, Found, chosen_objects
from netloom.tasks.object_detection.loss_settings import FocalBoxes
from netloom.tasks.object_detection.losses import LossSums, loss_sums
from netloom.tasks.object_detection.truth import truth_of

if TYPE_CHECKING:
    from netloom.data.scene_loaders import SceneBatch

_CANDIDATES = 300


class _Candidates(NamedTuple):
    """The best places and classes of each sample of a batch, on the device."""

    scores_NC: Tensor
    boxes_NC4: Tensor
    labels_NC: Tensor


class DetectionTally:
    """COCO's ``ap`` and ``ap50`` in the network's pictures, and the usual loss.

    Args:
        num_classes: K.
    """

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._loss = FocalBoxes()
        self._sums: LossSums | None = None
        self._candidates: list[_Candidates] = []
        self._truths: list[Truth] = []
        self._known: list[bool] = []

    def update(self, outputs: BoxOutputs, batch: SceneBatch) -> None:
        """Count one batch."""
        outputs = BoxOutputs(*outputs)
        assert batch.objects is not None  # the task's samples have objects
        device = outputs.logits_NPK.device
        assignment = assigned(
            padded_targets(batch.objects, self._num_classes, device),
            outputs.places_NP3,
            batch.is_known_N.to(device, non_blocking=True),
            radius=self._loss.radius,
        )
        sums = loss_sums(outputs, assignment, self._loss)
        if self._sums is not None:
            sums = LossSums(*(one + two for one, two in zip(self._sums, sums, strict=True)))
        self._sums = sums
        self._candidates.append(_best(outputs))
        self._truths += [truth_of(objects) for objects in batch.objects]
        self._known += batch.is_known_N.tolist()

    def metrics(self) -> dict[str, float]:
        """``ap``, ``ap50`` and ``loss`` (the usual one, whatever training uses)."""
        if self._sums is None:
            return dict.fromkeys(("ap", "ap50", "loss"), float("nan"))
        found = [each for batch in self._candidates for each in _found(batch)]
        chosen = np.flatnonzero(self._known).tolist()
        matches = matched(
            [found[place] for place in chosen],
            [self._truths[place] for place in chosen],
            self._num_classes,
        )
        overall = coco_metrics(matches, self._num_classes).overall()
        loss = float(self._sums.mean(self._loss))
        return {"ap": overall["ap"], "ap50": overall["ap50"], "loss": loss}


def _best(outputs: BoxOutputs) -> _Candidates:
    quality_NP1 = outputs.quality_NP.float().sigmoid()[:, :, None]
    scores_NPK = (outputs.logits_NPK.float().sigmoid() * quality_NP1).sqrt()
    num_classes = scores_NPK.shape[2]
    flat = scores_NPK.flatten(1)
    scores_NC, chosen_NC = flat.topk(min(_CANDIDATES, flat.shape[1]), dim=1)
    places_NC1 = chosen_NC.div(num_classes, rounding_mode="floor")[:, :, None]
    return _Candidates(
        scores_NC,
        outputs.boxes_NP4.gather(1, places_NC1.expand(-1, -1, 4)),
        chosen_NC.remainder(num_classes),
    )


def _found(batch: _Candidates) -> Sequence[Found]:
    arrays = (tensor.cpu().numpy() for tensor in batch)
    found = []
    for scores_C, boxes_C4, labels_C in zip(*arrays, strict=True):
        is_enough_C = scores_C >= LEAST_SCORE
        found.append(
            chosen_objects(boxes_C4[is_enough_C], scores_C[is_enough_C], labels_C[is_enough_C])
        )
    return found
