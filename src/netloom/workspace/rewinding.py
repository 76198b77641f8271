"""Rewinding a training: an older checkpoint becomes the newest, and ``retry`` goes on from there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import NodeId, RunId
from netloom.training.checkpoints import CheckpointEntry, list_checkpoints, rewind

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


def checkpoints(workspace: Workspace, run: str, node: str) -> list[CheckpointEntry]:
    """The checkpoints of a training, oldest first."""
    return list_checkpoints(_folder(workspace, run, node))


def rewind_node(workspace: Workspace, run: str, node: str, *, to_step: int) -> list[int]:
    """Make an older checkpoint the newest by removing all later ones; gives their steps.

    Raises:
        NotFound: There is no such run, node or checkpoint.
        Conflict: The run is active, or the node has succeeded.
    """
    record = workspace.store.run(RunId(run))
    if not record.state.is_final:
        raise Conflict.of(
            f"run {record.id} is active, so its checkpoints may be in use",
            fix=f"Stop it first: netloom cancel {record.id}",
        )
    folder = _folder(workspace, run, node)
    if workspace.store.nodes(record.id)[NodeId(node)].state.has_outputs:
        raise Conflict.of(
            f"{node} has succeeded in run {record.id}, so no retry would go on from there",
            fix="Start a new run to train again: netloom run",
        )
    return rewind(folder, to_step=to_step)


def _folder(workspace: Workspace, run: str, node: str) -> Path:
    record = workspace.store.run(RunId(run))
    nodes = workspace.store.nodes(record.id)
    if NodeId(node) not in nodes:
        raise NotFound.of(
            f"run {record.id} has no node {node!r}",
            fix=did_you_mean(node, nodes) or f"Nodes: {', '.join(nodes)}",
        )
    return workspace.layout.runs / record.id / "nodes" / node / "checkpoints"
