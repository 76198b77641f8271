"""Texts as numbers: which characters there are, and where each stands in the label space.

Texts are brought to normal form C of Unicode first, so that a letter with its accent is one character however
it was typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise


def normalised(text: str) -> str:
    r"""The text in normal form C.

    Example:
        >>> len(normalised("e\u0301"))
        1
    """
    return unicodedata.normalize("NFC", text)


def alphabet(texts: Iterable[str | None]) -> tuple[str, ...]:
    """All characters that occur, in the order of their code points.

    Example:
        >>> alphabet(["cab", None, "b 中"])
        (' ', 'a', 'b', 'c', '中')
    """
    return tuple(sorted({character for text in texts if text for character in normalised(text)}))


def places_in(labels: Sequence[str]) -> dict[str, int]:
    """Where each character stands.

    Example:
        >>> places_in(("a", "b"))["b"]
        1
    """
    return {label: place for place, label in enumerate(labels)}


def encoded(text: str, places: Mapping[str, int]) -> list[int]:
    """Places of the characters of a text; unknown ones are left out.

    Example:
        >>> encoded("bax", {"a": 0, "b": 1})
        [1, 0]
    """
    return [places[character] for character in normalised(text) if character in places]


def needed_steps(places: Sequence[int]) -> int:
    """Steps that a network needs for a text: one for each character, and one between equal neighbours.

    Example:
        >>> needed_steps([1, 1, 2])
        4
    """
    return len(places) + sum(a == b for a, b in pairwise(places))
