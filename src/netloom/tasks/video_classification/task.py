"""Video classification: one label for each video.

Shape legend: N samples, V clips of a video, T frames of a clip, C channels, H height, W width, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, ClipInput
from netloom.tasks.drawing import captioned_png
from netloom.tasks.image_classification.comparison import classification_comparison
from netloom.tasks.image_classification.report import classification_evaluation
from netloom.tasks.one_label import OneLabelTask, caption, logits_field
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
from netloom.tasks.video_classification.problems import clip_problems

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.batch_loader import Reading
    from netloom.data.clip_loaders import ClipBatch, ClipLoader
    from netloom.data.datasets import Samples

_STRIP_SIDE = 480


class VideoClassificationTask(OneLabelTask):
    """Softmax over a label space; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> scores = np.array([[0.25, 0.75]], dtype=np.float32)
        >>> VideoClassificationTask().decode(scores, ("left", "right"))[0]["label"]
        'right'
    """

    name = "video_classification"
    sample: tuple[Field, ...] = (
        Field(
            name="clip",
            dtype="uint8",
            shape=("frames", "height", "width", "channels"),
            meaning="frames of a video, grey or red-green-blue, 0…255",
        ),
        Field(name="label", dtype="int64", shape=(), meaning="index into the label space"),
    )

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """Those of any samples with labels; and a warning about videos that are shorter than a clip."""
        found = super().problems(samples, labels, part=part)
        return found or clip_problems(samples, part=part)

    def batches(self, samples: Samples, **reading: Unpack[Reading]) -> ClipLoader:
        """Clips as bytes ``(N, V, T, C, H, W)`` with class indices ``(N,)``, −1 if unlabelled."""
        from netloom.data.clip_loaders import ClipLoader

        return ClipLoader(samples, **without_single(samples, reading))

    def image_input(self, samples: Samples) -> ClipInput:
        """Length of clips, size of their frames after the transforms, and the data's normalisation."""
        first = next(self.batches(samples, batch_size=1).epoch(0)).clips_NVTCHW[0, 0]
        image = picture_input(first, samples)
        return ClipInput.model_validate({**image.model_dump(), "frames": len(first)})

    def inputs(self, batch: ClipBatch) -> tuple[Tensor, ...]:
        """The clips, ``(N, T, C, H, W)``; ``(N, V, T, C, H, W)`` if there are several of each video."""
        clips_NVTCHW = batch.clips_NVTCHW
        return (clips_NVTCHW[:, 0] if clips_NVTCHW.shape[1] == 1 else clips_NVTCHW,)

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Everything that is measured of a classifier, and the filmstrips of telling videos."""
        from netloom.data.filmstrips import as_filmstrips

        return classification_evaluation(
            gathered(scored, len(labels)),
            as_filmstrips(samples),
            labels,
            bootstrap=bootstrap,
            seed=seed,
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
        """Paired tests and intervals, differences by class, and videos where only one is right."""
        from netloom.data.filmstrips import as_filmstrips

        return classification_comparison(
            first, second, as_filmstrips(samples), bootstrap=bootstrap, seed=seed
        )

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """A filmstrip with ``label score`` below it, and the truth if it is another label."""
        return captioned_png(image_HWC, caption(prediction, truth), side=_STRIP_SIDE)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, logits out; normalisation is part of the network."""
        clips = Field(
            name="clips",
            dtype="uint8",
            shape=("batch", *architecture.input.sample_shape),
            meaning="frames of clips after preprocessing, 0…255",
        )
        return ExportSignature(inputs=(clips,), outputs=(logits_field(architecture),))
