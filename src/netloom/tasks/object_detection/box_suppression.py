"""Overlaps of many boxes, and of several boxes around one object only the best.

Boxes are left, top, right, bottom. Shape legend: M boxes, G others, B boxes of a block.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_BLOCK = 256

_Array = NDArray[Any]


def box_areas(boxes_M4: _Array) -> NDArray[np.float64]:
    """Square pixels; 0 if sides are exchanged.

    Example:
        >>> box_areas(np.array([[0, 0, 2, 3], [2, 0, 1, 3]])).tolist()
        [6.0, 0.0]
    """
    sides_M2 = np.maximum(boxes_M4[:, 2:].astype(np.float64) - boxes_M4[:, :2], 0.0)
    areas_M: NDArray[np.float64] = sides_M2[:, 0] * sides_M2[:, 1]
    return areas_M


def shared_areas(boxes_M4: _Array, others_G4: _Array) -> NDArray[np.float64]:
    """Area that each box shares with each other one: (M, G).

    Example:
        >>> shared_areas(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 3, 2], [5, 5, 6, 6]])).tolist()
        [[2.0, 0.0]]
    """
    boxes_4M1 = boxes_M4.astype(np.float64).T[:, :, None]
    others_41G = others_G4.astype(np.float64).T[:, None, :]
    wide_MG = np.minimum(boxes_4M1[2], others_41G[2]) - np.maximum(boxes_4M1[0], others_41G[0])
    high_MG = np.minimum(boxes_4M1[3], others_41G[3]) - np.maximum(boxes_4M1[1], others_41G[1])
    np.maximum(wide_MG, 0.0, out=wide_MG)
    np.maximum(high_MG, 0.0, out=high_MG)
    wide_MG *= high_MG
    shared_MG: NDArray[np.float64] = wide_MG
    return shared_MG


def kept_boxes(
    boxes_M4: _Array, scores_M: _Array, labels_M: _Array, *, overlap: float
) -> NDArray[np.int64]:
    """Greedy non-maximum suppression, class by class: positions of what stays, best score first.

    From the best score down (of equal ones the first), a box stays unless its intersection over union with
    one of the same label that stays is above ``overlap``. Boxes without an area overlap nothing. The
    result is that of the plain loop, computed in blocks: a block is first compared with itself, by a matrix
    whose rows are the bits of whole numbers; then what stays of it strikes out later boxes, all at once.

    Example:
        >>> boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 5], [8, 8, 9, 9]])
        >>> kept_boxes(boxes, np.array([0.5, 0.9, 0.3]), np.zeros(3, int), overlap=0.5).tolist()
        [1, 2]
    """
    order_M = np.argsort(-scores_M, kind="stable")
    boxes = _Boxes(boxes_M4[order_M], labels_M[order_M], box_areas(boxes_M4[order_M]))
    if len(order_M) <= _BLOCK:
        return np.asarray(order_M[_kept(boxes, np.arange(len(order_M)), overlap)])
    # Only equal labels meet, so each label on its own is less work than all together.
    groups = (np.flatnonzero(boxes.labels_M == label) for label in np.unique(boxes.labels_M))
    kept = np.concatenate([_kept(boxes, group, overlap) for group in groups])
    return np.asarray(order_M[np.sort(kept)])


class _Boxes(NamedTuple):
    """In the order of their scores."""

    boxes_M4: _Array
    labels_M: _Array
    areas_M: NDArray[np.float64]


def _kept(boxes: _Boxes, left: NDArray[np.int64], overlap: float) -> NDArray[np.int64]:
    """Which of the positions ``left`` stay."""
    kept: list[NDArray[np.int64]] = []
    while len(left):
        block, left = left[:_BLOCK], left[_BLOCK:]
        block = block[_kept_of_block(_strikes(boxes, block, block, overlap))]
        kept.append(block)
        if len(left):
            left = left[~_strikes(boxes, block, left, overlap).any(axis=0)]
    return np.concatenate(kept) if kept else left


def _strikes(
    boxes: _Boxes, first: NDArray[np.int64], second: NDArray[np.int64], overlap: float
) -> NDArray[np.bool_]:
    """Which of the first boxes strike out which of the second ones if they stay."""
    shared = shared_areas(boxes.boxes_M4[first], boxes.boxes_M4[second])
    union = boxes.areas_M[first, None] + boxes.areas_M[second]
    union -= shared
    union *= overlap
    is_over: NDArray[np.bool_] = shared > union
    is_over &= boxes.labels_M[first, None] == boxes.labels_M[second]
    return is_over


def _kept_of_block(strikes_BB: NDArray[np.bool_]) -> list[int]:
    """The greedy loop proper."""
    packed = np.packbits(strikes_BB, axis=1, bitorder="little")
    rows = [int.from_bytes(row.tobytes(), "little") for row in packed]
    kept, struck = [], 0
    for place, row in enumerate(rows):
        if not struck >> place & 1:
            kept.append(place)
            struck |= row
    return kept
