"""Merging layers of a document: mappings recursively, everything else replaced.

Two exceptions keep settings of one thing from leaking into another: a mapping whose ``op`` changes (a node
that becomes another operator) or whose ``type`` changes (another kind of backbone, optimizer …) replaces
the lower one whole, except for what does not belong to the operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.graph.operator import RESERVED_KEYS
from netloom.graph.pipeline_file.provenance import Entry, Path, path_text, place_at


def merge(lower: Entry, upper: Entry) -> tuple[Entry, list[Diagnostic]]:
    """Lay ``upper`` over ``lower``; what it replaces stays in ``overridden``."""
    problems: list[Diagnostic] = []
    return _merged(lower, upper, (), problems), problems


def without_tags(entry: Entry, path: Path = ()) -> Iterator[Diagnostic]:
    """Report ``!remove`` and ``!required`` where they have nothing to act on."""
    if entry.tag == "!remove":
        yield _nothing_to_remove(entry, path, ())
    in_component_settings = len(path) >= 2 and path[-2] == "settings" and "components" in path
    if entry.tag == "!required" and not in_component_settings:
        yield Diagnostic(
            code="D006",
            message="!required is for the settings of a component",
            place=place_at(path, entry.origin),
        )
    for key, inner in entry.fields.items():
        yield from without_tags(inner, (*path, key))
    for index, inner in enumerate(entry.value if entry.is_list else ()):
        yield from without_tags(inner, (*path, index))


def _merged(lower: Entry, upper: Entry, path: Path, problems: list[Diagnostic]) -> Entry:
    history = (lower, *lower.overridden)
    if not (lower.is_mapping and upper.is_mapping) or upper.tag == "!replace":
        return replace(upper, tag="", overridden=history) if upper.tag != "!required" else upper
    fields = dict(_kept_fields(lower, upper, path))
    for key, inner in upper.fields.items():
        if inner.tag == "!remove":
            if key not in lower.fields:
                problems.append(_nothing_to_remove(inner, (*path, key), tuple(lower.fields)))
            fields.pop(key, None)
        elif key in fields:
            fields[key] = _merged(fields[key], inner, (*path, key), problems)
        else:
            fields[key] = inner
    return Entry(fields, lower.origin, lower.tag, lower.overridden)


def _kept_fields(lower: Entry, upper: Entry, path: Path) -> Iterator[tuple[str, Entry]]:
    """Fields of ``lower`` that survive under ``upper``."""
    key = _discriminator(path)
    changed = key is not None and _differs(lower, upper, key)
    for name, entry in lower.fields.items():
        # Another operator has other ports and settings, but the node keeps its needs and its note.
        if not changed or name == key or (key == "op" and name in RESERVED_KEYS):
            yield name, entry


def _discriminator(path: Path) -> str | None:
    """The key that decides what the other keys of the mapping at ``path`` mean."""
    while path[:1] == ("components",):
        path = path[2:]
    if path[:1] == ("nodes",) and len(path) == 2:
        return "op"
    if path[:1] in (("nodes",), ("vars",), ("settings",)) and len(path) >= 2:
        return "type"
    return None


def _differs(lower: Entry, upper: Entry, key: str) -> bool:
    if key not in lower.fields or key not in upper.fields:
        return False
    old, new = lower.fields[key].value, upper.fields[key].value
    return isinstance(old, str) and isinstance(new, str) and old != new


def _nothing_to_remove(entry: Entry, path: Path, known: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        code="D012",
        message=f"!remove: there is no {path_text(path)} in the layers below",
        place=place_at(path, entry.origin),
        fix=did_you_mean(str(path[-1]) if path else "", known) or "Delete this line",
    )
