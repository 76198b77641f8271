"""The size of a picture, from its header alone."""

from __future__ import annotations

import io

from netloom.core.errors import InvalidData

_ORIENTATION = 0x0112
_TURNED = range(5, 9)
"""Orientations in which width and height are exchanged."""


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels as the picture is shown. Raises InvalidData if it is none."""
    import PIL.Image

    try:
        with PIL.Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
            is_turned = picture.getexif().get(_ORIENTATION, 1) in _TURNED
    except Exception as error:  # damaged files make it raise anything
        raise InvalidData.of(
            "this image is damaged, cut short or of a kind that is not read", code="I028"
        ) from error
    return (height, width) if is_turned else (width, height)
