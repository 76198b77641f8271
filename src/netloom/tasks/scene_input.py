"""How samples with places become batches and what a network takes of them; the same for all such tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.models.architecture import ImageInput

if TYPE_CHECKING:
    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneLoader


def scene_batches(
    samples: Samples,
    *,
    batch_size: int,
    shuffle: bool,
    seed: int,
    num_workers: int,
    rank: int,
    world_size: int,
    weights_N: NDArray[np.float64] | None,
) -> SceneLoader:
    """Batches of scenes, see :meth:`netloom.tasks.protocol.Task.batches`."""
    from netloom.data.scene_loaders import SceneLoader

    # Batch norm cannot work on a single sample; which one waits for the next epoch is random.
    together = batch_size * world_size
    left = len(samples) % together
    is_single_left = (
        shuffle and len(samples) > together and batch_size > 1 and 0 < left <= world_size
    )
    return SceneLoader(
        samples,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        num_workers=num_workers,
        drop_last=is_single_left,
        rank=rank,
        world_size=world_size,
        weights_N=weights_N,
    )


def scene_input(samples: Samples) -> ImageInput:
    """Size of the first picture after the transforms, and the data's normalisation."""
    first = next(
        scene_batches(
            samples,
            batch_size=1,
            shuffle=False,
            seed=0,
            num_workers=0,
            rank=0,
            world_size=1,
            weights_N=None,
        ).epoch(0)
    )
    _, channels, height, width = first.images_NCHW.shape
    mean, std = samples.normalization
    return ImageInput.model_validate(
        {
            "channels": channels,
            "height": height,
            "width": width,
            "mean": tuple(float(value) for value in mean),
            "std": tuple(float(value) for value in std),
        }
    )
