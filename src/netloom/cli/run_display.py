"""Shows a run while it goes on: a live table on a terminal, one line for each change elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from netloom.cli.figures import duration, metrics_line
from netloom.cli.problems import diagnostic_text
from netloom.cli.reader_language import said, told, word
from netloom.cli.run_view import NodeView, RunView
from netloom.execution.events import NodeChanged, NodeNoted, RunEvent
from netloom.execution.state_display import look_of
from netloom.execution.states import RunState

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

_BAR_WIDTH = 20
_UNREMARKABLE = frozenset({RunState.PENDING, RunState.QUEUED, RunState.CACHED})


class RunDisplay(AbstractContextManager["RunDisplay"]):
    """Receives the events of one run (from any one thread) and shows them on standard error.

    Args:
        make_console: Makes the console; called when there is something to show, because rich takes
            longer to import than a run whose results are all reused.
        is_terminal: Whether a live table may be shown; None asks standard error.
    """

    def __init__(
        self, make_console: Callable[[], Console], *, is_terminal: bool | None = None
    ) -> None:
        self.view = RunView()
        self._is_terminal = sys.stderr.isatty() if is_terminal is None else is_terminal
        self._make_console = make_console
        self._live: Live | None = None

    @cached_property
    def _console(self) -> Console:
        return self._make_console()

    def __enter__(self) -> Self:
        if self._is_terminal and self._console.is_terminal:
            from rich.live import Live

            self._live = Live(
                console=self._console,
                get_renderable=self._render,
                refresh_per_second=8,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: RunEvent) -> None:
        self.view.apply(event)
        if isinstance(event, NodeChanged):
            for diagnostic in event.diagnostics:
                self._console.print(diagnostic_text(diagnostic))
        if self._live is None:
            line = plain_line(self.view, event)
            if line is not None:
                self._console.print(line)

    def _render(self) -> RenderableType:
        return live_table(self.view, now=time.time(), height=self._console.height)


def plain_line(view: RunView, event: RunEvent) -> Text | None:
    """One line for a change worth a line in a log; None for the others."""
    if isinstance(event, NodeNoted):
        from rich.text import Text

        return Text.assemble(
            _clock(event.time), " ", (event.node, "bold"), f"  {said(event.message)}"
        )
    if not isinstance(event, NodeChanged) or event.state in _UNREMARKABLE:
        return None
    from rich.text import Text

    look = look_of(event.state)
    node = view.nodes[event.node]
    facts = [duration(event.seconds), metrics_line(node.metrics), said(event.why)]
    return Text.assemble(
        _clock(event.time),
        " ",
        (look.icon, look.colour),
        " ",
        (event.node, "bold"),
        f" {word(look.word)}",
        *(f"  {fact}" for fact in facts if fact),
    )


def live_table(view: RunView, *, now: float, height: int) -> RenderableType:
    """The table shown on a terminal; never taller than ``height`` lines."""
    from rich.console import Group
    from rich.table import Table

    table = Table.grid(padding=(0, 1))
    shown = view.most_telling(max(1, height - 3))
    for node in shown:
        _add_row(table, node, now)
    hidden = len(view.nodes) - len(shown)
    return Group(table, _footer(view, hidden, now))


def _add_row(table: Table, node: NodeView, now: float) -> None:
    from rich.text import Text

    look = look_of(node.state)
    table.add_row(
        Text(look.icon, style=look.colour),
        Text(node.id, style="bold" if node.state is RunState.RUNNING else ""),
        Text(word(look.word), style=look.colour),
        duration(node.elapsed_s(now)),
        _progress(node, now),
        Text(_remark(node), style="dim", no_wrap=True, overflow="ellipsis"),
    )


def _progress(node: NodeView, now: float) -> Text:
    from rich.text import Text

    if node.state is not RunState.RUNNING or not (node.done or node.total):
        return Text("")
    if not node.total:
        return Text(f"{node.done:g} {node.unit}")
    share = min(1.0, node.done / node.total)
    filled = round(share * _BAR_WIDTH)
    remaining = node.remaining_s(now)
    return Text.assemble(
        ("━" * filled, "blue"),
        ("━" * (_BAR_WIDTH - filled), "bright_black"),
        f" {node.done:g}/{node.total:g} {node.unit}",
        (told(f"  {duration(remaining)} left") if remaining is not None else "", "dim"),
    )


def _remark(node: NodeView) -> str:
    if node.state is RunState.RUNNING:
        return metrics_line(node.metrics) or said(node.note)
    if node.state.has_outputs:
        return metrics_line(node.metrics) or said(node.why)
    return said(node.why)


def _footer(view: RunView, hidden: int, now: float) -> Text:
    from rich.text import Text

    done = view.count(*(state for state in RunState if state.is_final))
    facts = [f"run {view.run}" if view.run else "starting", f"{done} of {len(view.nodes)} nodes"]
    if hidden:
        facts.append(f"{hidden} more not shown")
    if view.started is not None:
        facts.append(duration(max(0.0, now - view.started)))
    return Text("  ".join(map(told, facts)), style="dim")


def _clock(seconds_since_epoch: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds_since_epoch))
