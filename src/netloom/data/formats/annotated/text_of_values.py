"""Attributes of objects as texts, whatever JSON value they were."""

from __future__ import annotations

import json
from typing import Any


def attributes_of(given: Any) -> dict[str, str]:
    """Attributes as texts; what is no object has none.

    >>> len(attributes_of({"breed": "corgi", "age": 3, "tags": ["a"], "mother": None}))
    3
    """
    if not isinstance(given, dict):
        return {}
    return {
        str(name): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in given.items()
        if value is not None
    }
