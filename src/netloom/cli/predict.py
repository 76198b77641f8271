"""``netloom predict``: apply a trained model, or all models of a run, to images or to tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.figures import duration
from netloom.cli.file_lists import image_files, listed_files, video_files
from netloom.cli.named_models import Opening, refuse_unknown
from netloom.cli.predict_table import ENGINES, Engine, TableWishes, predict_table, table_model
from netloom.cli.progress_line import ProgressLine
from netloom.cli.tables import table
from netloom.core.errors import InvalidData

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.inference.file_prediction import BadFile, OnBad, Picture
    from netloom.inference.graph_predictor import GraphPredictor
    from netloom.inference.prediction_formats import PredictionFormat
    from netloom.inference.predictor import Predictor
    from netloom.inference.resumable_prediction import Tally
    from netloom.inference.table_pictures import SeveralPictures

Row = dict[str, Any]

_BAD_SHOWN = 10
_BATCH_SIZE = 256


@dataclass(frozen=True, slots=True)
class _Summary:
    """What came of it.

    Attributes:
        resumed: Images that an earlier call had dealt with.
    """

    tally: Tally
    resumed: int
    elapsed_s: float

    def to_json(self) -> dict[str, Any]:
        tally, taken = self.tally, self.tally.inputs - self.resumed
        return {
            "images": tally.inputs,
            "predicted": tally.predicted,
            "resumed": self.resumed,
            "bad": [{"path": str(bad.path), "reason": bad.problem.message} for bad in tally.bad],
            "labels": dict(tally.labels.most_common()),
            "seconds": round(self.elapsed_s, 3),
            "images_per_s": round(taken / max(self.elapsed_s, 1e-9), 1),
        }


@verb("predict")
@click.argument("model")
@click.argument("inputs", nargs=-1, metavar="IMAGES | TABLES")
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="FILE",
    help="Take the images that FILE lists: one path per line, a CSV with a column 'path', or a Parquet file "
    "with paths or the images themselves; - reads lines from standard input.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the predictions to FILE, as its suffix says: .parquet, .jsonl or .csv. Of tables: to a "
    "folder of Parquet files.",
)
@click.option(
    "--outputs",
    multiple=True,
    metavar="NODE",
    help="Of a run: predict with this model and what it needs.  [default: what the run is about]",
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
    help="Images or rows per forward pass.  [default: 256 images, 8192 rows]",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Threads that decode images, or cores that predict tables.  [default: one per core]",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="local",
    show_default=True,
    help="Of tables: predict in this process, on Ray, or in Spark.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    help="Of tables: a column to keep beside the keys.",
)
@click.option(
    "--prefix",
    default="",
    metavar="TEXT",
    help="Of tables: before the names of the predicted columns.",
)
def command(
    invocation: Invocation,
    *,
    model: str,
    inputs: tuple[str, ...],
    lists: tuple[str, ...],
    output: Path | None,
    outputs: tuple[str, ...],
    on_bad: OnBad,
    device: str,
    batch_size: int | None,
    threads: int | None,
    engine: Engine,
    keep: tuple[str, ...],
    prefix: str,
) -> None:
    """Apply a trained model, or all models of a run, to images or tables.

    MODEL is the folder of a model, a bundle (folder or zip file), an output of a run (RUN:NODE.PORT), or a
    whole run: then each image goes through its models in turn, as in the pipeline.
    IMAGES are image files, or folders whose image files are taken; for a model of videos: video files,
    folders of them, or folders of frames. For a model of tables: files, folders, patterns or URLs of
    tables (Parquet, CSV, JSON Lines, ORC, TFRecord); all of them are one table.
    With -o, a prediction that was stopped goes on where it stopped if it is started again.

    \b
    netloom predict last:fit.model photo.png
    netloom predict last scans/ -o found.jsonl
    netloom predict models/digits scans/ -o predictions.parquet --on-bad skip
    find /data -name '*.jpg' | netloom predict models/pets --list - -o pets.csv
    netloom predict last:fit.model data/users/dt=2026-01-31 -o scored/dt=2026-01-31 --keep city
    """
    if not inputs and not lists:
        raise click.UsageError("Name images, tables, folders or a --list.")
    package = table_model(invocation, model)
    if package is not None:
        if output is None or not inputs:
            raise click.UsageError("For a model of tables, name tables and an output folder (-o).")
        wishes = TableWishes(
            output=output,
            engine=engine,
            keep=keep,
            prefix=prefix,
            device=device,
            batch_size=batch_size,
            threads=threads,
        )
        predict_table(invocation, package, inputs, wishes)
        return
    from netloom.inference.prediction_formats import format_of

    refuse_unknown(invocation, model)
    form = None if output is None else format_of(output)
    opening = Opening(device=device, batch_size=batch_size or _BATCH_SIZE, outputs=outputs)
    name, predictor = opening.opened(invocation, model)
    found_in = video_files if getattr(predictor, "takes_videos", False) else image_files
    pictures = _pictures([Path(each) for each in inputs], lists, found_in)
    predicting = partial(_predicted, predictor, on_bad=on_bad, threads=threads)
    if output is None or form is None:
        shown, summary = _collected(predicting, pictures)
        invocation.answer(
            {"model": name, **summary.to_json(), "predictions": shown},
            lambda console: _show(console, shown, summary),
        )
        return
    summary = _written(predictor, predicting, pictures, output=output, form=form)
    invocation.answer(
        {"model": name, "output": str(output), **summary.to_json()},
        lambda console: _show_written(console, output, summary),
    )


def _pictures(
    images: Sequence[Path], lists: Sequence[str], found_in: Callable[[Path], list[Path]]
) -> SeveralPictures:
    from netloom.inference.table_pictures import SeveralPictures, TablePictures

    return SeveralPictures(
        [
            *(found_in(named) for named in images),
            *(
                TablePictures.opened(Path(name).expanduser())
                if name.lower().endswith(".parquet")
                else listed_files(name)
                for name in lists
            ),
        ]
    )


class _Predicting(Protocol):
    """Rows and unreadable images, batch by batch."""

    def __call__(
        self, pictures: Iterable[Picture]
    ) -> Iterator[tuple[list[Row], list[BadFile]]]: ...


def _predicted(
    predictor: Predictor | GraphPredictor,
    pictures: Iterable[Picture],
    *,
    on_bad: OnBad,
    threads: int | None,
) -> Iterator[tuple[list[Row], list[BadFile]]]:
    from netloom.data.path_text import text_from_path
    from netloom.inference.file_prediction import predict_files

    for batch in predict_files(predictor, pictures, on_bad=on_bad, threads=threads):
        rows = [{"path": text_from_path(str(path)), **found} for path, found in batch.found]
        yield rows, list(batch.bad)


def _collected(predicting: _Predicting, pictures: SeveralPictures) -> tuple[list[Row], _Summary]:
    """All predictions at once, to be shown."""
    from netloom.inference.resumable_prediction import Tally

    shown: list[Row] = []
    tally = Tally()
    with ProgressLine(len(pictures), "images") as progress:
        for rows, bad in predicting(pictures):
            tally.count(rows, bad)
            shown += rows
            progress.advance(len(rows) + len(bad))
    _check_any(tally)
    return shown, _Summary(tally, 0, progress.elapsed_s)


def _written(
    predictor: Predictor | GraphPredictor,
    predicting: _Predicting,
    pictures: SeveralPictures,
    *,
    output: Path,
    form: PredictionFormat,
) -> _Summary:
    from netloom.inference.prediction_types import identity_of, prediction_types
    from netloom.inference.resumable_prediction import Tally, resumable_predictions

    tally = Tally()
    types = prediction_types(predictor) if form == "parquet" else None
    with (
        resumable_predictions(
            output, form=form, identity=identity_of(predictor), types=types
        ) as parts,
        ProgressLine(len(pictures), "images") as progress,
    ):
        for rows, bad in predicting(parts.remaining(pictures)):
            parts.add(rows, bad)
            tally.count(rows, bad)
            progress.advance(len(rows) + len(bad))
        resumed = parts.done.inputs
        tally.add(parts.done)
        _check_any(tally)
        parts.finish()
    return _Summary(tally, resumed, progress.elapsed_s)


def _check_any(tally: Tally) -> None:
    if not tally.predicted:
        raise InvalidData(*(bad.problem for bad in tally.bad[:_BAD_SHOWN]))


def _show(console: Console, rows: list[Row], summary: _Summary) -> None:
    console.print(table(["image", "prediction"], [(row["path"], _told(row)) for row in rows]))
    _show_bad(console, summary.tally.bad)


def _told(said: Mapping[str, Any]) -> str:
    """A prediction in words: label and score, text, objects, or what each of several models says."""
    if "objects" in said:
        return ", ".join(map(_told, said["objects"])) or "nothing"
    later = [_told(each) for each in said.get("stages", {}).values()]
    if "label" in said:
        return " → ".join([f"{said['label']} {said['score']:.3f}", *later])
    if "text" in said:
        return str(said["text"])
    models = {name: each for name, each in said.items() if isinstance(each, Mapping)}
    return "; ".join(f"{name}: {_told(each)}" for name, each in models.items()) or ", ".join(
        f"{name} {value}" for name, value in said.items() if isinstance(value, int | float)
    )


def _show_written(console: Console, output: Path, summary: _Summary) -> None:
    document = summary.to_json()
    took = f"{duration(summary.elapsed_s)}, {document['images_per_s']:.0f} images/s"
    console.print(
        f"Wrote {summary.tally.predicted} predictions to {output} ({took}).", markup=False
    )
    if summary.resumed:
        console.print(f"{summary.resumed} images had been dealt with before.", markup=False)
    _show_bad(console, summary.tally.bad)


def _show_bad(console: Console, found: Sequence[BadFile]) -> None:
    if not found:
        return
    console.print(f"{len(found)} images were left out:", markup=False)
    for bad in found[:_BAD_SHOWN]:
        console.print(f"  {bad.path}: {bad.problem.message}", markup=False)
    if len(found) > _BAD_SHOWN:
        console.print("  … --json lists all of them.", markup=False)
