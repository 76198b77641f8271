"""Transforms that blend the samples of a batch with one another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Fraction
from netloom.data.transforms.image_transform import Augmentation

Concentration = Annotated[float, Field(gt=0.0, le=1000.0)]
"""Parameter of a symmetric beta distribution: near 0 one of two shares is tiny, 1 is even."""


class _Blending(Augmentation):
    @property
    def is_for_batches(self) -> bool:
        """Always."""
        return True


class MixUp(_Blending):
    """Average pairs of training images, and count their labels by the same shares.

    Mixup (Zhang et al. 2017, arXiv:1710.09412).

    Attributes:
        alpha: The share is drawn from Beta(alpha, alpha), for each sample.
        p: Probability that a sample is blended.
    """

    type: Literal["mixup"] = "mixup"
    alpha: Concentration = 0.2
    p: Fraction = 1.0


class CutMix(_Blending):
    """Put a rectangle of another training image into each, and count labels by area.

    CutMix (Yun et al. 2019, arXiv:1905.04899).

    Attributes:
        alpha: The share that stays is drawn from Beta(alpha, alpha), for each sample.
        p: Probability that a sample is blended.
    """

    type: Literal["cutmix"] = "cutmix"
    alpha: Concentration = 1.0
    p: Fraction = 1.0
