from __future__ import annotations

from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageEnhance, ImageOps

from netloom.data.apply import policies
from netloom.data.apply.geometry import Filling
from netloom.data.apply.policies import (
    OPERATIONS,
    RAND,
    TRIVIAL,
    augmenting,
    operated,
    rand_drawing,
    trivial_drawing,
)
from netloom.data.images import Image
from netloom.data.transforms.policies import RandAugment, TrivialAugment

EXTENT = (331, 662)
FILLING = Filling()
SMOOTH = np.clip(
    128
    + 50
    * np.sin(np.arange(40)[:, None, None] / 9 + np.arange(50)[None, :, None] / 7 + np.arange(3)),
    0,
    255,
).astype(np.uint8)


@pytest.mark.parametrize(
    ("operation", "rand", "trivial"),
    [
        # What the papers' code does at magnitudes 0, 15 (or half) and 30, forwards.
        ("rotate", (0, 15, 30), (0, 67.5, 135)),
        ("shear_x", (0, 0.15, 0.3), (0, 0.495, 0.99)),
        ("shear_y", (0, 0.15, 0.3), (0, 0.495, 0.99)),
        ("translate_x", (0, 150, 300), (0, 16, 32)),
        ("translate_y", (0, 75, 150), (0, 16, 32)),
        ("color", (1, 1.45, 1.9), (1, 1.495, 1.99)),
        ("contrast", (1, 1.45, 1.9), (1, 1.495, 1.99)),
        ("brightness", (1, 1.45, 1.9), (1, 1.495, 1.99)),
        ("sharpness", (1, 1.45, 1.9), (1, 1.495, 1.99)),
        ("posterize", (8, 6, 4), (8, 5, 2)),
        ("solarize", (256, 128, 0), (256, 128, 0)),
    ],
)
def test_amounts_are_those_of_the_papers(operation: Any, rand: Any, trivial: Any) -> None:
    for ranges, expected in ((RAND, rand), (TRIVIAL, trivial)):
        amounts = [ranges.amount(operation, strength, EXTENT) for strength in (0, 0.5, 1)]
        assert amounts == pytest.approx(expected)


def test_the_other_direction_mirrors_the_amount() -> None:
    assert RAND.amount("rotate", -1, EXTENT) == -30
    assert RAND.amount("translate_x", -0.5, EXTENT) == -150
    assert RAND.amount("brightness", -1, EXTENT) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("operation", "amount", "theirs"),
    [
        ("autocontrast", 0, ImageOps.autocontrast),
        ("equalize", 0, ImageOps.equalize),
        ("posterize", 5, lambda picture: ImageOps.posterize(picture, 5)),
        ("solarize", 100, lambda picture: ImageOps.solarize(picture, 100)),
        ("color", 0.4, lambda picture: ImageEnhance.Color(picture).enhance(0.4)),
        ("contrast", 0.4, lambda picture: ImageEnhance.Contrast(picture).enhance(0.4)),
        ("brightness", 1.2, lambda picture: ImageEnhance.Brightness(picture).enhance(1.2)),
        ("sharpness", 1.5, lambda picture: ImageEnhance.Sharpness(picture).enhance(1.5)),
        ("identity", 0, lambda picture: picture),
    ],
)
def test_operations_agree_with_pillow(operation: Any, amount: float, theirs: Any) -> None:
    expected = np.asarray(theirs(PIL.Image.fromarray(SMOOTH))).astype(int)
    assert np.abs(operated(SMOOTH, operation, amount, Filling()) - expected).max() <= 1


def test_moves_go_the_way_their_name_says() -> None:
    image = np.zeros((21, 21, 1), np.uint8)
    image[10, 10] = 255

    def place(operation: Any, amount: float, image: Image = image) -> tuple[int, int]:
        moved = operated(image, operation, amount, Filling())
        y, x = np.unravel_index(int(moved.argmax()), (21, 21))
        return int(x), int(y)

    assert place("translate_x", 4) == (14, 10)
    assert place("translate_y", -4) == (10, 6)
    below = np.roll(image, 6, axis=0)
    assert place("shear_x", 0.5, below) == (13, 16)
    assert place("rotate", 90, below) == (16, 10)
    beside = np.roll(image, 6, axis=1)
    assert place("shear_y", 0.5, beside) == (16, 13)


def drawn(monkeypatch: pytest.MonkeyPatch, function: Any, times: int) -> list[tuple[str, float]]:
    """Which operations were applied with which amounts."""
    seen: list[tuple[str, float]] = []

    def remembered(image: Image, operation: Any, amount: float, filling: Filling) -> Image:
        seen.append((operation, amount))
        return image

    monkeypatch.setattr(policies, "operated", remembered)
    rng = np.random.default_rng(0)
    for _ in range(times):
        function(SMOOTH, rng)
    return seen


def test_several_operations_of_one_magnitude_are_drawn_evenly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = drawn(
        monkeypatch,
        augmenting(rand_drawing(RandAugment(operations=3, magnitude=10)), FILLING),
        1400,
    )
    assert len(seen) == 3 * 1400
    names = [name for name, _ in seen]
    assert all(240 < names.count(operation) < 365 for operation in OPERATIONS)
    assert {amount for name, amount in seen if name == "rotate"} == {-10.0, 10.0}
    assert {amount for name, amount in seen if name == "posterize"} == {7.0}
    turns = [amount for name, amount in seen if name == "rotate"]
    assert 0.4 < np.mean(np.array(turns) > 0) < 0.6


def test_one_operation_of_any_magnitude_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = drawn(monkeypatch, augmenting(trivial_drawing(TrivialAugment()), FILLING), 5000)
    assert len(seen) == 5000
    turns = {round(abs(amount) / 4.5) for name, amount in seen if name == "rotate"}
    assert turns == set(range(31))
