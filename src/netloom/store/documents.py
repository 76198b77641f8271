"""JSON documents in text columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from netloom.core.diagnostics import Diagnostic


def dump(value: Any) -> str:
    """Compact JSON text, pure ASCII, so that any string fits any database.

    Mappings of every kind and dataclasses are accepted.

    Raises:
        TypeError: The value holds something JSON cannot express.
    """
    return json.dumps(value, separators=(",", ":"), default=_plain)


def load(text: str) -> Any:
    """Inverse of :func:`dump`."""
    return json.loads(text)


def load_optional(text: str | None) -> Any:
    """Inverse of :func:`dump` for a column that may be empty."""
    return None if text is None else json.loads(text)


class StoredDocument(Mapping[str, Any]):
    """A JSON object that is parsed when it is first looked into.

    Listing a thousand runs would otherwise spend its time on a thousand graphs nobody looks at.
    """

    __slots__ = ("_parsed", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._parsed: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        return self._document[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __repr__(self) -> str:
        return f"StoredDocument({self._text!r})"

    @property
    def _document(self) -> dict[str, Any]:
        if self._parsed is None:
            self._parsed = json.loads(self._text)
        return self._parsed


def _plain(value: Any) -> Any:
    if isinstance(value, Diagnostic):
        return value.to_json()
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
