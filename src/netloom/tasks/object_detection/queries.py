"""Detectors with a fixed number of queries, each of which finds one object or none.

D-FINE: Peng et al., 2024 (arXiv:2410.13842).

Shape legend: N samples, Q queries, K classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field as SettingField

from netloom.models.architecture import Architecture, QueryHead
from netloom.models.spec import DFine
from netloom.tasks.object_detection.detections import (
    Detections,
    Limits,
    largest_apart_in_any_order,
    sigmoid,
)
from netloom.tasks.object_detection.family import Candidates, best
from netloom.tasks.object_detection.loss_settings import SetPrediction
from netloom.tasks.protocol import Field, Outputs

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch
    from netloom.tasks.object_detection.set_losses import SetSums


class Queries:
    """See :class:`netloom.tasks.object_detection.family.Family`."""

    loss_type: Any = Annotated[SetPrediction, SettingField(title="Loss of object detection")]

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def fitted_loss(self, loss: SetPrediction, samples: Samples) -> SetPrediction:
        """Nothing depends on the training part."""
        return loss

    def answers(self, batch: SceneBatch, num_classes: int) -> tuple[Tensor, ...]:
        """All objects to find, some of which it will be shown with noise."""
        from netloom.tasks.object_detection.assignment import padded_targets
        from netloom.tasks.object_detection.set_losses import as_shares

        assert batch.objects is not None  # the task's samples have objects
        targets = padded_targets(batch.objects, num_classes)
        height, width = batch.images_NCHW.shape[2:]
        boxes_NM4 = as_shares(targets.boxes_NM4, (height, width))
        classes_NM = targets.classes_NM.where(targets.is_object_NM, -1)
        device = batch.images_NCHW.device
        return (boxes_NM4.to(device, non_blocking=True), classes_NM.to(device, non_blocking=True))

    def loss(self, outputs: Outputs, batch: SceneBatch, loss: SetPrediction) -> Tensor:
        """Over all queries and layers; see :mod:`netloom.tasks.object_detection.set_losses`."""
        return _sums(outputs, batch, loss).mean()

    def usual_loss_sums(self, outputs: Outputs, batch: SceneBatch) -> SetSums:
        """Of the usual loss of the last layer."""
        return _sums(outputs, batch, SetPrediction())

    def usual_loss(self, sums: SetSums) -> Tensor:
        """From sums to the mean."""
        return sums.mean()

    def candidates(self, outputs: Outputs) -> Candidates:
        """The surest queries and classes."""
        logits_NQK, boxes_NQ4 = outputs
        return best(
            logits_NQK.float().sigmoid(),
            boxes_NQ4,
            limits=self._limits,
            most=self._limits.max_objects,
        )

    def reported(self, candidates: Candidates) -> Candidates:
        """All of them: no object is found twice."""
        return candidates

    def scores(self, outputs: Outputs) -> Detections:
        """Of every class for every query, and boxes in pixels."""
        logits, boxes = outputs
        if isinstance(logits, np.ndarray):
            boxes = boxes.astype(np.float32, copy=False)
            return Detections(sigmoid(logits), boxes, self._limits)
        scores = logits.float().sigmoid().cpu().numpy()
        return Detections(scores, boxes.float().cpu().numpy(), self._limits)

    def difference(self, first: Detections, second: Detections) -> float:
        """Of the scores and boxes of all queries, whatever their order."""
        return largest_apart_in_any_order(first, second)

    def output_fields(self, architecture: Architecture) -> tuple[Field, ...]:
        """Class scores and boxes of all queries."""
        from netloom.models.d_fine import d_fine_settings

        head, body = architecture.head, architecture.backbone
        assert isinstance(head, QueryHead)
        assert isinstance(body, DFine)  # the architecture says so
        classes = head.outputs
        queries = d_fine_settings(body, architecture.input, num_classes=classes).num_queries
        return (
            Field(
                name="logits",
                dtype="float32",
                shape=("batch", queries, classes),
                meaning="per query and class; sigmoid gives a score",
            ),
            Field(
                name="boxes",
                dtype="float32",
                shape=("batch", queries, 4),
                meaning="left, top, right, bottom in pixels of the input",
            ),
        )


def _sums(outputs: Outputs, batch: SceneBatch, loss: SetPrediction) -> SetSums:
    from netloom.models.heads.object_queries import QueryLessons, QueryOutputs
    from netloom.tasks.object_detection.set_losses import set_loss_sums

    assert batch.objects is not None  # the task's samples have objects
    is_whole = len(outputs) == len(QueryOutputs._fields)
    found = QueryOutputs(*outputs) if is_whole else QueryLessons(*outputs)
    height, width = batch.images_NCHW.shape[2:]
    return set_loss_sums(found, batch.objects, loss, size=(height, width))
