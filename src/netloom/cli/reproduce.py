"""``netloom reproduce``: run a run again and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.cli.command import Invocation, run_argument, stderr, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.run_display import RunDisplay

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.reproduction import Reproduction


@verb("reproduce")
@run_argument()
def command(invocation: Invocation, *, run: str) -> ExitCode:
    """Run a run again from its capsule and compare the results.

    Every job is executed anew with the settings, seeds and operators of the recorded run; then each
    output and metric is compared, value by value. The exit code is 0 if everything is equal.
    """
    workspace = invocation.open_workspace()
    with RunDisplay(stderr) as display:
        reproduction = workspace.reproduce(run, on_event=display)
    invocation.answer(reproduction.to_json(), lambda console: _show(console, reproduction))
    return ExitCode.OK if reproduction.is_equal else ExitCode.FAILED


def _show(console: Console, reproduction: Reproduction) -> None:
    for change in reproduction.environment_changes:
        console.print(f"environment: {change}", style="yellow", markup=False)
    console.print(str(reproduction.comparison), markup=False)
    verdict = "everything is equal" if reproduction.is_equal else "there are differences"
    console.print(
        f"run {reproduction.result.run} reproduces {reproduction.original}: {verdict}",
        markup=False,
    )
