"""``netloom-runtime``: the command of the runtime wheel. Serves bundles without PyTorch or a workspace."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from netloom.core.errors import NetloomError
from netloom.core.version import own_version
from netloom.serving.options import serve_sources, serving_options, source_of, tell


@click.group()
@click.version_option(own_version(), prog_name="netloom-runtime")
def runtime() -> None:
    """Serve what Netloom trained."""


@runtime.command()
@click.argument("models", nargs=-1, required=True, metavar="[NAME=]FOLDER|ZIP…")
@serving_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document once it serves.")
def serve(*, models: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Serve bundles (folders or zip files), exported models, or models.

    The first one answers POST /aip and /v1/predict, each of them /v1/models/NAME/predict.
    """

    def announce(document: dict[str, Any]) -> None:
        if as_json:
            sys.stdout.write(json.dumps(document) + "\n")
            sys.stdout.flush()
        else:
            tell(document)

    serve_sources([source_of(text) for text in models], announce=announce, **options)


@runtime.command()
@click.argument("folder", type=click.Path(exists=True))
def verify(*, folder: str) -> None:
    """Check every file of a bundle against its digest."""
    from pathlib import Path

    from netloom.inference.bundle import verify_bundle

    bundle, _ = verify_bundle(Path(folder))
    click.echo(f"{bundle.name} {bundle.version}: {len(bundle.files)} files are as they were made")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; problems are told in a line each."""
    try:
        runtime.main(arguments, standalone_mode=False)
    except NetloomError as error:
        for diagnostic in error.diagnostics:
            sys.stderr.write(f"error {diagnostic.code}: {diagnostic}\n")
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return 0
