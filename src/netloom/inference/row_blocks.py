"""Rows in blocks that are bounded by their bytes as well: some predictions are whole pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MOST_ROWS = 1024
MOST_BYTES = 32 << 20

_NUMBER_BYTES = 32
"""Of a number in Python and of the reference to it, or of anything else that is small."""


def blocks_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The rows one block after the other; a block ends with the row that makes it full.

    Example:
        >>> [len(block) for block in blocks_of({"text": "x" * (12 << 20)} for _ in range(5))]
        [3, 2]
    """
    block: list[Mapping[str, Any]] = []
    held = 0
    for row in rows:
        block.append(row)
        held += num_bytes(row)
        if len(block) >= MOST_ROWS or held >= MOST_BYTES:
            yield block
            block, held = [], 0
    if block:
        yield block


def num_bytes(value: Any) -> int:
    """About how much memory a value of JSON takes.

    Example:
        >>> num_bytes({"image": "0123456789", "size": [3, 4]})
        170
    """
    match value:
        case str() | bytes():
            return _NUMBER_BYTES + len(value)
        case Mapping():
            return sum(map(num_bytes, value.values()), _NUMBER_BYTES)
        case list() | tuple():
            return sum(map(num_bytes, value), _NUMBER_BYTES)
    return _NUMBER_BYTES
