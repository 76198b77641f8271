"""Arguments of every command that reads a pipeline file, and how the file is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netloom.core.diagnostics import Severity

if TYPE_CHECKING:
    from netloom.cli.command import Invocation
    from netloom.workspace.pipelines import LoadedPipeline
    from netloom.workspace.workspace import Workspace

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class PipelineChoice:
    """Which pipeline: a file, overlays merged onto it in order, and single values set last."""

    file: Path
    overlays: tuple[Path, ...] = ()
    sets: tuple[str, ...] = ()

    def open(
        self, invocation: Invocation, *, warn: bool = True
    ) -> tuple[Workspace, LoadedPipeline]:
        """Open the workspace of the file's project and load the pipeline.

        With ``warn``, warnings are shown on standard error; errors are raised by whoever plans.
        """
        from netloom.cli.problems import show_diagnostics

        workspace = invocation.open_workspace(self.file)
        loaded = workspace.load(self.file, overlays=self.overlays, sets=self.sets)
        if warn:
            show_diagnostics(d for d in loaded.diagnostics if d.severity is not Severity.ERROR)
        return workspace, loaded


def pipeline_options(function: Decorated) -> Decorated:
    """Add FILE, ``-f`` and ``--set``: the fields of :class:`PipelineChoice`."""
    file = click.argument("file", type=click.Path(path_type=Path))
    return file(layer_options(function))


def layer_options(function: Decorated) -> Decorated:
    """Add ``-f`` and ``--set``: what is laid over a pipeline file."""
    for decorate in (
        click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="PATH=VALUE",
            help="Set one value, e.g. fit.epochs=5 or vars.size=64. May be repeated.",
        ),
        click.option(
            "-f",
            "--overlay",
            "overlays",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Merge another file over the pipeline. May be repeated; the last one wins.",
        ),
    ):
        function = decorate(function)
    return function


def selection_options(function: Decorated) -> Decorated:
    """Add ``--to``, ``--from`` and ``--force``."""
    for flag, name, text in (
        ("--force", "force", "Run this node even if its result could be reused."),
        ("--from", "start", "Only this node and what depends on it."),
        ("--to", "to", "Only this node and what it needs."),
    ):
        decorate = click.option(flag, name, multiple=True, metavar="NODE", help=text)
        function = decorate(function)
    return function
