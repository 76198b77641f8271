"""Numbers as files give them: not a number and infinity are none."""

from __future__ import annotations

from math import isfinite
from typing import Any


def finite(given: Any) -> float:
    """A number, or the text of one; whole numbers stay whole.

    Raises:
        ValueError: It is not a number, or infinite.
        TypeError: It is no number and no text.

    >>> finite("3.0") + finite(2.5)
    5.5
    """
    number = float(given)
    if not isfinite(number):
        raise ValueError("it is not a number, or infinite")
    return int(number) if number.is_integer() else number


def are_finite(numbers: list[Any]) -> bool:
    """Whether all of them are finite numbers; as quick as their sum.

    >>> sum(map(are_finite, [[1, 2.5], [1, float("nan")], [1, None], ["1", "2"]]))
    1
    """
    try:
        return isfinite(sum(numbers))
    except (TypeError, OverflowError):
        return False
