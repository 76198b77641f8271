"""Image transforms at work: compiles descriptions into functions on uint8 pixels (OpenCV, NumPy)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

from netloom.core.errors import InvalidData
from netloom.data.images import Image
from netloom.data.transforms import (
    Border,
    CenterCrop,
    Flip,
    Interpolation,
    Normalize,
    Pad,
    RandomCrop,
    Resize,
    Rotate,
    Transform,
    height_and_width,
)

ImageFunction = Callable[[Image, Generator | None], Image]
"""From pixels to pixels, HWC uint8. The input is not changed, but may be returned or share memory.

The generator may be None if nothing random was compiled in.
"""

_BORDERS: dict[Border, int] = {
    "constant": cv2.BORDER_CONSTANT,
    "edge": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT_101,
}
_INTERPOLATIONS: dict[Interpolation, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


def acting(transforms: Iterable[Transform], part: str | None) -> tuple[Transform, ...]:
    """The pixel transforms that act on a part: all but ``normalize``, augmentation in training only.

    Args:
        part: ``train`` augments; every other part, and None, does not.

    >>> chain = [Resize(size=8), Flip(), Normalize()]
    >>> len(acting(chain, "train")), len(acting(chain, "test"))
    (2, 1)
    """
    return tuple(
        transform
        for transform in transforms
        if not isinstance(transform, Normalize) and (part == "train" or not transform.augments)
    )


def draws(transform: Transform, part: str | None) -> bool:
    """Whether a transform needs random numbers in a part."""
    return part == "train" and transform.is_random


def compile_transforms(transforms: Iterable[Transform], part: str | None) -> ImageFunction:
    """One function that applies, in order, every transform that acts on ``part``.

    ``normalize`` is left out: it is done on the device, for whole batches.

    >>> from netloom.data.transforms import Resize, Rotate
    >>> shrink = compile_transforms([Resize(size=(4, 6)), Rotate(degrees=10)], "test")
    >>> shrink(np.zeros((9, 9, 3), np.uint8), None).shape
    (4, 6, 3)
    """
    steps = [_compiled(transform, part) for transform in acting(transforms, part)]
    if not steps:
        return lambda image, rng: image
    if len(steps) == 1:
        return steps[0]

    def composed(image: Image, rng: Generator | None) -> Image:
        for step in steps:
            image = step(image, rng)
        return image

    return composed


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


def _compiled(transform: Transform, part: str | None) -> ImageFunction:
    match transform:
        case Resize():
            return _resize(transform)
        case CenterCrop():
            return _center_crop(height_and_width(transform.size))
        case RandomCrop():
            if part == "train":
                return _random_crop(transform)
            return _center_crop(height_and_width(transform.size))
        case Pad():
            return _pad(transform)
        case Rotate():
            return _rotate(transform)
        case Flip():
            return _flip(transform)
        case Normalize():
            raise ValueError("normalize is done on the device")


def _resize(spec: Resize) -> ImageFunction:
    height, width = height_and_width(spec.size)

    def stretch(image: Image, rng: Generator | None) -> Image:
        return _resized(image, height, width, spec.interpolation)

    def pad(image: Image, rng: Generator | None) -> Image:
        scale = min(height / image.shape[0], width / image.shape[1])
        inner = _resized(image, *_scaled(image, scale, (height, width), min), spec.interpolation)
        top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
        margins = (top, width - inner.shape[1] - left, height - inner.shape[0] - top, left)
        return _padded(inner, margins, "constant", spec.fill)

    def crop(image: Image, rng: Generator | None) -> Image:
        scale = max(height / image.shape[0], width / image.shape[1])
        outer = _resized(image, *_scaled(image, scale, (height, width), max), spec.interpolation)
        return _cut(outer, None, (height, width))

    return {"stretch": stretch, "pad": pad, "crop": crop}[spec.fit]


def _center_crop(size: tuple[int, int]) -> ImageFunction:
    return lambda image, rng: _cut(image, None, size)


def _random_crop(spec: RandomCrop) -> ImageFunction:
    size = height_and_width(spec.size)

    def crop(image: Image, rng: Generator | None) -> Image:
        if spec.padding:
            image = _padded(image, (spec.padding,) * 4, spec.border, spec.fill)
        return _cut(image, rng, size)

    return crop


def _pad(spec: Pad) -> ImageFunction:
    margins = (spec.margins,) * 4 if isinstance(spec.margins, int) else spec.margins
    return lambda image, rng: _padded(image, margins, spec.border, spec.fill)


def _rotate(spec: Rotate) -> ImageFunction:
    border, fill = _BORDERS[spec.border], (spec.fill,) * 4

    def rotate(image: Image, rng: Generator | None) -> Image:
        degrees = spec.degrees
        if spec.random:
            degrees *= 2.0 * _drawn(rng).random() - 1.0
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
        turned = cv2.warpAffine(image, matrix, (width, height), borderMode=border, borderValue=fill)
        return _with_channels(turned)

    return rotate


def _flip(spec: Flip) -> ImageFunction:
    def flip(image: Image, rng: Generator | None) -> Image:
        random = _drawn(rng).random
        # Both numbers are always drawn, so switching one direction off leaves the other as it was.
        across, down = random() < spec.p, random() < spec.p
        if spec.horizontal and across:
            image = image[:, ::-1]
        if spec.vertical and down:
            image = image[::-1]
        return np.ascontiguousarray(image)

    return flip


def _resized(image: Image, height: int, width: int, interpolation: Interpolation) -> Image:
    if image.shape[:2] == (height, width):
        return image
    if interpolation == "auto":
        shrinks = height <= image.shape[0] and width <= image.shape[1]
        interpolation = "area" if shrinks else "linear"
    flag = _INTERPOLATIONS[interpolation]
    return _with_channels(cv2.resize(image, (width, height), interpolation=flag))


def _scaled(
    image: Image, scale: float, limit: tuple[int, int], bound: Callable[[int, int], int]
) -> tuple[int, int]:
    # Rounding may miss the side that decided the scale by one pixel; ``bound`` puts it back.
    height = bound(round(image.shape[0] * scale), limit[0])
    width = bound(round(image.shape[1] * scale), limit[1])
    return max(1, height), max(1, width)


def _cut(image: Image, rng: Generator | None, size: tuple[int, int]) -> Image:
    """Cut a piece of this size at a random place, or from the middle if ``rng`` is None."""
    spare_rows, spare_columns = image.shape[0] - size[0], image.shape[1] - size[1]
    if spare_rows < 0 or spare_columns < 0:
        raise InvalidData.of(
            f"an image of {image.shape[1]}×{image.shape[0]} pixels is too small to crop",
            code="I013",
            expected=f"at least {size[1]}×{size[0]} (width×height)",
            fix="Put image.resize or image.pad before the crop, or crop a smaller piece",
        )
    if rng is None:
        top, left = spare_rows // 2, spare_columns // 2
    else:
        top, left = int(rng.integers(spare_rows + 1)), int(rng.integers(spare_columns + 1))
    return image[top : top + size[0], left : left + size[1]]


def _padded(image: Image, margins: tuple[int, int, int, int], border: Border, fill: int) -> Image:
    top, right, bottom, left = margins
    if border == "reflect" and (
        max(top, bottom) >= image.shape[0] or max(left, right) >= image.shape[1]
    ):
        raise InvalidData.of(
            f"an image of {image.shape[1]}×{image.shape[0]} pixels is too small to be mirrored "
            f"into a margin of {max(margins)}",
            code="I013",
            fix="Use a smaller margin, or another border than reflect",
        )
    value = (fill,) * 4
    framed = cv2.copyMakeBorder(image, top, bottom, left, right, _BORDERS[border], value=value)
    return _with_channels(framed)


def _with_channels(pixels: Any) -> Image:
    """OpenCV drops the last axis of grey images."""
    image: Image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return image


def _drawn(rng: Generator | None) -> Generator:
    if rng is None:
        raise ValueError("random transforms need a generator")
    return rng
