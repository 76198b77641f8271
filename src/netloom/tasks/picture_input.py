"""What a network takes of samples that are pictures, and when a batch of one has to be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.models.architecture import ImageInput

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.datasets import Samples


def picture_input(images_NCHW: Tensor, samples: Samples) -> ImageInput:
    """Size of pictures after the transforms, and the normalisation of their data."""
    _, channels, height, width = images_NCHW.shape
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


def is_single_left(num_samples: int, *, batch_size: int, shuffle: bool, world_size: int) -> bool:
    """Whether the last batch of an epoch would be a single sample, with which batch norm cannot work.

    In training it is left out: which sample waits for the next epoch is random.

    >>> is_single_left(9, batch_size=4, shuffle=True, world_size=1)
    True
    >>> is_single_left(9, batch_size=4, shuffle=False, world_size=1)
    False
    """
    together = batch_size * world_size
    left = num_samples % together
    return shuffle and num_samples > together and batch_size > 1 and 0 < left <= world_size
