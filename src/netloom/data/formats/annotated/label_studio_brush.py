"""Brush strokes of Label Studio: levels of a picture's four channels as packed runs of bits.

The packed form begins with the number of levels (32 bits), the bits of a level less one (5), and the bits,
less one, of four kinds of run lengths (4 each). Then come runs: a bit that says whether one level is
repeated, two bits for the kind of length, the length less one, and the level, or all levels of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_LENGTH_BITS = (3, 4, 8, 16)
_MOST_LEVELS = 1 << 29


def mask_of_brush(packed: Sequence[int], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels that a brush has touched: bool of shape (H, W).

    Raises:
        ValueError: It ends too early, or holds another number of levels than the picture has.
    """
    width, height = size
    try:
        bits = _Bits(np.frombuffer(bytes(packed), np.uint8))
        count, level_bits = bits.take(32), bits.take(5) + 1
        if count != width * height * 4 or count > _MOST_LEVELS:
            raise OverflowError(f"{count} levels")
        length_bits = [bits.take(4) + 1 for _ in range(4)]
        levels = np.zeros(count, np.uint8)
        place = 0
        while place < count:
            is_repeated = bits.take(1)
            end = place + 1 + bits.take(length_bits[bits.take(2)])
            if is_repeated:
                levels[place:end] = bits.take(level_bits)
            else:
                levels[place:end] = [bits.take(level_bits) for _ in range(min(end, count) - place)]
            place = end
    except (IndexError, TypeError, ValueError, OverflowError) as error:
        reason = f"its brush strokes fill no picture of {width} × {height} pixels"
        raise ValueError(reason) from error
    return levels.reshape(height, width, 4)[:, :, 3] > 0


def brush_of_mask(mask_HW: NDArray[np.bool_]) -> list[int]:
    """Inverse of :func:`mask_of_brush`.

    >>> mask = np.array([[1, 0, 1], [0, 0, 1]], bool)
    >>> int((mask_of_brush(brush_of_mask(mask), (3, 2)) == mask).sum())
    6
    """
    levels = np.repeat(mask_HW.reshape(-1), 4)
    written = [f"{len(levels):032b}", f"{7:05b}", *(f"{bits - 1:04b}" for bits in _LENGTH_BITS)]
    borders = np.concatenate([[0], np.flatnonzero(np.diff(levels)) + 1, [len(levels)]]).tolist()
    for start, end in pairwise(borders):
        level = f"{255 if levels[start] else 0:08b}"
        while start < end:
            length = min(end - start, 1 << _LENGTH_BITS[-1])
            kind = next(k for k, bits in enumerate(_LENGTH_BITS) if length <= 1 << bits)
            written += ["1", f"{kind:02b}", f"{length - 1:0{_LENGTH_BITS[kind]}b}", level]
            start += length  # noqa: PLW2901 - the rest of the run
    text = "".join(written)
    text += "0" * (-len(text) % 8)
    return [int(text[place : place + 8], 2) for place in range(0, len(text), 8)]


class _Bits:
    """Reads numbers of any length from bytes, the highest bit first."""

    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._bits = np.unpackbits(content)
        self._place = 0

    def take(self, count: int) -> int:
        end = self._place + count
        if end > len(self._bits):
            raise IndexError("there are no more bits")
        found = 0
        for bit in self._bits[self._place : end].tolist():
            found = found << 1 | bit
        self._place = end
        return found
