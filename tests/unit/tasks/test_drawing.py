from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from netloom.tasks.drawing import thumbnail


@pytest.mark.parametrize("channels", [1, 3])
def test_a_small_picture_keeps_every_pixel(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 9, channels), dtype=np.uint8)
    content, media_type = thumbnail(pixels)
    shown = np.asarray(Image.open(io.BytesIO(content)))
    assert media_type == "image/png"
    assert np.array_equal(shown.reshape(pixels.shape), pixels)


def test_a_large_picture_is_shrunk_and_compressed() -> None:
    pixels = np.full((600, 300, 3), 200, np.uint8)
    content, media_type = thumbnail(pixels, side=100)
    image = Image.open(io.BytesIO(content))
    assert (media_type, image.format, image.size) == ("image/jpeg", "JPEG", (50, 100))
    assert len(content) < 2000
