"""``netloom cancel``: stop a run."""

from __future__ import annotations

from netloom.cli.command import Invocation, run_argument, verb


@verb("cancel")
@run_argument()
def command(invocation: Invocation, *, run: str) -> None:
    """Stop a run.

    Its jobs are asked to stop, save a checkpoint if they can, and are ended after a few seconds.
    `netloom retry RUN` continues it.
    """
    record = invocation.open_workspace().cancel(run)
    invocation.answer(
        {"run": record.id, "state": str(record.state), "cancel_requested": True},
        lambda console: console.print(f"asked run {record.id} to stop", markup=False),
    )
