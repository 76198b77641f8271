"""Pixels by position: what stands between a data set's index and its files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.data.arrow_files import ImageCells, open_arrow
from netloom.data.images import Image, decode_image
from netloom.data.path_text import path_from_text


class ImageReader(Protocol):
    """Reads images by position. Safe for several processes; each may hold its own copy."""

    def read(self, position: int) -> Image:
        """Pixels as stored, uint8 HWC.

        Raises:
            InvalidData: The image cannot be read; the diagnostic names its file.
        """


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
            raise unreadable(path, reason) from error


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

    def block(self, positions_N: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Several rows at once, copied: uint8 (N, H, W, C)."""
        if self._array.shape[3] == self._channels:
            return self._array.take(self._rows_N[positions_N], axis=0)  # quicker than indexing
        return np.stack([self.read(position) for position in positions_N.tolist()])

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


class ArrowImages:
    """Rows of Arrow IPC files; mapped, not loaded.

    Args:
        media: The file, or the folder that holds them.
        files: For each position, its file below ``media``; None if ``media`` is the file.
        rows_N: For each position, its row in the file.
        column: Name of the column of images.
        channels: 1 or 3.
    """

    def __init__(
        self,
        media: Path,
        files: Sequence[str | None],
        rows_N: NDArray[np.int64],
        *,
        column: str,
        channels: int,
    ) -> None:
        self._media = media
        self._files = files
        self._rows_N = rows_N
        self._column = column
        self._channels = channels
        self._cells: dict[str | None, ImageCells] = {}

    def read(self, position: int) -> Image:
        """Decode one cell."""
        file, row = self._files[position], int(self._rows_N[position])
        try:
            cells = self._cells.get(file)
            if cells is None:
                cells = self._cells[file] = self._opened(file)
            return decode_image(cells[row], channels=self._channels)
        except (OSError, ValueError, IndexError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise unreadable(f"{self._path(file)}, row {row}", reason) from error

    def _opened(self, file: str | None) -> ImageCells:
        table = open_arrow(self._path(file))
        if self._column not in table.column_names:
            raise ValueError(f"there is no column {self._column!r}")
        return ImageCells(table[self._column])

    def _path(self, file: str | None) -> Path:
        return self._media if file is None else self._media / path_from_text(file)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_cells": {}}


def unreadable(image: str, reason: str | None) -> InvalidData:
    """The error for an image that a data set lists, but that cannot be read any more."""
    return InvalidData.of(
        f"cannot read image {image}: {reason}",
        code="I010",
        fix="It was readable when the data set was listed: restore it, "
        "or run the source again to list the data set anew",
    )
