"""``netloom deploy``: let the workspace's server serve what a run trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, run_argument, stderr, verb
from netloom.cli.deployment_view import (
    document_of,
    has_taken_over,
    open_bench,
    require_server,
    settled,
    summary,
)
from netloom.cli.exit_codes import ExitCode
from netloom.core.errors import NotFound

if TYPE_CHECKING:
    from netloom.tracking.deployment_store import DeploymentRecord
    from netloom.tracking.records import RunRecord
    from netloom.workspace.workbench import Workbench


@verb("deploy")
@run_argument()
@click.option("--name", required=True, metavar="NAME", help="Of the deployment, new or not.")
@click.option("--note", metavar="TEXT", help="A remark for people.")
@click.option(
    "--port", type=click.IntRange(1024, 65535), help="Of a new one.  [default: a free one, kept]"
)
@click.option(
    "--protected", is_flag=True, help="Callers of a new one need a token, which is told once."
)
@click.option("--no-wait", is_flag=True, help="Do not wait until it answers.")
def command(
    invocation: Invocation,
    *,
    run: str,
    name: str,
    note: str | None,
    port: int | None,
    protected: bool,
    no_wait: bool,
) -> int:
    """Serve what a run trained on this machine, from now on.

    The server (`netloom up`) of the workspace makes the bundle, starts a process and looks after it. A
    name that is deployed already gets a new revision, which takes over once it is ready.

    \b
    netloom deploy last --name digits
    netloom deployments rollback digits
    """
    bench = open_bench(invocation)
    require_server(bench)
    record, number, token = _wished(
        bench,
        bench.workspace.result(run).record,
        name,
        note=note,
        port=port,
        is_protected=protected,
    )
    if token is not None and not invocation.as_json:
        stderr().print(f"Token, told only now: {token}", markup=False, soft_wrap=True)
    if not no_wait:
        record = settled(bench, record.id, has_taken_over(bench, number))
    document = {**document_of(bench, record), "token": token}
    invocation.answer(document, lambda console: console.print(_said(document), markup=False))
    return ExitCode.OK if no_wait or record.revision == number else ExitCode.FAILED


def _wished(
    bench: Workbench,
    run: RunRecord,
    name: str,
    *,
    note: str | None,
    port: int | None,
    is_protected: bool,
) -> tuple[DeploymentRecord, int, str | None]:
    """The deployment, the number of the revision that is to be served, and the token of a new one."""
    from netloom.workspace.deployments import verbs

    try:
        known = verbs.find_deployment(bench, name)
    except NotFound:
        made, token = verbs.deploy(
            bench, run, name=name, owner=None, note=note or "", port=port, is_protected=is_protected
        )
        return made, made.target, token
    if port is not None or is_protected:
        raise click.UsageError(f"{known.name} exists; --port and --protected are for new ones.")
    revision = verbs.renew(bench, known, run, by=None)
    if note is not None:
        bench.deployments.describe(known.id, name=None, note=note)
    return verbs.start(bench, known), revision.number, None


def _said(document: dict[str, Any]) -> str:
    lines = [summary(document)]
    problems = document["problem"] or []
    lines += [
        f"  {each['message']}: {each['got']}" if each["got"] else f"  {each['message']}"
        for each in problems
    ]
    return "\n".join(lines)
