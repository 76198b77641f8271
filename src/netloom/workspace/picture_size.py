"""The size of a picture that somebody sent."""

from __future__ import annotations

import io

from netloom.core.errors import InvalidData
from netloom.data.turned_size import turned_size


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels as the picture is shown. Raises InvalidData if it is none."""
    try:
        return turned_size(io.BytesIO(content))
    except Exception as error:  # damaged files make it raise anything
        raise InvalidData.of(
            "this image is damaged, cut short or of a kind that is not read", code="I028"
        ) from error
