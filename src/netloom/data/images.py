"""Encoded images and arrays of images as pixels: uint8, height × width × channels, RGB or grey."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote_from_bytes, unquote_to_bytes

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData

Image = NDArray[np.uint8]
"""Pixels of shape (height, width, channels)."""

_DECODING = {1: cv2.IMREAD_GRAYSCALE, 3: cv2.IMREAD_COLOR_RGB}
_BYTES_PREFIX = "bytes:"


class ImageReader(Protocol):
    """Reads images by position. Safe for several processes; each may hold its own copy."""

    def read(self, position: int) -> Image:
        """Pixels as stored, uint8 HWC.

        Raises:
            InvalidData: The image cannot be read; the diagnostic names its file.
        """


def decode_image(content: bytes, *, channels: int) -> Image:
    """Decode a whole image file: orientation applied, alpha dropped, 16-bit levels reduced to 8.

    Of an animation the first picture is taken.

    Raises:
        ValueError: The content is no complete image; the message says why.

    >>> encoded = cv2.imencode(".png", np.full((2, 3), 7, np.uint8))[1].tobytes()
    >>> decode_image(encoded, channels=3).shape, int(decode_image(encoded, channels=1).max())
    ((2, 3, 3), 7)
    """
    if not content:
        raise ValueError("the file is empty")
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), _DECODING[channels])
    except cv2.error as error:
        raise ValueError(f"it cannot be decoded: {error.err}") from error
    if pixels is None:
        raise ValueError("it is damaged, cut short or no image")
    image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return image.astype(np.uint8, copy=False)


class FolderImages:
    """Image files below a folder.

    Args:
        paths: Relative to ``folder``, as the index keeps them.
        channels: 1 or 3.
    """

    def __init__(self, folder: Path, paths: Sequence[str], *, channels: int) -> None:
        self._folder = os.fspath(folder)
        self._paths = paths
        self._channels = channels

    def read(self, position: int) -> Image:
        """Read and decode one file."""
        path = f"{self._folder}/{path_from_text(self._paths[position])}"
        try:
            with open(path, "rb") as stream:  # noqa: PTH123 - Path objects cost as much as small images
                return decode_image(stream.read(), channels=self._channels)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise InvalidData.of(
                f"cannot read image {path}: {reason}",
                code="I010",
                fix="It was readable when the data set was listed: restore it, "
                "or run the source again to list the data set anew",
            ) from error


class ArrayImages:
    """Rows of one ``.npy`` array of shape (N, H, W, C), uint8; mapped, not loaded.

    Args:
        channels: What ``read`` returns: grey images are repeated in three channels, colour images
            are reduced to grey, if they are stored otherwise.
    """

    def __init__(self, file: Path, rows_N: NDArray[np.int64], *, channels: int) -> None:
        self._file = file
        self._rows_N = rows_N
        self._channels = channels

    def read(self, position: int) -> Image:
        """One row."""
        image: Image = self._array[self._rows_N[position]]
        if image.shape[2] == self._channels:
            return image
        if self._channels == 3:
            return np.repeat(image, 3, axis=2)
        grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        return grey[:, :, None].astype(np.uint8, copy=False)

    @cached_property
    def _array(self) -> NDArray[np.uint8]:
        try:
            images = np.asarray(np.load(self._file, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError) as error:
            raise InvalidData.of(
                f"cannot read the images in {self._file}: {error}",
                code="I010",
                fix="Run the source of the data set again",
            ) from error
        highest = int(self._rows_N.max(initial=-1))
        fits = images.ndim == 4 and images.shape[3] in (1, 3) and images.shape[0] > highest
        if images.dtype != np.uint8 or not fits:
            raise InvalidData.of(
                f"the array {self._file} does not hold the images that the data set lists",
                code="I010",
                expected=f"uint8 of shape (at least {highest + 1}, height, width, 1 or 3)",
                got=f"{images.dtype} of shape {images.shape}",
                fix="Run the source of the data set again",
            )
        return images

    def __getstate__(self) -> dict[str, Any]:
        # A worker process maps the file itself instead of receiving every pixel.
        return {name: value for name, value in vars(self).items() if name != "_array"}


def text_from_path(path: str) -> str:
    """A file name as text that Parquet and JSON can hold, also if it is no valid UTF-8.

    Names from old archives may be in another encoding; their bytes are then kept percent-escaped.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        return _BYTES_PREFIX + quote_from_bytes(os.fsencode(path))
    if path.startswith(_BYTES_PREFIX):
        return _BYTES_PREFIX + quote_from_bytes(path.encode())
    return path


def path_from_text(text: str) -> str:
    """Inverse of :func:`text_from_path`."""
    if text.startswith(_BYTES_PREFIX):
        return os.fsdecode(unquote_to_bytes(text.removeprefix(_BYTES_PREFIX)))
    return text
