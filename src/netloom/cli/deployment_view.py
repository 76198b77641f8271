"""Deployments on the command line: waited for and shown. The server sees to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netloom.cli.command import Invocation, stderr
from netloom.core.errors import Conflict
from netloom.tracking.deployment_states import DeploymentState, RevisionState

if TYPE_CHECKING:
    from netloom.tracking.deployment_store import DeploymentRecord
    from netloom.workspace.workbench import Workbench

_POLL_S = 0.1


def open_bench(invocation: Invocation) -> Workbench:
    """The workbench of the workspace. Nothing is started in this program."""
    from netloom.workspace.workbench import Workbench

    return Workbench(invocation.open_workspace())


def require_server(bench: Workbench) -> None:
    """Raise Conflict unless a server runs the deployments of the workspace."""
    from netloom.workspace.deployments.supervisor import is_supervised

    if not is_supervised(bench.workspace.layout):
        raise Conflict.of(
            "no server runs the deployments of this workspace",
            code="S159",
            fix="Start it: netloom up. To serve without one: netloom serve RUN",
        )


def settled(
    bench: Workbench, deployment: str, is_settled: Callable[[DeploymentRecord], bool]
) -> DeploymentRecord:
    """Wait until a deployment has come to rest, telling on the way how far it is."""
    console, told = stderr(), ""
    while not is_settled(record := bench.deployments.deployment(deployment)):
        if record.state != told:
            told = record.state
            console.print(f"{record.name} is {told} …", markup=False, style="dim")
        time.sleep(_POLL_S)
        require_server(bench)
    return record


def has_taken_over(bench: Workbench, number: int) -> Callable[[DeploymentRecord], bool]:
    """Whether a revision is served, or will not be."""

    def is_over(record: DeploymentRecord) -> bool:
        if record.state is DeploymentState.FAILED:
            return True
        if record.revision == number and record.state is DeploymentState.RUNNING:
            return True
        return bench.deployments.revision(record.id, number).state is RevisionState.FAILED

    return is_over


def document_of(bench: Workbench, record: DeploymentRecord) -> dict[str, Any]:
    """The JSON form of a deployment."""
    from netloom.server.settings import read_settings
    from netloom.workspace.deployments.port import address_of

    host = read_settings(bench.workspace.project).deployment_host
    return {
        "id": record.id,
        "name": record.name,
        "note": record.note,
        "state": record.state,
        "wanted": record.wanted,
        "url": address_of(host, record),
        "protected": record.is_protected,
        "revision": record.revision,
        "upcoming": record.target if record.target != record.revision else None,
        "problem": [each.to_json() for each in record.problem],
        "revisions": [
            {
                "number": each.number,
                "run": each.run,
                "pipeline": each.pipeline,
                "state": each.state,
                "digest": each.digest,
                "created": each.created,
            }
            for each in bench.deployments.revisions(of=record.id)
        ],
    }


def summary(document: dict[str, Any]) -> str:
    """A line for people."""
    place = f" at {document['url']}" if document["state"] == DeploymentState.RUNNING else ""
    revision = f", revision {document['revision']}" if document["revision"] else ""
    return f"{document['name']} is {document['state']}{place}{revision}."
