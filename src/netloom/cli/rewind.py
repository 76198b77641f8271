"""``netloom rewind``: go back to an older checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, run_argument, verb
from netloom.cli.tables import table

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.training.checkpoints import CheckpointEntry


@verb("rewind")
@run_argument()
@click.argument("node")
@click.option(
    "--to-step",
    type=click.IntRange(0),
    metavar="N",
    help="Make this checkpoint the newest: all later ones are removed.",
)
def command(invocation: Invocation, *, run: str, node: str, to_step: int | None) -> None:
    """Go back to an older checkpoint of a training.

    Without --to-step: list the checkpoints. With it, if the training did not succeed, all later
    ones are removed, for good, and `netloom retry RUN` goes on from there.
    """
    from netloom.workspace.rewinding import checkpoints, rewind_node

    workspace = invocation.open_workspace()
    if to_step is None:
        entries = checkpoints(workspace, run, node)
        document = {"checkpoints": [entry._asdict() for entry in entries]}
        invocation.answer(document, lambda console: _show(console, entries))
        return
    removed = rewind_node(workspace, run, node, to_step=to_step)
    invocation.answer(
        {"node": node, "step": to_step, "removed": removed},
        lambda console: console.print(
            f"{node} is back at step {to_step}; removed: "
            f"{', '.join(map(str, removed)) or 'nothing'}. Go on: netloom retry {run}",
            markup=False,
        ),
    )


def _show(console: Console, entries: list[CheckpointEntry]) -> None:
    rows = [
        (entry.step, entry.epoch, ", ".join([*entry.tracks, *(["best"] if entry.is_best else [])]))
        for entry in entries
    ]
    console.print(table(["step", "epochs", "kept as"], rows))
