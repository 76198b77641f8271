"""Masks as lengths of runs, as COCO writes them: column by column, beginning with what is not covered.

The text form packs each length, or its difference to the length two before, into groups of five bits, the
lowest first, as characters from ``0``; the sixth bit says that another group follows.

Source: Lin et al., Microsoft COCO: Common Objects in Context, 2014, arXiv:1405.0312, and its published tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FIRST_CHARACTER = 48


def mask_of_runs(segmentation: Any) -> NDArray[np.bool_]:
    """The mask of ``{"size": [height, width], "counts": lengths or their text form}``: bool of shape (H, W).

    Raises:
        ValueError: It is no such description, or its lengths do not add up to its size.

    >>> mask_of_runs({"size": [2, 3], "counts": [1, 2, 3]}).astype(int).tolist()
    [[0, 1, 0], [1, 0, 0]]
    """
    try:
        height, width = (int(side) for side in segmentation["size"])
        counts = segmentation["counts"]
        lengths = lengths_of_text(counts) if isinstance(counts, str) else [int(n) for n in counts]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ValueError("its run lengths cannot be read") from error
    if any(length < 0 for length in lengths) or sum(lengths) != height * width:
        raise ValueError(f"its run lengths do not add up to {width} × {height} pixels")
    levels = np.arange(len(lengths)) % 2 == 1
    return np.repeat(levels, lengths).reshape(width, height).T


def runs_of_mask(mask_HW: NDArray[np.bool_]) -> dict[str, Any]:
    """Inverse of :func:`mask_of_runs`, in the text form."""
    height, width = mask_HW.shape
    flat = mask_HW.T.reshape(-1)
    changes = np.flatnonzero(np.diff(flat)) + 1
    borders = np.concatenate([[0], changes, [len(flat)]])
    lengths = np.diff(borders).tolist()
    if len(flat) and flat[0]:
        lengths = [0, *lengths]
    return {"size": [height, width], "counts": text_of_lengths(lengths)}


def lengths_of_text(text: str) -> list[int]:
    """Lengths from their text form. Raises IndexError if it ends too early.

    >>> lengths_of_text(text_of_lengths([5, 70, 3, 900, 4]))
    [5, 70, 3, 900, 4]
    """
    lengths: list[int] = []
    place = 0
    while place < len(text):
        number, shift = 0, 0
        while True:
            group = ord(text[place]) - _FIRST_CHARACTER
            number |= (group & 0x1F) << shift
            place, shift = place + 1, shift + 5
            if not group & 0x20:
                break
        if group & 0x10:
            number -= 1 << shift
        lengths.append(number + lengths[-2] if len(lengths) > 2 else number)
    return lengths


def text_of_lengths(lengths: Sequence[int]) -> str:
    """Inverse of :func:`lengths_of_text`."""
    characters = []
    for place, length in enumerate(lengths):
        number = length - lengths[place - 2] if place > 2 else length
        while True:
            group = number & 0x1F
            number >>= 5
            is_last = number == (-1 if group & 0x10 else 0)
            characters.append(chr((group if is_last else group | 0x20) + _FIRST_CHARACTER))
            if is_last:
                break
    return "".join(characters)
