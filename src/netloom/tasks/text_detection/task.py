"""Text detection: a polygon and a score for each text in a picture.

Shape legend: N samples, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, PixelHead
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
from netloom.tasks.scores import largest_difference
from netloom.tasks.text_detection.losses import DifferentiableBinarization, TextDetectionLoss

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch
    from netloom.tasks.text_detection.tally import TextDetectionTally


class TextDetectionTask(SceneTask):
    """Polygons around texts; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> logits = np.zeros((1, 2, 1, 1), np.float32)
        >>> TextDetectionTask().scores(logits).tolist()
        [[[0.5]]]
    """

    name = "text_detection"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(
            name="polygons",
            dtype="float32",
            shape=("texts", "corners", 2),
            meaning="x and y of the corners around each text, in pixels from the picture's corner",
        ),
        Field(
            name="crowd",
            dtype="bool",
            shape=("texts",),
            meaning="whether nobody could read it: neither learned nor counted",
        ),
    )
    heads = frozenset({"pixels"})
    headline = Headline("h_mean", higher_is_better=True)
    is_spatial = True
    loss_type = TextDetectionLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples that nobody annotated, no text at all; a warning if texts are too small."""
        from netloom.tasks.text_detection.problems import problems_of_texts

        return problems_of_texts(samples, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> PixelHead:
        """Two numbers for each pixel: whether it is in a kernel, and the threshold there."""
        return PixelHead(outputs=2, dropout=dropout)

    def fitted_loss(
        self, loss: DifferentiableBinarization, samples: Samples
    ) -> DifferentiableBinarization:
        """Nothing depends on the training part."""
        return loss

    def loss(
        self, outputs: Tensor, batch: SceneBatch, *, loss: DifferentiableBinarization
    ) -> Tensor:
        """Over all pixels but those of texts that nobody could read."""
        from netloom.tasks.text_detection.losses import targets_on, text_detection_loss

        assert batch.objects is not None  # the task's samples have objects
        targets = targets_on(outputs, batch.objects, batch.is_known_N)
        return text_detection_loss(outputs, targets, loss)

    def tally(self, labels: Sequence[str]) -> TextDetectionTally:
        """Precision, recall and their harmonic mean in the network's pictures, and a loss."""
        from netloom.tasks.text_detection.tally import TextDetectionTally

        return TextDetectionTally()

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of a kernel at each pixel, ``(N, H, W)``; thresholds serve training alone."""
        if isinstance(outputs, np.ndarray):
            halves = np.tanh(0.5 * outputs[:, 0].astype(np.float32))
            return np.asarray(0.5 * halves + 0.5, np.float32)
        probabilities: NDArray[np.float32] = outputs[:, 0].float().sigmoid().cpu().numpy()
        return probabilities

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest difference of two probabilities."""
        return largest_difference(first, second)

    def decode(
        self, scores: NDArray[np.float32], labels: Sequence[str], motions: Sequence[Motion]
    ) -> list[Prediction]:
        """``{"objects": [{"label": "text", "score", "polygon": [[x, y], …], "box"}]}``, the surest first.

        Polygons go clockwise, in pixels of the picture before any transform, and end at its frame.
        """
        from netloom.tasks.text_detection.predictions import as_prediction, regions_in_picture

        return [
            as_prediction(regions_in_picture(scores_HW, motion))
            for scores_HW, motion in zip(scores, motions, strict=True)
        ]

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """Of ``objects``, which may be empty everywhere."""
        import pyarrow as pa

        found = pa.struct(
            [
                ("label", pa.string()),
                ("score", pa.float64()),
                ("polygon", pa.list_(pa.list_(pa.float64()))),
                ("box", pa.list_(pa.float64())),
            ]
        )
        return {"objects": pa.list_(found)}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """``{"objects": [{"label": "text", "text", "polygon", "box", "crowd"}]}``, if anybody has looked."""
        from netloom.tasks.text_detection.outlines import text_truth
        from netloom.tasks.text_detection.predictions import truth_as_prediction

        objects = samples.objects(position)
        return None if objects is None else truth_as_prediction(text_truth(objects))

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """ICDAR's precision, recall and harmonic mean in the original pictures, and telling pictures."""
        from netloom.tasks.text_detection.report import text_detection_evaluation

        return text_detection_evaluation(scored, samples, bootstrap=bootstrap, seed=seed)

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Differences of all metrics with paired intervals, and where the models differ most."""
        from netloom.tasks.text_detection.comparison import text_detection_comparison

        return text_detection_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The picture with the polygons that were found; what was missed is dashed."""
        from netloom.tasks.text_detection.drawing import drawn_texts

        return drawn_texts(image_HWC, prediction, truth=truth)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, two logits for each pixel out; normalisation is part of the network."""
        return pixel_signature(
            architecture,
            name="logits",
            meaning="sigmoid of the first gives the probability that a pixel lies in the middle of a "
            "text, of the second the threshold there",
        )
