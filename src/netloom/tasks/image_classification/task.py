"""Image classification: one label for each image.

Shape legend: N samples, C channels, H height, W width, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from netloom.models.architecture import Architecture, ImageInput
from netloom.tasks.drawing import captioned_png
from netloom.tasks.image_classification.comparison import classification_comparison
from netloom.tasks.image_classification.report import classification_evaluation
from netloom.tasks.one_label import OneLabelTask, caption, logits_field
from netloom.tasks.picture_fields import IMAGE_FIELD, images_field
from netloom.tasks.picture_input import picture_input, without_single
from netloom.tasks.protocol import (
    Contender,
    Evaluation,
    ExportSignature,
    Field,
    Prediction,
    Scored,
)
from netloom.tasks.scores import gathered

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.batch_loader import Reading
    from netloom.data.datasets import Samples
    from netloom.data.loaders import Batch, Loader
    from netloom.data.mixing import MixedBatch


class ImageClassificationTask(OneLabelTask):
    """Softmax over a label space; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> scores = np.array([[0.25, 0.75]], dtype=np.float32)
        >>> ImageClassificationTask().decode(scores, ("cat", "dog"))[0]["score"]
        0.75
    """

    name = "image_classification"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(name="label", dtype="int64", shape=(), meaning="index into the label space"),
    )

    def batches(self, samples: Samples, **reading: Unpack[Reading]) -> Loader:
        """Pictures as bytes ``(N, C, H, W)`` with class indices ``(N,)``, −1 if unlabelled."""
        from netloom.data.loaders import Loader

        return Loader(samples, **without_single(samples, reading))

    def image_input(self, samples: Samples) -> ImageInput:
        """Size of the first picture after the transforms, and the data's normalisation."""
        first = next(self.batches(samples, batch_size=1).epoch(0))
        return picture_input(first.images_NCHW, samples)

    def inputs(self, batch: Batch | MixedBatch) -> tuple[Tensor, ...]:
        """The pictures."""
        return (batch.images_NCHW,)

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Everything in ``measures``, confusions, curves and telling pictures."""
        return classification_evaluation(
            gathered(scored, len(labels)), samples, labels, bootstrap=bootstrap, seed=seed
        )

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Paired tests and intervals, differences by class, and pictures where only one is right."""
        return classification_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The picture with ``label score`` below it, and the truth if it is another label."""
        return captioned_png(image_HWC, caption(prediction, truth))

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, logits out; normalisation is part of the network."""
        return ExportSignature(
            inputs=(images_field(architecture.input),), outputs=(logits_field(architecture),)
        )
