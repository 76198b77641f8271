"""Models that a person names on the command line: a folder, an output of a run, or a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation
from netloom.core.errors import NotFound

if TYPE_CHECKING:
    from netloom.inference.graph_predictor import GraphPredictor
    from netloom.inference.predictor import Predictor
    from netloom.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open what the user named."""

    device: str
    batch_size: int
    outputs: tuple[str, ...]

    def opened(self, invocation: Invocation, target: str) -> tuple[str, Predictor | GraphPredictor]:
        """A predictor, and what it was made of.

        Raises:
            NotFound: Neither a folder, nor a bundle, nor an output of a run, nor a run.
            InvalidData: A bundle is not whole, or a model cannot be opened.
        """
        path = Path(target).expanduser()
        is_bundle = path.suffix == ".zip" and path.is_file()
        if is_bundle or path.is_dir() or ":" in target:
            from netloom.inference.graph_predictor import open_predictor

            if self.outputs:
                raise click.UsageError("--outputs chooses among the models of a run; name a run.")
            folder = _unpacked(path) if is_bundle else model_package(invocation, target)
            return str(path if is_bundle else folder), open_predictor(
                folder, device=self.device, batch_size=self.batch_size
            )
        from netloom.workspace.run_inference import bound, opened

        workspace = invocation.open_workspace()
        found = bound(workspace, _existing(workspace, target), outputs=self.outputs or None)
        return found.run, opened(
            found, device=self.device, batch_size=self.batch_size, project=workspace.project
        )


def refuse_unknown(invocation: Invocation, target: str) -> None:
    """Raise NotFound if what should be a run is none; before anything slow, and before other complaints."""
    path = Path(target).expanduser()
    if not (":" in target or path.is_dir() or path.is_file()):
        _existing(invocation.open_workspace(), target)


def _unpacked(archive: Path) -> Path:
    """The folder of a bundle, there as long as the command runs."""
    from netloom.inference.bundle_archive import unpack

    folder = Path(click.get_current_context().with_resource(TemporaryDirectory()))
    unpack(archive, folder)
    return folder


def _existing(workspace: Workspace, run: str) -> str:
    try:
        return workspace.result(run).run
    except NotFound as error:
        raise _no_model(run) from error


def _no_model(model: str) -> NotFound:
    return NotFound.of(
        f"there is no model and no run {model!r}",
        expected="the folder of a model, a bundle, a run, or RUN:NODE.PORT such as last:fit.model",
        fix="`netloom runs` lists runs, `netloom show RUN --json` their outputs",
    )


def model_package(invocation: Invocation, model: str) -> Path:
    """Folder of a model package from what the user typed.

    Raises:
        NotFound: Neither a folder nor an output of a run.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    run, colon, output = model.partition(":")
    if not colon or not output:
        raise _no_model(model)
    return invocation.open_workspace().result(run).path(output)
