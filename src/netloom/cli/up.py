"""``netloom up``: the workbench in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, print_json, stderr, verb
from netloom.core.errors import Conflict

if TYPE_CHECKING:
    from netloom.server.settings import ServerSettings
    from netloom.workspace.workspace import Workspace

_PASSWORD_VARIABLE = "NETLOOM_ADMIN_PASSWORD"  # noqa: S105 - the name, not the password


@verb("up")
@click.option("--host", metavar="ADDRESS", help="Where to listen.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one.  [default: 8000]")
@click.option(
    "--sign-up",
    type=click.Choice(["closed", "invitation", "open"]),
    help="Who may make an account.  [default: invitation]",
)
@click.option(
    "--create-admin",
    metavar="NAME",
    help=f"First make an administrator; asks for a password, or takes {_PASSWORD_VARIABLE}.",
)
def command(
    invocation: Invocation,
    *,
    host: str | None,
    port: int | None,
    sign_up: str | None,
    create_admin: str | None,
) -> None:
    """Serve the workbench in the browser.

    \b
    netloom up                                    for oneself: open the link it prints; Ctrl-C stops
    netloom up --create-admin ada --host 0.0.0.0  for others too

    The link works once and signs you in as this machine's administrator. Runs go on in the background:
    when the server stops they save their checkpoints, and go on when it starts again.
    """
    from netloom.server.app import create_app
    from netloom.server.serving import serve, start_link
    from netloom.server.settings import read_settings
    from netloom.serving.sockets import listening_socket, url_of

    workspace = invocation.open_workspace(Path.cwd())
    settings = read_settings(workspace.project, host=host, port=port, sign_up=sign_up)
    _see_to_administrator(workspace, settings, create_admin)
    with listening_socket(settings.host, settings.port) as listener:
        app = create_app(workspace, settings)
        url = url_of(listener)
        link = start_link(app, url)

        def started() -> None:
            if invocation.as_json:
                print_json({"url": url, "link": link, "pid": os.getpid()})
            else:
                _greet(workspace, url, link)

        serve(app, listener, on_started=started)


def _greet(workspace: Workspace, url: str, link: str | None) -> None:
    console = stderr()
    console.print("Netloom serves", str(workspace.project), markup=False, soft_wrap=True)
    address = link or url
    console.print("open:", address, markup=False, soft_wrap=True, style="bold")
    if link is not None:
        console.print("The link works once. Ctrl-C stops.", style="dim")


def _see_to_administrator(workspace: Workspace, settings: ServerSettings, name: str | None) -> None:
    """Make the administrator who was asked for, and let nobody listen for others without one."""
    from netloom.accounts.permissions import Role
    from netloom.workspace.signing_in import add_user, has_administrator
    from netloom.workspace.workbench import Workbench

    bench = Workbench(workspace)
    if name is not None:
        password = os.environ.get(_PASSWORD_VARIABLE) or click.prompt(
            f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True
        )
        add_user(bench, name, password, role=Role.ADMIN)
    if not settings.is_loopback and not has_administrator(bench):
        raise Conflict.of(
            f"other machines could reach the server at {settings.host}, but nobody can sign in yet",
            code="S118",
            fix="Make an administrator: netloom up --create-admin NAME --host …",
        )
