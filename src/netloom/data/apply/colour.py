"""Changes levels, each pixel by itself. Shape legend: H height, W width, C channels."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from netloom.data.apply.image_function import ImageFunction, drawing_from, with_channels
from netloom.data.images import Image
from netloom.data.transforms.colour import ColorJitter

LUMA = (0.299, 0.587, 0.114)
"""Brightness of red, green and blue (ITU-R BT.601)."""
_LEVELS = np.arange(256)
_YIQ_FROM_RGB = np.array([LUMA, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])
_RGB_FROM_YIQ = np.linalg.inv(_YIQ_FROM_RGB)


def jittering(spec: ColorJitter) -> ImageFunction:
    """Change brightness, contrast, saturation and hue at random.

    >>> jitter = jittering(ColorJitter(brightness=0, contrast=0, saturation=0, hue=0))
    >>> int(jitter(np.full((1, 1, 3), 7, np.uint8), np.random.default_rng(0))[0, 0, 0])
    7
    """
    changes = np.array([spec.brightness, spec.contrast, spec.saturation])

    def jitter(image: Image, rng: Generator | None) -> Image:
        draws = drawing_from(rng).random(4) * 2 - 1
        brightness, contrast, saturation = np.maximum(1 + changes * draws[:3], 0).tolist()
        return colour_changed(
            image,
            brightness=brightness,
            contrast=contrast,
            saturation=saturation,
            turn=float(draws[3]) * spec.hue,
        )

    return jitter


def colour_changed(
    image: Image,
    *,
    brightness: float = 1.0,
    contrast: float = 1.0,
    saturation: float = 1.0,
    turn: float = 0.0,
) -> Image:
    """Multiply brightness, contrast and saturation and turn the hue, all at once.

    In YIQ colour space brightness is Y, saturation the length of (I, Q) and hue its angle; contrast is the
    distance from the image's mean brightness. All four are linear, so they are one matrix, their
    order does not matter, and levels are rounded and limited to 0..255 only once.

    Args:
        turn: Share of the colour circle.

    >>> int(colour_changed(np.full((1, 1, 3), 100, np.uint8), brightness=1.5)[0, 0, 0])
    150
    """
    channels = image.shape[2]
    if channels == 1:
        saturation, turn = 1.0, 0.0
    if (brightness, contrast, saturation, turn) == (1.0, 1.0, 1.0, 0.0):
        return image
    offset = 0.0
    if contrast != 1.0:
        means = cv2.mean(image)
        mean = means[0] if channels == 1 else float(np.dot(means[:3], LUMA))
        offset = (1 - contrast) * brightness * mean
    matrix = np.eye(channels) if channels == 1 else _chroma_matrix(saturation, turn)
    affine = np.column_stack([brightness * contrast * matrix, np.full(channels, offset)])
    return with_channels(cv2.transform(image, affine))


def _chroma_matrix(saturation: float, turn: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)
    yiq = np.array(
        [
            [1, 0, 0],
            [0, saturation * cosine, -saturation * sine],
            [0, saturation * sine, saturation * cosine],
        ]
    )
    matrix: NDArray[np.float64] = _RGB_FROM_YIQ @ yiq @ _YIQ_FROM_RGB
    return matrix


def grey(image: Image) -> Image:
    """Each pixel's brightness in all of its channels.

    >>> int(grey(np.array([[[255, 0, 0]]], np.uint8))[0, 0, 2])
    76
    """
    if image.shape[2] == 1:
        return image
    return with_channels(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def autocontrasted(image: Image) -> Image:
    """Levels stretched so that each channel goes from 0 to 255; a channel of one level stays.

    >>> autocontrasted(np.array([[[50], [100], [150]]], np.uint8)).ravel().tolist()
    [0, 128, 255]
    """

    def table(counts: NDArray[np.int64]) -> NDArray[Any]:
        used = np.flatnonzero(counts)
        low, high = int(used[0]), int(used[-1])
        if low == high:
            return _LEVELS
        stretched: NDArray[Any] = np.rint((_LEVELS - low) * 255 / (high - low))
        return stretched.clip(0, 255)

    return _looked_up(image, [table(counts) for counts in _histograms(image)])


def equalized(image: Image) -> Image:
    """Levels spread so that all are about equally frequent in each channel, as Pillow does it.

    >>> int(equalized(np.array([[[7], [7], [9], [9]]], np.uint8).repeat(255, 0)).max())
    255
    """

    def table(counts: NDArray[np.int64]) -> NDArray[Any]:
        step = int(counts.sum() - counts[np.flatnonzero(counts)[-1]]) // 255
        if not step:
            return _LEVELS
        return ((np.cumsum(counts) - counts + step // 2) // step).clip(0, 255)

    return _looked_up(image, [table(counts) for counts in _histograms(image)])


def inverted(image: Image) -> Image:
    """Dark and bright exchanged.

    >>> int(inverted(np.full((1, 1, 1), 5, np.uint8))[0, 0, 0])
    250
    """
    return with_channels(cv2.bitwise_not(image))


def posterized(image: Image, bits: int) -> Image:
    """The highest bits of each level.

    >>> int(posterized(np.full((1, 1, 1), 255, np.uint8), 1)[0, 0, 0])
    128
    """
    if bits == 8:
        return image
    return image & np.uint8(256 - 2 ** (8 - bits))


def solarized(image: Image, threshold: int) -> Image:
    """Levels from ``threshold`` on inverted; 256 inverts none.

    >>> solarized(np.array([[[100], [200]]], np.uint8), 128).ravel().tolist()
    [100, 55]
    """
    return _looked_up(image, [np.where(np.less(_LEVELS, threshold), _LEVELS, 255 - _LEVELS)])


def _histograms(image: Image) -> list[NDArray[np.int64]]:
    return [
        cv2.calcHist([image], [channel], None, [256], [0, 256]).ravel().astype(np.int64)
        for channel in range(image.shape[2])
    ]


def _looked_up(image: Image, tables: list[NDArray[Any]]) -> Image:
    """Each level replaced by a table's entry; one table for all channels or one for each."""
    table = np.stack(tables, axis=-1).astype(np.uint8)
    return with_channels(cv2.LUT(image, table[None] if len(tables) > 1 else table.ravel()))
