"""What transforms are compiled into: functions on the pixels of one image, or on a whole scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numpy.random import Generator

from netloom.data.images import Image

T = TypeVar("T")

Change = Callable[[T, Generator | None], T]
"""From one state to the next. The input is not changed, but may be returned or share memory.

The generator may be None if nothing random was compiled in.
"""
ImageFunction = Change[Image]
"""From pixels to pixels, HWC uint8."""


def with_channels(pixels: Any) -> Image:
    """OpenCV drops the last axis of grey images; this puts it back.

    >>> import numpy as np
    >>> with_channels(np.zeros((2, 3), np.uint8)).ndim
    3
    """
    image: Image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return image


def drawing_from(rng: Generator | None) -> Generator:
    """The generator that a random transform needs.

    Raises:
        ValueError: There is none.

    >>> import numpy as np
    >>> int(drawing_from(np.random.default_rng(0)).integers(1))
    0
    """
    if rng is None:
        raise ValueError("random transforms need a generator")
    return rng


def sometimes(function: Change[T], p: float) -> Change[T]:
    """The function with probability ``p``, else what comes in as it is.

    >>> import numpy as np
    >>> never = sometimes(lambda image, rng: image + 1, 0.0)
    >>> int(never(np.zeros((1, 1, 1), np.uint8), np.random.default_rng(0)).max())
    0
    """

    def apply(subject: T, rng: Generator | None) -> T:
        return function(subject, rng) if drawing_from(rng).random() < p else subject

    return apply


def in_turn(functions: list[Change[T]]) -> Change[T]:
    """One function after the other.

    >>> import numpy as np
    >>> twice = in_turn([lambda image, rng: image + 1] * 2)
    >>> int(twice(np.zeros((1, 1, 1), np.uint8), None).max())
    2
    """
    if len(functions) == 1:
        return functions[0]

    def apply(subject: T, rng: Generator | None) -> T:
        for function in functions:
            subject = function(subject, rng)
        return subject

    return apply
