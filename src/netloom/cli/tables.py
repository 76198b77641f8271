"""Tables on the terminal: plain columns, states with their icon, colour and word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netloom.cli.figures import duration, metrics_line
from netloom.cli.reader_language import said, told, word
from netloom.execution.state_display import look_of
from netloom.execution.states import PlanState, RunState

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table without lines. Cells are literal text; the first column names the row and never wraps."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, column in enumerate(columns):
        made.add_column(told(column), overflow="fold", no_wrap=index == 0)
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def state_text(state: RunState | PlanState) -> Text:
    """``✓ succeeded`` in its colour."""
    from rich.text import Text

    look = look_of(state)
    return Text(f"{look.icon} {word(look.word)}", style=look.colour)


def node_table(nodes: Mapping[str, Mapping[str, Any]]) -> Table:
    """Nodes of a run from their JSON form: state, seconds, metrics, why."""
    rows = [
        (
            name,
            state_text(RunState(node["state"])),
            duration(node.get("seconds")),
            metrics_line(node.get("metrics") or {}),
            said(node.get("why") or ""),
        )
        for name, node in nodes.items()
    ]
    return table(["node", "state", "time", "metrics", "why"], rows)
