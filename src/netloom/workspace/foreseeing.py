"""What is known of a pipeline before it runs, told before anything is queued, with the places in its file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import InvalidInput, InvalidPipeline
from netloom.core.identifiers import NodeId
from netloom.graph.foresight import Foresight, foresight, without_repetitions
from netloom.workspace.pipelines import LoadedPipeline

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


def foresee(
    workspace: Workspace,
    pipeline: LoadedPipeline,
    *,
    selected: Collection[NodeId] | None = None,
    looks_outside: bool = True,
) -> Foresight:
    """What the operators of a pipeline know, with file and line of what will go wrong.

    Args:
        selected: Only these nodes; None is all.
        looks_outside: Whether sources may look at their data.
    """
    project = workspace.project
    found = foresight(
        pipeline.checked,
        workspace.catalogue,
        project=project,
        resolve=partial(workspace.artifacts.located, project=project),
        selected=selected,
        looks_outside=looks_outside,
    )
    return replace(found, problems=pipeline.located(found.problems))


@contextmanager
def also_told(pipeline: LoadedPipeline, problems: Collection[Diagnostic]) -> Iterator[None]:
    """Raise what will go wrong after the block; with what the block finds out, if it finds something.

    Raises:
        InvalidInput: There are errors among the problems, or in the block.
    """
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    try:
        yield
    except InvalidInput as error:
        found = pipeline.located(error.diagnostics)
        raise type(error)(*found, *without_repetitions(errors, found)) from error
    if errors:
        raise InvalidPipeline(*errors)
