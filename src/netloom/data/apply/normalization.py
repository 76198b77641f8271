"""Normalisation of levels: what the device has to do to a batch of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from netloom.core.errors import InvalidData
from netloom.data.transforms.catalogue import Transform
from netloom.data.transforms.normalization import Normalize


def normalization(transforms: Iterable[Transform], channels: int) -> tuple[Any, Any]:
    """Mean and standard deviation, float32 of shape (C,), to apply to levels of 0..1.

    Without a ``normalize`` among the transforms they are 0 and 1.

    Raises:
        InvalidData: There are two, or one for another number of channels.

    >>> mean, std = normalization([Normalize(mean=0.5, std=0.25)], 1)
    >>> float(mean[0]), float(std[0])
    (0.5, 0.25)
    """
    chosen = [transform for transform in transforms if isinstance(transform, Normalize)]
    if len(chosen) > 1:
        raise InvalidData.of(
            f"the images are normalised {len(chosen)} times",
            code="I012",
            fix="Keep one image.normalize on the way from the source",
        )
    if not chosen:
        return np.zeros(channels, np.float32), np.ones(channels, np.float32)
    try:
        mean, std = chosen[0].statistics(channels)
    except ValueError as error:
        raise InvalidData.of(
            f"the normalisation does not suit the images: {error}",
            code="I012",
            fix="Give image.normalize one number, or as many as the images have channels",
        ) from error
    return np.array(mean, np.float32), np.array(std, np.float32)
