"""Encoded images as pixels: uint8, height × width × channels, RGB or grey.

What becomes of each kind of image, whatever program wrote it:

================================  ==================================================================
orientation (EXIF)                applied
transparency                      composed over white, as on a page
animation, pages                  the first picture
16-bit levels                     the high byte
palette, 1 bit, CMYK, grey        converted to RGB (or grey)
32-bit or floating-point levels   refused: nothing says which level is white
more than ``MAX_PIXELS``          refused before anything is decoded
cut short, damaged, no pixels     refused
================================  ==================================================================

OpenCV decodes plain JPEG, PNG, WebP and BMP files, which is most of what there is and twice as fast; Pillow
does all others. Neither executes anything: the kinds of files that Pillow hands to other programs are not
among those it is allowed to open.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.image_header import read_header

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Image = NDArray[np.uint8]
"""Pixels of shape (height, width, channels)."""

MAX_PIXELS = 1 << 27
"""134 million: more than any camera takes, and 0.4 GB in memory."""
_MAX_SIDE = 1 << 20
_DAMAGED = "it is damaged, cut short or no image"

_BY_OPENCV = {1: cv2.IMREAD_GRAYSCALE, 3: cv2.IMREAD_COLOR_RGB}
_BY_PILLOW = (
    "AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "TIFF", "WEBP",
)  # fmt: skip


def decode_image(content: bytes | memoryview, *, channels: int) -> Image:
    """Decode a whole image file as described at the top of this module.

    Args:
        channels: 3 for red, green, blue; 1 for grey levels.

    Raises:
        ValueError: The content is no complete image, or one that is refused; the message says why.

    >>> encoded = cv2.imencode(".png", np.full((2, 3), 7, np.uint8))[1].tobytes()
    >>> decode_image(encoded, channels=3).shape, int(decode_image(encoded, channels=1).max())
    ((2, 3, 3), 7)
    """
    if not len(content):
        raise ValueError("the file is empty")
    header = read_header(content)
    if header is None:
        return _decoded_by_pillow(content, channels)
    _check_size(header.width, header.height)
    if header.is_plain:
        return _decoded_by_opencv(content, channels)
    return _decoded_by_pillow(content, channels)


def image_size(content: bytes | memoryview) -> tuple[int, int]:
    """Width and height as the first bytes of an image file say; its pixels are not decoded.

    Raises:
        ValueError: It is no image, or one that :func:`decode_image` refuses for its size.

    >>> image_size(cv2.imencode(".png", np.zeros((2, 3), np.uint8))[1].tobytes())
    (3, 2)
    """
    if not len(content):
        raise ValueError("the file is empty")
    header = read_header(content)
    width, height = _opened(content).size if header is None else (header.width, header.height)
    _check_size(width, height)
    return width, height


def has_more_pictures(content: bytes | memoryview) -> bool:
    """Whether an image that can be decoded is an animation or has several pages."""
    header = read_header(content)
    if header is not None:
        return header.has_more_pictures
    return bool(getattr(_opened(content), "is_animated", False))


def _decoded_by_opencv(content: bytes | memoryview, channels: int) -> Image:
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), _BY_OPENCV[channels])
    except cv2.error as error:
        raise ValueError(_DAMAGED) from error
    if pixels is None:
        raise ValueError(_DAMAGED)
    image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return image.astype(np.uint8, copy=False)


def _decoded_by_pillow(content: bytes | memoryview, channels: int) -> Image:
    from PIL import ImageOps

    picture = _opened(content)
    try:
        picture = _in_colour(ImageOps.exif_transpose(picture))
        image = np.asarray(picture if channels == 3 else picture.convert("L"))
    except ValueError:
        raise
    except Exception as error:  # damaged files make it raise anything
        raise ValueError(_DAMAGED) from error
    return image if channels == 3 else image[:, :, None]


def _opened(content: bytes | memoryview) -> Picture:
    """An image whose header alone has been read."""
    import PIL.Image

    try:
        picture = PIL.Image.open(io.BytesIO(content), formats=_formats())
    except PIL.Image.DecompressionBombError as error:
        raise ValueError(_too_large("more")) from error
    except Exception as error:  # damaged files make it raise anything
        raise ValueError(_DAMAGED) from error
    _check_size(*picture.size)
    return picture


def _in_colour(picture: Picture) -> Picture:
    """RGB, without transparency."""
    import PIL.Image

    picture.load()
    if picture.mode.startswith("I;16"):
        return PIL.Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode in ("I", "F"):
        raise ValueError("its levels have 32 bits, and nothing says which of them is white")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return PIL.Image.alpha_composite(PIL.Image.new("RGBA", layer.size, "white"), layer).convert(
        "RGB"
    )


@lru_cache(maxsize=1)
def _formats() -> list[str]:
    """Kinds of files that Pillow may open; none of them makes it start another program."""
    import PIL.Image

    PIL.Image.init()
    return [name for name in _BY_PILLOW if name in PIL.Image.OPEN]


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"it has no pixels ({width} × {height})")
    if width * height > MAX_PIXELS or max(width, height) > _MAX_SIDE:
        raise ValueError(_too_large(f"{width} × {height}"))


def _too_large(size: str) -> str:
    return f"it has {size} pixels, where at most {MAX_PIXELS / 1e6:.0f} million are decoded"
