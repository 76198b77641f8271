"""All image transforms, those made of others, and their JSON."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from netloom.core.settings import Fraction, PositiveFloat
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.clips import Clips
from netloom.data.transforms.colour import (
    Autocontrast,
    ColorJitter,
    Equalize,
    Invert,
    Posterize,
    RandomGrayscale,
    Solarize,
)
from netloom.data.transforms.function import Function
from netloom.data.transforms.image_transform import Augmentation
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.policies import RandAugment, TrivialAugment
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen


class RandomApply(Augmentation):
    """Apply some transforms together, in order, or none of them; in the training part.

    Attributes:
        transforms: What is applied. They keep the size, so that images agree with other parts.
        p: Probability that they are applied.
    """

    type: Literal["random_apply"] = "random_apply"
    transforms: Ingredients
    p: Fraction = 0.5


class RandomChoice(Augmentation):
    """Apply one of some transforms to each image of the training part.

    Attributes:
        transforms: What to choose from. They keep the size, so that images agree with other parts.
        weights: How likely each is, in proportion; None means equally.
    """

    type: Literal["random_choice"] = "random_choice"
    transforms: Ingredients
    weights: tuple[PositiveFloat, ...] | None = None

    @model_validator(mode="after")
    def _weights_match(self) -> Self:
        if self.weights is not None and len(self.weights) != len(self.transforms):
            raise ValueError(f"{len(self.weights)} weights for {len(self.transforms)} transforms")
        return self


class RandomOrder(Augmentation):
    """Apply all of some transforms in random order, anew for each image of the training part.

    Attributes:
        transforms: What is applied. They keep the size, so that images agree with other parts.
    """

    type: Literal["random_order"] = "random_order"
    transforms: Ingredients


SizeKeeping = Annotated[
    Flip
    | Rotate
    | Affine
    | Perspective
    | ColorJitter
    | RandomGrayscale
    | Autocontrast
    | Equalize
    | Invert
    | Posterize
    | Solarize
    | Blur
    | Sharpen
    | Noise
    | Erase
    | RandAugment
    | TrivialAugment
    | RandomApply
    | RandomChoice
    | RandomOrder,
    Field(discriminator="type"),
]
"""A transform of single images that leaves their size alone."""

Ingredients = Annotated[tuple[SizeKeeping, ...], Field(min_length=1, max_length=100)]

Mixing = MixUp | CutMix
"""A transform of whole batches."""

Transform = Annotated[
    SizeKeeping
    | Resize
    | CenterCrop
    | RandomCrop
    | RandomResizedCrop
    | Pad
    | Function
    | Normalize
    | Clips
    | MixUp
    | CutMix,
    Field(discriminator="type"),
]


def transform_from_json(document: Any) -> Transform:
    """The transform that ``model_dump`` described.

    Raises:
        pydantic.ValidationError: It is none.

    >>> transform_from_json({"type": "resize", "size": 32}).size
    32
    """
    return _adapter().validate_python(document)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Transform]:
    return TypeAdapter(Transform)
