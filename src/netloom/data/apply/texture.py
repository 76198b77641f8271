"""Changes fine detail: blur, sharpness, noise, missing pieces."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from netloom.data.apply.image_function import ImageFunction, drawing_from, sometimes, with_channels
from netloom.data.apply.sizing import random_piece
from netloom.data.images import Image
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen

_SMALLEST_SIGMA = 0.1  # a Gaussian this narrow changes no level by half a step
_QUANTILES = 1 << 16


def blurring(spec: Blur) -> ImageFunction:
    """Blur by a random amount, at random.

    >>> point = np.eye(9, dtype=np.uint8)[:, :, None] * 255
    >>> int(blurring(Blur(sigma=(1, 1), p=1))(point, np.random.default_rng(0))[4, 4, 0])
    72
    """

    def blur(image: Image, rng: Generator | None) -> Image:
        return blurred(image, drawing_from(rng).uniform(*spec.sigma))

    return sometimes(blur, spec.p)


def sharpening(spec: Sharpen) -> ImageFunction:
    """Sharpen by a random amount, at random.

    >>> step = np.repeat(np.array([[[50], [100]]], np.uint8), 3, axis=0).repeat(3, axis=1)
    >>> sharper = sharpening(Sharpen(amount=(1, 1), p=1))(step, np.random.default_rng(0))
    >>> sharper[1, :, 0].tolist()
    [50, 50, 38, 112, 100, 100]
    """

    def sharpen(image: Image, rng: Generator | None) -> Image:
        return sharpness_changed(image, 1 + drawing_from(rng).uniform(*spec.amount))

    return sometimes(sharpen, spec.p)


def adding_noise(spec: Noise) -> ImageFunction:
    """Add noise of a random strength, at random.

    >>> flat = np.full((9, 9, 1), 128, np.uint8)
    >>> int(adding_noise(Noise(std=(0, 0), p=1))(flat, np.random.default_rng(0)).std())
    0
    """

    def add_noise(image: Image, rng: Generator | None) -> Image:
        rng = drawing_from(rng)
        return noisy(image, 255 * rng.uniform(*spec.std), rng)

    return sometimes(add_noise, spec.p)


def erasing(spec: Erase) -> ImageFunction:
    """Overwrite a random rectangle, at random.

    >>> flat = np.zeros((10, 10, 1), np.uint8)
    >>> erase = erasing(Erase(scale=(0.25, 0.25), ratio=(1, 1), fill=1, p=1))
    >>> int(erase(flat, np.random.default_rng(0)).sum())
    25
    """

    def erase(image: Image, rng: Generator | None) -> Image:
        rng = drawing_from(rng)
        piece = random_piece(image.shape[:2], rng, scale=spec.scale, ratio=spec.ratio)
        if piece is None:
            return image
        erased = image.copy()
        hole = erased[piece.top : piece.top + piece.height, piece.left : piece.left + piece.width]
        if spec.fill == "noise":
            hole[:] = rng.integers(0, 256, hole.shape, np.uint8)
        elif spec.fill == "mean":
            hole[:] = np.rint(cv2.mean(image)[: image.shape[2]])
        else:
            hole[:] = spec.fill
        return erased

    return sometimes(erase, spec.p)


def blurred(image: Image, sigma: float) -> Image:
    """Convolved with a Gaussian; the image is mirrored at its borders.

    Args:
        sigma: Standard deviation in pixels.

    >>> int(blurred(np.full((3, 3, 1), 9, np.uint8), 2.0)[1, 1, 0])
    9
    """
    if sigma < _SMALLEST_SIGMA:
        return image
    return with_channels(cv2.GaussianBlur(image, (0, 0), sigma))


def sharpness_changed(image: Image, factor: float) -> Image:
    """Between a smoothed image (0) and the image (1), and beyond.

    The outermost pixels stay, as in Pillow's ``ImageEnhance.Sharpness``.

    >>> image = np.zeros((3, 3, 1), np.uint8)
    >>> image[1, 1] = 130
    >>> int(sharpness_changed(image, 0.0)[1, 1, 0])
    50
    """
    if factor == 1.0 or min(image.shape[:2]) < 3:
        return image
    kernel = np.full((3, 3), (1 - factor) / 13, np.float32)
    kernel[1, 1] = factor + (1 - factor) * 5 / 13
    changed = with_channels(cv2.filter2D(image, -1, kernel))
    changed[[0, -1]], changed[:, [0, -1]] = image[[0, -1]], image[:, [0, -1]]
    return changed


def noisy(image: Image, deviation: float, rng: Generator) -> Image:
    """With a normally distributed number added to every level.

    Args:
        deviation: Standard deviation in levels.

    >>> grey = np.full((100, 100, 1), 128, np.uint8)
    >>> round(float(noisy(grey, 8.0, np.random.default_rng(0)).std()))
    8
    """
    if not deviation:
        return image
    # Looking quantiles up is three times as fast as drawing normal numbers. Levels are whole, so whole
    # noise gives exactly what rounding the sum would.
    table = np.rint(_normal_quantiles() * np.float32(deviation)).astype(np.int16)
    places = rng.integers(0, _QUANTILES, image.size, np.uint16)
    return with_channels(cv2.add(image, table[places].reshape(image.shape), dtype=cv2.CV_8U))


@lru_cache(maxsize=1)
def _normal_quantiles() -> NDArray[np.float32]:
    normal = NormalDist()
    half = [normal.inv_cdf((place + 0.5) / _QUANTILES) for place in range(_QUANTILES // 2)]
    lower = np.array(half, np.float32)
    return np.concatenate([lower, -lower[::-1]])
