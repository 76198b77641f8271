"""Operators that combine transforms, apply published policies or blend samples. They only describe."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.core.settings import Fraction, PositiveFloat, PositiveInt
from netloom.core.tasks import TaskT
from netloom.data.transforms.blending import Concentration, CutMix, MixUp
from netloom.data.transforms.catalogue import (
    Ingredients,
    RandomApply,
    RandomChoice,
    RandomOrder,
)
from netloom.data.transforms.policies import Magnitude, RandAugment, TrivialAugment
from netloom.data.transforms.quantities import Border, Level
from netloom.data.view import Dataset
from netloom.graph.operator import operator


@operator(group="image")
def random_apply(
    images: Dataset[TaskT], *, transforms: Ingredients, p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Apply some transforms together or not at all, at random; to training images only.

    Args:
        images: What to change.
        transforms: What is applied, in this order, e.g. [{type: blur}, {type: noise}]. Transforms that
            change the size cannot be among them.
        p: Probability that they are applied, 0 to 1.
    """
    return images.with_transform(RandomApply(transforms=transforms, p=p))


@operator(group="image")
def random_choice(
    images: Dataset[TaskT],
    *,
    transforms: Ingredients,
    weights: tuple[PositiveFloat, ...] | None = None,
) -> Dataset[TaskT]:
    """Apply one of several transforms, chosen at random; to training images only.

    Args:
        images: What to change.
        transforms: What to choose from, e.g. [{type: blur}, {type: sharpen}]. Transforms that change
            the size cannot be among them.
        weights: How likely each is compared with the others; empty makes all equally likely.
    """
    if weights is not None and len(weights) != len(transforms):
        raise InvalidData.of(
            "image.random_choice needs one weight for each transform",
            code="I363",
            expected=f"{len(transforms)} weights",
            got=f"{len(weights)}",
            fix="Give one weight for each, or none at all",
        )
    return images.with_transform(RandomChoice(transforms=transforms, weights=weights))


@operator(group="image")
def random_order(images: Dataset[TaskT], *, transforms: Ingredients) -> Dataset[TaskT]:
    """Apply several transforms in random order; to training images only.

    Args:
        images: What to change.
        transforms: What is applied, e.g. [{type: blur}, {type: color_jitter}]. Transforms that change
            the size cannot be among them.
    """
    return images.with_transform(RandomOrder(transforms=transforms))


@operator(group="image")
def rand_augment(
    images: Dataset[TaskT],
    *,
    operations: PositiveInt = 2,
    magnitude: Magnitude = 9,
    border: Border = "constant",
    fill: Level = 128,
) -> Dataset[TaskT]:
    """Augment training images with a few operations of one strength (RandAugment).

    The operations are drawn from: nothing, autocontrast, equalise, rotate, solarise, colour, posterise,
    contrast, brightness, sharpness, shear and move along each axis.

    Args:
        images: What to change.
        operations: How many are applied to each image, one after the other.
        magnitude: How strong they are, 0 to 30.
        border: What fills room that becomes free: one brightness ("constant"), the edge repeated ("edge")
            or the mirror image ("reflect").
        fill: Brightness of "constant" room, 0 (black) to 255 (white).
    """
    return images.with_transform(
        RandAugment(operations=operations, magnitude=magnitude, border=border, fill=fill)
    )


@operator(group="image")
def trivial_augment(
    images: Dataset[TaskT], *, border: Border = "constant", fill: Level = 128
) -> Dataset[TaskT]:
    """Augment training images with one operation of random strength (TrivialAugment).

    A good choice if there is no time to search for a better one: there is nothing to tune.

    Args:
        images: What to change.
        border: What fills room that becomes free: one brightness ("constant"), the edge repeated ("edge")
            or the mirror image ("reflect").
        fill: Brightness of "constant" room, 0 (black) to 255 (white).
    """
    return images.with_transform(TrivialAugment(border=border, fill=fill))


@operator(group="image")
def mixup(
    images: Dataset[TaskT], *, alpha: Concentration = 0.2, p: Fraction = 1.0
) -> Dataset[TaskT]:
    """Average pairs of training images and their labels (mixup).

    With mixup and cutmix both in a graph, each sample takes one of them.

    Args:
        images: What to blend.
        alpha: Near 0 one image of a pair nearly vanishes; at 1 all shares are equally likely.
        p: Probability that a sample is blended, 0 to 1.
    """
    return images.with_transform(MixUp(alpha=alpha, p=p))


@operator(group="image")
def cutmix(
    images: Dataset[TaskT], *, alpha: Concentration = 1.0, p: Fraction = 1.0
) -> Dataset[TaskT]:
    """Paste a rectangle of another training image and share the label by area (CutMix).

    With mixup and cutmix both in a graph, each sample takes one of them.

    Args:
        images: What to blend.
        alpha: Near 0 rectangles are tiny or cover all; at 1 all shares are equally likely.
        p: Probability that a sample is blended, 0 to 1.
    """
    return images.with_transform(CutMix(alpha=alpha, p=p))
