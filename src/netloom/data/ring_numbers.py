"""Numbers of many rings at once, for calculating with all of them.

Shape legend: R rings, N numbers of all rings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import PackedRing, Ring


def numbers_of(rings: Sequence[Ring]) -> NDArray[np.float64]:
    """The coordinates x and y of all corners, ring after ring.

    >>> numbers_of([((1, 2), (3, 4)), PackedRing([5, 6])]).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """
    packed = b"".join(map(_packed, rings))
    return np.frombuffer(packed) if packed else np.zeros(0)


def _packed(ring: Ring) -> bytes:
    if isinstance(ring, PackedRing):
        return ring.packed
    return PackedRing(list(chain.from_iterable(ring))).packed


def bounds_of(rings: Sequence[Ring]) -> NDArray[np.float64]:
    """Left, top, right and bottom of each ring, of shape (R, 4); every ring has a corner.

    >>> bounds_of([((1, 5), (4, 2), (3, 9)), ((0, 0),)]).tolist()
    [[1.0, 2.0, 4.0, 9.0], [0.0, 0.0, 0.0, 0.0]]
    """
    if not rings:
        return np.zeros((0, 4))
    lengths = np.fromiter(map(len, rings), np.int64, len(rings))
    starts = np.cumsum(lengths) - lengths
    corners = numbers_of(rings).reshape(-1, 2)
    return np.concatenate(
        [np.minimum.reduceat(corners, starts), np.maximum.reduceat(corners, starts)], axis=1
    )
