"""Pictures inside JSON: PNG in base64.

Shape legend: C channels, H height, W width.
"""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.images import decode_image

_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 3)


def pixels_of_levels(levels_CHW: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Levels of 0…1 as the nearest bytes, channels last.

    Example:
        >>> pixels_of_levels(np.array([[[0.5, 2.0]]], np.float32)).tolist()
        [[[128], [255]]]
    """
    bytes_CHW = np.rint(levels_CHW.clip(0.0, 1.0) * np.float32(255.0)).astype(np.uint8)
    return np.ascontiguousarray(bytes_CHW.transpose(1, 2, 0))


def picture_json(pixels_HWC: NDArray[np.uint8]) -> dict[str, Any]:
    """``{"width", "height", "image"}``.

    Example:
        >>> picture_json(np.zeros((2, 3, 1), np.uint8))["width"]
        3
    """
    height, width = pixels_HWC.shape[:2]
    content = base64.b64encode(picture_png(pixels_HWC)).decode("ascii")
    return {"width": width, "height": height, "image": content}


def pixels_of_json(document: dict[str, Any], *, channels: int) -> NDArray[np.uint8]:
    """The pixels (H, W, C) of what :func:`picture_json` wrote.

    Example:
        >>> picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
        >>> bool((pixels_of_json(picture_json(picture), channels=3) == picture).all())
        True
    """
    return decode_image(base64.b64decode(document["image"]), channels=channels)


def picture_png(pixels_HWC: NDArray[np.uint8]) -> bytes:
    """A PNG file of grey or red-green-blue pixels.

    Example:
        >>> picture_png(np.zeros((2, 2, 1), np.uint8))[1:4]
        b'PNG'
    """
    stored = pixels_HWC if pixels_HWC.shape[2] == 1 else cv2.cvtColor(pixels_HWC, cv2.COLOR_RGB2BGR)
    content: bytes = cv2.imencode(".png", stored, _FAST)[1].tobytes()
    return content
