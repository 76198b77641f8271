"""Image enhancement: a better picture in place of a bad one – without noise, blur, rain, haze or stamps.

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, PictureHead
from netloom.tasks.image_enhancement.restoration_losses import (
    Restoration,
    RestorationLoss,
    restoration_loss,
)
from netloom.tasks.picture_fields import IMAGE_FIELD
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

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch


class ImageEnhancementTask(SceneTask):
    """Bytes in, levels out; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> outputs = np.array([[[[-0.5, 0.25, 2.0]]]], np.float32)
        >>> ImageEnhancementTask().scores(outputs).reshape(-1).tolist()
        [0.0, 0.25, 1.0]
    """

    name = "image_enhancement"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(
            name="target",
            dtype="uint8",
            shape=("height", "width", "channels"),
            meaning="the picture that should come out, 0…255",
        ),
    )
    heads = frozenset({"picture"})
    headline = Headline("psnr_db", higher_is_better=True)
    is_spatial = False
    loss_type = RestorationLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, or samples without the picture that should come out."""
        from netloom.tasks.image_enhancement.problems import enhancement_problems

        return enhancement_problems(samples, part=part)

    def head(self, labels: Sequence[str], *, dropout: float) -> PictureHead:
        """A picture with the channels of the one that comes in."""
        return PictureHead(dropout=dropout)

    def fitted_loss(self, loss: Restoration, samples: Samples) -> Restoration:
        """There is nothing to fill in."""
        return loss

    def motions(self, batch: SceneBatch) -> Sequence[Motion]:
        """None are needed: a picture is enhanced where it is."""
        return ()

    def loss(self, outputs: Tensor, batch: SceneBatch, *, loss: Restoration) -> Tensor:
        """Distance of what comes out from the targets."""
        return restoration_loss(outputs, _targets(batch), loss)

    def tally(self, labels: Sequence[str]) -> EnhancementTally:
        """Peak signal-to-noise ratio, its gain over the input, and the usual loss."""
        return EnhancementTally()

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Levels of 0…1, ``(N, C, H, W)``."""
        if isinstance(outputs, np.ndarray):
            return np.asarray(outputs.clip(0.0, 1.0), np.float32)
        levels: NDArray[np.float32] = outputs.float().clamp(0.0, 1.0).cpu().numpy()
        return levels

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest difference of two levels."""
        return largest_difference(first, second)

    def decode(
        self, scores: NDArray[np.float32], labels: Sequence[str], motions: Sequence[Motion] = ()
    ) -> list[Prediction]:
        """``{"width", "height", "image"}``: the picture as a PNG in base64."""
        from netloom.tasks.picture_json import picture_json, pixels_of_levels

        return [picture_json(pixels_of_levels(levels_CHW)) for levels_CHW in scores]

    def arrow_types(self) -> Mapping[str, pa.DataType]:
        """An example tells them all."""
        return {}

    def truth(self, samples: Samples, position: int) -> Prediction | None:
        """The picture that should come out, in the form of a prediction."""
        from netloom.tasks.picture_json import picture_json

        companion = samples.companion(position)
        return None if companion is None else picture_json(companion.pixels)

    def evaluate(
        self,
        scored: Iterable[Scored],
        samples: Samples,
        labels: Sequence[str],
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """PSNR, SSIM and what was gained over the input, with the best and the worst pictures."""
        from netloom.tasks.image_enhancement.report import enhancement_evaluation

        return enhancement_evaluation(scored, samples, bootstrap=bootstrap, seed=seed)

    def compare(
        self,
        first: Contender,
        second: Contender,
        samples: Samples,
        *,
        bootstrap: int,
        seed: int,
    ) -> Evaluation:
        """Differences picture by picture, with intervals and a sign test."""
        from netloom.tasks.image_enhancement.comparison import enhancement_comparison

        return enhancement_comparison(first, second, samples, bootstrap=bootstrap, seed=seed)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """Before, after and, if it is known, target side by side."""
        from netloom.tasks.image_enhancement.drawing import enhancement_png

        return enhancement_png(image_HWC, prediction, truth)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, levels out, for pictures of one size; larger ones are taken in tiles."""
        image = architecture.input
        shape = ("batch", image.channels, image.height, image.width)
        return ExportSignature(
            inputs=(
                Field(
                    name="images", dtype="uint8", shape=shape, meaning="pictures or tiles, 0…255"
                ),
            ),
            outputs=(
                Field(
                    name="levels",
                    dtype="float32",
                    shape=shape,
                    meaning="the better picture; 0…1, to be cut off there",
                ),
            ),
        )


class EnhancementTally:
    """Means over pictures, summed on the device so that no batch waits for the next."""

    def __init__(self) -> None:
        self._count = 0
        self._psnr: Any = 0.0
        self._gain: Any = 0.0
        self._loss: Any = 0.0

    def update(self, outputs: Tensor, batch: SceneBatch) -> None:
        """Count one batch."""
        targets_NCHW = _targets(batch)
        count = len(targets_NCHW)
        # As it would be stored: in bytes.
        stored_NCHW = (outputs.float().clamp(0.0, 1.0) * 255.0).round() / 255.0
        psnr = _psnr_db(stored_NCHW, targets_NCHW).sum()
        self._count += count
        self._psnr = self._psnr + psnr
        self._gain = self._gain + psnr - _psnr_db(batch.images_NCHW / 255.0, targets_NCHW).sum()
        self._loss = self._loss + count * restoration_loss(outputs, targets_NCHW, Restoration())

    def metrics(self) -> dict[str, float]:
        """``psnr_db``, ``gain_db`` and ``loss`` (Charbonnier, whatever loss training uses)."""
        sums = {"psnr_db": self._psnr, "gain_db": self._gain, "loss": self._loss}
        if not self._count:
            return {name: float("nan") for name in sums}
        return {name: float(value) / self._count for name, value in sums.items()}


def _targets(batch: SceneBatch) -> Tensor:
    assert batch.companions_NCHW is not None  # samples without a target are refused before
    return batch.companions_NCHW / 255.0


def _psnr_db(levels_NCHW: Tensor, targets_NCHW: Tensor) -> Tensor:
    import torch

    from netloom.tasks.image_enhancement.picture_measures import HIGHEST_DB

    apart_NCHW = levels_NCHW - targets_NCHW
    squared_N = apart_NCHW.square().mean(dim=(1, 2, 3), dtype=torch.float64)
    return -10.0 * squared_N.clamp_min(10.0 ** (-HIGHEST_DB / 10.0)).log10()
