"""``netloom doctor``: is everything in order here?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netloom.cli.command import Invocation, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.reader_language import told
from netloom.cli.tables import table

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.checkup import Check


@verb("doctor")
def command(invocation: Invocation) -> ExitCode:
    """Check that this machine and workspace are in order.

    Looks at Python, devices, the disk, the database, installed operators and leftovers of programs
    that were killed. The exit code is 1 if a check failed.
    """
    checks = invocation.open_workspace().doctor()
    failed = any(check.state == "failed" for check in checks)
    invocation.answer(
        {"ok": not failed, "checks": [check.to_json() for check in checks]},
        lambda console: _show(console, checks),
    )
    return ExitCode.FAILED if failed else ExitCode.OK


def _show(console: Console, checks: Sequence[Check]) -> None:
    from rich.text import Text

    marks = {
        "ok": ("✓", "ok", "green"),
        "warning": ("!", "warning", "yellow"),
        "failed": ("✗", "failed", "red"),
    }
    rows = []
    for check in checks:
        icon, word, colour = marks[check.state]
        rows.append(
            (Text(f"{icon} {told(word)}", style=colour), check.name, check.finding, check.fix)
        )
    console.print(table(["", "check", "found", "what to do"], rows))
