from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import PIL.Image
import pytest

from netloom.core.errors import InvalidData
from netloom.data.thumbnail import (
    MOST_BYTES,
    MOST_PIXELS,
    EncodedImage,
    check_length,
    thumbnail_of,
)


def encoded(picture: PIL.Image.Image, kind: str, **settings: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **settings)
    return target.getvalue()


def opened(image: EncodedImage) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(image.content))


def plain(mode: str, size: tuple[int, int], colour: Any) -> PIL.Image.Image:
    return PIL.Image.new(mode, size, colour)


def test_large_images_fit_the_square_and_keep_their_shape() -> None:
    small = thumbnail_of(encoded(plain("RGB", (400, 100), "red"), "JPEG"), side=80)
    assert (small.media_type, opened(small).size) == ("image/jpeg", (80, 20))
    red, green, blue = opened(small).getpixel((40, 10))  # type: ignore[misc]
    assert (red > 240, green < 15, blue < 15) == (True, True, True)


def test_small_images_keep_their_pixels() -> None:
    content = encoded(plain("RGB", (8, 6), (1, 2, 3)), "BMP")
    small = thumbnail_of(content, side=80)
    assert (small.media_type, opened(small).size) == ("image/png", (8, 6))
    assert opened(small).getpixel((0, 0)) == (1, 2, 3)


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (plain("RGBA", (8, 8), (255, 0, 0, 0)), "PNG", (255, 255, 255)),
        (plain("LA", (8, 8), (0, 255)), "PNG", (0, 0, 0)),
        (plain("1", (8, 8), 1), "PNG", (255, 255, 255)),
        (plain("P", (8, 8), 0), "GIF", (0, 0, 0)),
        (plain("I;16", (8, 8), 0x8000), "PNG", (128, 128, 128)),
        (plain("CMYK", (8, 8), (0, 0, 0, 0)), "TIFF", (255, 255, 255)),
        (plain("L", (8, 8), 77), "WEBP", (77, 77, 77)),
    ],
)
def test_every_kind_of_levels_becomes_visible(
    picture: PIL.Image.Image, kind: str, expected: tuple[int, int, int]
) -> None:
    small = thumbnail_of(encoded(picture, kind), side=16)
    assert opened(small).convert("RGB").getpixel((4, 4)) == expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_orientation_is_applied(kind: str) -> None:
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    content = encoded(plain("RGB", (400, 200), "blue"), kind, exif=turned)
    assert opened(thumbnail_of(content, side=80)).size == (40, 80)


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [plain("L", (8, 8), level) for level in (10, 200)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert opened(thumbnail_of(content, side=16)).convert("L").getpixel((0, 0)) == 10


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that says it has very many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [MOST_PIXELS // 1000 + 1, 1_000_000])
def test_what_would_need_too_much_memory_is_refused_unread(side: int) -> None:
    with pytest.raises(InvalidData) as caught:
        thumbnail_of(bomb(side, 1000), side=80)
    assert [d.code for d in caught.value.diagnostics] == ["I029"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",  # Pillow would start Ghostscript
        encoded(plain("RGB", (64, 64), "red"), "PNG")[:60],
        encoded(plain("RGB", (64, 64), "red"), "JPEG")[:300],
    ],
)
def test_what_is_no_whole_image_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidData) as caught:
        thumbnail_of(content, side=16)
    assert [d.code for d in caught.value.diagnostics] == ["I028"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_kinds_are_told_by_content(kind: str) -> None:
    content = encoded(plain("RGB", (16, 16), "red"), kind)
    expected = {"JPEG2000": "image/jp2"}.get(kind, f"image/{kind.lower()}")
    assert EncodedImage.of(content).media_type == expected


def test_long_files_are_not_read_at_all() -> None:
    check_length(MOST_BYTES)
    with pytest.raises(InvalidData) as caught:
        check_length(MOST_BYTES + 1)
    assert [d.code for d in caught.value.diagnostics] == ["I029"]
