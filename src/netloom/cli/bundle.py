"""``netloom bundle``: what a run trained as a zip file that serves by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netloom.cli.command import Invocation, run_argument, verb
from netloom.core.errors import Conflict

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.bundles.making import WrittenBundle


@verb("bundle")
@run_argument()
@click.option(
    "--output",
    "-o",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The zip file to write.",
)
@click.option(
    "--name", metavar="NAME", help="Of the model in addresses.  [default: the pipeline's]"
)
@click.option(
    "--version",
    default="1.0",
    show_default=True,
    metavar="N.N",
    help="Of the bundle, as deploy.sh takes it.",
)
@click.option(
    "--outputs",
    metavar="NODES",
    help="The models whose predictions are wanted, by comma.  [default: those that the run is about]",
)
@click.option(
    "--sample",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="PICTURE",
    help="A JPEG or PNG file to show requests with.  [default: one is painted; data stay here]",
)
@click.option(
    "--wheels",
    "with_wheels",
    is_flag=True,
    help="Put the libraries into it, for machines of this kind that reach no package index.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def command(
    invocation: Invocation,
    *,
    run: str,
    file: Path,
    name: str | None,
    version: str,
    outputs: str | None,
    sample: Path | None,
    with_wheels: bool,
    force: bool,
) -> None:
    """Write what a run trained as a zip file that serves by itself.

    It holds the models as ONNX, the runtime (no PyTorch), a sample request, and deploy.sh, which
    serves it on any machine with Python. A model of tables comes with its feature map and needs PyTorch.

    \b
    netloom bundle last -o digits.zip
    unzip digits.zip -d digits && digits/deploy.sh 1.x 10086
    """
    if file.exists() and not force:
        raise Conflict.of(f"{file} exists already", fix="Name another file, or add --force")
    from netloom.workspace.bundles.making import bundle_run

    chosen = [each.strip() for each in outputs.split(",")] if outputs else None
    written = bundle_run(
        invocation.open_workspace(),
        run,
        file,
        name=name,
        version=version,
        outputs=chosen,
        sample=None if sample is None else sample.read_bytes(),
        with_wheels=with_wheels,
    )
    document = {
        "file": str(written.file),
        "bytes": written.file.stat().st_size,
        "bundle": written.bundle.model_dump(mode="json", exclude={"files"}),
        "notes": [note.to_json() for note in written.notes],
    }
    invocation.answer(document, lambda console: _show(console, written))


def _show(console: Console, written: WrittenBundle) -> None:
    bundle, megabytes = written.bundle, written.file.stat().st_size / 1e6
    console.print(
        f"Wrote {bundle.name} {bundle.version} to {written.file} ({megabytes:.2f} MB).",
        markup=False,
    )
    for step, model in bundle.models.items():
        console.print(f"  {step}: {model.task}, {model.runtime}", markup=False)
    for note in written.notes:
        console.print(f"  {note}", markup=False)
    console.print("Serve it: unzip it, then ./deploy.sh", markup=False)
