"""What became of each key of a configuration that was converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netloom.core.diagnostics import Place
from netloom.workspace.dlflow.hocon import Configuration

Became = Literal["mapped", "default", "not needed", "not supported"]
"""``default``: DLFlow's own value for a key that is not written, now said in the pipeline."""

ORDER: tuple[Became, ...] = ("not supported", "mapped", "default", "not needed")
"""What a reader has to act on comes first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one key.

    Attributes:
        key: Dotted, as in the configuration.
        says: Where it went, or why it went nowhere and what to do instead.
        place: File and line of the key; empty for what is not written there.
    """

    key: str
    became: Became
    says: str
    place: Place = field(default_factory=Place)

    def to_json(self) -> dict[str, Any]:
        """As a value for machines."""
        return {
            "key": self.key,
            "became": self.became,
            "says": self.says,
            "file": self.place.file,
            "line": self.place.line,
        }


class Ledger:
    """Collects outcomes while a configuration is converted, and finds the keys nobody has spoken for."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._outcomes: dict[str, Outcome] = {}

    def note(self, key: str, became: Became, says: str) -> None:
        """Say what became of a key and all below it. The first word about a key stays."""
        place = Place() if became == "default" else self._configuration.place(key)
        self._outcomes.setdefault(key, Outcome(key, became, says, place))

    def knows(self, key: str) -> bool:
        """Whether something was said about a key, or about one below it."""
        return any(known == key or known.startswith(f"{key}.") for known in self._outcomes)

    def mapped(self, key: str, says: str) -> None:
        """The key has its place in the pipeline."""
        self.note(key, "mapped", says)

    def default(self, key: str, says: str) -> None:
        """The key is not written; what DLFlow would have taken is in the pipeline."""
        self.note(key, "default", says)

    def not_needed(self, key: str, says: str) -> None:
        """Nothing has to be said in a pipeline."""
        self.note(key, "not needed", says)

    def not_supported(self, key: str, says: str) -> None:
        """Nothing in the pipeline stands for it; a person has to act."""
        self.note(key, "not supported", says)

    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of every key: what needs a person first, then in the order of the files."""
        for key in leaves(self._configuration.values):
            if not any(key == known or key.startswith(f"{known}.") for known in self._outcomes):
                self.not_supported(key, "DLFlow itself does not read this key; it is left out")
        return tuple(sorted(self._outcomes.values(), key=lambda found: ORDER.index(found.became)))


def leaves(value: Any, prefix: str = "") -> list[str]:
    """Dotted paths of all values below one. Lists are values, unless they hold mappings.

    >>> leaves({"a": {"b": 1, "c": {}}, "d": [2], "e": [{"f": 3}]})
    ['a.b', 'a.c', 'd', 'e.0.f']
    """
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        inner = list(enumerate(value))
    if not inner:
        return [prefix] if prefix else []
    start = f"{prefix}." if prefix else ""
    return [path for name, item in inner for path in leaves(item, f"{start}{name}")]
