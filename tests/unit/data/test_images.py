from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest

from netloom.data.images import MAX_PIXELS, decode_image, has_more_pictures

RED, GREEN = (200, 50, 20), (10, 220, 90)


def picture(mode: str = "RGB", *, side: int = 16) -> PIL.Image.Image:
    """Red on the left, green on the right."""
    pixels = np.empty((side, side, 3), np.uint8)
    pixels[:, : side // 2], pixels[:, side // 2 :] = RED, GREEN
    return PIL.Image.fromarray(pixels).convert(mode)


def saved(image: PIL.Image.Image, kind: str, **settings: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **settings)
    return stream.getvalue()


def encoded(image: Any, suffix: str = ".png") -> bytes:
    return bytes(cv2.imencode(suffix, image)[1].tobytes())


def chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def jpeg_of_size(width: int, height: int) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame


def gif_of_size(width: int, height: int) -> bytes:
    small = bytearray(saved(PIL.Image.new("P", (1, 1)), "GIF"))
    small[6:10] = struct.pack("<HH", width, height)
    return bytes(small)


def turned(kind: str) -> bytes:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    return saved(picture(), kind, exif=exif)


def see_through(mode: str = "RGBA") -> PIL.Image.Image:
    """Red on the left, nothing on the right."""
    image = picture("RGBA")
    image.putalpha(PIL.Image.fromarray(np.repeat(np.uint8([[255, 0]]), 8, 1).repeat(16, 0)))
    return image.convert(mode)


def frames(kind: str, **settings: Any) -> bytes:
    second = PIL.Image.new("RGB", (16, 16), "blue")
    return saved(picture(), kind, save_all=True, append_images=[second], **settings)


GREY_OF_RED, GREY_OF_GREEN = 91, 142
WHITE = (255, 255, 255)

KINDS: dict[str, tuple[bytes, Any, Any]] = {
    "JPEG": (saved(picture(), "JPEG", quality=95), RED, GREEN),
    "progressive JPEG": (saved(picture(), "JPEG", quality=95, progressive=True), RED, GREEN),
    "CMYK JPEG": (saved(picture("CMYK"), "JPEG", quality=95), RED, GREEN),
    "grey JPEG": (saved(picture("L"), "JPEG"), (GREY_OF_RED,) * 3, (GREY_OF_GREEN,) * 3),
    "PNG": (saved(picture(), "PNG"), RED, GREEN),
    "PNG with a palette": (saved(picture().quantize(4), "PNG"), RED, GREEN),
    "PNG of one bit": (saved(picture("L").point(lambda v: 255 * (v > 100), "1"), "PNG"), (0,) * 3, WHITE),
    "PNG of 16 bits": (encoded(np.full((16, 16), 0x8034, np.uint16)), (0x80,) * 3, (0x80,) * 3),
    "PNG of 16 bits in colour": (
        encoded(np.full((16, 16, 3), (0x1034, 0x8034, 0xFF34), np.uint16)),
        (0xFF, 0x80, 0x10),
        (0xFF, 0x80, 0x10),
    ),
    "PNG with alpha": (saved(see_through(), "PNG"), RED, WHITE),
    "PNG with grey and alpha": (saved(see_through("LA"), "PNG"), (GREY_OF_RED,) * 3, WHITE),
    "PNG with a transparent entry": (
        saved(picture().quantize(2), "PNG", transparency=picture().quantize(2).getpixel((15, 15))),
        RED,
        WHITE,
    ),
    "PNG with opaque alpha": (saved(picture("RGBA"), "PNG"), RED, GREEN),
    "PNG of 16 bits with alpha": (
        encoded(np.full((16, 16, 4), (0x1034, 0x8034, 0xFF34, 0), np.uint16)),
        WHITE,
        WHITE,
    ),
    "animated PNG": (frames("PNG"), RED, GREEN),
    "GIF": (saved(picture(), "GIF"), RED, GREEN),
    "animated GIF": (frames("GIF"), RED, GREEN),
    "transparent GIF": (saved(see_through(), "GIF"), RED, WHITE),
    "WebP": (saved(picture(), "WEBP", lossless=True), RED, GREEN),
    "lossy WebP": (saved(picture(), "WEBP", quality=95), RED, GREEN),
    "WebP with alpha": (saved(see_through(), "WEBP", lossless=True), RED, WHITE),
    "animated WebP": (frames("WEBP", lossless=True), RED, GREEN),
    "BMP": (saved(picture(), "BMP"), RED, GREEN),
    "BMP with a palette": (saved(picture().quantize(4), "BMP"), RED, GREEN),
    "TIFF": (saved(picture(), "TIFF"), RED, GREEN),
    "TIFF with pages": (frames("TIFF"), RED, GREEN),
    "TIFF of 16 bits": (encoded(np.full((9, 9), 0x8034, np.uint16), ".tif"), (0x80,) * 3, (0x80,) * 3),
    "CMYK TIFF": (saved(picture("CMYK"), "TIFF"), RED, GREEN),
    "TIFF with alpha": (saved(see_through(), "TIFF"), RED, WHITE),
    "PPM": (saved(picture(), "PPM"), RED, GREEN),
    "JPEG 2000": (saved(picture(), "JPEG2000", irreversible=False), RED, GREEN),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_image_comes_out_as_people_see_it(kind: str) -> None:
    content, left, right = KINDS[kind]
    colour = decode_image(content, channels=3)
    assert colour.dtype == np.uint8
    ends = colour[[0, -1], [0, -1]].astype(int)
    assert np.abs(ends - [left, right]).max() <= 6, ends
    grey = decode_image(content, channels=1)
    assert grey.shape == (*colour.shape[:2], 1)
    luma = ends @ [0.299, 0.587, 0.114]
    assert np.abs(grey[[0, -1], [0, -1], 0] - luma).max() <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_of_bytes_is_as_good_as_bytes(kind: str) -> None:
    content = KINDS[kind][0]
    expected = decode_image(content, channels=3)
    assert np.array_equal(decode_image(memoryview(content), channels=3), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_animations_and_pages_are_noticed(kind: str) -> None:
    several = ("animated", "pages")
    assert has_more_pictures(KINDS[kind][0]) == any(word in kind for word in several)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_orientation_is_applied(kind: str) -> None:
    content = turned(kind)
    for channels in (1, 3):
        image = decode_image(content, channels=channels)
        top, bottom = image[0, 8].astype(int), image[-1, 8].astype(int)
        assert (top[0] > 150, bottom[0] > 150) == (
            (True, False) if channels == 3 else (False, False)
        )
        assert np.abs(image[:, 0].astype(int) - image[:, -1]).max() <= 6, "left and right are alike"


def test_the_orientation_exchanges_width_and_height() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    wide = PIL.Image.new("RGB", (20, 10))
    assert decode_image(saved(wide, "JPEG", exif=exif), channels=3).shape == (20, 10, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif", ".gif"])
@pytest.mark.parametrize("cut", [30, 300, 2000])
@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow, about damaged TIFF files
def test_images_cut_short_are_refused(suffix: str, cut: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    content = encoded(image, suffix)
    assert decode_image(content, channels=3).shape == (40, 40, 3)
    with pytest.raises(ValueError, match="damaged, cut short or no image"):
        decode_image(content[:-cut], channels=3)


@pytest.mark.parametrize("length", [1, 2, 4, 11, 20, 27])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".gif"])
def test_beginnings_of_images_are_refused(suffix: str, length: int) -> None:
    content = encoded(np.zeros((40, 40, 3), np.uint8), suffix)
    with pytest.raises(ValueError, match="damaged, cut short or no image"):
        decode_image(content[:length], channels=3)


def test_empty_and_foreign_content_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="the file is empty"):
        decode_image(b"", channels=3)
    for content in (b"<html>404</html>", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"):
        with pytest.raises(ValueError, match="no image"):
            decode_image(content, channels=3)


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_images_without_pixels_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"it has no pixels \\({size[0]} × {size[1]}\\)"):
        decode_image(png_of_size(*size), channels=3)


@pytest.mark.parametrize(
    "content",
    [
        png_of_size(20_000, 20_000),
        jpeg_of_size(20_000, 20_000),
        gif_of_size(20_000, 20_000),
        b"BM" + bytes(16) + struct.pack("<iiHHI", 20_000, -20_000, 1, 24, 0),
        b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + (19_999).to_bytes(3, "little") * 2,
    ],
    ids=["PNG", "JPEG", "GIF", "BMP", "WebP"],
)
def test_huge_images_are_refused_before_they_are_decoded(content: bytes) -> None:
    with warnings.catch_warnings(action="ignore"), pytest.raises(ValueError) as caught:
        decode_image(content, channels=3)
    said = str(caught.value)
    assert said.endswith("pixels, where at most 134 million are decoded")
    assert "20000 × 20000" in said or "GIF" in repr(content[:3])


def test_the_limit_is_on_pixels_and_on_each_side() -> None:
    inside = png_of_size(2**14, MAX_PIXELS >> 14)
    with pytest.raises(ValueError, match="damaged"):  # it was tried
        decode_image(inside, channels=3)
    for size in ((2**14, (MAX_PIXELS >> 14) + 1), (1, 2**21)):
        with pytest.raises(ValueError, match="134 million"):
            decode_image(png_of_size(*size), channels=3)


@pytest.mark.parametrize("levels", [np.float32, np.int32])
def test_levels_of_32_bits_are_refused(levels: Any) -> None:
    content = saved(PIL.Image.fromarray(np.full((4, 4), 1, levels)), "TIFF")
    with pytest.raises(ValueError, match="32 bits"):
        decode_image(content, channels=3)
