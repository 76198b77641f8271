"""``netloom show``: one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.cli.command import Invocation, run_argument, verb
from netloom.cli.figures import moment
from netloom.cli.problems import diagnostic_text
from netloom.cli.reader_language import told
from netloom.cli.watched_run import show_run
from netloom.core.diagnostics import Diagnostic

if TYPE_CHECKING:
    from rich.console import Console


@verb("show")
@run_argument(required=False)
def command(invocation: Invocation, *, run: str) -> None:
    """Show one run and its nodes.

    RUN is an id, the beginning of one, or "last".
    """
    document = invocation.open_workspace().result(run).to_json()
    invocation.answer(document, lambda console: _show(console, document))


def _show(console: Console, document: dict[str, Any]) -> None:
    for name in ("pipeline", "file", "description", "folder"):
        if document.get(name):
            console.print(f"{_label(name)}{document[name]}", markup=False, soft_wrap=True)
    for name in ("created", "started", "finished"):
        if document.get(name):
            console.print(f"{_label(name)}{moment(document[name])}", markup=False)
    show_run(console, document)
    for name, node in document["nodes"].items():
        for problem in node.get("diagnostics") or ():
            console.print(diagnostic_text(Diagnostic.from_json(problem)))
        if node.get("request"):
            console.print(told(f"{name} asks: {node['request']}"), style="magenta", markup=False)


def _label(english: str) -> str:
    """A word in the reader's language, in twelve cells."""
    from rich.cells import set_cell_size

    return set_cell_size(told(english), 12)
