"""Image transforms at work: compiles descriptions into functions on pixels, or on whole scenes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.random import Generator

from netloom.data.apply.colour import (
    autocontrasted,
    equalized,
    grey,
    inverted,
    jittering,
    posterized,
    solarized,
)
from netloom.data.apply.geometry import Filling
from netloom.data.apply.image_function import (
    Change,
    ImageFunction,
    T,
    drawing_from,
    in_turn,
    sometimes,
)
from netloom.data.apply.policies import rand_drawing, trivial_drawing
from netloom.data.apply.scope import PixelScope, Scope
from netloom.data.apply.sizing import (
    Draw,
    center_cropping,
    padding_by,
    random_cropping,
    random_resized_cropping,
    resizing,
)
from netloom.data.apply.spatial import affine_moving, flipping, perspective_viewing, rotating
from netloom.data.apply.texture import adding_noise, blurring, erasing, sharpening
from netloom.data.apply.user_function import calling
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.transforms.catalogue import RandomApply, RandomChoice, RandomOrder, Transform
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
from netloom.data.transforms.policies import RandAugment, TrivialAugment
from netloom.data.transforms.quantities import height_and_width
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen


def acting(transforms: Iterable[Transform], part: str | None) -> tuple[Transform, ...]:
    """The transforms that act on single images of a part: augmentation in training only.

    Left out are ``normalize``, ``mixup`` and ``cutmix``, which are for whole batches.

    Args:
        part: ``train`` augments; every other part, and None, does not.

    >>> from netloom.data.transforms.normalization import Normalize
    >>> chain = [Resize(size=8), Flip(), Normalize()]
    >>> len(acting(chain, "train")), len(acting(chain, "test"))
    (2, 1)
    """
    return tuple(
        transform
        for transform in transforms
        if not transform.is_for_batches and (part == "train" or not transform.augments)
    )


def draws(transform: Transform, part: str | None) -> bool:
    """Whether a transform needs random numbers in a part.

    >>> int(draws(Flip(), "train")), int(draws(Flip(), "test"))
    (1, 0)
    """
    return part == "train" and transform.is_random


def compile_transforms(
    transforms: Iterable[Transform], part: str | None, functions: Functions = Functions()
) -> ImageFunction:
    """One function that applies, in order, every transform that acts on ``part``.

    What is done for whole batches is left out: ``normalize``, ``mixup`` and ``cutmix``.

    Args:
        functions: Where the user's own functions come from.

    Raises:
        InvalidData: One of the user's functions cannot be found or imported.

    >>> shrink = compile_transforms([Resize(size=(4, 6)), Rotate(degrees=10)], "test")
    >>> shrink(np.zeros((9, 9, 3), np.uint8), None).shape
    (4, 6, 3)
    """
    return compiled_for(PixelScope(), transforms, part, functions)


def compiled_for(
    scope: Scope[T], transforms: Iterable[Transform], part: str | None, functions: Functions
) -> Change[T]:
    """:func:`compile_transforms` for something else than pixels alone.

    >>> grow = compiled_for(PixelScope(), [Pad(margins=1)], None, Functions())
    >>> grow(np.zeros((2, 2, 1), np.uint8), None).shape
    (4, 4, 1)
    """
    steps = [
        scope.calling(calling(transform, functions), transform)
        if isinstance(transform, Function)
        else _compiled(transform, part, scope)
        for transform in acting(transforms, part)
    ]
    return in_turn(steps) if steps else lambda subject, rng: subject


def geometry_of(transform: Transform, part: str | None) -> tuple[Draw, Filling] | None:
    """How a transform moves pixels, drawn from the extent of an image alone.

    Whatever has a place in an image can be moved along: draw once, then apply the geometry to the
    pixels and its matrix to the rest.

    Returns:
        What draws a geometry and what fills free room; None if pixels stay where they are.

    >>> draw, filling = geometry_of(Resize(size=8), None)
    >>> draw((4, 4), None).matrix((4, 4))[0].tolist()
    [2.0, 0.0, 0.5]
    """
    match transform:
        case Resize():
            return resizing(transform), Filling("constant", transform.fill)
        case CenterCrop():
            return center_cropping(height_and_width(transform.size)), Filling()
        case RandomCrop():
            if part != "train":
                return center_cropping(height_and_width(transform.size)), Filling()
            return random_cropping(transform), Filling(transform.border, transform.fill)
        case RandomResizedCrop():
            if part != "train":
                return resizing(_whole_image(transform)), Filling()
            return random_resized_cropping(transform), Filling()
        case Pad():
            return padding_by(transform.margins), Filling(transform.border, transform.fill)
        case Flip():
            return flipping(transform), Filling()
        case Rotate():
            return rotating(transform), Filling(transform.border, transform.fill)
        case Affine():
            return affine_moving(transform), Filling(transform.border, transform.fill)
        case Perspective():
            return perspective_viewing(transform), Filling(transform.border, transform.fill)
        case _:
            return None


def _compiled(transform: Transform, part: str | None, scope: Scope[T]) -> Change[T]:
    geometry = geometry_of(transform, part)
    if geometry is not None:
        return scope.moving(*geometry)
    match transform:
        case RandAugment():
            filling = Filling(transform.border, transform.fill)
            return scope.augmenting(rand_drawing(transform), filling)
        case TrivialAugment():
            filling = Filling(transform.border, transform.fill)
            return scope.augmenting(trivial_drawing(transform), filling)
        case RandomApply() | RandomChoice() | RandomOrder():
            return _combined(transform, part, scope)
        case _:
            return scope.changing(_change_of(transform))


def _change_of(transform: Transform) -> ImageFunction:
    match transform:
        case ColorJitter():
            return jittering(transform)
        case RandomGrayscale():
            return sometimes(_fixed(grey), transform.p)
        case Autocontrast() | Equalize() | Invert() | Posterize() | Solarize():
            change = _fixed(_level_change(transform))
            return sometimes(change, transform.p) if transform.random else change
        case Blur():
            return blurring(transform)
        case Sharpen():
            return sharpening(transform)
        case Noise():
            return adding_noise(transform)
        case Erase():
            return erasing(transform)
        case _:
            raise ValueError(f"{transform.type} is done for whole batches")


def _fixed(change: Callable[[Image], Image]) -> ImageFunction:
    return lambda image, rng: change(image)


def _level_change(
    transform: Autocontrast | Equalize | Invert | Posterize | Solarize,
) -> Callable[[Image], Image]:
    match transform:
        case Autocontrast():
            return autocontrasted
        case Equalize():
            return equalized
        case Invert():
            return inverted
        case Posterize():
            return lambda image: posterized(image, transform.bits)
        case Solarize():
            return lambda image: solarized(image, transform.threshold)


def _combined(
    transform: RandomApply | RandomChoice | RandomOrder, part: str | None, scope: Scope[T]
) -> Change[T]:
    functions = [_compiled(inner, part, scope) for inner in transform.transforms]
    match transform:
        case RandomApply():
            return sometimes(in_turn(functions), transform.p)
        case RandomChoice():
            return _choosing(functions, transform.weights)
        case RandomOrder():
            return _shuffling(functions)


def _choosing(functions: Sequence[Change[T]], weights: Sequence[float] | None) -> Change[T]:
    bounds = np.cumsum(weights if weights is not None else np.ones(len(functions)))
    total, last = float(bounds[-1]), len(functions) - 1

    def choose(subject: T, rng: Generator | None) -> T:
        place = int(np.searchsorted(bounds, drawing_from(rng).random() * total, side="right"))
        return functions[min(place, last)](subject, rng)

    return choose


def _shuffling(functions: Sequence[Change[T]]) -> Change[T]:
    def shuffle(subject: T, rng: Generator | None) -> T:
        for place in drawing_from(rng).permutation(len(functions)).tolist():
            subject = functions[place](subject, rng)
        return subject

    return shuffle


def _whole_image(transform: RandomResizedCrop) -> Resize:
    return Resize(size=transform.size, fit="crop", interpolation=transform.interpolation)
