"""Samples that show the same: copies to the byte, and pictures that people would call the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.perceptual_hash import difference_hashes, near_pairs

_NOISE, _SHARE = 2.0, 0.1
"""How far tiny pictures of the same may be apart: two levels of 255, and a tenth of their contrast.

Hashes tell only where brightness falls: all plain pictures have equal ones, and simple drawings similar
ones. Scaling and compressing again change the tiny picture by a level or two.
"""


_BATCH = 1 << 14


@dataclass(frozen=True, slots=True)
class Group:
    """Samples that show the same.

    Attributes:
        positions: Of the samples, rising.
        is_exact: They are equal to the byte.
    """

    positions: tuple[int, ...]
    is_exact: bool

    def __len__(self) -> int:
        return len(self.positions)


def exact_groups(digests: Sequence[str]) -> list[Group]:
    """Samples of equal content, by their first sample.

    >>> [group.positions for group in exact_groups(["x", "y", "x"])]
    [(0, 2)]
    """
    positions: dict[str, list[int]] = {}
    for position, digest in enumerate(digests):
        positions.setdefault(digest, []).append(position)
    return [Group(tuple(found), True) for found in positions.values() if len(found) > 1]


def near_groups(
    pictures_N893: NDArray[np.uint8], digests: Sequence[str], *, most_bits: int
) -> list[Group]:
    """Samples that look the same, copies among them; groups of nothing but copies are left out.

    Args:
        pictures_N893: Of :func:`netloom.data.perceptual_hash.tiny_picture`.
        digests: Of the same samples.
        most_bits: In how many of 64 bits the perceptual hashes of neighbours in a group may differ.

    >>> plain = np.full((3, 8, 9, 3), 100, np.uint8) + np.uint8([0, 1, 50])[:, None, None, None]
    >>> [group.positions for group in near_groups(plain, "abc", most_bits=3)]
    [(0, 1)]
    """
    leader = _Leaders(len(pictures_N893))
    hashes_N = difference_hashes(pictures_N893)
    colours_N3 = pictures_N893.mean(axis=(1, 2), dtype=np.float32)
    limits_N = _NOISE + _SHARE * pictures_N893.std(axis=(1, 2, 3), dtype=np.float32)
    for pairs in near_pairs(hashes_N, most_bits=most_bits):
        # The difference of means never exceeds that of the pictures, and costs a hundredth.
        likely = pairs[_distances(colours_N3, pairs) <= limits_N[pairs[:, 0]]]
        alike = likely[_distances(pictures_N893, likely) <= limits_N[likely[:, 0]]]
        for left, right in alike.tolist():
            leader.join(left, right)
    groups: dict[int, list[int]] = {}
    for position in range(len(digests)):
        groups.setdefault(leader.of(position), []).append(position)
    return [
        Group(tuple(found), False)
        for found in groups.values()
        if len({digests[position] for position in found}) > 1
    ]


def _distances(values: NDArray[Any], pairs_M2: NDArray[np.int64]) -> NDArray[np.float32]:
    """Root mean square of the difference of each pair of rows."""
    flat = values.reshape(len(values), -1)
    distances_M = np.empty(len(pairs_M2), np.float32)
    for start in range(0, len(pairs_M2), _BATCH):
        left, right = pairs_M2[start : start + _BATCH].T
        apart = flat[left].astype(np.float32) - flat[right]
        distances_M[start : start + _BATCH] = np.sqrt(np.square(apart).mean(axis=1))
    return distances_M


class _Leaders:
    """Disjoint sets: every position has the lowest of its set as leader (R. Tarjan, 1975)."""

    def __init__(self, num_positions: int) -> None:
        self._parent = list(range(num_positions))

    def of(self, position: int) -> int:
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def join(self, left: int, right: int) -> None:
        first, second = sorted((self.of(left), self.of(right)))
        self._parent[second] = first
