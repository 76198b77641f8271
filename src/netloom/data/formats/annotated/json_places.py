"""Lines of the entries of a list in a JSON document, for problems that are found after it was parsed."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

_SPACE = re.compile(r"[\s,]*")
_LINE_END = re.compile(r"\n")


def lines_of_entries(text: str, key: str | None = None) -> list[int]:
    r"""The line at which each entry of the list begins; what cannot be told is missing at the end.

    Args:
        key: Name of the list in the document; None if the document is the list.

    >>> lines_of_entries('{"a": [\n{"x": 1},\n{"x": 2}]}', "a")
    [2, 3]
    """
    start = re.search(rf'"{key}"\s*:\s*\[' if key else r"\[", text)
    if start is None:
        return []
    ends = [found.start() for found in _LINE_END.finditer(text)]
    decoder = json.JSONDecoder()
    lines: list[int] = []
    place = start.end()
    while True:
        spaces = _SPACE.match(text, place)
        place = spaces.end() if spaces else place
        if place >= len(text) or text[place] == "]":
            return lines
        try:
            _, after = decoder.raw_decode(text, place)
        except ValueError:
            return lines
        lines.append(bisect_right(ends, place) + 1)
        place = after
