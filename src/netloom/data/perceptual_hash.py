"""Perceptual hashes: 64 bits that stay nearly the same when an image is scaled, compressed or brightened.

Source: the difference hash of N. Krawetz, "Kind of Like That" (The Hacker Factor blog, 2013): an image is
shrunk to 9 × 8 grey levels, and each bit tells whether brightness falls from a pixel to its right neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.images import Image

WIDTH, HEIGHT = 9, 8
_MOST_COMPARED = 1024


def tiny_picture(image: Image) -> Image:
    """The image shrunk to 9 × 8 pixels, RGB of shape (8, 9, 3).

    >>> tiny_picture(np.full((50, 40, 1), 7, np.uint8)).shape
    (8, 9, 3)
    """
    shrinks = image.shape[0] >= HEIGHT and image.shape[1] >= WIDTH
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    tiny = cv2.resize(image, (WIDTH, HEIGHT), interpolation=how).reshape(HEIGHT, WIDTH, -1)
    return np.broadcast_to(tiny, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def difference_hashes(pictures_N893: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The hash of each tiny picture, uint64 of shape (N,).

    >>> falling = np.linspace(255, 0, 9).astype(np.uint8)
    >>> picture = np.broadcast_to(falling[:, None], (1, 8, 9, 3))
    >>> int(difference_hashes(picture)[0]).bit_count()
    64
    """
    # Rec. 601 luma in integers: rounding must not differ between machines.
    grey_N89 = pictures_N893.astype(np.int32) @ np.array([299, 587, 114], np.int32)
    bits_N64 = (grey_N89[:, :, :-1] > grey_N89[:, :, 1:]).reshape(-1, 64)
    return np.packbits(bits_N64, axis=1).view(">u8")[:, 0].astype(np.uint64)


def near_pairs(hashes_N: NDArray[np.uint64], *, most_bits: int) -> Iterator[NDArray[np.int64]]:
    """Pairs of positions whose hashes differ in at most ``most_bits`` bits, in arrays of shape (M, 2).

    Two hashes that differ in k bits agree in at least one of k + 1 bands, so only those with an equal
    band are compared. A band that more than 1024 hashes share (of blank images, say) is compared in runs of
    so many, in the order of the hashes: there, and only there, pairs may be missed. A pair comes once, with
    the lower position first.

    Args:
        most_bits: 0 to 15; beyond that, everything resembles everything.

    >>> hashes = np.array([0b0000, 0b0001, 0b0111, 2**60], np.uint64)
    >>> len({tuple(pair) for pairs in near_pairs(hashes, most_bits=1) for pair in pairs.tolist()})
    2
    """
    edges = np.linspace(0, 64, most_bits + 2).astype(int).tolist()
    masks = [np.uint64(((1 << (high - low)) - 1) << low) for low, high in pairwise(edges)]
    order = np.argsort(hashes_N, kind="stable")
    for number, mask in enumerate(masks):
        for rows in _groups(order, hashes_N[order] & mask):
            pairs = rows[_close(hashes_N[rows], masks[:number], most_bits)]
            if len(pairs):
                yield np.sort(pairs, axis=1)


def _groups(order: NDArray[np.int64], keys_N: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Positions of equal keys, for keys that occur more than once."""
    by_key = np.argsort(keys_N, kind="stable")
    starts = np.flatnonzero(np.diff(keys_N[by_key])) + 1
    for places in np.split(by_key, starts):
        for start in range(0, len(places) - 1, _MOST_COMPARED):
            yield order[places[start : start + _MOST_COMPARED]]


def _close(
    hashes_N: NDArray[np.uint64], masks_before: Sequence[np.uint64], most_bits: int
) -> NDArray[np.int64]:
    """All pairs within the distance, as places in the array, but those that an earlier band gave."""
    differences = hashes_N[:, None] ^ hashes_N[None, :]
    is_close = np.bitwise_count(differences) <= most_bits
    for mask in masks_before:
        is_close &= (differences & mask) != 0
    return np.argwhere(np.triu(is_close, 1))
