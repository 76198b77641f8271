"""Edits of a graph, as values: the same edit changes a graph and the file it came from.

Editing a value that a lower layer wrote (``extends``) puts the new value into the edited file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from netloom.core.diagnostics import Place, did_you_mean
from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import NODE_ID_PATTERN, NodeId, PortName
from netloom.graph.component_edits import (
    DissolveComponent,
    MakeComponent,
    with_component,
    without_component,
)
from netloom.graph.graph import JSON, Graph, Input, Node, OutputRef


@dataclass(frozen=True, slots=True)
class AddNode:
    """Add a node; its id must be free."""

    node: Node


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Remove a node and every connection from it."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class RenameNode:
    """Change a node's id; connections follow."""

    node: NodeId
    new: NodeId


@dataclass(frozen=True, slots=True)
class SetSetting:
    """Give a setting a value.

    Attributes:
        setting: Dotted for a value inside a structured setting: ``backbone.depth``.
        value: JSON; ``{"$template": "${vars.size}"}`` writes a reference instead of literal text.
    """

    node: NodeId
    setting: str
    value: JSON


@dataclass(frozen=True, slots=True)
class ResetSetting:
    """Return a setting to its default."""

    node: NodeId
    setting: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect an output to an input port.

    Attributes:
        many: The port takes several connections: add this one behind those it has.
    """

    source: OutputRef
    node: NodeId
    port: PortName
    many: bool = False


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Disconnect an input port, or one of its several connections."""

    node: NodeId
    port: PortName
    source: OutputRef | None = None


@dataclass(frozen=True, slots=True)
class SetNodeKey:
    """Set ``needs``, ``retries``, ``timeout_s``, ``note``, ``reuse`` or ``bypass``; None for the default."""

    node: NodeId
    key: str
    value: JSON


@dataclass(frozen=True, slots=True)
class MoveNode:
    """Put a node somewhere else on the canvas; the graph does not change."""

    node: NodeId
    x: float
    y: float


CanvasSection = Literal["groups", "notes", "collapsed", "sizes"]


@dataclass(frozen=True, slots=True)
class SetCanvas:
    """Keep something the canvas shows besides nodes and connections; the graph does not change.

    Attributes:
        id: Of the group or note; for ``collapsed`` and ``sizes`` the id of a node.
        value: JSON; None takes it away.
    """

    section: CanvasSection
    id: str
    value: JSON


GraphEdit = (
    AddNode
    | RemoveNode
    | RenameNode
    | SetSetting
    | ResetSetting
    | Connect
    | Disconnect
    | SetNodeKey
    | MoveNode
    | SetCanvas
    | MakeComponent
    | DissolveComponent
)

_KEY_DEFAULTS: dict[str, Any] = {
    "needs": None,
    "retries": 0,
    "timeout_s": None,
    "note": "",
    "reuse": None,
    "bypass": False,
}


def apply_edit(graph: Graph, edit: GraphEdit) -> Graph:
    """The graph after an edit.

    Raises:
        NotFound: The edit names a node or connection that does not exist.
        Conflict: A new node id is taken or malformed, or a component cannot be made or dissolved.
    """
    if isinstance(edit, AddNode):
        _require_free(graph, edit.node.id)
        return graph.with_node(edit.node)
    if isinstance(edit, SetCanvas):
        return graph
    if isinstance(edit, MakeComponent):
        return with_component(graph, edit)
    if isinstance(edit, DissolveComponent):
        return without_component(graph, edit)
    node = _existing(graph, edit.node)
    if isinstance(edit, RenameNode):
        if edit.new != edit.node:
            _require_free(graph, edit.new)
        return graph.with_node_renamed(edit.node, edit.new)
    if isinstance(edit, RemoveNode):
        return graph.without_node(edit.node)
    if isinstance(edit, MoveNode):
        return graph
    change: Callable[[Node, Any], Node] = _CHANGES[type(edit)]
    return graph.with_node(change(node, edit))


def _set_setting(node: Node, edit: SetSetting) -> Node:
    settings = _with_value(node.settings, edit.setting.split("."), edit.value)
    return replace(node, settings=settings)


def _reset_setting(node: Node, edit: ResetSetting) -> Node:
    settings = _without_value(node.settings, edit.setting.split("."))
    return replace(node, settings=settings)


def _connect(node: Node, edit: Connect) -> Node:
    existing = node.inputs.get(edit.port)
    source: Input = edit.source
    if edit.many or isinstance(existing, tuple):
        before = existing if isinstance(existing, tuple) else (existing,) if existing else ()
        source = before if edit.source in before else (*before, edit.source)
    return replace(node, inputs={**node.inputs, edit.port: source})


def _disconnect(node: Node, edit: Disconnect) -> Node:
    existing = node.inputs.get(edit.port)
    inputs = {port: source for port, source in node.inputs.items() if port != edit.port}
    connected = existing if isinstance(existing, tuple) else (existing,)
    if existing is None or (edit.source is not None and edit.source not in connected):
        raise NotFound.of(
            f"{edit.source or 'nothing'} is not connected to {node.id}.{edit.port}",
            place=Place(node=node.id, port=edit.port),
        )
    if edit.source is not None and isinstance(existing, tuple):
        rest = tuple(ref for ref in existing if ref != edit.source)
        if rest:
            inputs = {**node.inputs, edit.port: rest}
    return replace(node, inputs=inputs)


def _set_node_key(node: Node, edit: SetNodeKey) -> Node:
    if edit.key not in _KEY_DEFAULTS:
        raise NotFound.of(
            f"a node has no key {edit.key!r}",
            place=Place(node=node.id),
            fix=did_you_mean(edit.key, _KEY_DEFAULTS) or f"Keys: {', '.join(_KEY_DEFAULTS)}",
        )
    value = _KEY_DEFAULTS[edit.key] if edit.value is None else edit.value
    changed: dict[str, Any] = {edit.key: value}
    return replace(node, **changed)


_CHANGES: dict[type, Callable[[Node, Any], Node]] = {
    SetSetting: _set_setting,
    ResetSetting: _reset_setting,
    Connect: _connect,
    Disconnect: _disconnect,
    SetNodeKey: _set_node_key,
}


def _existing(graph: Graph, node: NodeId) -> Node:
    found = graph.nodes.get(node)
    if found is None:
        raise NotFound.of(
            f"there is no node {node!r}",
            place=Place(node=node),
            fix=did_you_mean(node, graph.nodes),
        )
    return found


def _require_free(graph: Graph, node: NodeId) -> None:
    if node in graph.nodes:
        raise Conflict.of(
            f"there is a node {node!r} already", place=Place(node=node), fix="Choose another id"
        )
    if not NODE_ID_PATTERN.match(node) or "/" in node:
        raise Conflict.of(
            f"{node!r} cannot be a node id",
            code="D016",
            place=Place(node=node),
            expected="letters, digits and underscores, not starting with a digit",
        )


def _with_value(holder: Mapping[str, JSON], steps: list[str], value: JSON) -> dict[str, JSON]:
    key, rest = steps[0], steps[1:]
    if not rest:
        return {**holder, key: value}
    inner = holder.get(key)
    return {**holder, key: _with_value(inner if isinstance(inner, Mapping) else {}, rest, value)}


def _without_value(holder: Mapping[str, JSON], steps: list[str]) -> dict[str, JSON]:
    key, rest = steps[0], steps[1:]
    inner = holder.get(key)
    kept = {name: value for name, value in holder.items() if name != key}
    if not rest or not isinstance(inner, Mapping):
        return kept
    return {
        name: _without_value(value, rest) if name == key else value
        for name, value in holder.items()
    }
