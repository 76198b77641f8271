"""Estimation of surface normals: which way each pixel's surface faces, from a single picture.

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
from netloom.tasks.pixel_maps.map_task import MapTask
from netloom.tasks.pixel_maps.normal_losses import CosineDistance, NormalLoss, normal_loss
from netloom.tasks.pixel_maps.problems import map_problems
from netloom.tasks.protocol import ExportSignature, Field, Headline, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch
    from netloom.tasks.pixel_maps.evaluation import Map, MapKind

_SHORTEST = 1e-6


class NormalEstimationTask(MapTask):
    """A unit vector for each pixel; see :class:`netloom.tasks.protocol.Task` for the methods.

    Example:
        >>> vectors = np.array([0.0, 0.0, 4.0], np.float32).reshape(1, 3, 1, 1)
        >>> NormalEstimationTask().scores(vectors).reshape(-1).tolist()
        [0.0, 0.0, 1.0]
    """

    name = "normal_estimation"
    sample: tuple[Field, ...] = (
        IMAGE_FIELD,
        Field(
            name="normals",
            dtype="float32",
            shape=("height", "width", 3),
            meaning="unit vectors: x right, y up, z towards the viewer; 0 where unknown",
        ),
    )
    headline = Headline("mean_angle", higher_is_better=False)
    loss_type = NormalLoss

    def problems(self, samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
        """No samples, samples without map of normals, maps that know nothing."""
        return map_problems(samples, part=part, what="map of normals")

    def head(self, labels: Sequence[str], *, dropout: float) -> PixelHead:
        """Three numbers per pixel, whatever the labels."""
        return PixelHead(outputs=3, dropout=dropout)

    def loss(self, outputs: Tensor, batch: SceneBatch, *, loss: NormalLoss) -> Tensor:
        """Over all pixels of the batch whose normal is known."""
        assert batch.companions_NCHW is not None  # that is what this task asks the loader for
        return normal_loss(outputs, batch.companions_NCHW, loss)

    def tally(self, labels: Sequence[str]) -> NormalTally:
        """Mean angle, the share within 11.25°, and the cosine loss, at the network's resolution."""
        return NormalTally()

    def scores(self, outputs: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit vectors, ``(N, 3, H, W)``."""
        vectors = outputs if isinstance(outputs, np.ndarray) else outputs.float().cpu().numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, _SHORTEST), np.float32)

    def difference(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
        """Half the largest distance of two unit vectors."""
        distances = np.linalg.norm(first - second, axis=1) / 2
        return float(np.nan_to_num(distances, nan=1.0).max(initial=0.0))

    def kind(self) -> MapKind:
        """See :mod:`netloom.tasks.pixel_maps.normal_maps`."""
        from netloom.tasks.pixel_maps.normal_maps import NORMALS

        return NORMALS

    def map_json(self, map_HWC: Map) -> Prediction:
        """The mean direction, and the map as a PNG."""
        from netloom.tasks.pixel_maps.normal_maps import normals_json

        return normals_json(map_HWC)

    def draw(
        self,
        image_HWC: NDArray[np.uint8],
        prediction: Prediction,
        *,
        truth: Prediction | None = None,
    ) -> bytes:
        """The picture with its normals as red, green and blue beside it."""
        from netloom.tasks.pixel_maps.normal_maps import normals_drawn, normals_of_json

        true_HW3 = None if truth is None else normals_of_json(truth)
        return normals_drawn(image_HWC, normals_of_json(prediction), true_HW3=true_HW3)

    def signature(self, architecture: Architecture) -> ExportSignature:
        """Bytes in, vectors out; normalisation is part of the network."""
        return pixel_signature(
            architecture,
            name="normals",
            meaning="x right, y up, z towards the viewer for each pixel, of any length",
        )


class NormalTally:
    """Sums over all pixels whose normal is known, on the device so that no batch waits for the next."""

    def __init__(self) -> None:
        self._sums: Any = None

    def update(self, outputs: Tensor, batch: SceneBatch) -> None:
        """Count one batch."""
        import torch
        from torch.nn.functional import normalize

        assert batch.companions_NCHW is not None  # that is what the task asks the loader for
        true_N3HW = batch.companions_NCHW
        is_known_NHW = true_N3HW.any(dim=1)
        units_N3HW = normalize(outputs.float(), dim=1, eps=_SHORTEST)
        cross_NHW = torch.linalg.cross(units_N3HW, true_N3HW, dim=1).norm(dim=1)
        angle_NHW = torch.atan2(cross_NHW, (units_N3HW * true_N3HW).sum(dim=1)).rad2deg()
        count = is_known_NHW.sum(dtype=torch.float64)
        sums = torch.stack(
            [
                count,
                (angle_NHW * is_known_NHW).sum(dtype=torch.float64),
                ((angle_NHW < 11.25) & is_known_NHW).sum(dtype=torch.float64),
                normal_loss(outputs, true_N3HW, CosineDistance()).double() * count,
            ]
        )
        self._sums = sums if self._sums is None else self._sums + sums

    def metrics(self) -> dict[str, float]:
        """``mean_angle`` in degrees, ``within_11`` and ``loss`` (cosine)."""
        count, *sums = [0.0] * 4 if self._sums is None else self._sums.tolist()
        mean, near, loss = (each / count if count else math.nan for each in sums)
        return {"mean_angle": mean, "within_11": near, "loss": loss}
