from __future__ import annotations

import io

import cv2
import numpy as np
import PIL.Image
import pytest

from netloom.data.mask_files import (
    is_in_colour,
    png_of_levels,
    read_levels,
    read_levels_or_colours,
    usual_palette,
)

LEVELS = np.array([[0, 1, 2], [255, 20, 0]], np.uint8)


def encoded(picture: PIL.Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


def test_levels_are_read_as_they_were_written() -> None:
    for content in (png_of_levels(LEVELS), png_of_levels(LEVELS, palette=usual_palette())):
        assert read_levels(content).tolist() == LEVELS.tolist()
        assert not is_in_colour(content)


def test_a_palette_means_its_indices() -> None:
    content = png_of_levels(LEVELS, palette=usual_palette())
    shown = np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB"))
    assert shown[0, 1].tolist() == [128, 0, 0]
    assert read_levels(content)[0, 1] == 1


def test_one_bit_and_few_sixteen_bit_levels_are_levels() -> None:
    bits = encoded(PIL.Image.fromarray(LEVELS > 1))
    assert read_levels(bits).tolist() == [[0, 0, 1], [1, 1, 0]]
    deep = cv2.imencode(".png", LEVELS.astype(np.uint16))[1].tobytes()
    assert read_levels(deep).tolist() == LEVELS.tolist()


def test_grey_pictures_in_three_channels_are_levels_and_colours_are_not() -> None:
    grey = np.repeat(LEVELS[:, :, None], 3, axis=2)
    assert read_levels(encoded(PIL.Image.fromarray(grey))).tolist() == LEVELS.tolist()
    grey[0, 0] = (1, 2, 3)
    content = encoded(PIL.Image.fromarray(grey))
    assert is_in_colour(content)
    assert read_levels_or_colours(content).tolist() == grey.tolist()
    with pytest.raises(ValueError, match="in colour"):
        read_levels(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        png_of_levels(LEVELS)[:40],
        encoded(PIL.Image.fromarray(LEVELS), "JPEG"),
        cv2.imencode(".png", np.full((2, 2), 300, np.uint16))[1].tobytes(),
    ],
)
def test_what_is_no_mask_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"it is damaged|levels above 255"):
        read_levels(content)
    assert not is_in_colour(content)


def test_the_palette_is_that_of_pascal_voc() -> None:
    palette = usual_palette()
    assert (palette[0], palette[1], palette[20], palette[255]) == (
        (0, 0, 0),
        (128, 0, 0),
        (0, 64, 128),
        (224, 224, 192),
    )
    assert len(set(palette)) == 256
