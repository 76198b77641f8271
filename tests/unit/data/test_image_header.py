from __future__ import annotations

import io
from typing import Any

import PIL.Image
import pytest

from netloom.data.image_header import Header, read_header


def saved(mode: str, kind: str, *, size: tuple[int, int] = (37, 21), **settings: Any) -> bytes:
    stream = io.BytesIO()
    PIL.Image.new(mode, size).save(stream, kind, **settings)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind", "settings"),
    [
        ("RGB", "JPEG", {}),
        ("L", "JPEG", {"progressive": True, "comment": "x" * 3000, "icc_profile": b"y" * 70_000}),
        ("RGB", "PNG", {}),
        ("1", "PNG", {}),
        ("RGB", "WEBP", {}),
        ("RGB", "WEBP", {"lossless": True}),
        ("RGB", "BMP", {}),
    ],
)
def test_sizes_of_plain_images_are_read(mode: str, kind: str, settings: Any) -> None:
    assert read_header(saved(mode, kind, **settings)) == Header(37, 21)


@pytest.mark.parametrize(
    ("mode", "kind", "settings"),
    [
        ("RGBA", "PNG", {}),
        ("LA", "PNG", {}),
        ("P", "PNG", {"transparency": 0}),
        ("RGBA", "WEBP", {"lossless": True}),
        ("RGBA", "WEBP", {}),
    ],
)
def test_transparency_is_noticed(mode: str, kind: str, settings: Any) -> None:
    assert read_header(saved(mode, kind, **settings)) == Header(37, 21, is_plain=False)


def test_animations_are_noticed() -> None:
    second = PIL.Image.new("RGB", (37, 21), "red")
    for kind in ("PNG", "WEBP"):
        content = saved("RGB", kind, save_all=True, append_images=[second])
        assert read_header(content) == Header(37, 21, is_plain=False, has_more_pictures=True)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PPM"])
def test_other_kinds_are_left_to_others(kind: str) -> None:
    assert read_header(saved("RGB", kind)) is None


def test_no_beginning_of_an_image_is_mistaken_or_breaks() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "BMP"):
        content = saved("RGB", kind)
        found = {read_header(content[:length]) for length in range(len(content))}
        assert found <= {None, Header(37, 21)}


def test_segments_that_lead_nowhere_end() -> None:
    assert read_header(b"\xff\xd8" + b"\xff" * 50) is None
    assert read_header(b"\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00") is None
