"""``netloom diff``: what differs between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.cli.command import Invocation, run_argument, verb

if TYPE_CHECKING:
    from netloom.tracking.comparison import RunComparison


@verb("diff")
@run_argument("a")
@run_argument("b")
def command(invocation: Invocation, *, a: str, b: str) -> None:
    """Compare two runs: settings, data, code and metrics.

    A and B are run ids, beginnings of ids, or "last".
    """
    comparison: RunComparison = invocation.open_workspace().diff(a, b)
    invocation.answer(comparison.to_json(), lambda console: console.print(str(comparison)))
