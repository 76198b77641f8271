"""Object detection: a box, a label and a score for each object in a picture.

Shape legend: N samples, P places, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, BoxHead
from netloom.tasks.object_detection.detections import Detections, Found, largest_apart, sigmoid
from netloom.tasks.object_detection.loss_settings import DetectionLoss, FocalBoxes
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

    Example:
        >>> scores = Detections(
        ...     np.full((1, 1, 1), 0.75, np.float32), np.ones((1, 1, 4), np.float32)
        ... )
        >>> scores[0].scores_D.tolist()
        [0.75]
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
    heads = frozenset({"boxes"})
    headline = Headline("ap", higher_is_better=True)
    is_spatial = True
    loss_type = DetectionLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples that nobody annotated, labels outside the label space, no object at all.

        For the training part also a warning that names the classes without objects.
        """
        return problems_of_objects(samples, labels, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> BoxHead:
        """One score per class for each box."""
        return BoxHead(outputs=len(labels), dropout=dropout)

    def fitted_loss(self, loss: FocalBoxes, samples: Samples) -> FocalBoxes:
        """Nothing depends on the training part."""
        return loss

    def loss(self, outputs: Outputs, batch: SceneBatch, *, loss: FocalBoxes) -> Tensor:
        """Over the places that answer for an object; see :mod:`netloom.tasks.object_detection.losses`."""
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
        return loss_sums(found, assignment, loss).mean(loss)

    def tally(self, labels: Sequence[str]) -> DetectionTally:
        """COCO's average precision and the loss."""
        from netloom.tasks.object_detection.tally import DetectionTally

        return DetectionTally(len(labels))

    def scores(self, outputs: Outputs) -> Detections:
        """Of every class at every place: the root of probability times quality; and boxes in pixels."""
        logits, boxes, quality = outputs[:3]
        if isinstance(logits, np.ndarray):
            scores = np.sqrt(sigmoid(logits) * sigmoid(quality)[:, :, None])
            return Detections(scores, boxes.astype(np.float32, copy=False))
        trusted = quality.float().sigmoid().unsqueeze(-1)
        scores = (logits.float().sigmoid() * trusted).sqrt().cpu().numpy()
        return Detections(scores, boxes.float().cpu().numpy())

    def difference(self, first: Detections, second: Detections) -> float:
        """Of the scores and boxes of all places, before any box is left out."""
        return largest_apart(first, second)

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
        """Bytes in; class scores, boxes, quality and places out, before boxes of one object are merged."""
        from netloom.models.box_places import num_places

        assert isinstance(architecture.head, BoxHead)
        image, classes = architecture.input, architecture.head.outputs
        places = num_places(architecture)

        def output(name: str, shape: tuple[int | str, ...], meaning: str) -> Field:
            return Field(
                name=name, dtype="float32", shape=("batch", places, *shape), meaning=meaning
            )

        return ExportSignature(
            inputs=(images_field(image),),
            outputs=(
                output("logits", (classes,), "per place and class; sigmoid gives a probability"),
                output("boxes", (4,), "left, top, right, bottom in pixels of the input"),
                output(
                    "quality",
                    (),
                    "sigmoid times that of the logits, and the root of it, is a score",
                ),
                output("places", (3,), "x, y and step of each place in pixels of the input"),
            ),
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
