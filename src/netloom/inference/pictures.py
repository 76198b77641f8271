"""Pictures in the forms in which people have them: files, encoded bytes, arrays, Pillow images.

Shape legend: N samples, H height, W width, C channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from netloom.core.errors import InvalidData
from netloom.data.images import Image, decode_image

_SINGLE = (str, bytes, bytearray, memoryview)


def several_pictures(images: Any) -> Iterable[Any]:
    """The pictures of a sequence, an iterator or an array (N, H, W, C); a single picture as one of one.

    Example:
        >>> len(list(several_pictures(np.zeros((3, 8, 8, 1), np.uint8))))
        3
    """
    if isinstance(images, np.ndarray):
        return images if images.ndim == 4 else [images]
    if isinstance(images, Sequence | Iterator) and not isinstance(images, _SINGLE):
        return images
    return [images]


def read_picture(source: Any, *, channels: int) -> tuple[Image, str]:
    """Pixels (H, W, C) of one picture, and how messages call it.

    Args:
        source: Path of a file, the bytes of one, uint8 pixels (H, W) or (H, W, C) as grey or RGB, or
            a Pillow image.
        channels: 1 or 3; pictures of the other kind are converted.

    Raises:
        InvalidData: It cannot be read, or is no picture.

    Example:
        >>> read_picture(np.zeros((8, 6), np.uint8), channels=3)[0].shape
        (8, 6, 3)
    """
    if isinstance(source, str | Path):
        return _decoded(_content(Path(source)), str(source), channels=channels), str(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return _decoded(bytes(source), "these bytes", channels=channels), "these bytes"
    if hasattr(source, "convert"):
        source = np.asarray(source.convert("L" if channels == 1 else "RGB"))
    return _pixels(source, channels=channels), "this picture"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidData.of(
            f"cannot read image {path}: {error.strerror}", code="I010", fix="Check the file name"
        ) from error


def _decoded(content: bytes, name: str, *, channels: int) -> Image:
    try:
        return decode_image(content, channels=channels)
    except ValueError as error:
        raise InvalidData.of(
            f"cannot read image {name}: {error}", code="I010", fix="Give a whole image file"
        ) from error


def _pixels(source: Any, *, channels: int) -> Image:
    pixels = np.asarray(source)
    shape_fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (1, 3))
    if pixels.dtype != np.uint8 or not shape_fits or not pixels.size:
        raise InvalidData.of(
            "this array is not a picture",
            code="I309",
            expected="uint8 of shape (height, width), (height, width, 1) or (height, width, 3)",
            got=f"{pixels.dtype} of shape {pixels.shape}",
            fix="Convert it: levels 0…255, channels last",
        )
    image: Image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    if image.shape[2] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=2)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]
