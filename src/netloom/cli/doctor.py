"""``netloom doctor``: is everything in order here?"""

from __future__ import annotations

from netloom.cli.command import Invocation, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.tables import table


@verb("doctor")
def command(invocation: Invocation) -> ExitCode:
    """Check that this machine and workspace are in order.

    Looks at Python, devices, the disk, the database, installed operators and leftovers of programs
    that were killed. The exit code is 1 if something needs attention.
    """
    from rich.text import Text

    checks = invocation.open_workspace().doctor()
    rows = [
        (
            Text("✓ ok", style="green") if check.ok else Text("✗ look", style="red"),
            check.name,
            check.message,
            check.fix or "",
        )
        for check in checks
    ]
    invocation.answer(
        {"ok": all(check.ok for check in checks), "checks": [check.to_json() for check in checks]},
        lambda console: console.print(table(["", "check", "found", "what to do"], rows)),
    )
    return ExitCode.OK if all(check.ok for check in checks) else ExitCode.FAILED
