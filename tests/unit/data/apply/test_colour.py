"""Pillow and slow formulas in floating point are the references."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageEnhance, ImageOps

from netloom.data.apply.colour import (
    autocontrasted,
    colour_changed,
    equalized,
    grey,
    inverted,
    jittering,
    posterized,
    solarized,
)
from netloom.data.images import Image
from netloom.data.transforms.colour import ColorJitter

LUMA = np.array([0.299, 0.587, 0.114])


def photograph(channels: int = 3, *, low: int = 40, high: int = 200) -> Image:
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:37, :41]
    shade = np.sin(x / 7)[:, :, None] * np.cos(y / 5)[:, :, None] * np.linspace(0.4, 1, channels)
    middle = (low + high) / 2
    image = middle + (high - low) / 2.5 * shade + rng.normal(0, 6, (37, 41, channels))
    return np.clip(image, low, high).astype(np.uint8)


def by_pillow(image: Image, change: Callable[[Any], Any]) -> Image:
    picture = PIL.Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0])
    return np.asarray(change(picture)).reshape(image.shape)


def difference(one: Image, other: Image) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.7])
def test_factors_agree_with_pillow(factor: float, channels: int) -> None:
    image = photograph(
        channels, low=90, high=140
    )  # without levels that would be limited in between
    for ours, theirs in (
        (colour_changed(image, brightness=factor), ImageEnhance.Brightness),
        (colour_changed(image, contrast=factor), ImageEnhance.Contrast),
        (colour_changed(image, saturation=factor), ImageEnhance.Color),
    ):
        if theirs is ImageEnhance.Color and channels == 1:
            assert ours is image
        else:
            expected = by_pillow(image, lambda picture: theirs(picture).enhance(factor))  # noqa: B023
            assert difference(ours, expected) <= 1


def slowly_changed(
    image: Image, *, brightness: float, contrast: float, saturation: float, turn: float
) -> Image:
    """One after the other, pixel by pixel, in floating point."""
    pixels = image.astype(float) * brightness
    mean = (pixels @ LUMA).mean()
    pixels = mean + contrast * (pixels - mean)
    result = np.empty_like(image)
    for place in np.ndindex(image.shape[:2]):
        y, i, q = colorsys.rgb_to_yiq(*pixels[place])
        chroma = saturation * complex(i, q) * np.exp(2j * np.pi * turn)
        # colorsys limits its results to 0..1, so it is undone by solving instead.
        matrix = np.array([colorsys.rgb_to_yiq(*unit) for unit in np.eye(3)]).T
        rgb = np.linalg.solve(matrix, [y, chroma.real, chroma.imag])
        result[place] = np.clip(np.rint(rgb), 0, 255)
    return result


@pytest.mark.parametrize(
    "changes",
    [
        {"brightness": 1.3, "contrast": 0.6, "saturation": 1.4, "turn": 0.1},
        {"brightness": 0.5, "contrast": 1.8, "saturation": 0.2, "turn": -0.4},
        {"brightness": 1.0, "contrast": 1.0, "saturation": 2.5, "turn": 0.5},
        {"brightness": 1.9, "contrast": 1.9, "saturation": 1.0, "turn": 0.0},
    ],
)
def test_all_changes_at_once_agree_with_a_slow_reference(changes: dict[str, float]) -> None:
    image = photograph()
    assert difference(colour_changed(image, **changes), slowly_changed(image, **changes)) <= 2


def test_turning_the_hue_keeps_the_brightness_of_every_pixel() -> None:
    image = photograph(low=100, high=150)
    turned = colour_changed(image, turn=0.25)
    assert difference(turned, image) > 10
    assert np.abs(turned @ LUMA - image @ LUMA).max() <= 1
    assert difference(colour_changed(colour_changed(image, turn=0.5), turn=0.5), image) <= 2


def test_jitter_stays_within_its_ranges_and_moves_every_part() -> None:
    image = np.full((2, 2, 1), 100, np.uint8)
    rng = np.random.default_rng(0)
    jitter = jittering(ColorJitter(brightness=0.3, contrast=0, saturation=0, hue=0))
    levels = [int(jitter(image, rng)[0, 0, 0]) for _ in range(500)]
    assert (min(levels), max(levels)) == (70, 130)
    for part in ("brightness", "contrast", "saturation", "hue"):
        only: dict[str, Any] = {
            "brightness": 0,
            "contrast": 0,
            "saturation": 0,
            "hue": 0,
            part: 0.4,
        }
        assert difference(jittering(ColorJitter(**only))(photograph(), rng), photograph()) > 3


def test_a_factor_does_not_become_negative() -> None:
    image = photograph()
    jitter = jittering(ColorJitter(brightness=10, contrast=0, saturation=0, hue=0))
    black = [not jitter(image, np.random.default_rng(seed)).any() for seed in range(60)]
    assert 15 < sum(black) < 45


@pytest.mark.parametrize("channels", [1, 3])
def test_histogram_operations_agree_with_pillow(channels: int) -> None:
    image = photograph(channels)
    assert difference(autocontrasted(image), by_pillow(image, ImageOps.autocontrast)) <= 1
    assert difference(equalized(image), by_pillow(image, ImageOps.equalize)) == 0
    assert autocontrasted(image).min() == 0
    assert autocontrasted(image).max() == 255


@pytest.mark.parametrize("channels", [1, 3])
def test_level_operations_agree_with_pillow(channels: int) -> None:
    image = photograph(channels)
    assert np.array_equal(inverted(image), by_pillow(image, ImageOps.invert))
    for bits in range(1, 9):
        expected = by_pillow(image, lambda picture: ImageOps.posterize(picture, bits))  # noqa: B023
        assert np.array_equal(posterized(image, bits), expected)
    for threshold in (0, 100, 256):
        expected = by_pillow(image, lambda picture: ImageOps.solarize(picture, threshold))  # noqa: B023
        assert np.array_equal(solarized(image, threshold), expected)


def test_images_of_one_level_are_left_alone() -> None:
    flat = np.full((5, 5, 3), 77, np.uint8)
    assert np.array_equal(autocontrasted(flat), flat)
    assert np.array_equal(equalized(flat), flat)
    assert np.array_equal(colour_changed(flat, contrast=3.0), flat)


def test_grey_repeats_the_brightness_in_all_channels() -> None:
    image = photograph()
    expected = np.rint(image @ LUMA)
    assert np.abs(grey(image) - expected[:, :, None]).max() <= 1
    assert (grey(image) == grey(image)[:, :, :1]).all()
