"""``netloom export``: write a trained model as a folder that runs without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.named_models import model_package
from netloom.core.errors import Conflict

if TYPE_CHECKING:
    from rich.console import Console

_OWN_FILES = frozenset({"model.json", "model.onnx"})


@verb("export")
@click.argument("model")
@click.option(
    "--output",
    "-o",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where to write; a folder with an earlier export is replaced.",
)
@click.option(
    "--tolerance",
    default=1e-4,
    show_default=True,
    type=click.FloatRange(0.0, 1.0),
    help="Largest difference of a predicted probability that is accepted.",
)
def command(invocation: Invocation, *, model: str, folder: Path, tolerance: float) -> None:
    """Write a trained model as a folder that runs without PyTorch.

    MODEL is the folder of a model package, or an output of a run: RUN:NODE.PORT.
    It becomes an ONNX graph, which is compared with the trained model before it is kept.
    `netloom predict`, `netloom.load` and any ONNX runtime can use it.

    \b
    netloom export last:fit.model -o models/digits
    """
    package = model_package(invocation, model)
    _check_free(folder)
    from netloom.compression.onnx_export import export_model

    done = export_model(package, folder, tolerance=tolerance)
    document = {
        "model": str(package),
        "folder": str(folder),
        "metrics": done.metrics,
        "latencies_ms": done.latencies_ms,
    }
    invocation.answer(document, lambda console: _show(console, document))


def _check_free(folder: Path) -> None:
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not found <= _OWN_FILES:
        raise Conflict.of(
            f"{folder} holds other files",
            expected="a new folder, or one with an earlier export",
            got=", ".join(sorted(found - _OWN_FILES)[:5]),
            fix="Name another folder",
        )


def _show(console: Console, document: dict[str, Any]) -> None:
    metrics, latencies = document["metrics"], document["latencies_ms"]
    console.print(f"exported to {document['folder']} ({metrics['exported_bytes'] / 1e6:.2f} MB)")
    console.print(
        f"largest difference {metrics['max_difference']:.1e} on {metrics['pictures']} pictures "
        f"in batches of {', '.join(map(str, metrics['batch_sizes']))}"
    )
    for size in (1, 32):
        torch, onnx = (latencies[f"{name}/batch_{size}/latency_ms"] for name in ("torch", "onnx"))
        console.print(f"batch {size}: {torch:.2f} ms with PyTorch, {onnx:.2f} ms exported")
