from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.tasks.image_enhancement.picture_measures import (
    HIGHEST_DB,
    likeness,
    peak_signal_to_noise_db,
    structural_similarity,
)

# scikit-image 0.26: peak_signal_noise_ratio(a, b, data_range=255), and structural_similarity with
# gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, the mean over channels.
SCIKIT_IMAGE = [
    (0, 11, 11, 1, 26.8038679482, 0.8742469532),
    (1, 24, 17, 1, 26.6712723388, 0.881580109),
    (2, 40, 33, 3, 26.6416236261, 0.8886604014),
]


def pair(seed: int, height: int, width: int, channels: int) -> tuple[Any, Any]:
    """A gradient with some noise, and the same with more."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    down, across = np.mgrid[:height, :width]
    first = (first // 4 + (down * 5 + across * 3)[:, :, None] % 190).astype(np.uint8)
    noise = rng.integers(-20, 21, first.shape)
    return first, np.clip(first.astype(int) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("case", SCIKIT_IMAGE)
def test_both_measures_are_those_of_scikit_image(case: Any) -> None:
    *shape, psnr_db, ssim = case
    found = likeness(*pair(*shape))
    assert found.psnr_db == pytest.approx(psnr_db, abs=1e-9)
    assert found.ssim == pytest.approx(ssim, abs=1e-9)


def test_similarity_is_the_mean_over_windows() -> None:
    first, second = pair(3, 13, 12, 1)
    middles = [(row, column) for row in range(3) for column in range(2)]
    values = [
        slow_similarity(first[r : r + 11, c : c + 11, 0], second[r : r + 11, c : c + 11, 0])
        for r, c in middles
    ]
    assert structural_similarity(first, second) == pytest.approx(np.mean(values), abs=1e-10)


def slow_similarity(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    weights = [
        [math.exp(-((row - 5) ** 2 + (column - 5) ** 2) / 4.5) for column in range(11)]
        for row in range(11)
    ]
    total = sum(map(sum, weights))
    mean_a = mean_b = square_a = square_b = both = 0.0
    for row in range(11):
        for column in range(11):
            share = weights[row][column] / total
            a, b = float(first[row, column]), float(second[row, column])
            mean_a, mean_b = mean_a + share * a, mean_b + share * b
            square_a, square_b = square_a + share * a * a, square_b + share * b * b
            both += share * a * b
    c1, c2 = 2.55**2, 7.65**2
    variances = square_a - mean_a**2 + square_b - mean_b**2
    return ((2 * mean_a * mean_b + c1) * (2 * (both - mean_a * mean_b) + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (variances + c2)
    )


def test_equal_pictures_have_the_highest_ratio() -> None:
    picture, _ = pair(0, 20, 20, 3)
    assert likeness(picture, picture) == (HIGHEST_DB, pytest.approx(1.0))


def test_the_similarity_of_pictures_smaller_than_the_window_is_undefined() -> None:
    picture = np.zeros((10, 30, 1), np.uint8)
    assert math.isnan(structural_similarity(picture, picture))


def test_black_and_white_are_as_far_apart_as_can_be() -> None:
    black, white = np.zeros((12, 12, 1), np.uint8), np.full((12, 12, 1), 255, np.uint8)
    assert peak_signal_to_noise_db(black, white) == 0.0
    assert structural_similarity(black, white) < 1e-3
