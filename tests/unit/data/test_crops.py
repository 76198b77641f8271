from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.data.crops import (
    Masking,
    ObjectCrops,
    TextCrops,
    chosen,
    cut,
    masked,
    rectified,
    window,
)

numbers = st.floats(-50, 150, allow_nan=False)
sizes = st.integers(1, 100)


@given(
    box=st.tuples(numbers, numbers, numbers, numbers),
    width=sizes,
    height=sizes,
    padding=st.floats(0, 3),
    square=st.booleans(),
)
def test_a_window_is_inside_of_the_picture_and_never_empty(
    box: tuple[float, ...], width: int, height: int, padding: float, square: bool
) -> None:
    settings = ObjectCrops(padding=padding, square=square)
    left, top, right, bottom = window(box, width=width, height=height, settings=settings)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


@given(x=st.floats(0, 90), y=st.floats(0, 90), wide=st.floats(0.1, 10), high=st.floats(0.1, 10))
def test_a_window_holds_its_box(x: float, y: float, wide: float, high: float) -> None:
    box = (x, y, x + wide, y + high)
    for settings in (ObjectCrops(), ObjectCrops(square=True), ObjectCrops(padding=0.2)):
        left, top, right, bottom = window(box, width=100, height=100, settings=settings)
        assert left <= x
        assert top <= y
        assert right >= x + wide
        assert bottom >= y + high


@given(x=st.floats(0, 90), y=st.floats(0, 90), wide=st.floats(0.1, 10), high=st.floats(0.1, 10))
def test_a_square_window_is_square_where_the_picture_has_room(
    x: float, y: float, wide: float, high: float
) -> None:
    settings = ObjectCrops(square=True)
    left, top, right, bottom = window(
        (x, y, x + wide, y + high), width=100, height=100, settings=settings
    )
    assert right - left == bottom - top


def test_a_square_window_is_as_square_as_a_low_picture_allows() -> None:
    found = window((10, 0, 40, 4), width=60, height=12, settings=ObjectCrops(square=True))
    assert found == (10, 0, 40, 12)


def test_padding_is_a_share_of_each_side() -> None:
    settings = ObjectCrops(padding=0.1)
    assert window((20, 20, 40, 30), width=100, height=100, settings=settings) == (18, 19, 42, 31)


FOUND = [
    {"label": "cat", "score": 0.5, "box": [0, 0, 4, 4]},
    {"label": "dog", "score": 0.9, "box": [2, 2, 6, 6]},
    {"label": "cat", "score": 0.5, "box": [1, 1, 2, 2]},
    {"label": "cat", "score": 0.7, "box": [5, 0, 8, 3]},
]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (ObjectCrops(), [1, 3, 0, 2]),
        (ObjectCrops(labels=("cat",)), [3, 0, 2]),
        (ObjectCrops(labels=("cat",), most=2), [3, 0]),
        (ObjectCrops(min_score=0.7), [1, 3]),
        (ObjectCrops(labels=("owl",)), []),
        (TextCrops(most=1), [1]),
    ],
)
def test_the_surest_come_first_and_of_equally_sure_ones_the_earlier(
    settings: ObjectCrops | TextCrops, expected: list[int]
) -> None:
    assert chosen(FOUND, settings) == expected


def test_a_cut_is_a_copy() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    piece = cut(pixels, (1, 0, 3, 2))
    assert piece.tolist() == pixels[:2, 1:3].tolist()
    piece[:] = 0
    assert pixels[0, 1].tolist() == [3, 4, 5]


@pytest.mark.parametrize("degrees", [-80.0, -30.0, 0.0, 12.0, 40.0, 75.0])
def test_a_turned_word_becomes_upright(degrees: float) -> None:
    """Drawn upright, turned about the middle, and turned back: the same picture up to blur."""
    word = np.zeros((24, 80, 1), np.uint8)
    cv2.putText(word, "Feb", (6, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2, cv2.LINE_AA)
    scene = np.zeros((160, 160, 1), np.uint8)
    scene[68:92, 40:120] = word
    turn = cv2.getRotationMatrix2D((80, 80), -degrees, 1.0)
    centred = turn.copy()
    centred[:, 2] += turn[:, :2].sum(axis=1) / 2 - 0.5
    turned = cv2.warpAffine(scene, centred, (160, 160))[:, :, None]
    corners = np.array([[40, 68], [120, 68], [120, 92], [40, 92]], np.float64)
    polygon = corners @ turn[:, :2].T + turn[:, 2]
    found = rectified(turned, polygon.tolist())
    assert found.shape == word.shape
    difference = np.abs(found.astype(int) - word.astype(int)).mean()
    assert difference < 10, difference
    assert np.abs(found[::-1, ::-1].astype(int) - word.astype(int)).mean() > 3 * difference


def test_a_polygon_without_extent_gives_a_pixel() -> None:
    pixels = np.full((5, 5, 3), 7, np.uint8)
    assert rectified(pixels, [[2, 2], [2, 2], [2, 2]]).shape == (1, 1, 3)


def test_padding_of_texts_is_a_share_of_their_height() -> None:
    pixels = np.zeros((60, 60, 1), np.uint8)
    polygon = [[10, 20], [50, 20], [50, 30], [10, 30]]
    assert rectified(pixels, polygon, padding=0.2).shape == (14, 44, 1)


def test_masking_keeps_objects_or_what_is_around_them() -> None:
    pixels = np.full((3, 4, 1), 9, np.uint8)
    found = [{"label": "a", "score": 1.0, "box": [1, 0, 3, 2]}]
    kept = masked(pixels, found, Masking())
    around = masked(pixels, found, Masking(keep="surroundings", fill=5))
    assert kept[:, :, 0].tolist() == [[0, 9, 9, 0], [0, 9, 9, 0], [0, 0, 0, 0]]
    assert around[:, :, 0].tolist() == [[9, 5, 5, 9], [9, 5, 5, 9], [9, 9, 9, 9]]
    assert masked(pixels, [], Masking()).max() == 0
