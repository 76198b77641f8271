"""Drawing samples with their predictions."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_CAPTION_HEIGHT = 18


def picture_png(image_HWC: NDArray[np.uint8], *, side: int = 96) -> bytes:
    """A PNG with its longer side about ``side`` pixels; tiny pictures grow by whole factors.

    Example:
        >>> picture_png(np.zeros((8, 8, 1), np.uint8))[:4] == bytes([137, 80, 78, 71])
        True
    """
    return _encoded(_scaled(image_HWC, side))


def captioned_png(image_HWC: NDArray[np.uint8], caption: str, *, side: int = 128) -> bytes:
    """A PNG with a line of text below the picture.

    Example:
        >>> from PIL import Image
        >>> Image.open(io.BytesIO(captioned_png(np.zeros((8, 8, 3), np.uint8), "seven"))).height
        146
    """
    from PIL import Image, ImageDraw

    picture = _scaled(image_HWC, side).convert("RGB")
    text_width = int(ImageDraw.Draw(picture).textlength(caption)) + 8
    size = (max(picture.width, text_width), picture.height + _CAPTION_HEIGHT)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(picture, ((canvas.width - picture.width) // 2, 0))
    ImageDraw.Draw(canvas).text((4, picture.height + 3), caption, fill="black")
    return _encoded(canvas)


def _scaled(image_HWC: NDArray[np.uint8], side: int) -> Picture:
    from PIL import Image

    image = Image.fromarray(image_HWC[:, :, 0] if image_HWC.shape[2] == 1 else image_HWC)
    longest = max(image.size)
    if longest <= side // 2:
        factor = side // longest
        size = (image.width * factor, image.height * factor)
        return image.resize(size, Image.Resampling.NEAREST)
    image.thumbnail((side, side))
    return image


def _encoded(image: Picture) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
