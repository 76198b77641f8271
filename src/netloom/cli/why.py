"""``netloom why``: the reasons for a node's state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.pipeline_options import PipelineChoice, layer_options
from netloom.cli.reader_language import said, told, word

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.execution.explanation import Explanation


@verb("why")
@layer_options
@click.argument("node")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def command(
    invocation: Invocation,
    *,
    node: str,
    file: Path | None,
    overlays: tuple[Path, ...],
    sets: tuple[str, ...],
) -> None:
    """Explain why a node would run or be reused.

    Names the setting, input, data or code that changed since its last run. Without FILE it
    explains the pipeline file of the last run.
    """
    file = file or invocation.open_workspace().last_file()
    workspace, loaded = PipelineChoice(file, overlays, sets).open(invocation)
    explanation = workspace.why(loaded, node)
    invocation.answer(explanation.to_json(), lambda console: _show(console, explanation))


def _show(console: Console, explanation: Explanation) -> None:
    reasons = "; ".join(map(str, explanation.changes))
    told_below = bool(reasons) and explanation.why == reasons
    heading = f"{explanation.node}: {word(str(explanation.state))}"
    if not told_below:
        heading += f": {said(explanation.why)}"
    console.print(heading, markup=False)
    for change in explanation.changes:
        console.print(f"  · {said(str(change))}", markup=False)
    if explanation.last_run:
        console.print(told(f"  last run: {explanation.last_run}"), style="dim", markup=False)
