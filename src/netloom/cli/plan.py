"""``netloom plan``: what a run would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netloom.cli.command import Invocation, verb
from netloom.cli.figures import duration
from netloom.cli.pipeline_options import PipelineChoice, pipeline_options, selection_options
from netloom.cli.reader_language import said, told
from netloom.cli.tables import state_text, table

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.execution.plan import Plan


@verb("plan")
@pipeline_options
@selection_options
def command(
    invocation: Invocation,
    *,
    file: Path,
    overlays: tuple[Path, ...],
    sets: tuple[str, ...],
    to: tuple[str, ...],
    start: tuple[str, ...],
    force: tuple[str, ...],
) -> None:
    """Show what a run would do: what runs, what is reused, and why.

    Nothing is started. A node that depends on one that has to run first is shown as "may run":
    whether it runs is known once its input is.
    """
    from netloom.workspace.submission import Selection

    workspace, loaded = PipelineChoice(file, overlays, sets).open(invocation)
    plan = workspace.plan(loaded, Selection.of(to, start, force))
    invocation.answer(plan.to_json(), lambda console: _show(console, plan))


def _show(console: Console, plan: Plan) -> None:
    rows = [
        (node.node, state_text(node.state), duration(node.expected_s), said(node.why))
        for node in plan.nodes.values()
        if node.is_job
    ]
    console.print(table(["job", "would", "last time", "why"], rows))
    described = len(plan.nodes) - len(rows)
    document = plan.to_json()
    facts = [
        f"{document['jobs_to_run']} to run",
        f"{document['jobs_that_may_run']} may run",
        f"{document['jobs_cached']} cached",
        f"{described} inline nodes that only describe",
    ]
    console.print(", ".join(map(told, facts)), style="dim")
    if plan.bypassed:
        console.print(told(f"bypassed: {', '.join(plan.bypassed)}"), style="dim", markup=False)
