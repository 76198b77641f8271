"""What every command shares: ``--json``, ``--workspace``, ``--debug``, and how it answers."""

from __future__ import annotations

import inspect
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netloom.cli.help_text import Verb

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.workspace import Workspace

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

WORKSPACE_VARIABLE = "NETLOOM_WORKSPACE"
_PIPE_WIDTH = 10_000


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command: where it works and how it answers.

    Attributes:
        as_json: Answer with exactly one JSON document on standard output.
        workspace: Workspace folder the user named; None lets the project decide.
    """

    as_json: bool = False
    workspace: Path | None = None

    def open_workspace(self, project: Path | None = None) -> Workspace:
        """The workspace of the project around a file or folder (default: the current folder).

        It is closed when the command ends. Only commands about a pipeline, which name its project,
        make the folder if it does not exist.
        """
        from netloom.workspace.workspace import Workspace

        workspace = Workspace.open(self.workspace, project=project, create=project is not None)
        click.get_current_context().call_on_close(workspace.close)
        return workspace

    def answer(self, document: Any, show: Callable[[Console], None]) -> None:
        """Print the result: as JSON, or through ``show`` for people."""
        if self.as_json:
            print_json(document)
        else:
            show(stdout())


def print_json(document: Any) -> None:
    """One JSON document on standard output. NaN and infinities become null, as JSON has none."""
    text = json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def stdout() -> Console:
    """A console for results."""
    return _console(error=False)


def stderr() -> Console:
    """A console for progress and problems."""
    return _console(error=True)


def _console(*, error: bool) -> Console:
    from rich.console import Console

    is_terminal = (sys.stderr if error else sys.stdout).isatty()
    # In a pipe nothing is wrapped: a line of a table stays one line for grep and less -S.
    return Console(stderr=error, highlight=False, width=None if is_terminal else _PIPE_WIDTH)


def verb(name: str) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a function ``(invocation, **options)`` a command; its docstring is the help text."""

    def decorate(function: Callable[..., int | None]) -> click.Command:
        def call(
            *, as_json: bool, workspace: Path | None, debug: bool, **options: Any
        ) -> int | None:
            return function(Invocation(as_json=as_json, workspace=workspace), **options)

        own: list[click.Parameter] = getattr(function, "__click_params__", [])
        return Verb(
            name,
            callback=call,
            params=[*reversed(own), *shared_options()],
            help=inspect.getdoc(function),
        )

    return decorate


def shared_options() -> list[click.Parameter]:
    """Options of every command. ``--debug`` is read by :func:`netloom.cli.main.main`."""
    return [
        click.Option(
            ["--workspace", "-w", "workspace"],
            type=click.Path(path_type=Path, file_okay=False),
            envvar=WORKSPACE_VARIABLE,
            metavar="FOLDER",
            help="Folder that keeps runs and results.  [default: .netloom in the project folder]",
        ),
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            help="Print one JSON document; progress and problems go to standard error.",
        ),
        click.Option(["--debug"], is_flag=True, help="Show the traceback of an error."),
    ]


def complete_run(context: click.Context, parameter: click.Parameter, typed: str) -> Sequence[str]:
    """Run ids for shell completion, newest first, from folder names alone (no database)."""
    chosen = context.params.get("workspace") or os.environ.get(WORKSPACE_VARIABLE) or ".netloom"
    folder = Path(chosen) / "runs"
    if not folder.is_dir():
        return []
    names = sorted((path.name for path in folder.iterdir()), reverse=True)
    return [name for name in ["last", *names] if name.startswith(typed)]


def run_argument(name: str = "run", *, required: bool = True) -> Callable[[Decorated], Decorated]:
    """An argument that names a run: an id, the start of one, or ``last``."""
    if required:
        return click.argument(name, shell_complete=complete_run)
    return click.argument(name, required=False, default="last", shell_complete=complete_run)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value
