"""``netloom reproduce``: run a run again and compare."""

from __future__ import annotations

from netloom.cli.command import Invocation, run_argument, stderr, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.run_display import RunDisplay


@verb("reproduce")
@run_argument()
def command(invocation: Invocation, *, run: str) -> ExitCode:
    """Run a run again from its capsule and compare the results.

    Every job is executed anew with the settings, seeds and operators of the recorded run; then each
    output and metric is compared, value by value. The exit code is 0 if everything is equal.
    """
    workspace = invocation.open_workspace()
    with RunDisplay(stderr()) as display:
        comparison = workspace.reproduce(run, on_event=display)
    invocation.answer(
        comparison.to_json(), lambda console: console.print(str(comparison), markup=False)
    )
    return ExitCode.OK if comparison.equal else ExitCode.FAILED
