"""Frozen features: if only the head learns, the backbone sees every picture once, not once an epoch.

What a frozen backbone makes of a picture never changes, as long as the picture does not. Its features are
computed once for each part; then the head trains on them. This is only done where it cannot change the
result beyond rounding: not with augmentation, whose pictures differ from epoch to epoch, and not if the
backbone itself draws random numbers.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor

from netloom.data.datasets import Samples
from netloom.data.images import Image
from netloom.data.loaders import Batch
from netloom.models.architecture import ClipInput, LinearHead
from netloom.models.network import Network
from netloom.tasks.protocol import Batches, Task
from netloom.training.recipe import Recipe

_LARGEST_BYTES = 1 << 30
_AT_ONCE = 64


def why_not_frozen(network: Network, train: Samples, recipe: Recipe) -> str | None:
    """Why features cannot be computed ahead although only the head learns; None if they can be.

    Returns:
        A sentence for the person, or an empty one if the backbone learns anyway.
    """
    if not isinstance(network.architecture.head, LinearHead):
        return ""  # maps are far larger than the pictures
    if recipe.unfreeze is not None or any(p.requires_grad for p in network.backbone.parameters()):
        return ""
    if isinstance(network.architecture.input, ClipInput):
        return (
            "only the head learns, but the frames of a clip are drawn anew from epoch to epoch, so the "
            "backbone computes anew each time"
        )
    if train.augment and any(transform.augments for transform in train.transforms):
        return (
            "only the head learns, but augmentation changes the pictures from epoch to epoch, so the "
            "backbone computes anew each time; without augmentation it would do so once"
        )
    if train.stages()[1] is not None:
        return (
            "only the head learns, but a random transform changes the pictures from epoch to epoch, so "
            "the backbone computes anew each time"
        )
    if len(train) * network.backbone.width * 4 > _LARGEST_BYTES:
        return "only the head learns, but its features of all samples are too large to be kept"
    if _draws(network, train):
        return (
            "only the head learns, but the backbone itself draws random numbers (dropout), so it "
            "computes anew each time"
        )
    return None


def computed_features(
    network: Network, task: Task[Any], samples: Samples, fabric: Fabric
) -> NDArray[np.float32]:
    """Features of all samples in their order, (N, D), as the backbone computes them in training.

    Args:
        network: On the device of ``fabric``.
    """
    pieces: list[NDArray[np.float32]] = []
    batches = task.batches(replace(samples, augment=False), batch_size=_AT_ONCE)
    with torch.inference_mode(), fabric.autocast():
        for batch in batches.epoch(0):
            (images_NCHW,) = task.inputs(batch)
            features_ND = network.backbone(network.normalization(images_NCHW.to(fabric.device)))
            pieces.append(features_ND.float().cpu().numpy())
    return np.concatenate(pieces)


class FeatureBatches(Batches[Batch]):
    """Batches whose pictures are replaced by their features.

    Order, sampling and the last batch are those of the task's own loader.

    Args:
        settings: Of ``task.batches``, e.g. ``batch_size``.
    """

    def __init__(
        self,
        features_ND: NDArray[np.float32],
        task: Task[Any],
        samples: Samples,
        **settings: Any,
    ) -> None:
        self._features_ND = torch.from_numpy(features_ND)
        self._batches = task.batches(_without_pictures(samples), **settings)

    def __len__(self) -> int:
        return len(self._batches)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """See :class:`netloom.tasks.protocol.Batches`; ``images_NCHW`` are features (N, D)."""
        for batch in self._batches.epoch(epoch, start):
            yield Batch(self._features_ND[batch.indices_N], batch.labels_N, batch.indices_N)


class _NoPicture:
    """Reads a black pixel in place of every picture."""

    _PIXEL = np.zeros((1, 1, 1), np.uint8)

    def read(self, position: int) -> Image:
        return self._PIXEL


def _without_pictures(samples: Samples) -> Samples:
    return replace(samples, reader=_NoPicture(), transforms=(), channels=1)


def _draws(network: Network, samples: Samples) -> bool:
    """Whether the backbone, in training mode, gives different features each time."""
    generator = torch.Generator().manual_seed(0)
    shape = (2, *network.architecture.input.sample_shape)
    images_NCHW = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    images_NCHW = images_NCHW.to(next(network.parameters()).device)
    first: Tensor
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        first, second = (network.backbone(network.normalization(images_NCHW)) for _ in range(2))
    return not torch.equal(first, second)
