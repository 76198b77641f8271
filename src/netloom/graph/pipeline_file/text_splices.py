"""Changing single values of a YAML text without touching anything else in it.

A splice replaces the span of one value (or adds or removes one line or one item), so comments, order,
alignment and quoting elsewhere stay byte for byte. Every splice is verified: the new text must say exactly
what the old one said with that one change, or it is refused (aliases and merge keys can make one span mean
several values).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from netloom.core.errors import Conflict, InvalidPipeline, NetloomError
from netloom.graph.pipeline_file.provenance import JSON, Entry, path_text
from netloom.graph.pipeline_file.syntax_node import SyntaxNode
from netloom.graph.pipeline_file.yaml_entries import read_entries
from netloom.graph.pipeline_file.yaml_syntax import parse_yaml
from netloom.graph.pipeline_file.yaml_writer import (
    Raw,
    entry_lines,
    flow_text,
    key_text,
    section_lines,
)

Keys = tuple[str, ...]

_GONE: Any = object()


@dataclass(frozen=True, slots=True)
class _Splice:
    """``text[start:end]`` becomes ``new``; the value at ``path`` becomes ``value``."""

    start: int
    end: int
    new: str
    path: Keys
    value: JSON


def with_value(text: str, path: Keys, whole: JSON) -> str:
    """The text with the value at ``path`` set.

    Args:
        whole: The complete document as it shall be, as far as ``path`` goes; when a part of the path is not
            written as a mapping (a reference, an alias), that part is written out from here.

    Raises:
        Conflict: The place cannot be changed without changing others.
    """
    root = parse_yaml(text, file="")
    if root is None:
        lines = _lines_for(path[0], _value_at(whole, path[:1]), is_section=True)
        return text + "\n".join(lines) + "\n"
    return _spliced(text, _setting(text, root, path, whole))


def with_values(text: str, changes: Sequence[tuple[Keys, JSON]]) -> str:
    """As :func:`with_value` for one path after the other; verified once if they stand apart.

    Raises:
        Conflict: A place cannot be changed without changing others.
    """
    root = parse_yaml(text, file="")
    if root is not None:
        splices = [_setting(text, root, path, whole) for path, whole in changes]
        splices.sort(key=lambda splice: splice.start)
        if all(one.end < following.start for one, following in pairwise(splices)):
            return _spliced(text, *splices)
    for path, whole in changes:
        text = with_value(text, path, whole)
    return text


def without_value(text: str, path: Keys) -> str:
    """The text with the entry at ``path`` removed.

    Raises:
        Conflict: It is not written in this text, or only through an alias or merge key.
    """
    root = parse_yaml(text, file="")
    holder, parents = _holder(root, path)
    if holder is None or holder.item(path[-1]) is None:
        raise _refused(path)
    return _spliced(text, _removal(text, holder, parents, path))


def with_key_renamed(text: str, path: Keys, new: str) -> str:
    """The text with the last key of ``path`` renamed; values stay aligned if they were.

    Raises:
        Conflict: It is not written in this text.
    """
    holder, _ = _holder(parse_yaml(text, file=""), path)
    item = holder.item(path[-1]) if holder is not None else None
    if holder is None or item is None:
        raise _refused(path)
    key, value = item
    written = key_text(new)
    end = key.end
    column = _value_column(holder)
    if column is not None and value.line == key.line and ":" in text[key.end : value.start]:
        end = value.start
        written = f"{written}:".ljust(column - key.column - 1) + " "
    return text[: key.start] + written + text[end:]


def is_written(text: str, path: Keys) -> bool:
    """Whether the text itself has an entry at ``path``."""
    holder, _ = _holder(parse_yaml(text, file=""), path)
    return holder is not None and holder.item(path[-1]) is not None


def _setting(text: str, root: SyntaxNode, path: Keys, whole: JSON) -> _Splice:
    holder = root
    for depth, step in enumerate(path, start=1):
        item = holder.item(step)
        if item is None:
            return _insertion(text, holder, path[:depth], _nested(path[depth:], whole, path))
        key, value = item
        is_last = depth == len(path) or (depth == 1 and not value.items and not root.flow)
        if is_last or value.kind != "mapping" or value.is_alias or value.tag == "!remove":
            new = _value_at(whole, path[:depth])
            return _replacement(text, key, value, path[:depth], new)
        holder = value
    raise AssertionError("a path has at least one step")


def _replacement(text: str, key: SyntaxNode, value: SyntaxNode, path: Keys, new: JSON) -> _Splice:
    is_empty = value.start == value.end or (value.flow and not value.items + value.elements)
    written = f" {flow_text(new)}"
    if len(path) == 1 and is_empty and new and text[key.start - 1 : key.start] in ("", "\n"):
        # A section that was empty gets its first entries: one line for each.
        lines = _lines_for(path[0], new, is_section=True)[1:]
        written = "".join(f"{_newline(text)}{line}" for line in lines)
    elif not is_empty and (value.kind == "scalar" or value.flow or value.is_alias):
        return _Splice(value.start, value.end, flow_text(new), path, new)
    colon = text.index(":", key.end)
    end = colon + 1 if value.start == value.end else value.end
    return _Splice(colon + 1, end, written, path, new)


def _insertion(text: str, holder: SyntaxNode, path: Keys, value: JSON) -> _Splice:
    key = path[-1]
    if holder.flow:
        written = f"{key_text(key)}: {flow_text(value)}"
        if not holder.items:
            return _Splice(holder.end - 1, holder.end - 1, written, path, value)
        end = _item_end(holder.items[-1])
        return _Splice(end, end, f", {written}", path, value)
    newline = _newline(text)
    first = holder.items[0][0]
    indent = " " * (first.column - 1)
    column = _value_column(holder)
    width = column - first.column - 1 if column is not None else 0
    lines = _lines_for(key, value, is_section=len(path) == 1, width=width)
    position = _end_of_line(text, _item_end(holder.items[-1]))
    written = "".join(f"{newline}{indent}{line}" for line in lines)
    return _Splice(position, position, written, path, value)


def _removal(text: str, holder: SyntaxNode, parents: list[SyntaxNode], path: Keys) -> _Splice:
    index = [key.text for key, _ in holder.items].index(path[-1])
    item = holder.items[index]
    if len(holder.items) == 1 and not holder.flow and len(path) > 1:
        above = parents[-1].item(path[-2])
        assert above is not None
        return _replacement(text, *above, path[:-1], {})
    if holder.flow:
        if index > 0:
            return _Splice(_item_end(holder.items[index - 1]), _item_end(item), "", path, _GONE)
        following = holder.items[1][0].start if len(holder.items) > 1 else _item_end(item)
        return _Splice(item[0].start, following, "", path, _GONE)
    start = text.rfind("\n", 0, item[0].start) + 1
    end = _end_of_line(text, _item_end(item))
    end = text.find("\n", end) + 1 or len(text)
    return _Splice(start, end, "", path, _GONE)


def _spliced(text: str, *splices: _Splice) -> str:
    """The text with splices that are in the order of the text and do not touch."""
    changed, expected = text, content_of(text)
    for splice in reversed(splices):
        changed = changed[: splice.start] + splice.new + changed[splice.end :]
        expected = _changed(expected, splice.path, splice.value)
    try:
        if content_of(changed) == expected:
            return changed
    except InvalidPipeline:
        pass  # an anchor went missing, for instance: refused below
    raise _refused(splices[0].path)


@lru_cache(maxsize=2)
def content_of(text: str) -> JSON:
    """What a text says. Not to be changed: the next edit starts from what this one was verified with."""
    entry = read_entries(text, layer="", file="")
    return {} if entry is None else _tagged(entry)


def _tagged(entry: Entry) -> JSON:
    if entry.tag == "!remove":
        return Raw(entry.tag)
    if entry.is_mapping:
        return {key: _tagged(inner) for key, inner in entry.fields.items()}
    if entry.is_list:
        return [_tagged(inner) for inner in entry.value]
    return entry.value


def _changed(content: JSON, path: Keys, value: JSON) -> JSON:
    key, rest = path[0], path[1:]
    changed = dict(content)
    if rest:
        changed[key] = _changed(content[key], rest, value)
    elif value is _GONE:
        del changed[key]
    else:
        changed[key] = value
    return changed


def _holder(root: SyntaxNode | None, path: Keys) -> tuple[SyntaxNode | None, list[SyntaxNode]]:
    """The mapping that would hold the last key of ``path``, and the mappings above it."""
    parents: list[SyntaxNode] = []
    holder = root
    for step in path[:-1]:
        item = holder.item(step) if holder is not None else None
        if holder is None or item is None or item[1].is_alias:
            return None, parents
        parents.append(holder)
        holder = item[1]
    return holder, parents


def _lines_for(key: str, value: JSON, *, is_section: bool, width: int = 0) -> list[str]:
    if is_section and isinstance(value, Mapping) and value:
        return section_lines(key, value)
    return entry_lines(key, value, width=width)


def _value_column(holder: SyntaxNode) -> int | None:
    """The column at which all values of a block mapping start, if they are aligned."""
    columns = {value.column for key, value in holder.items if value.line == key.line}
    return columns.pop() if len(columns) == 1 and len(holder.items) > 1 else None


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _item_end(item: tuple[SyntaxNode, SyntaxNode]) -> int:
    return max(item[0].end, item[1].end)


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" else end


def _nested(rest: Keys, whole: JSON, path: Keys) -> JSON:
    """``whole`` at ``path``, wrapped in mappings for the steps in ``rest``."""
    value = _value_at(whole, path)
    for step in reversed(rest):
        value = {step: value}
    return value


def _value_at(whole: JSON, path: Keys) -> JSON:
    for step in path:
        whole = whole[step]
    return whole


def _refused(path: Keys) -> NetloomError:
    return Conflict.of(
        f"{path_text(path)} cannot be changed here on its own: an alias, an anchor or a merge key "
        "shares it with another place",
        code="D060",
        fix="Change it in the file by hand",
    )
