"""Object detection: a box, a label and a score for each object in a picture.

What differs between kinds of networks is in :mod:`netloom.tasks.object_detection.family`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, BoxHead, Head, QueryHead
from netloom.tasks.object_detection.detections import Detections, Found
from netloom.tasks.object_detection.family import family_of
from netloom.tasks.object_detection.problems import problems_of_objects
from netloom.tasks.picture_fields import IMAGE_FIELD, images_field
from netloom.tasks.protocol import (
    Contender,
    Evaluation,
    ExportSignature,
    Field,
    Headline,
    Outputs,
    Prediction,
    Scored,
)
from netloom.tasks.scene_task import SceneTask

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch
    from netloom.tasks.object_detection.tally import DetectionTally


class ObjectDetectionTask(SceneTask):
    """Boxes with labels of a label space; see :class:`netloom.tasks.protocol.Task` for the methods.

    Args:
        head: Of the networks it is about; it decides how they speak of objects and what of it is reported.

    Example:
        >>> outputs = np.zeros((1, 1, 2), np.float32), np.ones((1, 1, 4), np.float32)
        >>> ObjectDetectionTask(QueryHead(outputs=2)).scores(outputs)[0].scores_D.tolist()
        [0.5, 0.5]
    """

    name = "object_detection"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(
            name="boxes",
            dtype="float32",
            shape=("objects", 4),
            meaning="left, top, right, bottom of each object in pixels from the picture's corner",
        ),
        Field(
            name="labels",
            dtype="int64",
            shape=("objects",),
            meaning="index of each object into the label space, −1 if unknown",
        ),
        Field(
            name="crowd",
            dtype="bool",
            shape=("objects",),
            meaning="whether each stands for many, which nobody counted",
        ),
    )
    heads = frozenset({"boxes", "queries"})
    headline = Headline("ap", higher_is_better=True)
    is_spatial = True

    def __init__(self, head: BoxHead | QueryHead = BoxHead()) -> None:
        self._head = head
        self._family = family_of(head)
        self.loss_type: Any = self._family.loss_type

    def for_head(self, head: Head) -> ObjectDetectionTask:
        """The task for networks with this head."""
        assert isinstance(head, BoxHead | QueryHead)  # no other finds objects
        return ObjectDetectionTask(head)

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples that nobody annotated, labels outside the label space, no object at all.

        For the training part also a warning that names the classes without objects.
        """
        return problems_of_objects(samples, labels, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> Head:
        """One score per class for each box."""
        changed = {"outputs": len(labels)}
        if isinstance(self._head, BoxHead):
            return self._head.model_copy(update={**changed, "dropout": dropout})
        return self._head.model_copy(update=changed)

    def guided_inputs(self, batch: SceneBatch) -> tuple[Tensor, ...]:
        """The pictures, and what the head wants to know of their objects."""
        return (*self.inputs(batch), *self._family.answers(batch, self._head.outputs))

    def fitted_loss(self, loss: Any, samples: Samples) -> Any:
        """Fills in ``balanced`` class weights, by objects."""
        return self._family.fitted_loss(loss, samples)

    def loss(self, outputs: Outputs, batch: SceneBatch, *, loss: Any) -> Tensor:
        """Of everything that the network says about the batch."""
        return self._family.loss(outputs, batch, loss)

    def tally(self, labels: Sequence[str]) -> DetectionTally:
        """COCO's average precision and the loss."""
        from netloom.tasks.object_detection.tally import DetectionTally

        return DetectionTally(len(labels), self._family)

    def scores(self, outputs: Outputs) -> Detections:
        """Of every class for every box that the network gives; boxes in pixels."""
        return self._family.scores(outputs)

    def difference(self, first: Detections, second: Detections) -> float:
        """Of all scores and boxes, before any box is left out."""
        return self._family.difference(first, second)

    def decode(
        self, scores: Detections, labels: Sequence[str], motions: Sequence[Motion] = ()
    ) -> list[Prediction]:
        """``{"objects": [{"label", "score", "box": [left, top, right, bottom]}]}``, the surest first.

        Boxes are in pixels of the picture before any transform, cut off at its frame.
        """
        from netloom.tasks.object_detection.evaluation import in_picture

        return [
            prediction_of(in_picture(found, motion), labels)
            for found, motion in zip(scores, motions, strict=True)
        ]

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """Of ``objects``, which may be empty everywhere."""
        import pyarrow as pa

        fields = [
            ("label", pa.string()),
            ("score", pa.float64()),
            ("box", pa.list_(pa.float64())),
        ]
        return {"objects": pa.list_(pa.struct(fields))}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """``{"objects": [{"label", "box", "crowd"}]}``, if anybody has looked for objects."""
        from netloom.tasks.object_detection.truth import as_prediction

        objects = samples.objects(position)
        return None if objects is None else as_prediction(objects, samples.label_names)

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """COCO's metrics in the original pictures, curves, confusions and telling pictures."""
        from netloom.tasks.object_detection.report import detection_evaluation

        return detection_evaluation(scored, samples, labels, bootstrap=bootstrap, seed=seed)

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Differences of COCO's metrics with paired intervals, by class and by size."""
        from netloom.tasks.object_detection.comparison import detection_comparison

        return detection_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The picture with a frame and a caption for each object; what was missed is dashed."""
        from netloom.tasks.object_detection.drawing import drawn_objects

        return drawn_objects(image_HWC, prediction, truth=truth)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in; scores and boxes out, before boxes of one object are merged."""
        return ExportSignature(
            inputs=(images_field(architecture.input),),
            outputs=self._family.output_fields(architecture),
        )


def prediction_of(found: Found, labels: Sequence[str]) -> Prediction:
    """What was found in one picture, as JSON.

    Example:
        >>> box = np.array([[0, 1, 2, 3]], np.float32)
        >>> found = Found(box, np.array([0.5], np.float32), np.array([1]))
        >>> prediction_of(found, ("cat", "dog"))["objects"][0]["score"]
        0.5
    """
    rows = zip(
        found.labels_D.tolist(), found.scores_D.tolist(), found.boxes_D4.tolist(), strict=True
    )
    return {
        "objects": [
            {"label": labels[label], "score": score, "box": box} for label, score, box in rows
        ]
    }
