"""Cells of a table as JSON for people: short, and nothing that is different looks the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 200
_LARGEST_EXACT = 2**53
"""Up to here every whole number is one of double precision, which is all that JSON has in a browser."""
_DIGITS = 6


def cell_json(value: Any) -> Any:
    """A cell: null, a boolean, a finite number, or a text.

    Numbers that JSON has no way to write are texts, as are lists and maps.

    >>> (
    ...     cell_json(float("nan")),
    ...     cell_json(2**60),
    ...     cell_json([1.0, None, "a"]),
    ...     cell_json([("k", 0.5)]),
    ... )
    ('NaN', '1152921504606846976', '[1, null, "a"]', '{"k": 0.5}')
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _number_text(value)
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, bytes):
        return _cut(value[: LONGEST // 2 + 1].hex(" ")) if value else ""
    return _cut(_inner_text(value))


def _inner_text(value: Any) -> str:
    """Anything, as it stands in a list; no longer than needed to be cut."""
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping) or _is_map(value):
        pairs = value.items() if isinstance(value, Mapping) else value
        return _joined((f'"{key}": {_inner_text(item)}' for key, item in pairs), "{}")
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return _joined(map(_inner_text, value), "[]")
    return str(value)


def _is_map(value: Any) -> bool:
    """Arrow gives maps as lists of pairs; there is no other way to have a pair in a table."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], tuple)


def _joined(parts: Any, brackets: str) -> str:
    taken, length = [], 0
    for part in parts:
        taken.append(part)
        length += len(part) + 2
        if length > LONGEST:
            break
    return f"{brackets[0]}{', '.join(taken)}{brackets[1]}"


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return f"{number:.{_DIGITS}g}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
