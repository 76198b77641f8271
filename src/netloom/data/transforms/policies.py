"""Augmentation by published policies: a few operations drawn from a fixed list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import PositiveInt
from netloom.data.transforms.image_transform import Augmentation
from netloom.data.transforms.quantities import Border, Level

MAX_MAGNITUDE = 30

Magnitude = Annotated[int, Field(ge=0, le=MAX_MAGNITUDE)]


class RandAugment(Augmentation):
    """Apply some operations out of 14, all with one magnitude, to images of the training part.

    RandAugment (Cubuk et al. 2019, arXiv:1909.13719): identity, autocontrast, equalise, rotate, solarise,
    colour, posterise, contrast, brightness, sharpness, shear and translate along each axis. Where an
    operation has a direction, it is drawn.

    Attributes:
        operations: How many are applied one after the other; each is drawn anew.
        magnitude: How strong they are: 0 changes (nearly) nothing, 30 is the strongest.
        border: What fills room that becomes free.
        fill: Level of ``constant`` room.
    """

    type: Literal["rand_augment"] = "rand_augment"
    operations: PositiveInt = 2
    magnitude: Magnitude = 9
    border: Border = "constant"
    fill: Level = 128


class TrivialAugment(Augmentation):
    """Apply one operation out of 14 with a random magnitude to images of the training part.

    TrivialAugment, "wide" (Müller and Hutter 2021, arXiv:2103.10158): the operations of
    :class:`RandAugment` with wider ranges. There is nothing to tune.

    Attributes:
        border: What fills room that becomes free.
        fill: Level of ``constant`` room.
    """

    type: Literal["trivial_augment"] = "trivial_augment"
    border: Border = "constant"
    fill: Level = 128
