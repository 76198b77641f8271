"""Operators that change the colours of images.

They only describe: the work is done when an image is read.
"""

from __future__ import annotations

from netloom.core.settings import Fraction
from netloom.core.tasks import TaskT
from netloom.data.transforms.colour import (
    Autocontrast,
    Bits,
    Change,
    ColorJitter,
    Equalize,
    HueShift,
    Invert,
    Posterize,
    RandomGrayscale,
    Solarize,
)
from netloom.data.transforms.quantities import Level
from netloom.data.view import Dataset
from netloom.graph.operator import operator


@operator(group="image")
def color_jitter(
    images: Dataset[TaskT],
    *,
    brightness: Change = 0.2,
    contrast: Change = 0.2,
    saturation: Change = 0.2,
    hue: HueShift = 0.02,
) -> Dataset[TaskT]:
    """Change the colours of training images at random; others stay as they are.

    The first three are multiplied by a factor between 1 - value and 1 + value.

    Args:
        images: What to change.
        brightness: Largest change of the brightness factor; 0 leaves it.
        contrast: Largest change of the contrast factor; 0 leaves it.
        saturation: Largest change of the factor for the strength of colours; 0 leaves it.
        hue: Largest turn of the hue to either side, as a share of the colour circle (0 to 0.5).
    """
    return images.with_transform(
        ColorJitter(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
    )


@operator(group="image")
def random_grayscale(images: Dataset[TaskT], *, p: Fraction = 0.1) -> Dataset[TaskT]:
    """Take the colour out of training images at random; the number of channels stays.

    Args:
        images: What to change.
        p: Probability that an image loses its colours, 0 to 1.
    """
    return images.with_transform(RandomGrayscale(p=p))


@operator(group="image")
def autocontrast(
    images: Dataset[TaskT], *, random: bool = True, p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Stretch levels so that each image goes from black to white.

    Args:
        images: What to change.
        random: Change training images at random and leave all others alone. Switched off, every
            image is changed.
        p: Probability that a training image is changed, 0 to 1.
    """
    return images.with_transform(Autocontrast(random=random, p=p))


@operator(group="image")
def equalize(images: Dataset[TaskT], *, random: bool = True, p: Fraction = 0.5) -> Dataset[TaskT]:
    """Spread levels so that dark and bright ones are equally frequent.

    Args:
        images: What to change.
        random: Change training images at random and leave all others alone. Switched off, every
            image is changed.
        p: Probability that a training image is changed, 0 to 1.
    """
    return images.with_transform(Equalize(random=random, p=p))


@operator(group="image")
def invert(images: Dataset[TaskT], *, random: bool = True, p: Fraction = 0.5) -> Dataset[TaskT]:
    """Exchange dark and bright.

    Args:
        images: What to change.
        random: Change training images at random and leave all others alone. Switched off, every
            image is changed.
        p: Probability that a training image is changed, 0 to 1.
    """
    return images.with_transform(Invert(random=random, p=p))


@operator(group="image")
def posterize(
    images: Dataset[TaskT], *, bits: Bits = 4, random: bool = True, p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Keep only few levels of brightness.

    Args:
        images: What to change.
        bits: How many of the 8 bits of each level are kept.
        random: Change training images at random and leave all others alone. Switched off, every
            image is changed.
        p: Probability that a training image is changed, 0 to 1.
    """
    return images.with_transform(Posterize(bits=bits, random=random, p=p))


@operator(group="image")
def solarize(
    images: Dataset[TaskT], *, threshold: Level = 128, random: bool = True, p: Fraction = 0.5
) -> Dataset[TaskT]:
    """Invert what is bright.

    Args:
        images: What to change.
        threshold: Levels from this one on are inverted.
        random: Change training images at random and leave all others alone. Switched off, every
            image is changed.
        p: Probability that a training image is changed, 0 to 1.
    """
    return images.with_transform(Solarize(threshold=threshold, random=random, p=p))
