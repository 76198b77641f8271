"""Semantic segmentation: one label for each pixel.

Shape legend: N samples, K classes, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, PixelHead
from netloom.tasks.label_maps import label_map, label_map_json, label_map_of_json
from netloom.tasks.losses import ClassWeighted, balanced_weights
from netloom.tasks.picture_fields import IMAGE_FIELD, pixel_signature
from netloom.tasks.protocol import (
    Contender,
    Evaluation,
    ExportSignature,
    Field,
    Headline,
    Prediction,
    Scored,
)
from netloom.tasks.scene_task import SceneTask
from netloom.tasks.scores import largest_difference, probabilities
from netloom.tasks.semantic_segmentation.losses import SegmentationLoss, segmentation_loss
from netloom.tasks.semantic_segmentation.problems import mask_counts, segmentation_problems
from netloom.tasks.semantic_segmentation.tally import SegmentationTally

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch


class SemanticSegmentationTask(SceneTask):
    """Softmax over a label space for each pixel; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> logits = np.log(np.array([[[[0.25]], [[0.75]]]], np.float32))
        >>> SemanticSegmentationTask().scores(logits).round(3).reshape(-1).tolist()
        [0.25, 0.75]
    """

    name = "semantic_segmentation"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(
            name="mask",
            dtype="uint8",
            shape=("height", "width"),
            meaning="index into the label space, 255 where unknown",
        ),
    )
    heads = frozenset({"pixels"})
    headline = Headline("mean_iou", higher_is_better=True)
    is_spatial = True
    loss_type = SegmentationLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples without mask, too many classes; nothing or a single class to learn from.

        For the training part also a warning that names the classes without a pixel.
        """
        return segmentation_problems(samples, labels, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> PixelHead:
        """One output per class and pixel."""
        return PixelHead(outputs=len(labels), dropout=dropout)

    def fitted_loss(self, loss: SegmentationLoss, samples: Samples) -> SegmentationLoss:
        """Fills in ``balanced`` class weights, by pixels; classes without pixels get 0."""
        if not isinstance(loss, ClassWeighted):
            return loss
        classes = len(samples.label_names)
        if loss.class_weights == "balanced":
            counts_K = mask_counts(samples, classes).sum(axis=0).tolist()
            return loss.model_copy(update={"class_weights": balanced_weights(tuple(counts_K))})
        if loss.class_weights is not None and len(loss.class_weights) != classes:
            raise InvalidData.of(
                "loss.class_weights does not fit the label space",
                code="X310",
                expected=f"{classes} numbers: for {', '.join(samples.label_names[:10])}",
                got=f"{len(loss.class_weights)} numbers",
                fix="Give one weight per class, or balanced",
            )
        return loss

    def loss(self, outputs: Tensor, batch: SceneBatch, *, loss: SegmentationLoss) -> Tensor:
        """Over all pixels of the batch whose class is known."""
        assert batch.masks_NHW is not None  # that is what this task asks the loader for
        return segmentation_loss(outputs, batch.masks_NHW, loss)

    def tally(self, labels: Sequence[str]) -> SegmentationTally:
        """Mean IoU, pixel accuracy and cross-entropy, at the network's resolution."""
        return SegmentationTally(len(labels))

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, ``(N, K, H, W)``."""
        return probabilities(outputs)

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest difference of two probabilities."""
        return largest_difference(first, second)

    def decode(
        self, scores: NDArray[np.float32], labels: Sequence[str], motions: Sequence[Motion]
    ) -> list[Prediction]:
        """Shares of the classes and their areas in the picture, see :func:`label_map_json`."""
        return [
            label_map_json(label_map(scores_KHW, motion), labels)
            for scores_KHW, motion in zip(scores, motions, strict=True)
        ]

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """Of the segments, of which there may be none."""
        import pyarrow as pa

        runs = pa.struct([("size", pa.list_(pa.int32())), ("counts", pa.string())])
        segment = pa.struct(
            [
                ("label", pa.string()),
                ("area", pa.int64()),
                ("box", pa.list_(pa.int32())),
                ("rle", runs),
            ]
        )
        return {"segments": pa.list_(segment)}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """The mask in the form of a prediction."""
        mask_HW = samples.mask(position)
        return None if mask_HW is None else label_map_json(mask_HW, samples.label_names)

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """IoU, accuracy, Dice and boundary F1, at the resolution of the pictures, with telling pictures."""
        from netloom.tasks.semantic_segmentation.report import segmentation_evaluation

        return segmentation_evaluation(scored, samples, labels, bootstrap=bootstrap, seed=seed)

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Differences of all metrics with paired intervals, by class, and where they differ most."""
        from netloom.tasks.semantic_segmentation.comparison import segmentation_comparison

        return segmentation_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The areas in colours over the picture with a legend; the true ones beside it."""
        from netloom.tasks.semantic_segmentation.drawing import segmented_png

        predicted_HW, labels = label_map_of_json(prediction, image_HWC.shape)
        true_HW = None
        if truth is not None:
            true_HW, _ = label_map_of_json(truth, image_HWC.shape)
        return segmented_png(image_HWC, predicted_HW, labels, true_HW=true_HW)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, logits for each pixel out; normalisation is part of the network."""
        return pixel_signature(
            architecture,
            name="logits",
            meaning="one number per class and pixel; softmax over the classes gives probabilities",
        )
