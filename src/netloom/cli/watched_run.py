"""Watching a run to its end: what ``run``, ``retry`` and ``reproduce`` have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.cli.command import Invocation, stderr
from netloom.cli.exit_codes import ExitCode, exit_code_for_state
from netloom.cli.figures import size
from netloom.cli.run_display import RunDisplay
from netloom.cli.tables import node_table, state_text
from netloom.execution.events import RunEvent
from netloom.execution.states import RunState

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.results import RunResult

Start = Callable[[Callable[[RunEvent], None]], "RunResult"]
"""Starts a run, hands its events to a callback, and returns when it ended."""


def watch(invocation: Invocation, start: Start) -> ExitCode:
    """Run to the end with progress on standard error, print the result, return the exit code."""
    with RunDisplay(stderr()) as display:
        result = start(display)
    document = result.to_json()
    invocation.answer(document, lambda console: show_run(console, document))
    return exit_code_for_state(document["state"])


def show_run(console: Console, document: Mapping[str, Any]) -> None:
    """Nodes, outputs and what to do next, from the JSON form of a run."""
    console.print(node_table(document["nodes"]))
    console.print("run", document["run"], state_text(RunState(document["state"])))
    for name, node in document["nodes"].items():
        for port, output in (node.get("outputs") or {}).items():
            _show_output(console, f"{name}.{port}", output)
    if hint := _HINTS.get(document["state"]):
        console.print(hint.format(run=document["run"]), style="dim", markup=False)


def _show_output(console: Console, name: str, output: Mapping[str, Any]) -> None:
    path = Path(output["path"]) / output["preview"].get("file", "")
    line = f"  {name}: {path}  {size(output['size_bytes'])}"
    console.print(line, markup=False, soft_wrap=True)


_HINTS = {
    "failed": "What a node wrote: netloom logs {run} NODE   after mending: netloom retry {run}",
    "cancelled": "Continue it: netloom retry {run}",
    "waiting": "What is asked: netloom show {run}   answer: netloom answer {run} NODE ANSWER",
}
