"""CRC-32C of many pieces at once, in NumPy: a few array operations for all records of a block."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed
_MASK_DELTA = 0xA282EAD8
_LONG = 4096
"""Longer records are cut, so that the number of steps stays small."""
_PIECE = 1024


def crc32c(data: bytes) -> int:
    """CRC-32C of one text of bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    import numpy as np

    found = crc32c_of_slices(np.frombuffer(data, np.uint8), np.array([0]), np.array([len(data)]))
    return int(found[0])


def masked(crc: Any) -> Any:
    """The form in which TFRecord files keep checksums; a number, or an array of uint32."""
    wide = crc.astype("uint64") if hasattr(crc, "astype") else crc
    turned = ((wide >> 15) | (wide << 17)) & 0xFFFFFFFF
    result = (turned + _MASK_DELTA) & 0xFFFFFFFF
    return result.astype("uint32") if hasattr(result, "astype") else result


def crc32c_of_slices(
    data: np.ndarray[Any, Any], starts: np.ndarray[Any, Any], lengths: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """CRC-32C of every slice ``data[start : start + length]``, as uint32.

    Args:
        data: Bytes as uint8.
    """
    import numpy as np

    result = np.empty(len(starts), np.uint32)
    is_long = lengths > _LONG
    short = np.flatnonzero(~is_long)
    ones = np.full(len(short), 0xFFFFFFFF, np.uint32)
    result[short] = ~_registers(data, starts[short], lengths[short], ones)
    for index in np.flatnonzero(is_long):
        result[index] = _crc_of_long(data, int(starts[index]), int(lengths[index]))
    return result


def _registers(
    data: np.ndarray[Any, Any],
    starts: np.ndarray[Any, Any],
    lengths: np.ndarray[Any, Any],
    initial: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """The registers after every slice; byte by byte, but for all slices at the same time."""
    import numpy as np

    table = _table()
    order = np.argsort(-lengths, kind="stable")
    places, left = starts[order], lengths[order]
    crc = initial[order]
    active = len(order)
    for step in range(int(left[0]) if len(left) else 0):
        while active and left[active - 1] <= step:
            active -= 1
        part = crc[:active]
        crc[:active] = table[(part ^ data[places[:active] + step]) & 0xFF] ^ (part >> np.uint32(8))
    result = np.empty_like(crc)
    result[order] = crc
    return result


def _crc_of_long(data: np.ndarray[Any, Any], start: int, length: int) -> int:
    """By pieces whose registers start at zero, joined: the register is linear in what was before."""
    import numpy as np

    first = length % _PIECE
    starts = np.arange(start + first, start + length, _PIECE)
    sizes = np.full(len(starts), _PIECE)
    pieces = _registers(data, starts, sizes, np.zeros(len(starts), np.uint32))
    ones = np.array([0xFFFFFFFF], np.uint32)
    crc = int(_registers(data, np.array([start]), np.array([first]), ones)[0])
    tables = _piece_of_zeros()
    for piece in pieces.tolist():
        shifted = 0
        for byte, table in enumerate(tables):
            shifted ^= table[(crc >> (8 * byte)) & 0xFF]
        crc = shifted ^ piece
    return crc ^ 0xFFFFFFFF


@lru_cache(maxsize=1)
def _table() -> np.ndarray[Any, Any]:
    import numpy as np

    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = np.where(crc & 1, (crc >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), crc >> np.uint32(1))
    return crc


@lru_cache(maxsize=1)
def _piece_of_zeros() -> list[list[int]]:
    """What a piece of zeros makes of a register, by the register's four bytes."""
    import numpy as np

    zeros = np.zeros(_PIECE, np.uint8)
    found = []
    for byte in range(4):
        registers = np.arange(256, dtype=np.uint32) << np.uint32(8 * byte)
        nothing = np.zeros(256, np.int64)
        after = _registers(zeros, nothing, np.full(256, _PIECE), registers)
        found.append(after.tolist())
    return found
