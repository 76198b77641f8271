"""What a network takes of samples that are pictures, and when a batch of one has to be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.models.architecture import ImageInput

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.batch_loader import Reading
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


def without_single(samples: Samples, reading: Reading) -> Reading:
    """The same reading without a last batch of a single sample, with which batch norm cannot work.

    In training it is left out: which sample waits for the next epoch is random.

    >>> without_single(range(9), {"batch_size": 4, "shuffle": True})["drop_last"]
    True
    >>> without_single(range(9), {"batch_size": 4})["drop_last"]
    False
    """
    batch_size, world_size = reading["batch_size"], reading.get("world_size", 1)
    together = batch_size * world_size
    is_several = batch_size > 1 and len(samples) > together
    is_single_left = is_several and 0 < len(samples) % together <= world_size
    return {**reading, "drop_last": reading.get("shuffle", False) and is_single_left}
