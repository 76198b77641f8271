"""``netloom logs``: what the nodes of a run wrote."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, run_argument, verb
from netloom.cli.reader_language import is_english, said
from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import NotFound
from netloom.core.identifiers import NodeId
from netloom.execution.states import RunState

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

_POLL_S = 0.2


@verb("logs")
@run_argument(required=False)
@click.argument("node", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the node ends.")
def command(invocation: Invocation, *, run: str, node: str | None, follow: bool) -> None:
    """Print what a node of a run wrote.

    RUN is an id, the beginning of one, or "last". Without NODE the logs of all nodes are printed,
    each under its name.
    """
    workspace = invocation.open_workspace()
    known = [str(name) for name in workspace.result(run).nodes]
    if node is not None and node not in known:
        raise NotFound.of(
            f"the run {run} has no node {node!r}",
            fix=did_you_mean(node, known) or f"Nodes: {', '.join(known)}",
        )
    nodes = [node] if node else known
    if invocation.as_json:
        _answer_json(invocation, workspace, run, nodes)
        return
    for name in nodes:
        path = workspace.log_path(run, name)
        if not path.exists() and node is None:
            continue
        if node is None:
            sys.stdout.write(f"==> {name}\n")
        chunks = _followed(workspace, run, name, path) if follow else _written(path)
        for chunk in chunks:
            sys.stdout.write(said_log(chunk))
            sys.stdout.flush()


def _answer_json(invocation: Invocation, workspace: Workspace, run: str, nodes: list[str]) -> None:
    logs = {}
    for name in nodes:
        path = workspace.log_path(run, name)
        logs[name] = {"file": str(path), "text": "".join(_written(path))}
    invocation.answer({"logs": logs}, lambda console: None)


def said_log(text: str) -> str:
    """What a job wrote, with the lines that are Netloom's own in the reader's language."""
    if is_english():
        return text
    return "\n".join(map(said, text.split("\n")))


def _written(path: Path) -> Iterator[str]:
    if path.exists():
        yield path.read_text(encoding="utf-8", errors="replace")


def _followed(workspace: Workspace, run: str, node: str, path: Path) -> Iterator[str]:
    """Text as it is written, until the node is in a final state and everything was read."""
    position = 0
    while True:
        ended = _has_ended(workspace, run, node)
        if path.exists():
            with path.open(encoding="utf-8", errors="replace") as stream:
                stream.seek(position)
                text = stream.read()
                position = stream.tell()
            if text:
                yield text
        if ended:
            return
        time.sleep(_POLL_S)


def _has_ended(workspace: Workspace, run: str, node: str) -> bool:
    state = workspace.result(run).nodes[NodeId(node)].state
    return state.is_final or state is RunState.WAITING
