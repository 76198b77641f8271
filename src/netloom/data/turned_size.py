"""The size of a picture as it is shown, from its header alone: without torch, OpenCV or NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import IO

_ORIENTATION = 0x0112
_LYING = range(5, 9)
"""Orientations (EXIF) that exchange width and height."""


def turned_size(source: Path | IO[bytes]) -> tuple[int, int]:
    """Width and height in pixels, turned as the orientation says.

    Raises:
        Exception: Of any kind, if the picture is damaged.
    """
    import PIL.Image

    with PIL.Image.open(source) as picture:
        width, height = picture.size
        is_lying = picture.getexif().get(_ORIENTATION) in _LYING
    return (height, width) if is_lying else (width, height)
