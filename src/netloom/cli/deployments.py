"""``netloom deployments``: what the workspace's server serves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from netloom.cli.command import WORKSPACE_VARIABLE, Invocation, verb
from netloom.cli.deployment_view import (
    document_of,
    has_taken_over,
    open_bench,
    require_server,
    settled,
    summary,
)
from netloom.cli.exit_codes import ExitCode
from netloom.cli.help_text import VerbGroup
from netloom.cli.tables import table
from netloom.core.errors import Conflict
from netloom.tracking.deployment_states import DeploymentState

_LOG_BYTES = 64 << 10


def _complete(context: click.Context, parameter: click.Parameter, typed: str) -> Sequence[str]:
    """Names of deployments, if there is a workspace where the shell is."""
    from netloom.workspace.workbench import Workbench
    from netloom.workspace.workspace import Workspace

    chosen = context.params.get("workspace") or os.environ.get(WORKSPACE_VARIABLE) or ".netloom"
    if not Path(chosen).is_dir():
        return []
    workspace = Workspace.open(chosen, create=False)
    names = [each.name for each in Workbench(workspace).deployments.deployments()]
    workspace.close()
    return [name for name in names if name.startswith(typed)]


_NAME = click.argument("name", shell_complete=_complete)


@click.group("deployments", cls=VerbGroup)
def command() -> None:
    """Look after what the workspace's server serves.

    `netloom deploy` makes deployments; the server (`netloom up`) runs them.
    """


@verb("list")
def list_deployments(invocation: Invocation) -> None:
    """List deployments, newest first."""
    bench = open_bench(invocation)
    documents = [document_of(bench, record) for record in bench.deployments.deployments()]
    columns = ["name", "state", "revision", "run", "address", "note"]
    invocation.answer(
        {"deployments": documents},
        lambda console: console.print(table(columns, [_row(each) for each in documents])),
    )


@verb("start")
@_NAME
def start(invocation: Invocation, *, name: str) -> int:
    """Start a deployment, also one that failed, and wait until it answers."""
    from netloom.workspace.deployments import verbs

    bench = open_bench(invocation)
    require_server(bench)
    record = verbs.start(bench, verbs.find_deployment(bench, name))
    record = settled(
        bench,
        record.id,
        lambda now: now.state in (DeploymentState.RUNNING, DeploymentState.FAILED),
    )
    _answer(invocation, document_of(bench, record))
    return ExitCode.OK if record.state is DeploymentState.RUNNING else ExitCode.FAILED


@verb("stop")
@_NAME
def stop(invocation: Invocation, *, name: str) -> None:
    """Let a deployment answer what has come, and end."""
    from netloom.workspace.deployments import verbs

    bench = open_bench(invocation)
    require_server(bench)
    record = verbs.stop(bench, verbs.find_deployment(bench, name))
    record = settled(bench, record.id, lambda now: not now.state.has_process)
    _answer(invocation, document_of(bench, record))


@verb("rollback")
@_NAME
@click.option(
    "--to", "number", type=click.IntRange(min=1), help="A revision.  [default: the one before]"
)
def rollback(invocation: Invocation, *, name: str, number: int | None) -> int:
    """Serve an earlier revision again; it takes over without a gap."""
    from netloom.workspace.deployments import verbs

    bench = open_bench(invocation)
    require_server(bench)
    record = verbs.find_deployment(bench, name)
    chosen = number or record.revision - 1
    if chosen < 1:
        raise Conflict.of(f"{record.name} has no revision before the one it serves", code="S153")
    record = verbs.activate(bench, record, chosen)
    if record.wanted == "running":
        record = settled(bench, record.id, has_taken_over(bench, chosen))
    _answer(invocation, document_of(bench, record))
    is_done = record.wanted == "stopped" or record.revision == chosen
    return ExitCode.OK if is_done else ExitCode.FAILED


@verb("log")
@_NAME
@click.option(
    "--after", type=click.IntRange(min=0), help="A byte to begin at.  [default: the newest lines]"
)
def log(invocation: Invocation, *, name: str, after: int | None) -> None:
    """Print what the processes of a deployment wrote, and what happened to them."""
    from netloom.workspace.deployments import verbs
    from netloom.workspace.deployments.files import log_of

    bench = open_bench(invocation)
    record = verbs.find_deployment(bench, name)
    kept = log_of(bench.workspace.layout, record.id)
    if after is None:
        piece = kept.tail(limit_bytes=_LOG_BYTES)
    else:
        piece = kept.read(after, limit_bytes=1 << 30)
    text = piece.content.decode("utf-8", "replace")
    document = {"text": text, "offset": piece.offset, "next_offset": piece.next_offset}
    invocation.answer(document, lambda console: console.out(text, end="", highlight=False))


for each in (list_deployments, start, stop, rollback, log):
    command.add_command(each)


def _answer(invocation: Invocation, document: dict[str, Any]) -> None:
    invocation.answer(document, lambda console: console.print(summary(document), markup=False))


def _row(document: dict[str, Any]) -> tuple[Any, ...]:
    number = document["revision"] or document["upcoming"]
    run = next((each["run"] for each in document["revisions"] if each["number"] == number), "")
    is_running = document["state"] == DeploymentState.RUNNING
    address = document["url"] if is_running else ""
    return (document["name"], document["state"], number, run, address, document["note"])
