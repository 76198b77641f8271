"""Depth estimation: how far away each pixel is, from a single picture.

Shape legend: N samples, H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import Architecture, PixelHead
from netloom.tasks.picture_fields import IMAGE_FIELD, pixel_signature
from netloom.tasks.pixel_maps.depth_losses import FARTHEST_LOG, DepthLoss, depth_loss
from netloom.tasks.pixel_maps.map_task import MapTask
from netloom.tasks.pixel_maps.problems import map_problems
from netloom.tasks.protocol import ExportSignature, Field, Headline, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch
    from netloom.tasks.pixel_maps.evaluation import Map, MapKind


class DepthEstimationTask(MapTask):
    """The logarithm of metres for each pixel; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> DepthEstimationTask().scores(np.zeros((1, 1, 1, 1), np.float32)).tolist()
        [[[[1.0]]]]
    """

    name = "depth_estimation"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(
            name="depth",
            dtype="float32",
            shape=("height", "width"),
            meaning="metres, 0 where unknown",
        ),
    )
    headline = Headline("abs_rel", higher_is_better=False)
    loss_type = DepthLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples without depth map, depth maps that know nothing."""
        return map_problems(samples, part=part, what="depth map")

    def head(self, labels: Sequence[str], *, dropout: float) -> PixelHead:
        """One number per pixel, whatever the labels."""
        return PixelHead(outputs=1, dropout=dropout)

    def loss(self, outputs: Tensor, batch: SceneBatch, *, loss: DepthLoss) -> Tensor:
        """Over all pixels of the batch whose depth is known."""
        assert batch.companions_NCHW is not None  # that is what this task asks the loader for
        return depth_loss(outputs, batch.companions_NCHW, loss)

    def tally(self, labels: Sequence[str]) -> DepthTally:
        """AbsRel, δ < 1.25 and the squared difference of logarithms, at the network's resolution."""
        return DepthTally()

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Metres, ``(N, 1, H, W)``."""
        if isinstance(outputs, np.ndarray):
            return np.exp(np.clip(outputs, -FARTHEST_LOG, FARTHEST_LOG))
        metres: NDArray[np.float32] = (
            outputs.float().clamp(-FARTHEST_LOG, FARTHEST_LOG).exp().cpu().numpy()
        )
        return metres

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """The largest difference of two depths, as a share of the larger one."""
        shares = np.abs(first - second) / np.maximum(first, second)
        return float(np.nan_to_num(shares, nan=1.0).max(initial=0.0))

    def kind(self) -> MapKind:
        """See :mod:`netloom.tasks.pixel_maps.depth_maps`."""
        from netloom.tasks.pixel_maps.depth_maps import DEPTH

        return DEPTH

    def map_json(self, map_HWC: Map) -> Prediction:
        """Nearest, farthest and median depth, and the map as a PNG of 16 bits."""
        from netloom.tasks.pixel_maps.depth_maps import depth_json

        return depth_json(map_HWC)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The picture with its depths in colours beside it, and a scale."""
        from netloom.tasks.pixel_maps.depth_maps import depth_drawn, depth_of_json

        true_HW1 = None if truth is None else depth_of_json(truth)
        return depth_drawn(image_HWC, depth_of_json(prediction), true_HW1=true_HW1)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, logarithms of metres out; normalisation is part of the network."""
        return pixel_signature(
            architecture, name="log_depth", meaning="natural logarithm of metres for each pixel"
        )


class DepthTally:
    """Sums over all pixels whose depth is known, on the device so that no batch waits for the next."""

    def __init__(self) -> None:
        self._sums: Any = None

    def update(self, outputs: Tensor, batch: SceneBatch) -> None:
        """Count one batch."""
        import torch

        assert batch.companions_NCHW is not None  # that is what the task asks the loader for
        true = batch.companions_NCHW
        is_known = true > 0
        away = outputs.float().clamp(-FARTHEST_LOG, FARTHEST_LOG) - true.where(is_known, 1.0).log()
        parts = (
            is_known,
            (away.expm1().abs() * is_known),
            (away.abs() < math.log(1.25)) & is_known,
            (away.square() * is_known),
        )
        sums = torch.stack([part.sum(dtype=torch.float64) for part in parts])
        self._sums = sums if self._sums is None else self._sums + sums

    def metrics(self) -> dict[str, float]:
        """``abs_rel``, ``delta1`` and ``loss`` (mean squared difference of logarithms)."""
        count, *sums = [0.0] * 4 if self._sums is None else self._sums.tolist()
        abs_rel, delta1, loss = (each / count if count else math.nan for each in sums)
        return {"abs_rel": abs_rel, "delta1": delta1, "loss": loss}
