"""Drawing samples, alone and with their predictions."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_CAPTION_HEIGHT = 18
_JPEG_QUALITY = 85


class Thumbnail(NamedTuple):
    """A small encoded picture."""

    content: bytes
    media_type: str


def thumbnail(image_HWC: NDArray[np.uint8], *, side: int = 192) -> Thumbnail:
    """The picture with its longer side at most ``side`` pixels, in few bytes.

    Small pictures keep every pixel (PNG); larger ones are shrunk and compressed (JPEG).

    Example:
        >>> thumbnail(np.zeros((8, 8, 1), np.uint8)).media_type
        'image/png'
    """
    from PIL import Image

    image = _picture(image_HWC)
    if max(image.size) <= side // 2:
        return Thumbnail(_encoded(image), "image/png")
    image.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=None)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_JPEG_QUALITY)
    return Thumbnail(stream.getvalue(), "image/jpeg")


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

    image = _picture(image_HWC)
    longest = max(image.size)
    if longest <= side // 2:
        factor = side // longest
        size = (image.width * factor, image.height * factor)
        return image.resize(size, Image.Resampling.NEAREST)
    image.thumbnail((side, side))
    return image


def _picture(image_HWC: NDArray[np.uint8]) -> Picture:
    from PIL import Image

    return Image.fromarray(image_HWC[:, :, 0] if image_HWC.shape[2] == 1 else image_HWC)


def _encoded(image: Picture) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
