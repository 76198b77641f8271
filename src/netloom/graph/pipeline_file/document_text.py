"""Writing a graph as a pipeline file."""

from __future__ import annotations

from collections.abc import Mapping

from netloom.graph.graph import JSON, REQUIRED, Component, Graph, Input, Node
from netloom.graph.pipeline_file.document import FORMAT
from netloom.graph.pipeline_file.resolution import TEMPLATE_KEY
from netloom.graph.pipeline_file.yaml_writer import Raw, entry_lines, key_text, section_lines
from netloom.graph.references import escaped


def document_from_graph(
    graph: Graph,
    name: str,
    *,
    description: str = "",
    vars: Mapping[str, JSON] | None = None,
    layout: Mapping[str, JSON] | None = None,
) -> str:
    """A tidy pipeline file that describes ``graph``; reading it gives an equal graph.

    Args:
        vars: Variables to write along; the graph's values no longer refer to them.
        layout: Canvas positions by node id.
    """
    lines = [f"netloom: {FORMAT}", *entry_lines("name", escaped(name))]
    if description:
        lines += entry_lines("description", escaped(description))
    if vars:
        lines += entry_lines("vars", file_value(vars))
    if graph.components:
        lines += ["", "components:"]
        for component in graph.components.values():
            lines += _component_lines(component, indent=1)
    lines += ["", *_node_lines(graph, indent=0)]
    if layout:
        lines += ["", *section_lines("layout", layout)]
    return "\n".join(lines) + "\n"


def node_entry(node: Node) -> dict[str, JSON]:
    """What a file says about a node: operator, inputs, settings, then the reserved keys."""
    entry: dict[str, JSON] = {"op": str(node.operator)}
    for port, source in node.inputs.items():
        entry[port] = input_value(source)
    for setting, value in node.settings.items():
        entry[setting] = file_value(value)
    optional = {
        "needs": file_value(node.needs) if node.needs is not None else None,
        "retries": node.retries or None,
        "timeout_s": node.timeout_s,
        "note": escaped(node.note) if node.note else None,
        "reuse": escaped(node.reuse) if node.reuse is not None else None,
        "bypass": node.bypass or None,
    }
    return entry | {key: value for key, value in optional.items() if value is not None}


def input_value(source: Input) -> JSON:
    """A connection as a file says it: ``fit.model``, or a list of them."""
    return [str(ref) for ref in source] if isinstance(source, tuple) else str(source)


def file_value(value: JSON) -> JSON:
    """A value as a file says it: literal ``${`` escaped, templates as the text they stand for."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, Mapping):
        if set(value) == {TEMPLATE_KEY}:
            return value[TEMPLATE_KEY]
        return {key: file_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [file_value(inner) for inner in value]
    return value


def _node_lines(graph: Graph, *, indent: int) -> list[str]:
    if not graph.nodes:
        return ["  " * indent + "nodes: {}"]
    entries = {str(node.id): node_entry(node) for node in graph.nodes.values()}
    return section_lines("nodes", entries, indent=indent)


def _component_lines(component: Component, *, indent: int) -> list[str]:
    prefix = "  " * (indent + 1)
    lines = ["  " * indent + f"{key_text(component.name)}:"]
    if component.help:
        lines += entry_lines("description", escaped(component.help), indent=indent + 1)
    if component.inputs:
        inputs = {port: str(kind) for port, kind in component.inputs.items()}
        lines += entry_lines("inputs", inputs, indent=indent + 1)
    if component.settings:
        defaults = {
            key: Raw("!required") if value == REQUIRED else file_value(value)
            for key, value in component.settings.items()
        }
        lines += entry_lines("settings", defaults, indent=indent + 1)
    if component.graph.components:
        lines.append(f"{prefix}components:")
        for inner in component.graph.components.values():
            lines += _component_lines(inner, indent=indent + 2)
    lines += _node_lines(component.graph, indent=indent + 1)
    if component.outputs:
        outputs = {port: str(ref) for port, ref in component.outputs.items()}
        lines += entry_lines("outputs", outputs, indent=indent + 1)
    return lines
