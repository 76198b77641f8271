"""Writing YAML: flow style while a line is short, block style beyond that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netloom.graph.pipeline_file.provenance import JSON
from netloom.graph.pipeline_file.yaml_scalars import text_of_scalar

LINE_LENGTH = 100
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Raw:
    """YAML that is written as it stands, such as ``!remove``."""

    text: str


def flow_text(value: JSON) -> str:
    """One line of YAML for a value: ``{op: data.split, valid: 0.1}``."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Mapping):
        items = (f"{key_text(key)}: {flow_text(inner)}" for key, inner in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow_text(inner) for inner in value) + "]"
    return text_of_scalar(value)


def key_text(key: str) -> str:
    """A key as YAML; quoted if it would not read back as the same text."""
    text = text_of_scalar(key)
    return text if key != "<<" else '"<<"'


def entry_lines(key: str, value: JSON, *, indent: int = 0, width: int = 0) -> list[str]:
    """Lines for ``key: value`` in a block mapping.

    Args:
        indent: Level of the key, two spaces each.
        width: Pads the key with its colon to this many characters, to align a column of values.
    """
    prefix = _INDENT * indent
    head = f"{key_text(key)}:"
    line = f"{prefix}{head.ljust(width)} {flow_text(value)}"
    if len(line) <= LINE_LENGTH or not _can_be_block(value):
        return [line]
    if isinstance(value, Mapping):
        inner = [entry_lines(name, item, indent=indent + 1) for name, item in value.items()]
        return [prefix + head, *(line for lines in inner for line in lines)]
    return [prefix + head, *(f"{prefix}{_INDENT}- {flow_text(item)}" for item in value)]


def section_lines(name: str, entries: Mapping[str, JSON], *, indent: int = 0) -> list[str]:
    """Lines for a mapping of short entries with their values aligned in a column."""
    heads = [len(key_text(key)) + 1 for key in entries]
    width = max((head for head in heads if head <= 16), default=0)
    lines = [f"{_INDENT * indent}{key_text(name)}:"]
    for key, value in entries.items():
        lines += entry_lines(key, value, indent=indent + 1, width=width)
    return lines


def _can_be_block(value: JSON) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(value)
