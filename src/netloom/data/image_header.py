"""Sizes of encoded images, read off their first bytes: what is too large is refused before it is decoded."""

from __future__ import annotations

import struct
from typing import NamedTuple

_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_NO_FRAME_HEADERS = frozenset({0xC4, 0xC8, 0xCC})
_END_OF_HEADERS = frozenset({0xD9, 0xDA})


class Header(NamedTuple):
    """What the first bytes of an encoded image say.

    Attributes:
        width: Pixels, before the orientation is applied.
        height: Likewise.
        is_plain: It has one picture without transparency, which needs nothing but decoding.
        has_more_pictures: It is an animation.
    """

    width: int
    height: int
    is_plain: bool = True
    has_more_pictures: bool = False


def read_header(content: bytes | memoryview) -> Header | None:
    """The header of a JPEG, PNG, WebP or 24-bit BMP file; None for all else and for damaged ones.

    Takes a few microseconds, so that it can be done whenever an image is read.

    >>> read_header(b"BM" + bytes(16) + struct.pack("<iiHHI", 7, -5, 1, 24, 0)).height
    5
    """
    start = bytes(content[:12])
    try:
        if start.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if start.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(content)
        if start.startswith(b"RIFF") and start.endswith(b"WEBP"):
            return _webp(content)
        return _bmp(content) if start.startswith(b"BM") else None
    except (struct.error, IndexError):  # it ends too early
        return None


def _jpeg(content: bytes | memoryview) -> Header | None:
    """Walks along the segments to the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return Header(width, height)
        elif marker in _END_OF_HEADERS:
            return None
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None


def _png(content: bytes | memoryview) -> Header:
    """Reads the chunks before the pixels (RFC 2083; acTL is the mark of an animation)."""
    width, height, depth, colour = struct.unpack_from(">IIBB", content, 16)
    names, at = set(), 8
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        if name in (b"IDAT", b"IEND"):
            break
        names.add(name)
        at += 12 + length
    # A transparent level of 16 bits is not looked for: it marks missing data, not a cut-out.
    is_transparent = colour in (4, 6) or (b"tRNS" in names and depth <= 8)
    is_animated = b"acTL" in names
    return Header(width, height, not (is_transparent or is_animated), is_animated)


def _webp(content: bytes | memoryview) -> Header | None:
    """Reads the first chunk (RFC 9649)."""
    kind = bytes(content[12:16])
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return Header(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        has_alpha = bool(bits >> 28 & 1)
        return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, not has_alpha)
    if kind == b"VP8X":
        flags = content[20]
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        is_animated = bool(flags & 0x02)
        return Header(width, height, not (flags & 0x10 or is_animated), is_animated)
    return None


def _bmp(content: bytes | memoryview) -> Header | None:
    """Reads the usual header; the many rare kinds of bitmaps are left to others."""
    width, height, _, depth, compression = struct.unpack_from("<iiHHI", content, 18)
    return Header(width, abs(height)) if (depth, compression) == (24, 0) else None
