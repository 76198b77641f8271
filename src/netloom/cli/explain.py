"""``netloom explain``: where the values of a pipeline file come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.pipeline_options import PipelineChoice, pipeline_options
from netloom.cli.tables import table
from netloom.core.errors import NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.graph.pipeline_file.document import Explanation


@verb("explain")
@pipeline_options
@click.argument("path", required=False)
def command(
    invocation: Invocation,
    *,
    file: Path,
    path: str | None,
    overlays: tuple[Path, ...],
    sets: tuple[str, ...],
) -> None:
    """Show where every value of a pipeline file comes from.

    For each value: the file and line, or the flag, that set it, and what it replaced. PATH limits
    the answer to one value or section, e.g. nodes.fit or vars.size.
    """
    from netloom.graph.pipeline_file.document import explain

    _, loaded = PipelineChoice(file, overlays, sets).open(invocation)
    assert loaded.document is not None  # it was read from a file
    found = [each for each in explain(loaded.document) if path is None or _is_below(each, path)]
    if not found:
        raise NotFound.of(
            f"there is no value at {path!r} in {file}",
            fix=f"`netloom explain {file}` shows them all",
        )
    document = [_to_json(each) for each in found]
    invocation.answer({"values": document}, lambda console: _show(console, found))


def _is_below(explanation: Explanation, path: str) -> bool:
    if explanation.path == path:
        return True
    return explanation.path.startswith((f"{path}.", f"{path}["))


def _to_json(explanation: Explanation) -> dict[str, Any]:
    return {
        "path": explanation.path,
        "value": explanation.value,
        "layer": explanation.layer,
        "source": explanation.source,
        "overridden": [
            {"value": value, "source": source} for value, source in explanation.overridden
        ],
    }


def _show(console: Console, found: list[Explanation]) -> None:
    rows = [
        (
            each.path,
            _shown(each.value),
            each.source,
            ", ".join(f"{_shown(value)} ({source})" for value, source in each.overridden),
        )
        for each in found
    ]
    console.print(table(["value", "is", "set by", "instead of"], rows))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
