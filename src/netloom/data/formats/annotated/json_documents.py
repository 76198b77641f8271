"""Long JSON documents, parsed several times as fast as the standard library does."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str) -> Any:
    """A document. What a stricter parser refuses, such as NaN, is left to the standard library.

    Raises:
        ValueError: It is no JSON; the message names the place.
        RecursionError: It is nested absurdly deep.

    >>> parse_json('{"a": [1, 2.5, NaN]}')
    {'a': [1, 2.5, nan]}
    """
    import msgspec

    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError):
        return json.loads(text)
