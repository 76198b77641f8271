"""Watching a run to its end: what ``run``, ``retry`` and ``reproduce`` have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.cli.command import Invocation, stderr
from netloom.cli.exit_codes import ExitCode, exit_code_for_state
from netloom.cli.figures import duration
from netloom.cli.reader_language import told
from netloom.cli.run_display import RunDisplay
from netloom.cli.tables import node_table, state_text
from netloom.execution.events import RunEvent
from netloom.execution.states import RunState
from netloom.tracking.model_store import MODEL_MEDIA_TYPE
from netloom.workspace.layout import find_project, find_workspace
from netloom.workspace.output_links import FOLDER, link_name

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.results import RunResult

Start = Callable[[Callable[[RunEvent], None]], "RunResult"]
"""Starts a run, hands its events to a callback, and returns when it ended."""


def watch(invocation: Invocation, start: Start) -> ExitCode:
    """Run to the end with progress on standard error, print the result, return the exit code."""
    with RunDisplay(stderr) as display:
        result = start(display)
    document = result.to_json()
    invocation.answer(document, lambda console: show_run(console, document))
    return exit_code_for_state(document["state"])


def show_run(console: Console, document: Mapping[str, Any]) -> None:
    """Nodes, outputs and what to do next, from the JSON form of a run."""
    console.print(node_table(document["nodes"]))
    console.print(
        told("run"), document["run"], state_text(RunState(document["state"])), _summary(document)
    )
    if document.get("folder"):
        console.print(told("folder"), _near(Path(document["folder"])), markup=False, soft_wrap=True)
    for name, path in result_files(document):
        console.print(f"{name}: {_near(path)}", markup=False, soft_wrap=True)
    if hint := _HINTS.get(document["state"]):
        node = next(
            (n for n, d in document["nodes"].items() if d["state"] == document["state"]), ""
        )
        text = hint.format(
            run=document["run"] + _workspace_option(document),
            node=node,
            model=_use_of_models(document),
        )
        console.print(_each_told(text), style="dim", markup=False, soft_wrap=True)


def result_files(document: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Outputs a person can open, such as reports and tables: ``node.port`` and the file."""
    for name, node in document["nodes"].items():
        for port, output in (node.get("outputs") or {}).items():
            if file := output["preview"].get("file"):
                link = Path(document.get("folder", "")) / FOLDER / link_name(name, port)
                folder = link if link.is_dir() else Path(output["path"])
                yield f"{name}.{port}", folder / file


def _summary(document: Mapping[str, Any]) -> str:
    nodes = document["nodes"].values()
    reused = sum(node["state"] == RunState.CACHED for node in nodes)
    took = duration(document.get("seconds"))
    return told(f"in {took}, {reused} of {len(nodes)} nodes reused")


def _each_told(hints: str) -> str:
    """Lines of what to do next, in the reader's language."""
    return "\n".join(map(told, hints.split("\n")))


def _use_of_models(document: Mapping[str, Any]) -> str:
    """What can be done with what was trained: one model by itself, or all that work together."""
    models = _outputs_of_type(document, MODEL_MEDIA_TYPE)
    if tables := _outputs_of_type(document, TRAINED_TABLE_MODEL):
        return f"\nuse the model: netloom predict {tables[-1]} TABLE… -o FOLDER"
    if not models:
        return ""
    run = document["run"] + _workspace_option(document)
    use = f"use the model: netloom predict {models[0]} IMAGE…"
    if len(models) > 1:
        use = f"use its models: netloom predict {run} IMAGE…"
    return f"\n{use}\nserve over HTTP: netloom bundle {run} -o {document['pipeline']}.zip"


def _outputs_of_type(document: Mapping[str, Any], media_type: str) -> list[Path]:
    return [
        _near(Path(document["folder"]) / FOLDER / link_name(name, port))
        for name, node in document["nodes"].items()
        for port, output in (node.get("outputs") or {}).items()
        if output["media_type"] == media_type
    ]


def _workspace_option(document: Mapping[str, Any]) -> str:
    """``-w FOLDER`` if a command given here would look into another workspace."""
    workspace = Path(document["folder"]).parent.parent
    is_default = find_workspace(find_project(Path.cwd())) == workspace
    return "" if is_default else f" -w {_near(workspace)}"


def _near(path: Path) -> Path:
    """The path as seen from the current folder, if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


TRAINED_TABLE_MODEL = "application/vnd.netloom.table-model"

_HINTS = {
    "succeeded": "look closer: netloom show {run}{model}",
    "failed": "its log: netloom logs {run} {node}\ngo on after mending: netloom retry {run}",
    "cancelled": "go on: netloom retry {run}",
    "waiting": "answer: netloom answer {run} {node} ANSWER, then: netloom retry {run}",
}
