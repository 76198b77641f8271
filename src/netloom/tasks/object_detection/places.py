"""Detectors that say at every place of several maps what is there (FCOS, arXiv:1904.01355).

Shape legend: N samples, P places, K classes, C candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field as SettingField

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, BoxHead
from netloom.tasks.losses import balanced_weights
from netloom.tasks.object_detection.detections import Detections, Limits, largest_apart, sigmoid
from netloom.tasks.object_detection.family import Candidates, best, class_counts, first
from netloom.tasks.object_detection.loss_settings import FocalBoxes
from netloom.tasks.protocol import Field, Outputs

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch
    from netloom.tasks.object_detection.losses import LossSums

_MOST_CANDIDATES = 300


class Places:
    """See :class:`netloom.tasks.object_detection.family.Family`."""

    loss_type: Any = Annotated[FocalBoxes, SettingField(title="Loss of object detection")]

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def fitted_loss(self, loss: FocalBoxes, samples: Samples) -> FocalBoxes:
        """Fills in ``balanced`` class weights, by objects; classes without objects get 0."""
        classes = len(samples.label_names)
        if loss.class_weights == "balanced":
            weights = balanced_weights(class_counts(samples))
            return loss.model_copy(update={"class_weights": weights})
        if loss.class_weights is not None and len(loss.class_weights) != classes:
            raise InvalidData.of(
                "loss.class_weights does not fit the label space",
                code="X310",
                expected=f"{classes} numbers: for {', '.join(samples.label_names[:10])}",
                got=f"{len(loss.class_weights)} numbers",
                fix="Give one weight per class, or balanced",
            )
        return loss

    def answers(self, batch: SceneBatch, num_classes: int) -> tuple[Tensor, ...]:
        """Nothing."""
        return ()

    def loss(self, outputs: Outputs, batch: SceneBatch, loss: FocalBoxes) -> Tensor:
        """Over the places that answer for an object; see :mod:`netloom.tasks.object_detection.losses`."""
        return _sums(outputs, batch, loss).mean(loss)

    def usual_loss_sums(self, outputs: Outputs, batch: SceneBatch) -> LossSums:
        """Of the usual loss."""
        return _sums(outputs, batch, FocalBoxes())

    def usual_loss(self, sums: LossSums) -> Tensor:
        """From sums to the mean."""
        return sums.mean(FocalBoxes())

    def candidates(self, outputs: Outputs) -> Candidates:
        """The surest places and classes, before those around one object are merged."""
        logits_NPK, boxes_NP4, quality_NP = outputs[:3]
        trusted_NP1 = quality_NP.float().sigmoid().unsqueeze(-1)
        scores_NPK = (logits_NPK.float().sigmoid() * trusted_NP1).sqrt()
        most = max(_MOST_CANDIDATES, self._limits.max_objects)
        return best(scores_NPK, boxes_NP4, limits=self._limits, most=most)

    def reported(self, candidates: Candidates) -> Candidates:
        """Of candidates around one object the surest."""
        from netloom.tasks.object_detection.device_suppression import is_kept

        assert self._limits.overlap is not None  # a head of boxes has it
        labels_NC = candidates.labels_NC
        kept_NC = is_kept(candidates.boxes_NC4, labels_NC, overlap=self._limits.overlap)
        merged = candidates._replace(labels_NC=labels_NC.where(kept_NC, -1))
        return first(merged, self._limits.max_objects)

    def scores(self, outputs: Outputs) -> Detections:
        """Of every class at every place: the root of probability times quality; and boxes in pixels."""
        logits, boxes, quality = outputs[:3]
        if isinstance(logits, np.ndarray):
            scores = np.sqrt(sigmoid(logits) * sigmoid(quality)[:, :, None])
            return Detections(scores, boxes.astype(np.float32, copy=False), self._limits)
        trusted = quality.float().sigmoid().unsqueeze(-1)
        scores = (logits.float().sigmoid() * trusted).sqrt().cpu().numpy()
        return Detections(scores, boxes.float().cpu().numpy(), self._limits)

    def difference(self, first: Detections, second: Detections) -> float:
        """Of the scores and boxes of all places, before any box is left out."""
        return largest_apart(first, second)

    def output_fields(self, architecture: Architecture) -> tuple[Field, ...]:
        """Class scores, boxes, quality and places, before boxes of one object are merged."""
        from netloom.models.box_places import num_places

        assert isinstance(architecture.head, BoxHead)
        places = num_places(architecture)

        def output(name: str, shape: tuple[int | str, ...], meaning: str) -> Field:
            return Field(
                name=name, dtype="float32", shape=("batch", places, *shape), meaning=meaning
            )

        return (
            output(
                "logits",
                (architecture.head.outputs,),
                "per place and class; sigmoid gives a probability",
            ),
            output("boxes", (4,), "left, top, right, bottom in pixels of the input"),
            output(
                "quality", (), "sigmoid times that of the logits, and the root of it, is a score"
            ),
            output("places", (3,), "x, y and step of each place in pixels of the input"),
        )


def _sums(outputs: Outputs, batch: SceneBatch, loss: FocalBoxes) -> LossSums:
    from netloom.models.heads.boxes import BoxOutputs
    from netloom.tasks.object_detection.assignment import assigned, padded_targets
    from netloom.tasks.object_detection.losses import loss_sums

    found = BoxOutputs(*outputs)
    assert batch.objects is not None  # the task's samples have objects
    device = found.logits_NPK.device
    assignment = assigned(
        padded_targets(batch.objects, found.logits_NPK.shape[2], device),
        found.places_NP3,
        batch.is_known_N.to(device, non_blocking=True),
        radius=loss.radius,
    )
    return loss_sums(found, assignment, loss)
