"""``netloom retry``: continue a run."""

from __future__ import annotations

from netloom.cli.command import Invocation, run_argument, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.watched_run import watch


@verb("retry")
@run_argument(required=False)
def command(invocation: Invocation, *, run: str) -> ExitCode:
    """Continue a failed or cancelled run where it stopped.

    What succeeded is kept; training goes on from its last checkpoint. RUN is an id, the beginning
    of one, or "last".
    """
    workspace = invocation.open_workspace()
    return watch(invocation, lambda on_event: workspace.retry(run, on_event=on_event))
