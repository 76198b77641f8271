"""Small pictures of encoded images, for programs that have no numeric library loaded.

Pillow does the work, and only on kinds of files that it decodes itself. JPEG files are decoded at a fraction
of their size, so a photo takes a few milliseconds and little memory.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netloom.core.errors import InvalidData

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_PIXELS = 50_000_000
"""Images with more are refused: they would take more memory than a server has to spare."""
MOST_BYTES = 64 << 20
"""Likewise for image files that are longer."""
_LARGE_PIXELS = 8_000_000
_QUALITY = 80
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
_AT_ONCE = threading.BoundedSemaphore(2)
_LARGE_AT_ONCE = threading.BoundedSemaphore(1)

_MEDIA_TYPES = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavif", 4, "image/avif"),
    (b"BM", 0, "image/bmp"),
    (b"II*\0", 0, "image/tiff"),
    (b"MM\0*", 0, "image/tiff"),
    (b"\0\0\0\x0cjP  ", 0, "image/jp2"),
)
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"})
"""Media types that every browser shows."""


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An image file."""

    content: bytes
    media_type: str

    @classmethod
    def of(cls, content: bytes) -> EncodedImage:
        """The kind is told from the first bytes, never from a name.

        >>> EncodedImage.of(b"GIF89a").media_type
        'image/gif'
        >>> EncodedImage.of(b"<svg>").media_type
        'application/octet-stream'
        """
        for mark, place, media_type in _MEDIA_TYPES:
            if content.startswith(mark, place):
                return cls(content, media_type)
        return cls(content, "application/octet-stream")


def thumbnail_of(content: bytes, *, side: int) -> EncodedImage:
    """An image made so small that it fits a square; a smaller one keeps its size.

    Orientation is applied, transparency is composed over white, of an animation the first picture is taken.

    Args:
        side: Of the square, pixels.

    Returns:
        A JPEG file, or a PNG file if the whole image fits the square: no detail of it is lost.

    Raises:
        InvalidData: It is no image, damaged, or too large.
    """
    picture, is_whole = small_picture(content, side=side)
    target = io.BytesIO()
    if is_whole:
        picture.save(target, "PNG")
    else:
        picture.save(target, "JPEG", quality=_QUALITY)
    return EncodedImage.of(target.getvalue())


def small_picture(content: bytes, *, side: int) -> tuple[Picture, bool]:
    """The pixels of :func:`thumbnail_of`, grey or RGB, and whether the image has its own size.

    Raises:
        InvalidData: It is no image, damaged, or too large.
    """
    import PIL.Image

    try:
        with _AT_ONCE, PIL.Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise _too_large(width, height)
            if width * height <= _LARGE_PIXELS:
                return _small(picture, side), max(width, height) <= side
            with _LARGE_AT_ONCE:
                return _small(picture, side), False
    except InvalidData:
        raise
    except PIL.Image.DecompressionBombError as error:
        raise _too_large() from error
    except Exception as error:  # damaged files make it raise anything
        raise InvalidData.of(
            "this image is damaged, cut short or of a kind that is not read", code="I028"
        ) from error


def _small(picture: Picture, side: int) -> Picture:
    from PIL import ImageOps

    picture.draft("RGB", (side, side))
    picture.load()
    plain = _in_colour(picture)
    plain.thumbnail((side, side), reducing_gap=2.0)
    return ImageOps.exif_transpose(plain)


def _in_colour(picture: Picture) -> Picture:
    """RGB or grey, 8 bits, without transparency."""
    import PIL.Image

    if picture.mode in ("L", "RGB") and not picture.has_transparency_data:
        return picture
    if picture.mode.startswith("I;16"):
        levels = picture.convert("I").point(lambda level: level * (1 / 256))
        return levels.convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    plain = PIL.Image.alpha_composite(PIL.Image.new("RGBA", layer.size, "white"), layer)
    coloured = plain.convert("RGB")
    coloured.info = picture.info  # the orientation is read off it
    return coloured


def check_length(size_bytes: int) -> None:
    """See that an image file can be read into memory at all. Raises InvalidData."""
    if size_bytes > MOST_BYTES:
        raise InvalidData.of(
            "this image is too large to be shown",
            code="I029",
            expected=f"at most {MOST_BYTES >> 20} MB",
            got=f"{size_bytes >> 20} MB",
        )


def _too_large(width: int = 0, height: int = 0) -> InvalidData:
    return InvalidData.of(
        "this image is too large to be made small here",
        code="I029",
        expected=f"at most {MOST_PIXELS / 1e6:.0f} million pixels",
        got=f"{width} × {height}" if width else None,
        fix="Download it as it is",
    )
