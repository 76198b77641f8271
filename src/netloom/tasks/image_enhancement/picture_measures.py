"""How alike two pictures are.

Shape legend: H height, W width, C channels. Pictures are uint8 HWC.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.tasks.image_enhancement.restoration_losses import WINDOW, gaussian_window

HIGHEST_DB = 100.0
"""What two equal pictures count as; otherwise their ratio would be infinite, and with it every mean."""

_RANGE = 255.0
_BRIGHTNESS = (0.01 * _RANGE) ** 2
_CONTRAST = (0.03 * _RANGE) ** 2
_WEIGHTS = np.array(gaussian_window(WINDOW))


class Likeness(NamedTuple):
    """How alike two pictures are.

    Attributes:
        psnr_db: Peak signal-to-noise ratio.
        ssim: Structural similarity; NaN for pictures smaller than its window.
    """

    psnr_db: float
    ssim: float


def likeness(first_HWC: NDArray[np.uint8], second_HWC: NDArray[np.uint8]) -> Likeness:
    """Both measures of two pictures of one size.

    Example:
        >>> grey = np.full((12, 12, 1), 100, np.uint8)
        >>> [round(value, 2) for value in likeness(grey, grey + np.uint8(5))]
        [34.15, 1.0]
    """
    return Likeness(
        peak_signal_to_noise_db(first_HWC, second_HWC), structural_similarity(first_HWC, second_HWC)
    )


def peak_signal_to_noise_db(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """10 · log₁₀(255² / mean squared difference), at most 100 dB.

    Example:
        >>> round(peak_signal_to_noise_db(np.zeros(4, np.uint8), np.full(4, 51, np.uint8)), 2)
        13.98
    """
    # Exact in whole numbers, and without arrays of floats.
    difference = cv2.absdiff(first.reshape(-1, 1), second.reshape(-1, 1))
    squared = float(cv2.norm(difference, cv2.NORM_L2SQR)) / first.size
    if not squared:
        return HIGHEST_DB
    return min(10.0 * math.log10(_RANGE**2 / squared), HIGHEST_DB)


def structural_similarity(first_HWC: NDArray[np.uint8], second_HWC: NDArray[np.uint8]) -> float:
    """SSIM: 1 for equal pictures, about 0 for unrelated ones; NaN for pictures smaller than 11 × 11.

    Wang, Bovik, Sheikh and Simoncelli 2004: a Gaussian window of 11 × 11 with σ = 1.5 wherever it lies
    inside, K₁ = 0.01, K₂ = 0.03, levels 0…255; the mean over places and channels.

    Example:
        >>> noise = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 1), dtype=np.uint8)
        >>> abs(structural_similarity(noise[0], noise[1])) < 0.1
        True
    """
    if min(first_HWC.shape[:2]) < WINDOW:
        return math.nan
    a, b = first_HWC.astype(np.float64), second_HWC.astype(np.float64)
    mean_a, mean_b = _averaged(a), _averaged(b)
    both, a_squared, b_squared = mean_a * mean_b, mean_a**2, mean_b**2
    covariance = _averaged(a * b) - both
    variances = _averaged(a * a + b * b) - a_squared - b_squared
    numerator = (2 * both + _BRIGHTNESS) * (2 * covariance + _CONTRAST)
    denominator = (a_squared + b_squared + _BRIGHTNESS) * (variances + _CONTRAST)
    return float(np.mean(numerator / denominator))


def _averaged(levels_HWC: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted means over the window, wherever it lies inside."""
    margin = WINDOW // 2
    averaged = cv2.sepFilter2D(levels_HWC, -1, _WEIGHTS, _WEIGHTS)
    return np.asarray(averaged[margin:-margin, margin:-margin], np.float64)
