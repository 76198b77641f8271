"""Moving nodes of a pipeline file into a component of it and back, with their comments.

The lines of a node are moved as they stand; only what it refers to changes in them. Where that is not
possible (nodes in one line, aliases) nodes are written anew, with the references such as ``${vars.size}``
they had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import Conflict, InvalidPipeline
from netloom.core.identifiers import NodeId
from netloom.graph.component_edits import DissolveComponent, MakeComponent
from netloom.graph.graph import JSON, Component, Graph, Node
from netloom.graph.pipeline_file.document_text import node_entry
from netloom.graph.pipeline_file.provenance import Entry
from netloom.graph.pipeline_file.syntax_node import SyntaxNode
from netloom.graph.pipeline_file.text_splices import (
    Keys,
    content_of,
    is_written,
    with_key_renamed,
    with_value,
    without_value,
)
from netloom.graph.pipeline_file.yaml_syntax import parse_yaml
from netloom.graph.pipeline_file.yaml_writer import entry_lines, key_text

_INDENT = "  "


def component_made(
    text: str, edit: MakeComponent, *, before: Graph, after: Graph, inherited: Entry | None
) -> str:
    """The text with nodes moved into a component.

    Raises:
        Conflict: One of them comes from another file.
    """
    _require_own(inherited, *(("nodes", node) for node in edit.nodes))
    component = after.components[edit.name]
    text = _reconnected(text, before, after, skip={*edit.nodes, edit.node})
    for node in component.graph.nodes.values():
        text = _with_inputs(text, ("nodes", node.id), before[node.id], node)
    wanted = {node: _raw(text, ("nodes", node)) for node in component.graph.nodes}
    lines = [_lines_of_item(text, ("nodes", node)) for node in component.graph.nodes]
    entry = _component_entry(component, wanted)
    use = {"nodes": {edit.node: node_entry(after[edit.node])}}
    text = with_value(text, ("nodes", edit.node), use)
    for gone in edit.nodes:
        text = _without_item(text, ("nodes", gone))
        if is_written(text, ("layout", gone)):
            text = without_value(text, ("layout", gone))
    block = None if None in lines else _component_block(component, [each or [] for each in lines])
    return _with_component(text, edit.name, entry, block)


def component_dissolved(
    text: str, edit: DissolveComponent, *, before: Graph, after: Graph, inherited: Entry | None
) -> str:
    """The text with the nodes of a component in the place of a node that uses it.

    Raises:
        Conflict: The node comes from another file.
    """
    use = before[edit.node]
    path: Keys = ("components", use.operator)
    _require_own(inherited, ("nodes", edit.node))
    component = before.components[use.operator]
    moved = [
        _moved_out(text, (*path, "nodes", node.id), node, after[edit.names[node.id]], use)
        for node in component.graph.nodes.values()
    ]
    text = _reconnected(text, before, after, skip={edit.node, *edit.names.values()})
    for name, node in zip(edit.names.values(), moved, strict=True):
        text = _with_node(text, name, node)
    text = _without_item(text, ("nodes", edit.node))
    if is_written(text, ("layout", edit.node)):
        text = without_value(text, ("layout", edit.node))
    if use.operator not in after.components and is_written(text, path):
        only = len(_raw(text, ("components",))) == 1
        text = _without_item(text, path[:1] if only else path)
    return text


@dataclass(frozen=True, slots=True)
class _MovedNode:
    """A node on its way: what the text says of it, and its lines without indentation if they can be kept."""

    entry: JSON
    lines: list[str] | None


def _moved_out(text: str, path: Keys, inner: Node, outer: Node, use: Node) -> _MovedNode:
    """A node of a component as it is to be written outside."""
    entry = node_entry(outer)
    if not is_written(text, path):
        return _MovedNode(entry, None)
    raw, was = _raw(text, path), node_entry(inner)
    given = _raw(text, ("nodes", use.id)) if is_written(text, ("nodes", use.id)) else {}
    for key in entry:
        if key in raw and was.get(key) == entry[key]:
            entry[key] = raw[key]
        elif key in raw and isinstance(raw[key], str) and raw[key].startswith("${settings."):
            name = raw[key].removeprefix("${settings.").removesuffix("}")
            entry[key] = given.get(name, entry[key])
    for key in raw.keys() - entry.keys():
        text = without_value(text, (*path, key))
    whole = _nested(path, entry)
    for key, value in entry.items():
        if raw.get(key) != value or key not in raw:
            text = with_value(text, (*path, key), whole)
    if outer.id != inner.id:
        text = with_key_renamed(text, path, outer.id)
        path = (*path[:-1], outer.id)
    return _MovedNode(entry, _lines_of_item(text, path))


def _reconnected(text: str, before: Graph, after: Graph, *, skip: set[NodeId]) -> str:
    for node in after.nodes.values():
        if node.id not in skip:
            text = _with_inputs(text, ("nodes", node.id), before[node.id], node)
    return text


def _with_inputs(text: str, path: Keys, before: Node, after: Node) -> str:
    """Only what is connected changes."""
    entry = node_entry(after)
    for port, source in before.inputs.items():
        if port not in after.inputs:
            text = without_value(text, (*path, port))
        elif after.inputs[port] != source:
            text = with_value(text, (*path, port), _nested(path, entry))
    return text


def _component_entry(component: Component, nodes: Mapping[NodeId, JSON]) -> dict[str, JSON]:
    entry: dict[str, JSON] = {}
    if component.inputs:
        entry["inputs"] = {str(port): kind for port, kind in component.inputs.items()}
    entry["nodes"] = {str(node): value for node, value in nodes.items()}
    if component.outputs:
        entry["outputs"] = {str(port): str(ref) for port, ref in component.outputs.items()}
    return entry


def _component_block(component: Component, nodes: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a component at the left margin, around the lines of its nodes."""
    entry = _component_entry(component, {})
    lines = [f"{key_text(component.name)}:"]
    if "inputs" in entry:
        lines += entry_lines("inputs", entry["inputs"], indent=1)
    lines.append(f"{_INDENT}nodes:")
    lines += [_INDENT * 2 + line if line else "" for node in nodes for line in node]
    if "outputs" in entry:
        lines += entry_lines("outputs", entry["outputs"], indent=1)
    return lines


def _with_component(text: str, name: str, entry: JSON, block: Sequence[str] | None) -> str:
    written = with_value(text, ("components", name), {"components": {name: entry}})
    if block is None:
        return written
    lines = [_INDENT + line if line else "" for line in block]
    section = _item(text, ("components",))
    if section is None:
        nodes = _item(text, ("nodes",))
        assert nodes is not None
        start, _ = _span(text, nodes)
        kept = _inserted(text, start, ["components:", *lines, ""])
    elif section[1].kind == "mapping" and not section[1].flow and section[1].items:
        _, end = _span(text, section[1].items[-1])
        kept = _inserted(text, end, lines)
    else:
        return written
    return kept if _says(kept, content_of(written)) else written


def _with_node(text: str, name: NodeId, node: _MovedNode) -> str:
    written = with_value(text, ("nodes", name), {"nodes": {name: node.entry}})
    section = _item(text, ("nodes",))
    if node.lines is None or section is None or section[1].flow or not section[1].items:
        return written
    _, end = _span(text, section[1].items[-1])
    indent = " " * (section[1].items[0][0].column - 1)
    kept = _inserted(text, end, [indent + line if line else "" for line in node.lines])
    return kept if _says(kept, content_of(written)) else written


def _without_item(text: str, path: Keys) -> str:
    """Without an entry and the comment lines right above it."""
    written = without_value(text, path)
    item, holder = _item(text, path), _value(text, path[:-1])
    if item is None or holder is None or holder.flow or len(holder.items) < 2:
        return written
    start, end = _span(text, item)
    if text[:start].endswith("\n\n") and text[end : end + 1] == "\n":
        end += 1  # one blank line around what is gone is enough
    kept = text[:start] + text[end:]
    return kept if _says(kept, content_of(written)) else written


def _lines_of_item(text: str, path: Keys) -> list[str] | None:
    """The lines of an entry and its comment above, without indentation; None if it shares a line."""
    item, holder = _item(text, path), _value(text, path[:-1])
    if item is None or holder is None or holder.flow or holder.is_alias:
        return None
    start, end = _span(text, item)
    margin = item[0].column - 1
    lines = text[start:end].splitlines()
    if any(line[:margin].strip() for line in lines):
        return None
    return [line[margin:] for line in lines]


def _span(text: str, item: tuple[SyntaxNode, SyntaxNode]) -> tuple[int, int]:
    """From the comment lines right above an entry to the end of its last line."""
    key, value = item
    start = text.rfind("\n", 0, key.start) + 1
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        line = text[above : start - 1].strip()
        if not line.startswith("#"):
            break
        start = above
    end = text.find("\n", max(key.end, value.end))
    return start, len(text) if end < 0 else end + 1


def _inserted(text: str, position: int, lines: Sequence[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text[:position]
    if before and not before.endswith("\n"):
        before += newline
    return before + "".join(f"{line}{newline}" for line in lines) + text[position:]


def _says(text: str, content: JSON) -> bool:
    try:
        return bool(content_of(text) == content)
    except InvalidPipeline:
        return False


def _item(text: str, path: Keys) -> tuple[SyntaxNode, SyntaxNode] | None:
    holder = _value(text, path[:-1])
    return None if holder is None else holder.item(path[-1])


def _value(text: str, path: Keys) -> SyntaxNode | None:
    node = parse_yaml(text, file="")
    for step in path:
        item = node.item(step) if node is not None else None
        node = None if item is None else item[1]
    return node


def _raw(text: str, path: Keys) -> Any:
    """What the text itself says at a place, references unresolved."""
    value = content_of(text)
    for step in path:
        value = value[step]
    return value


def _nested(path: Keys, value: JSON) -> JSON:
    for step in reversed(path):
        value = {step: value}
    return value


def _require_own(inherited: Entry | None, *paths: Keys) -> None:
    for path in paths:
        origin = inherited.at(path) if inherited is not None else None
        if origin is not None:
            place = Place(node=path[-1], file=origin.origin.file, line=origin.origin.line)
            raise Conflict.of(
                f"the node {path[-1]!r} comes from {origin.origin}",
                code="D061",
                place=place,
                fix="Change it in that file",
            )
