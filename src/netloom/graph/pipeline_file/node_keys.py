"""The reserved keys of a node: ``needs, retries, timeout_s, note, reuse, bypass``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.graph.operator import Needs
from netloom.graph.pipeline_file.provenance import JSON, Entry, Path, place_at


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """Values of the reserved keys; what is not set has its default."""

    needs: Mapping[str, JSON] | None = None
    retries: int = 0
    timeout_s: float | None = None
    note: str = ""
    reuse: str | None = None
    bypass: bool = False


def read_node_keys(node: Entry, path: Path) -> tuple[NodeKeys, list[Diagnostic]]:
    """The reserved keys of a node; bad ones are reported and left at their defaults."""
    values: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for key, expected in _EXPECTED.items():
        entry = node.fields.get(key)
        if entry is None or entry.value is None:
            continue
        value = entry.plain()
        found = (
            list(_needs_problems(entry, (*path, key)))
            if key == "needs"
            else _problems(key, value, expected, entry, (*path, key))
        )
        problems.extend(found)
        if not found:
            values[key] = value
    return NodeKeys(**values), problems


_EXPECTED = {
    "needs": "a mapping such as {cpus: 2, gpus: 1}",
    "retries": "a whole number from 0 on",
    "timeout_s": "a number of seconds above 0",
    "note": "text",
    "reuse": "an artifact or the output of a run, as text",
    "bypass": "true or false",
}


def _problems(key: str, value: JSON, expected: str, entry: Entry, path: Path) -> list[Diagnostic]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    accepted = {
        "retries": number and isinstance(value, int) and value >= 0,
        "timeout_s": number and value > 0,
        "note": isinstance(value, str),
        "reuse": isinstance(value, str),
        "bypass": isinstance(value, bool),
    }
    return [] if accepted[key] else [_bad_key(key, entry, path, expected, repr(value))]


def _needs_problems(entry: Entry, path: Path) -> Iterator[Diagnostic]:
    if not entry.is_mapping:
        yield _bad_key("needs", entry, path, _EXPECTED["needs"], repr(entry.plain()))
        return
    try:
        Needs.model_validate(entry.plain())
    except ValidationError as error:
        # A union reports once for each of its members; one message for each key is enough.
        first = {problem["loc"][:1]: problem for problem in reversed(error.errors())}
        for problem in reversed(first.values()):
            steps = tuple(str(step) for step in problem["loc"])
            name = steps[0]
            fix = did_you_mean(name, Needs.model_fields)
            if problem["type"] == "extra_forbidden":
                message = f"needs has no key {name!r}"
                fix = fix or f"Keys: {', '.join(Needs.model_fields)}"
            else:
                message, fix = f"needs.{name}: {problem['msg']}", None
            where = entry.nearest(steps)
            yield Diagnostic(
                code="G113",
                message=message,
                place=place_at((*path, name), where.origin),
                got=repr(where.plain()),
                fix=fix,
            )


def _bad_key(key: str, entry: Entry, path: Path, expected: str, got: str) -> Diagnostic:
    return Diagnostic(
        code="G113",
        message=f"{key} cannot have this value",
        place=place_at(path, entry.origin),
        expected=expected,
        got=got,
    )
