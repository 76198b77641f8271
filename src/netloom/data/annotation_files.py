"""Files that belong to an image pixel by pixel: masks, target pictures, depth maps, maps of normals."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.data.images import Image, decode_image
from netloom.data.mask_files import read_levels
from netloom.data.path_text import path_from_text
from netloom.data.rasterization import UNKNOWN

_T = TypeVar("_T")


def read_mask(media: Path, path: str, *, num_labels: int) -> NDArray[np.uint8]:
    """Positions in the label space: uint8 of shape (H, W); 255 where unknown.

    Raises:
        InvalidData: The file cannot be read, or has a level that is no position.
    """
    mask_HW = _read(media, path, read_levels)
    # Comparing all levels of a large mask costs as much as decoding it; a table costs a tenth.
    strays = cv2.countNonZero(cv2.LUT(mask_HW, _strays(num_labels)))
    if strays:
        levels = set(np.unique(mask_HW).tolist()) - {UNKNOWN, *range(num_labels)}
        raise InvalidData.of(
            f"the mask {path} has levels that are no positions in the label space",
            code="I433",
            expected=f"0 to {num_labels - 1}, or {UNKNOWN} where nobody knows",
            got=", ".join(map(str, sorted(levels)[:5])),
            fix="Mend the mask, or run the source of the data set again",
        )
    return mask_HW


def read_picture(media: Path, path: str, *, channels: int) -> Image:
    """A target picture: uint8 of shape (H, W, C).

    Raises:
        InvalidData: The file cannot be read.
    """
    return _read(media, path, lambda content: decode_image(content, channels=channels))


def read_depth(media: Path, path: str, *, unit: float) -> NDArray[np.float32]:
    """A depth map: float32 of shape (H, W, 1), 0 where unknown.

    Args:
        unit: What the levels of a picture are multiplied by; an array is taken as it is.

    Raises:
        InvalidData: The file cannot be read, or is no depth map.
    """
    if _is_array(path):
        depth_HW = _read(media, path, _array).astype(np.float32)
    else:
        depth_HW = (_read(media, path, _levels) * unit).astype(np.float32)
    # Devices mark what they could not measure in several ways.
    depth_HW[~(np.isfinite(depth_HW) & (depth_HW > 0))] = 0
    return depth_HW[:, :, None]


def read_normals(media: Path, path: str) -> NDArray[np.float32]:
    """Normals: unit vectors, float32 of shape (H, W, 3), 0 where unknown (black in a picture).

    Raises:
        InvalidData: The file cannot be read.
    """
    levels_HW3 = _read(media, path, lambda content: decode_image(content, channels=3))
    is_known_HW1 = levels_HW3.any(axis=2, keepdims=True)
    vectors_HW3 = levels_HW3 * np.float32(2 / 255) - 1
    lengths_HW1 = np.linalg.norm(vectors_HW3, axis=2, keepdims=True)
    unit_HW3: NDArray[np.float32] = np.where(
        is_known_HW1, vectors_HW3 / np.maximum(lengths_HW1, 1e-6), 0
    ).astype(np.float32)
    return unit_HW3


def check_extent(
    kind: str, path: str, found: tuple[int, ...], image: tuple[int, ...], sample: str
) -> None:
    """Refuse what does not belong to an image pixel by pixel.

    Raises:
        InvalidData: The heights or widths differ.
    """
    if found[:2] != image[:2]:
        raise InvalidData.of(
            f"the {kind} {path} has another size than its image {sample}",
            code="I432",
            expected=f"{image[1]}×{image[0]} (width×height)",
            got=f"{found[1]}×{found[0]}",
            fix="Bring both to one size, or leave the pair out",
        )


def _read(media: Path, path: str, decode: Callable[[bytes], _T]) -> _T:
    file = f"{os.fspath(media)}/{path_from_text(path)}"
    try:
        return decode(Path(file).read_bytes())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidData.of(
            f"cannot read {file}: {reason}",
            code="I431",
            fix="It was readable when the data set was listed: restore it, "
            "or run the source again to list the data set anew",
        ) from error


def _is_array(path: str) -> bool:
    return path.lower().endswith(".npy")


def _array(content: bytes) -> NDArray[Any]:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except EOFError as error:
        raise ValueError("it is cut short") from error
    return _checked(np.squeeze(array, axis=2) if array.ndim == 3 and array.shape[2] == 1 else array)


def _levels(content: bytes) -> NDArray[Any]:
    levels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None:
        raise ValueError("it is damaged, cut short or no image")
    return _checked(levels)


def _checked(depth: NDArray[Any]) -> NDArray[Any]:
    if depth.ndim != 2 or depth.dtype.kind not in "uif":
        raise ValueError(f"it is {depth.dtype} of shape {depth.shape}, and no map of depths")
    return depth


def _strays(num_labels: int) -> NDArray[np.uint8]:
    table = np.ones(UNKNOWN + 1, np.uint8)
    table[:num_labels] = 0
    table[UNKNOWN] = 0
    return table
