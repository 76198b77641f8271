"""Batches whose samples are blended with one another (mixup, CutMix).

Every sample is blended with the one before it in its batch (the first with the last). In an order that is
itself random that is a random partner, it costs no further reading, and all there is to draw is each sample's
share, from a stream of its own.

Shape legend: N samples, H height, W width, C channels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from netloom.data.images import Image
from netloom.data.seeding import sample_generator, sample_words
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.catalogue import Mixing, Transform

_STREAM = 1  # keeps the draws of blending apart from those of augmentation, which are stream 0


class MixedBatch(NamedTuple):
    """Some samples, each blended with a partner.

    The loss of a sample is ``w · L(outputs, labels) + (1 - w) · L(outputs, partner_labels)``.

    Attributes:
        images_NCHW: uint8, channels-last in memory; levels of 0..255, already blended.
        labels_N: int64; -1 where there is no label.
        indices_N: int64 positions in the loader's samples.
        partner_labels_N: int64; the label of what was blended in.
        weights_N: float32 share ``w`` of the sample itself, in [0, 1]; 1 where nothing was blended in.
    """

    images_NCHW: torch.Tensor
    labels_N: torch.Tensor
    indices_N: torch.Tensor
    partner_labels_N: torch.Tensor
    weights_N: torch.Tensor


def mixing_among(transforms: Iterable[Transform]) -> tuple[Mixing, ...]:
    """Those transforms that blend samples of a batch.

    >>> from netloom.data.transforms.spatial import Flip
    >>> len(mixing_among([Flip(), MixUp()]))
    1
    """
    return tuple(transform for transform in transforms if isinstance(transform, Mixing))


def partners(labels_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """What belongs to the partner of each sample.

    >>> partners(np.array([5, 6, 7])).tolist()
    [7, 5, 6]
    """
    return np.roll(labels_N, 1)


def blend(
    images_NHWC: NDArray[np.uint8],
    mixing: Sequence[Mixing],
    *,
    seed: int,
    epoch: int,
    keys_N: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Blend each image with its partner, in place.

    Args:
        images_NHWC: Contiguous; changed.
        mixing: If there are several, each sample takes one of them, drawn evenly.
        keys_N: Numbers that decide, with seed and epoch, what is drawn for each sample.

    Returns:
        Each sample's own share, shape (N,).

    >>> images = np.array([0, 200], np.uint8).reshape(2, 1, 1, 1)
    >>> weights = blend(images, [MixUp(alpha=1.0)], seed=0, epoch=0, keys_N=np.arange(2))
    >>> [
    ...     round(200 * (1 - float(weights[0]))),
    ...     round(200 * float(weights[1])),
    ... ] == images.ravel().tolist()
    True
    """
    words = sample_words(seed, epoch, keys_N, stream=_STREAM)
    weights_N = np.ones(len(keys_N), np.float32)
    first_partner = images_NHWC[-1].copy()
    # From the last to the first, so that every partner is still as it was read.
    for place in reversed(range(len(keys_N))):
        partner = images_NHWC[place - 1] if place else first_partner
        rng = sample_generator(words[place])
        chosen = mixing[int(rng.integers(len(mixing)))] if len(mixing) > 1 else mixing[0]
        if rng.random() < chosen.p:
            weights_N[place] = _blended(images_NHWC[place], partner, chosen, rng)
    return weights_N


def _blended(image: Image, partner: Image, chosen: Mixing, rng: Generator) -> float:
    share = float(rng.beta(chosen.alpha, chosen.alpha))
    match chosen:
        case MixUp():
            rows, partner_rows = (pixels.reshape(len(pixels), -1) for pixels in (image, partner))
            cv2.addWeighted(rows, share, partner_rows, 1 - share, 0, dst=rows)
            return share
        case CutMix():
            top, bottom = _interval(image.shape[0], share, rng)
            left, right = _interval(image.shape[1], share, rng)
            image[top:bottom, left:right] = partner[top:bottom, left:right]
            return 1.0 - (bottom - top) * (right - left) / float(image.shape[0] * image.shape[1])


def _interval(side: int, share: float, rng: Generator) -> tuple[int, int]:
    """Rows or columns that come from the partner: around a place drawn evenly, cut off at the border."""
    length = int(side * math.sqrt(1 - share))
    first = int(rng.integers(side)) - length // 2
    return max(first, 0), min(first + length, side)
