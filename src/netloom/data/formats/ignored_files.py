"""What a listing passed over, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_OF_ONE = {
    "are not images": "is not an image",
    "they are": "it is",
    "them": "it",
    "files": "file",
    "folders": "folder",
    "images": "image",
    "links": "link",
}
_OF_MANY = re.compile(r"\b(" + "|".join(_OF_ONE) + r")\b")


def numbered(ignored: Mapping[str, int]) -> Iterator[str]:
    """How many of each kind, in the order of the kinds' names.

    Args:
        ignored: Numbers by kind, kinds as said of several: ``files that are not images``.

    >>> list(numbered({"files that are not images": 1, "empty folders": 2}))
    ['2 empty folders', '1 file that is not an image']
    """
    for kind, number in sorted(ignored.items()):
        words = _OF_MANY.sub(lambda found: _OF_ONE[found[0]], kind) if number == 1 else kind
        yield f"{number} {words}"


def remarks_on_ignored(ignored: Mapping[str, int]) -> list[str]:
    """One remark for each kind."""
    return [f"ignored {what}" for what in numbered(ignored)]
