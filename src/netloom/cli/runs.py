"""``netloom runs``: the runs of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.figures import duration, moment
from netloom.cli.tables import state_text, table
from netloom.execution.states import RunState

if TYPE_CHECKING:
    from netloom.tracking.records import RunRecord

_STATES = [state.value for state in RunState if state not in (RunState.CACHED, RunState.SKIPPED)]


@verb("runs")
@click.option("--pipeline", metavar="NAME", help="Only runs of this pipeline.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(_STATES), help="Only runs in this state."
)
@click.option("--scratch", is_flag=True, help="Also list scratch runs.")
@click.option(
    "-n",
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    help="List at most this many.",
)
def command(
    invocation: Invocation,
    *,
    pipeline: str | None,
    states: tuple[str, ...],
    scratch: bool,
    limit: int,
) -> None:
    """List runs, newest first."""
    workspace = invocation.open_workspace()
    records = workspace.runs(
        pipeline=pipeline,
        states=[RunState(state) for state in states],
        scratch=None if scratch else False,
        limit=limit,
    )
    columns = ["run", "pipeline", "state", "started", "time", "description"]
    invocation.answer(
        {"runs": [record_to_json(record) for record in records]},
        lambda console: console.print(table(columns, [_row(record) for record in records])),
    )


def record_to_json(record: RunRecord) -> dict[str, Any]:
    """A run without its graph."""
    return {
        "run": record.id,
        "pipeline": record.request.pipeline,
        "file": record.request.file,
        "state": str(record.state),
        "created": record.created,
        "started": record.started,
        "finished": record.finished,
        "description": record.request.description,
        "scratch": record.request.scratch,
        "retried_from": record.request.retried_from,
    }


def _row(record: RunRecord) -> tuple[Any, ...]:
    took = None
    if record.started is not None and record.finished is not None:
        took = record.finished - record.started
    mark = "(scratch) " if record.request.scratch else ""
    return (
        record.id,
        record.request.pipeline,
        state_text(record.state),
        moment(record.started or record.created),
        duration(took),
        mark + record.request.description,
    )
