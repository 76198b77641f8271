"""Frames side by side in one picture.

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netloom.data.images import Image

SHOWN_FRAMES = 6
_COLUMNS = 3
_GAP_SHARE = 40
_GAP_LEVEL = 255


def spread_numbers(length: int, *, count: int = SHOWN_FRAMES) -> list[int]:
    """Frames spread evenly over a video, its first and last among them.

    >>> spread_numbers(11, count=3), spread_numbers(2)
    ([0, 5, 10], [0, 1])
    """
    if length <= count:
        return list(range(length))
    numbers: list[int] = np.linspace(0, length - 1, count).round().astype(int).tolist()
    return numbers


def filmstrip(frames: Sequence[Image], *, columns: int = _COLUMNS) -> Image:
    """Frames in rows, from left to right, with light gaps between them; free places are light.

    >>> filmstrip([np.zeros((4, 6, 1), np.uint8)] * 4).shape
    (9, 20, 1)
    """
    height, width, channels = frames[0].shape
    gap = max(1, width // _GAP_SHARE)
    columns = min(columns, len(frames))
    rows = -(-len(frames) // columns)
    extent = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    strip = np.full(extent, _GAP_LEVEL, np.uint8)
    for place, frame in enumerate(frames):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        strip[top : top + height, left : left + width] = frame
    return strip
