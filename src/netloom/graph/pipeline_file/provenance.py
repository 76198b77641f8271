"""Provenance: every value of a layered document with where it was written and what it replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from netloom.core.diagnostics import Place

JSON = Any
"""A value that JSON can express."""

Path = tuple[str | int, ...]
"""Where a value is in a document: ``("nodes", "fit", "epochs")``."""

Tag = Literal["", "!remove", "!replace", "!required"]
"""What an author can say about a value besides the value itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a value.

    Attributes:
        layer: The file as the user named it, or the flag itself: ``--set fit.epochs=20``.
        file: None for values that were not written in a file.
        line: 1-based.
        column: 1-based.
    """

    layer: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else self.layer


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a document: a scalar, a mapping of entries or a tuple of entries.

    Attributes:
        origin: Where its key is written (list elements: where the value is).
        overridden: What lower layers said at the same path, nearest layer first.
    """

    value: JSON
    origin: Origin
    tag: Tag = ""
    overridden: tuple[Entry, ...] = ()

    @property
    def is_mapping(self) -> bool:
        """Whether ``value`` maps keys to entries."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether ``value`` is a tuple of entries."""
        return isinstance(self.value, tuple)

    @property
    def fields(self) -> Mapping[str, Entry]:
        """Entries of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> JSON:
        """The value alone, as JSON."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, tuple):
            return [entry.plain() for entry in self.value]
        return self.value

    def at(self, path: Path) -> Entry | None:
        """The entry at a path below this one, if there is one."""
        entry: Entry | None = self
        for step in path:
            if entry is None:
                return None
            if isinstance(entry.value, dict):
                entry = entry.value.get(str(step))
            elif isinstance(entry.value, tuple) and str(step).isdigit():
                index = int(step)
                entry = entry.value[index] if index < len(entry.value) else None
            else:
                return None
        return entry

    def nearest(self, path: Path) -> Entry:
        """The entry at the longest prefix of ``path`` that exists."""
        for length in range(len(path), 0, -1):
            found = self.at(path[:length])
            if found is not None:
                return found
        return self

    def leaves(self, path: Path = ()) -> Iterator[tuple[Path, Entry]]:
        """Scalars and empty collections with their paths, in the order of the document."""
        if self.value and isinstance(self.value, dict):
            for key, entry in self.value.items():
                yield from entry.leaves((*path, key))
        elif self.value and isinstance(self.value, tuple):
            for index, entry in enumerate(self.value):
                yield from entry.leaves((*path, index))
        else:
            yield path, self

    def with_value(self, value: JSON) -> Entry:
        """This entry with another value, written at the same place."""
        return replace(self, value=value)


def entry_of(value: JSON, origin: Origin) -> Entry:
    """A plain JSON value as entries that all have one origin."""
    if isinstance(value, Mapping):
        return Entry({str(key): entry_of(inner, origin) for key, inner in value.items()}, origin)
    if isinstance(value, list | tuple):
        return Entry(tuple(entry_of(inner, origin) for inner in value), origin)
    return Entry(value, origin)


def path_text(path: Path) -> str:
    """A path for people: ``nodes.fit.crops[0]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def place_at(path: Path, origin: Origin) -> Place:
    """The place of a value, with node and setting if the path leads into a node."""
    names = [str(step) for step in path]
    node = setting = None
    if names[:1] == ["components"] and "nodes" in names[2:3] and len(names) > 3:
        node, setting = f"{names[1]}/{names[3]}", ".".join(names[4:]) or None
    elif names[:1] == ["nodes"] and len(names) > 1:
        node, setting = names[1], ".".join(names[2:]) or None
    file = origin.file or origin.layer
    return Place(node=node, setting=setting, file=file, line=origin.line, column=origin.column)
