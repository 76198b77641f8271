"""``netloom gc``: free disk space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.figures import size
from netloom.cli.reader_language import told
from netloom.cli.tables import table

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.collection import GcReport


@verb("gc")
@click.option(
    "--keep", default=20, show_default=True, type=click.IntRange(0),
    help="Keep the results of this many newest runs of each pipeline.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Delete. Without it nothing is deleted.")
def command(invocation: Invocation, *, keep: int, yes: bool) -> None:
    """Free disk space: preview, or delete with --yes.

    Results that a kept run uses stay, and so does everything a result points into.
    """
    report = invocation.open_workspace().gc(keep_runs=keep, delete=yes)
    invocation.answer(report.to_json(), lambda console: _show(console, report))


def _show(console: Console, report: GcReport) -> None:
    if not report.items:
        console.print(told("nothing to free"))
        return
    rows = [(item.kind, item.id[:16], size(item.size_bytes), item.why) for item in report.items]
    console.print(table(["what", "name", "size", "why"], rows))
    total = f"{len(report.items)} items, {size(report.size_bytes)}"
    if report.deleted:
        console.print(told(f"freed {total}"))
    else:
        console.print(told(f"would free {total}; delete with: netloom gc --yes"))
