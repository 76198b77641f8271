"""Calling a function of the user's own for an image, and checking what it returns."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numpy.random import Generator

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData, NetloomError
from netloom.data.apply.image_function import ImageFunction, drawing_from
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.transforms.function import Function, file_and_name

RANDOM_NUMBERS = "rng"
"""The parameter that receives a generator, if an augmenting function has it."""


def calling(transform: Function, functions: Functions) -> ImageFunction:
    """The function as every other transform is.

    It gets an array of its own, which it may change.

    Raises:
        InvalidData: The function cannot be found or imported. Later: it raised (its file and line are
            named), or returned something else than an image.

    >>> functions = Functions(given={"images.py:invert": lambda image: 255 - image})
    >>> invert = calling(Function(function="images.py:invert", digest=""), functions)
    >>> int(invert(np.zeros((2, 2, 3), np.uint8), None).min())
    255
    """
    function = functions.find(transform)
    takes_generator = transform.augments and _has_parameter(function, RANDOM_NUMBERS)

    def call(image: Image, rng: Generator | None) -> Image:
        settings: dict[str, Any] = dict(transform.settings)
        if takes_generator:
            settings[RANDOM_NUMBERS] = drawing_from(rng)
        try:
            returned = function(np.array(image, order="C"), **settings)
        except (NetloomError, MemoryError):
            raise
        except Exception as error:
            raise _raised(transform, error, functions) from error
        return _checked(returned, image, transform)

    return call


def _has_parameter(function: Any, name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):  # functions written in C do not always tell
        return False


def _raised(transform: Function, error: Exception, functions: Functions) -> InvalidData:
    file, name = file_and_name(transform.function)
    return InvalidData.of(
        f"{name} of {file} raised {type(error).__name__}: {error}",
        code="I368",
        place=functions.place(transform, error.__traceback__),
        fix="Mend the function. It gets uint8 pixels of shape (height, width, channels)",
    )


def _checked(returned: Any, image: Image, transform: Function) -> Image:
    height, width, channels = image.shape
    wanted = (height, width) if transform.augments else None
    if (
        isinstance(returned, np.ndarray)
        and returned.dtype == np.uint8
        and returned.ndim == 3
        and returned.shape[2] == channels
        and returned.size
        and wanted in (None, returned.shape[:2])
    ):
        return returned
    file, name = file_and_name(transform.function)
    size = "height, width" if wanted is None else f"{height}, {width}"
    raise InvalidData.of(
        f"{name} of {file} returned something else than an image",
        code="I367",
        place=Place(file=file),
        expected=f"uint8 of shape ({size}, {channels})"
        + ("" if wanted is None else ", since augmentation keeps the size"),
        got=f"{returned.dtype} of shape {returned.shape}"
        if isinstance(returned, np.ndarray)
        else type(returned).__name__,
        fix=_advice(returned, transform),
    )


def _advice(returned: Any, transform: Function) -> str:
    if returned is None:
        return "Return the image, even if it was changed in place"
    if not isinstance(returned, np.ndarray):
        return "Return an array: np.asarray(…)"
    if returned.dtype != np.uint8:
        return "Return levels of 0…255: np.clip(image, 0, 255).astype(np.uint8)"
    if returned.ndim == 2:
        return "Put the axis of the channels back: image[:, :, None]"
    if transform.augments:
        return "Return the same size and channels; image.resize and crops change sizes"
    return "Return as many channels as came in; image.grayscale and image.to_rgb change them"
