"""``netloom forecast``: how long a training would take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, stderr, verb
from netloom.cli.exit_codes import ExitCode, exit_code_for_state
from netloom.cli.figures import duration
from netloom.cli.pipeline_options import PipelineChoice, pipeline_options
from netloom.cli.run_display import RunDisplay
from netloom.cli.tables import table
from netloom.cli.watched_run import show_run
from netloom.execution.states import RunState

if TYPE_CHECKING:
    from rich.console import Console


@verb("forecast")
@pipeline_options
@click.option("--node", metavar="NODE", help="Which training, if the pipeline has several.")
def command(
    invocation: Invocation,
    *,
    file: Path,
    overlays: tuple[Path, ...],
    sets: tuple[str, ...],
    node: str | None,
) -> ExitCode:
    """Tell how long a training would take, and how much memory and disk space.

    Runs what the training needs, then takes a few real steps of it on the device it would get.
    """
    from netloom.workspace.forecasting import FORECASTS, forecast

    workspace, loaded = PipelineChoice(file, overlays, sets).open(invocation)
    with RunDisplay(stderr) as display:
        result = forecast(workspace, loaded, node, on_event=display)
    if result.state is not RunState.SUCCEEDED:
        document = result.to_json()
        invocation.answer(document, lambda console: show_run(console, document))
        return exit_code_for_state(document["state"])
    forecasts = FORECASTS.values()
    (name,) = (n for n, known in result.nodes.items() if known.operator in forecasts)
    told = result.value(f"{name}.out")
    invocation.answer({"node": name, **told}, lambda console: _show(console, told))
    return ExitCode.OK


def _show(console: Console, told: Mapping[str, Any]) -> None:
    rows = [
        ("until the first step", duration(told["start_s"])),
        (f"first epoch, {told['steps_per_epoch']} steps", duration(told["first_epoch_s"])),
        (f"{told['epochs'] - 1} more epochs, each", duration(told["epoch_s"])),
        (f"{told['epochs']} validations, each", duration(told["validation_s"])),
        (f"{told['num_checkpoints']:.0f} checkpoints, each", duration(told["checkpoint_s"])),
    ]
    console.print(table(["what", "time"], rows))
    console.print(
        f"about {duration(told['seconds'])} in all, {told['memory_bytes'] / 1e6:,.0f} MB of memory, "
        f"{told['disk_bytes'] / 1e6:,.0f} MB on disk",
        markup=False,
    )
