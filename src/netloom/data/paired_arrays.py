"""Masks, depth maps and other pictures that belong to the images of an array, row by row.

They are an array of their own, ``companions.npy`` beside ``media.npy``: both are written at once.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData


class PairedArray:
    """Rows of one array of shape (N, H, W, C), uint8 or float32; mapped, not loaded.

    Args:
        file: The array.
        rows_N: Row of each sample.
    """

    def __init__(self, file: Path, rows_N: NDArray[np.int64]) -> None:
        self._file = file
        self._rows_N = rows_N

    def read(self, position: int) -> NDArray[Any]:
        """One row, HWC.

        Raises:
            InvalidData: The file cannot be read, or is no such array.
        """
        row: NDArray[Any] = self._array[self._rows_N[position]]
        return row

    @cached_property
    def _array(self) -> NDArray[Any]:
        try:
            array = np.asarray(np.load(self._file, mmap_mode="r", allow_pickle=False))
            if array.ndim != 4 or len(array) <= self._rows_N.max(initial=-1):
                raise ValueError(f"its shape is {array.shape}")
        except (OSError, ValueError) as error:
            raise InvalidData.of(
                f"cannot read what belongs to the images in {self._file}: {error}",
                code="I431",
                fix="Run the source of the data set again",
            ) from error
        return array

    def __getstate__(self) -> dict[str, Any]:
        # A worker process maps the file itself instead of receiving every pixel.
        return {name: value for name, value in vars(self).items() if name != "_array"}
