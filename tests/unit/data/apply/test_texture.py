from __future__ import annotations

from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageEnhance

from netloom.data.apply.texture import adding_noise, blurred, erasing, noisy, sharpness_changed
from netloom.data.images import Image
from netloom.data.transforms.texture import Erase, Noise


def noise_image(height: int, width: int, channels: int = 3) -> Image:
    rng = np.random.default_rng(0)
    return rng.integers(60, 190, (height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.5])
def test_a_blurred_point_is_a_gaussian(sigma: float) -> None:
    point = np.zeros((41, 41, 1), np.uint8)
    point[20, 20] = 255
    distance = np.arange(-20, 21) ** 2
    bell = np.exp(-distance / (2 * sigma**2))
    expected = 255 * np.outer(bell, bell) / bell.sum() ** 2
    assert blurred(point, sigma)[:, :, 0] == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.5])
def test_sharpness_agrees_with_pillow(factor: float, channels: int) -> None:
    image = noise_image(12, 15, channels)
    picture = PIL.Image.fromarray(image if channels == 3 else image[:, :, 0])
    expected = np.asarray(ImageEnhance.Sharpness(picture).enhance(factor)).reshape(image.shape)
    assert np.abs(sharpness_changed(image, factor).astype(int) - expected).max() <= 1


def test_noise_has_the_moments_of_a_normal_distribution() -> None:
    image = np.full((400, 400, 3), 128, np.uint8)
    drawn = noisy(image, 20.0, np.random.default_rng(0)).astype(float) - 128
    assert drawn.mean() == pytest.approx(0, abs=0.1)
    assert drawn.std() == pytest.approx(20, rel=0.01)
    assert (drawn**3).mean() / 20**3 == pytest.approx(0, abs=0.03)
    assert (drawn**4).mean() / 20**4 == pytest.approx(3, abs=0.05)
    assert abs(np.corrcoef(drawn[:, :, 0].ravel(), drawn[:, :, 1].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(drawn[1:].ravel(), drawn[:-1].ravel())[0, 1]) < 0.01


def test_noise_is_limited_to_levels_and_as_strong_as_asked() -> None:
    white = np.full((50, 50, 1), 255, np.uint8)
    assert noisy(white, 30.0, np.random.default_rng(0)).min() > 100
    image = np.full((100, 100, 1), 128, np.uint8)
    add = adding_noise(Noise(std=(0.02, 0.1), p=1))
    spreads = [float(add(image, np.random.default_rng(seed)).std()) / 255 for seed in range(60)]
    assert 0.019 < min(spreads) < 0.03
    assert 0.09 < max(spreads) < 0.103


@pytest.mark.parametrize("fill", ["noise", "mean", 7])
def test_one_rectangle_of_the_right_size_is_overwritten(fill: Any) -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    image[:] = (200, 100, 50)
    erase = erasing(Erase(p=1, scale=(0.1, 0.2), ratio=(0.5, 2), fill=fill))
    if fill == "mean":
        image[::2] = (100, 200, 50)
    for seed in range(30):
        changed = (erase(image, np.random.default_rng(seed)) != image).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        assert changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.99
        assert 0.09 < height * width / (60 * 80) < 0.21


def test_rectangles_are_filled_with_what_was_asked_for() -> None:
    image = noise_image(40, 40)
    for fill, expected in ((7, 7.0), ("mean", image.mean())):
        erased = erasing(Erase(p=1, scale=(0.2, 0.2), fill=fill))(image, np.random.default_rng(0))
        hole = erased[(erased != image).any(axis=2)]
        assert hole.mean() == pytest.approx(expected, abs=1)
        assert len(np.unique(hole, axis=0)) == 1
    erased = erasing(Erase(p=1, scale=(0.3, 0.3)))(image, np.random.default_rng(0))
    hole = erased[(erased != image).any(axis=2)]
    assert (hole.min(), hole.max()) == (0, 255)


@pytest.mark.parametrize("p", [0.0, 0.25, 1.0])
def test_erasing_comes_as_often_as_asked(p: float) -> None:
    image = noise_image(10, 10)
    erase, rng = erasing(Erase(p=p)), np.random.default_rng(0)
    changed = [not np.array_equal(erase(image, rng), image) for _ in range(1000)]
    assert np.mean(changed) == pytest.approx(p, abs=0.05)
