"""``netloom metrics``: numbers a run logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, run_argument, verb
from netloom.cli.figures import number
from netloom.cli.tables import table
from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.tracking.run_store import MetricSeries
    from netloom.workspace.workspace import Workspace


@verb("metrics")
@run_argument(required=False)
@click.argument("node", required=False)
@click.argument("name", required=False)
@click.option(
    "--points",
    default=1000,
    show_default=True,
    type=click.IntRange(2),
    help="At most this many points of a metric; extremes are kept.",
)
def command(
    invocation: Invocation, *, run: str, node: str | None, name: str | None, points: int
) -> None:
    """Print the metrics of a run.

    Without NAME: the last value of every metric. With NODE and NAME: its points, step by step.
    """
    workspace = invocation.open_workspace()
    if node and name:
        series = workspace.metrics(run, node, name, max_points=points)
        document = {
            "node": series.node,
            "name": series.name,
            "steps": series.steps.tolist(),
            "values": series.values.tolist(),
            "times": series.times.tolist(),
        }
        invocation.answer(document, lambda console: _show_series(console, series))
    else:
        _last_values(invocation, workspace, run, node)


def _last_values(invocation: Invocation, workspace: Workspace, run: str, node: str | None) -> None:
    nodes = workspace.result(run).to_json()["nodes"]
    if node is not None and node not in nodes:
        raise NotFound.of(
            f"the run {run} has no node {node!r}",
            fix=did_you_mean(node, nodes) or f"Nodes: {', '.join(nodes)}",
        )
    values = {
        name: document["metrics"]
        for name, document in nodes.items()
        if document.get("metrics") and node in (None, name)
    }
    rows = [
        (owner, metric, number(value))
        for owner, metrics in values.items()
        for metric, value in metrics.items()
    ]
    invocation.answer(
        {"metrics": values},
        lambda console: console.print(table(["node", "metric", "last value"], rows)),
    )


def _show_series(console: Console, series: MetricSeries) -> None:
    rows = zip(series.steps.tolist(), map(number, series.values.tolist()), strict=True)
    console.print(table(["step", series.name], rows))
