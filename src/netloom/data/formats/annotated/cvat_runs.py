"""Masks of CVAT: lengths of runs, row by row, inside a box, beginning with what is not covered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import Ring
from netloom.data.formats.annotated.conversions import rings_of_mask


def mask_of_runs(
    lengths: Sequence[int], place: tuple[int, int, int, int], size: tuple[int, int]
) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    """Outlines and holes of a mask.

    Args:
        place: Left, top, width and height of the box.
        size: Of the picture; what lies outside is cut off.

    Raises:
        ValueError: The lengths do not fill the box.
    """
    left, top, width, height = place
    if min(lengths, default=0) < 0 or sum(lengths) != width * height:
        raise ValueError("the lengths do not fill the box")
    levels = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(height, width)
    mask_HW = np.zeros((size[1], size[0]), np.bool_)
    window = levels[max(0, -top) :, max(0, -left) :]
    inside = mask_HW[max(0, top) :, max(0, left) :][: window.shape[0], : window.shape[1]]
    inside |= window[: inside.shape[0], : inside.shape[1]]
    return rings_of_mask(mask_HW)


def runs_of_mask(mask_HW: NDArray[np.bool_]) -> tuple[list[int], tuple[int, int, int, int]]:
    """Lengths of the runs of a mask that covers something, and the box around it."""
    rows, columns = (np.flatnonzero(mask_HW.any(axis=axis)) for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    flat = mask_HW[top:bottom, left:right].reshape(-1)
    changes = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff(np.concatenate([[0], changes, [len(flat)]])).tolist()
    lengths = [0, *lengths] if flat[0] else lengths
    return lengths, (int(left), int(top), int(right - left), int(bottom - top))
