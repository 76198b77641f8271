"""Transforms that move pixels and keep the size of images."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import Fraction
from netloom.data.transforms.image_transform import Augmentation, ImageTransform
from netloom.data.transforms.quantities import Border, Degrees, Factors, Level

Turn = Annotated[float, Field(ge=0.0, le=180.0)]
"""The largest angle to either side, in degrees."""
Slant = Annotated[float, Field(ge=0.0, le=80.0)]
"""The largest shear to either side, in degrees."""
Distortion = Annotated[float, Field(ge=0.0, le=0.66)]
"""Above two thirds a distorted image could fold over itself."""


class Flip(Augmentation):
    """Mirror images of the training part at random.

    Attributes:
        horizontal: Left and right may be exchanged.
        vertical: Top and bottom may be exchanged.
        p: Probability of each.
    """

    type: Literal["flip"] = "flip"
    horizontal: bool = True
    vertical: bool = False
    p: Fraction = 0.5


class Rotate(ImageTransform):
    """Rotate about the centre; the size stays, corners are cut.

    Attributes:
        degrees: If ``random``, the angle is drawn evenly from -degrees to +degrees; otherwise every
            image is turned by exactly this, counter-clockwise.
        random: True augments the training part; False turns every image of every part.
        border: What fills the corners.
        fill: Level of ``constant`` corners.
    """

    type: Literal["rotate"] = "rotate"
    degrees: Degrees = 10.0
    random: bool = True
    border: Border = "constant"
    fill: Level = 0

    @property
    def augments(self) -> bool:
        """Only the random form does."""
        return self.random


class Affine(Augmentation):
    """Rotate, scale, shear and move images of the training part at random, about their centre.

    Everything is drawn evenly; parallel lines stay parallel and the size stays.

    Attributes:
        degrees: Largest rotation to either side.
        translate: Largest move to either side, as a share of the height or width.
        scale: Smallest and largest magnification.
        shear: Largest shear to either side along each axis, in degrees.
        border: What fills the room that becomes free.
        fill: Level of ``constant`` room.
    """

    type: Literal["affine"] = "affine"
    degrees: Turn = 10.0
    translate: Fraction = 0.1
    scale: Factors = (0.9, 1.1)
    shear: Slant = 5.0
    border: Border = "constant"
    fill: Level = 0


class Perspective(Augmentation):
    """Look at images of the training part from a random side.

    Each corner moves inwards by a random share of the way to the middle of its sides.

    Attributes:
        distortion: The largest such share.
        p: Probability that an image is changed.
        border: What fills the room that becomes free.
        fill: Level of ``constant`` room.
    """

    type: Literal["perspective"] = "perspective"
    distortion: Distortion = 0.5
    p: Fraction = 0.5
    border: Border = "constant"
    fill: Level = 0
