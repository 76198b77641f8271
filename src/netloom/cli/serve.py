"""``netloom serve``: trained models over HTTP."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from netloom.cli.command import Invocation, print_json, verb
from netloom.cli.named_models import model_package
from netloom.cli.predict_table import followed
from netloom.serving.options import Source, serve_sources, serving_options, tell


@verb("serve")
@click.argument("models", nargs=-1, required=True, metavar="[NAME=]MODEL…")
@serving_options
def command(invocation: Invocation, *, models: tuple[str, ...], **options: Any) -> None:
    """Serve trained models over HTTP.

    MODEL is a bundle (folder or zip file), the folder of a model, a run, or an output of one: RUN:NODE.PORT.
    The first one answers POST /aip and /v1/predict, each of them /v1/models/NAME/predict.

    \b
    netloom serve last
    netloom serve digits.zip --host 0.0.0.0 --port 8080
    netloom serve birds=last:fit.model digits=models/digits
    """
    with ExitStack() as stack:
        sources = [_source(invocation, text, stack) for text in models]
        announce = print_json if invocation.as_json else tell
        serve_sources(sources, announce=announce, **options)


def _source(invocation: Invocation, text: str, stack: ExitStack) -> Source:
    """A name, if there is one, and a folder or zip file; a whole run is assembled in a folder first."""
    name, equals, target = text.partition("=")
    if not equals or Path(text).exists():
        name, target = "", text
    path = Path(target).expanduser()
    if path.exists():
        return name or None, path
    if ":" in target:
        package = followed(invocation, model_package(invocation, target))
        return name or target.partition(":")[2].partition(".")[0], package
    from netloom.workspace.bundles.making import bundle_name
    from netloom.workspace.run_inference import assemble

    workspace = invocation.open_workspace()
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="netloom-run-")), "models")
    found = assemble(workspace, target, folder)
    pipeline = workspace.result(found.run).record.request.pipeline
    return name or bundle_name(pipeline), folder
