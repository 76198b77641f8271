"""``netloom predict``: apply a trained model to images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.figures import duration
from netloom.cli.file_lists import image_files, listed_files
from netloom.cli.progress_line import ProgressLine
from netloom.cli.tables import table
from netloom.core.errors import InvalidData, NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.inference.file_prediction import BadFile, OnBad
    from netloom.inference.prediction_formats import PredictionFormat
    from netloom.inference.predictor import Predictor

_BAD_SHOWN = 10


@dataclass(slots=True)
class _Summary:
    """What came of it.

    Attributes:
        labels: How often each label was predicted, for tasks whose predictions have one.
    """

    predicted: int = 0
    bad: list[BadFile] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    elapsed_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "images": self.predicted + len(self.bad),
            "predicted": self.predicted,
            "bad": [{"path": str(bad.path), "reason": bad.problem.message} for bad in self.bad],
            "labels": dict(self.labels.most_common()),
            "seconds": round(self.elapsed_s, 3),
            "images_per_s": round(self.predicted / max(self.elapsed_s, 1e-9), 1),
        }


@verb("predict")
@click.argument("model")
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="FILE",
    help="Take the images named in FILE: one path per line, or a CSV with a column 'path'; - reads lines "
    "from standard input.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the predictions to FILE, as its suffix says: .parquet, .jsonl or .csv.",
)
@click.option(
    "--on-bad",
    type=click.Choice(["error", "skip"]),
    default="error",
    show_default=True,
    help="What an unreadable image does: end everything, or be left out and reported.",
)
@click.option("--device", default="cpu", show_default=True, help="Where to compute: cpu, cuda:0 …")
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="Images per forward pass.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Threads that decode images.  [default: one per core]",
)
def command(
    invocation: Invocation,
    *,
    model: str,
    images: tuple[Path, ...],
    lists: tuple[str, ...],
    output: Path | None,
    on_bad: OnBad,
    device: str,
    batch_size: int,
    threads: int | None,
) -> None:
    """Apply a trained model to images.

    MODEL is the folder of a model package, or an output of a run: RUN:NODE.PORT.
    IMAGES are image files, or folders whose image files are taken.

    \b
    netloom predict last:fit.model photo.png
    netloom predict models/digits scans/ -o predictions.parquet --on-bad skip
    find /data -name '*.jpg' | netloom predict models/pets --list - -o pets.csv
    """
    if not images and not lists:
        raise click.UsageError("Name images, folders or a --list.")
    from netloom.inference.prediction_formats import format_of

    form = None if output is None else format_of(output)
    package = model_package(invocation, model)
    files = [file for named in images for file in image_files(named)]
    files += [file for name in lists for file in listed_files(name)]
    from netloom.inference.predictor import Predictor

    predictor = Predictor.open(package, device=device, batch_size=batch_size)
    summary = _Summary()
    rows = _rows(predictor, files, summary, on_bad=on_bad, threads=threads)
    document: dict[str, Any] = {"model": str(package)}
    if output is None or form is None:
        shown = [row for block in rows for row in block]
        _check_any(summary)
        invocation.answer(
            {**document, **summary.to_json(), "predictions": shown},
            lambda console: _show(console, shown, summary),
        )
        return
    _write(output, form, rows, summary)
    invocation.answer(
        {**document, "output": str(output), **summary.to_json()},
        lambda console: _show_written(console, output, summary),
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


def _rows(
    predictor: Predictor,
    files: list[Path],
    summary: _Summary,
    *,
    on_bad: OnBad,
    threads: int | None,
) -> Iterator[list[dict[str, Any]]]:
    """One block of rows per batch; fills in the summary on the way."""
    from netloom.data.path_text import text_from_path
    from netloom.inference.file_prediction import predict_files

    with ProgressLine(len(files), "images") as progress:
        for batch in predict_files(predictor, files, on_bad=on_bad, threads=threads):
            rows = [{"path": text_from_path(str(path)), **found} for path, found in batch.found]
            summary.predicted += len(rows)
            summary.bad += batch.bad
            summary.labels.update(row["label"] for row in rows if "label" in row)
            yield rows
            progress.advance(len(rows) + len(batch.bad))
        summary.elapsed_s = progress.elapsed_s


def _write(
    output: Path,
    form: PredictionFormat,
    rows: Iterator[list[dict[str, Any]]],
    summary: _Summary,
) -> None:
    from netloom.inference.predictions import writing_predictions

    with writing_predictions(output, form=form, names=("path",)) as writer:
        for block in rows:
            writer.add(block)
        _check_any(summary)


def _check_any(summary: _Summary) -> None:
    if not summary.predicted:
        raise InvalidData(*(bad.problem for bad in summary.bad[:_BAD_SHOWN]))


def _show(console: Console, rows: list[dict[str, Any]], summary: _Summary) -> None:
    console.print(
        table(
            ["image", "label", "score"],
            [(row["path"], row["label"], f"{row['score']:.3f}") for row in rows],
        )
    )
    _show_bad(console, summary)


def _show_written(console: Console, output: Path, summary: _Summary) -> None:
    document = summary.to_json()
    took = f"{duration(summary.elapsed_s)}, {document['images_per_s']:.0f} images/s"
    console.print(f"Wrote {summary.predicted} predictions to {output} ({took}).", markup=False)
    _show_bad(console, summary)


def _show_bad(console: Console, summary: _Summary) -> None:
    if not summary.bad:
        return
    console.print(f"{len(summary.bad)} images were left out:", markup=False)
    for bad in summary.bad[:_BAD_SHOWN]:
        console.print(f"  {bad.path}: {bad.problem.message}", markup=False)
    if len(summary.bad) > _BAD_SHOWN:
        console.print("  … --json lists all of them.", markup=False)
