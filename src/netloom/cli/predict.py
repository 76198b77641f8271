"""``netloom predict``: apply a trained model to images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.tables import table
from netloom.core.errors import NotFound

if TYPE_CHECKING:
    from rich.console import Console


@verb("predict")
@click.argument("model")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--device", default="cpu", show_default=True, help="Where to compute: cpu, cuda:0 …")
def command(invocation: Invocation, *, model: str, images: tuple[Path, ...], device: str) -> None:
    """Apply a trained model to images.

    MODEL is the folder of a model package, or an output of a run: RUN:NODE.PORT.
    IMAGES are image files, or folders whose image files are taken.

    \b
    netloom predict last:fit.model photo.png
    netloom predict models/digits scans/ --json
    """
    package = model_package(invocation, model)
    paths = [path for named in images for path in image_files(named)]
    from netloom.inference.predictor import Predictor

    found = Predictor.open(package, device=device).predict(paths)
    rows = [
        {"image": str(path), **prediction} for path, prediction in zip(paths, found, strict=True)
    ]
    invocation.answer(
        {"model": str(package), "predictions": rows}, lambda console: _show(console, rows)
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
        raise NotFound.of(
            f"there is no model {model!r}",
            expected="the folder of a model package, or RUN:NODE.PORT such as last:fit.model",
            fix="`netloom runs` lists runs, `netloom show RUN --json` their outputs",
        )
    return invocation.open_workspace().result(run).path(output)


def image_files(path: Path) -> list[Path]:
    """The file itself, or the image files below a folder in a stable order.

    Raises:
        NotFound: It does not exist, or the folder holds no image.
    """
    from netloom.data.formats.listing import IMAGE_SUFFIXES

    if path.is_file():
        return [path]
    found = sorted(
        file
        for file in (path.rglob("*") if path.is_dir() else ())
        if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file()
    )
    if not found:
        what = f"the folder {path} holds no image" if path.is_dir() else f"there is no file {path}"
        raise NotFound.of(what, expected=f"files ending in {', '.join(sorted(IMAGE_SUFFIXES))}")
    return found


def _show(console: Console, rows: list[dict[str, Any]]) -> None:
    console.print(
        table(
            ["image", "label", "score"],
            [(row["image"], row["label"], f"{row['score']:.3f}") for row in rows],
        )
    )
