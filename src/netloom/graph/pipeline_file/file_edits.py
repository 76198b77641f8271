"""Edits of a pipeline file: what an edit of the graph changes in the text that describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netloom.core.diagnostics import Place
from netloom.core.errors import Conflict
from netloom.graph.component_edits import DissolveComponent, MakeComponent
from netloom.graph.edits import (
    GraphEdit,
    MoveNode,
    RemoveNode,
    RenameNode,
    SetCanvas,
    apply_edit,
)
from netloom.graph.graph import JSON, Graph
from netloom.graph.pipeline_file.component_splices import component_dissolved, component_made
from netloom.graph.pipeline_file.document_text import node_entry
from netloom.graph.pipeline_file.provenance import Entry
from netloom.graph.pipeline_file.text_splices import (
    Keys,
    is_written,
    with_key_renamed,
    with_value,
    with_values,
    without_value,
)
from netloom.graph.pipeline_file.yaml_writer import Raw

_REMOVED = Raw("!remove")


@dataclass(frozen=True, slots=True)
class _Change:
    path: Keys
    removes: bool = False


def edit_text(text: str, edit: GraphEdit, *, graph: Graph, inherited: Entry | None = None) -> str:
    """The text of a pipeline file after an edit; only the lines it concerns change.

    Args:
        graph: The graph the file describes now. Values that the edit does not change keep their text,
            so references such as ``${vars.size}`` survive.
        inherited: ``Document.inherited``: what the file extends. Removing something that comes from there
            writes ``!remove``.

    Raises:
        NotFound: The edit names a node or connection that does not exist.
        Conflict: The new id is taken, the node to rename comes from another file, or the value is shared
            through an alias.
    """
    after = apply_edit(graph, edit)
    if isinstance(edit, MoveNode):
        return move_nodes(text, [edit], graph=graph)
    if isinstance(edit, SetCanvas):
        return _with_canvas(text, edit, inherited)
    if isinstance(edit, MakeComponent):
        return component_made(text, edit, before=graph, after=after, inherited=inherited)
    if isinstance(edit, DissolveComponent):
        return component_dissolved(text, edit, before=graph, after=after, inherited=inherited)
    before = {str(node_id): node for node_id, node in graph.nodes.items()}
    if isinstance(edit, RenameNode):
        text = _renamed(text, edit, inherited)
        before[edit.new] = before.pop(edit.node)
    if isinstance(edit, RemoveNode) and is_written(text, ("layout", edit.node)):
        text = without_value(text, ("layout", edit.node))
    entries = {str(node.id): node_entry(node) for node in after.nodes.values()}
    old = {node_id: node_entry(node) for node_id, node in before.items()}
    for change in _changes(old, entries, ("nodes",)):
        if change.removes:
            text = _without(text, change.path, inherited)
        else:
            text = with_value(text, change.path, {"nodes": entries})
    return text


def move_nodes(text: str, moves: Sequence[MoveNode], *, graph: Graph) -> str:
    """The text after a few moves, as if made one after the other.

    Raises:
        NotFound: A node does not exist.
        Conflict: A position is shared through an alias.
    """
    changes: list[tuple[Keys, JSON]] = []
    for move in moves:
        apply_edit(graph, move)
        changes.append((("layout", move.node), {"layout": {move.node: _position(move)}}))
    return with_values(text, changes)


def place_nodes(
    text: str, moves: Sequence[MoveNode], *, graph: Graph, layout: Mapping[str, JSON]
) -> str:
    """The text after many moves: its section ``layout`` is written anew, in one piece.

    Args:
        layout: What the text itself has in that section.

    Raises:
        NotFound: A node does not exist.
    """
    positions = dict(layout)
    for move in moves:
        apply_edit(graph, move)
        positions[move.node] = _position(move)
    if is_written(text, ("layout",)):
        text = without_value(text, ("layout",))
    return with_value(text, ("layout",), {"layout": positions})


def _with_canvas(text: str, edit: SetCanvas, inherited: Entry | None) -> str:
    """Beside the positions in ``layout``, under a key that cannot be the id of a node."""
    section = f"${edit.section}"
    path = ("layout", section, edit.id)
    if edit.value is not None:
        return with_value(text, path, {"layout": {section: {edit.id: edit.value}}})
    is_inherited = inherited is not None and inherited.at(path) is not None
    return _without(text, path, inherited) if is_inherited or is_written(text, path) else text


def _changes(old: Mapping[str, JSON], new: Mapping[str, JSON], path: Keys) -> Iterator[_Change]:
    """The smallest set of values to write or remove."""
    for key in [key for key in old if key not in new]:
        yield _Change((*path, key), removes=True)
    for key, value in new.items():
        before = old.get(key)
        if key in old and isinstance(before, Mapping) and isinstance(value, Mapping):
            yield from _changes(before, value, (*path, key))
        elif key not in old or before != value or type(before) is not type(value):
            yield _Change((*path, key))


def _without(text: str, path: Keys, inherited: Entry | None) -> str:
    if inherited is None or inherited.at(path) is None:
        return without_value(text, path)
    whole: JSON = _REMOVED
    for step in reversed(path):
        whole = {step: whole}
    return with_value(text, path, whole)


def _renamed(text: str, edit: RenameNode, inherited: Entry | None) -> str:
    if inherited is not None and (origin := inherited.at(("nodes", edit.node))) is not None:
        place = Place(node=edit.node, file=origin.origin.file, line=origin.origin.line)
        raise Conflict.of(
            f"the node {edit.node!r} comes from {origin.origin}",
            code="D061",
            place=place,
            fix="Rename it in that file",
        )
    if is_written(text, ("layout", edit.node)):
        text = with_key_renamed(text, ("layout", edit.node), edit.new)
    return with_key_renamed(text, ("nodes", edit.node), edit.new)


def _position(move: MoveNode) -> JSON:
    return [_rounded(move.x), _rounded(move.y)]


def _rounded(value: float) -> JSON:
    return round(value) if float(value).is_integer() else round(value, 1)
