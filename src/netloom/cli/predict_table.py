"""``netloom predict`` with a model of tables: rows of tables in, a table of keys and predictions out."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import click

from netloom.cli.command import Invocation
from netloom.cli.figures import duration
from netloom.cli.named_models import model_package
from netloom.cli.progress_line import ProgressLine
from netloom.cli.reader_language import told
from netloom.core.errors import NotFound
from netloom.core.locations import artifact_of

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.inference.tables.predicting import Predicted, PredictsPartitions
    from netloom.inference.tables.prediction_columns import PredictionColumns
    from netloom.inference.tables.resuming import PredictionFiles
    from netloom.tables.table import TableFiles

Engine = Literal["local", "ray", "spark"]
ENGINES: tuple[Engine, ...] = ("local", "ray", "spark")
_MEDIA_TYPE = "application/vnd.netloom.table-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWishes:
    """What the user chose.

    Attributes:
        keep: Columns beside the keys.
        batch_size: Rows per forward pass; None is what is usual.
        threads: Cores to use; None is all.
    """

    output: Path
    engine: Engine
    keep: tuple[str, ...]
    prefix: str
    device: str
    batch_size: int | None
    threads: int | None

    @property
    def cores(self) -> int:
        """How many cores to use."""
        return self.threads or os.cpu_count() or 1


def table_model(invocation: Invocation, target: str) -> Path | None:
    """The package of a table model, if that is what the user named; None if it is something else.

    Args:
        target: A folder, a zip file of one, an output of a run, or a run.

    Raises:
        NotFound: The run has several table models.
    """
    from netloom.models.tabular.package import is_table_package

    path = Path(target).expanduser()
    if path.suffix == ".zip" and path.is_file():
        return _unpacked(path)
    if path.is_dir():
        return path if is_table_package(path) else None
    if ":" in target:
        folder = followed(invocation, model_package(invocation, target))
        return folder if is_table_package(folder) else None
    return _of_run(invocation, target)


def followed(invocation: Invocation, folder: Path) -> Path:
    """The package itself, if an output only refers to one of an earlier run."""
    from netloom.models.codecs import reference_in

    document = reference_in(folder)
    artifact = artifact_of(document["package"]) if document else None
    return invocation.open_workspace().artifacts.folder(artifact) if artifact else folder


def _unpacked(archive: Path) -> Path | None:
    """The folder of a package, there as long as the command runs; None if the file holds something else."""
    from netloom.models.tabular.package import FILES

    try:
        with zipfile.ZipFile(archive) as stored:
            names = {Path(name).name: name for name in stored.namelist() if not name.endswith("/")}
            if len({Path(names.get(name, name)).parent for name in FILES}) != 1:
                return None
            if not names.keys() >= set(FILES):
                return None
            folder = Path(click.get_current_context().with_resource(TemporaryDirectory()))
            for name in FILES:  # nothing else is unpacked, and nothing elsewhere
                (folder / name).write_bytes(stored.read(names[name]))
    except zipfile.BadZipFile:
        return None
    return folder


def _of_run(invocation: Invocation, run: str) -> Path | None:
    try:
        result = invocation.open_workspace().result(run)
    except NotFound:
        return None
    found = [
        f"{node}.{port}"
        for node, each in result.nodes.items()
        for port, output in each.outputs.items()
        if output.media_type == _MEDIA_TYPE
    ]
    if len(found) > 1:
        raise NotFound.of(
            f"run {run} has several models of tables",
            expected=", ".join(f"{run}:{name}" for name in found),
            fix="Name one of them",
        )
    return followed(invocation, result.path(found[0])) if found else None


def predict_table(
    invocation: Invocation, package: Path, tables: tuple[str, ...], wishes: TableWishes
) -> None:
    """Write a table of predictions; a call that was stopped goes on if it is made again."""
    from netloom.inference.tables.named_tables import named_tables, remove_useless
    from netloom.inference.tables.predicting import job_digest
    from netloom.inference.tables.prediction_columns import prediction_columns
    from netloom.inference.tables.predictor import digest_of_package
    from netloom.inference.tables.resuming import files_beside, install, refuse_other
    from netloom.inference.tables.wanted import Wanted
    from netloom.models.tabular.package import read_table_manifest
    from netloom.tables.features.codec import read_feature_map

    output = wishes.output
    refuse_other(output)
    manifest, feature_map = read_table_manifest(package), read_feature_map(package)
    digest = digest_of_package(package)
    copies = output.with_name(f"{output.name}.rows")
    try:
        rows = named_tables(
            tables, feature_map, project=Path.cwd(), copies=copies, threads=wishes.cores
        )
        wanted = Wanted(keep=wishes.keep, prefix=wishes.prefix)
        columns = prediction_columns(manifest.targets, feature_map, rows.columns, wanted)
        job = job_digest(digest, columns)
        with files_beside(output, job=job, model=digest) as files:
            done, elapsed_s = _predicted(package, rows, columns, files, wishes)
            install(files, output)
        shutil.rmtree(copies, ignore_errors=True)
    finally:
        remove_useless(copies)
    document = {
        "model": str(package),
        "output": str(output),
        "columns": list(columns.schema.names),
        "rows": done.rows,
        "resumed": done.resumed,
        "partitions": done.partitions,
        "seconds": round(elapsed_s, 3),
        "rows_per_s": round((done.rows - done.resumed) / max(elapsed_s, 1e-9), 1),
    }
    invocation.answer(document, lambda console: _show(console, document))


def _predicted(
    package: Path,
    rows: TableFiles,
    columns: PredictionColumns,
    files: PredictionFiles,
    wishes: TableWishes,
) -> tuple[Predicted, float]:
    from netloom.inference.tables.partitions import plan_partitions
    from netloom.inference.tables.predicting import predict_partitions

    partitions = plan_partitions(rows, whole_files=wishes.engine == "spark")
    left = sum(each.rows for each in files.remaining(partitions))
    with (
        _predicting(package, rows, columns, wishes) as predicting,
        ProgressLine(left, "rows") as line,
    ):
        seen = sum(each.rows for each in partitions) - left

        def progress(done: int, total: int) -> None:
            nonlocal seen
            line.advance(done - seen)
            seen = done

        done = predict_partitions(partitions, files, predicting, progress=progress)
    return done, line.elapsed_s


@contextmanager
def _predicting(
    package: Path, rows: TableFiles, columns: PredictionColumns, wishes: TableWishes
) -> Iterator[PredictsPartitions]:
    """What predicts: this process, Ray, or Spark as the project's file says."""
    from netloom.inference.tables.predictor import BATCH_SIZE

    batch_size = wishes.batch_size or BATCH_SIZE
    if wishes.engine == "ray":
        from netloom.inference.tables.ray_data import RayWork, on_ray

        work = RayWork(
            package=package.resolve(),
            table=rows,
            columns=columns,
            batch_size=batch_size,
            gpu=wishes.device.startswith("cuda"),
        )
        yield on_ray(work, workers=wishes.cores)
        return
    from netloom.tables.engines.engine import open_engine
    from netloom.tables.engines.settings import read_table_settings

    scratch = Path(click.get_current_context().with_resource(TemporaryDirectory()))
    engine = open_engine(
        "spark" if wishes.engine == "spark" else "duckdb",
        memory_limit=None,
        threads=wishes.cores,
        scratch=scratch / "engine",
        options=read_table_settings(Path.cwd()).spark,
    )
    try:
        if wishes.engine == "spark":
            from netloom.inference.tables.spark import on_spark
            from netloom.tables.engines.spark import SparkEngine

            assert isinstance(engine, SparkEngine)
            yield on_spark(
                package, rows, columns, engine=engine, scratch=scratch, batch_size=batch_size
            )
        else:
            from netloom.inference.tables.predicting import here
            from netloom.inference.tables.predictor import TablePredictor

            predictor = TablePredictor.open(package, device=wishes.device, batch_size=batch_size)
            yield here(predictor, rows, columns, engine=engine, scratch=scratch)
    finally:
        engine.close()


def _show(console: Console, document: dict[str, Any]) -> None:
    took = f"{duration(document['seconds'])}, {document['rows_per_s']:.0f} rows/s"
    console.print(
        told(f"Wrote predictions of {document['rows']} rows to {document['output']} ({took})."),
        markup=False,
    )
    if document["resumed"]:
        console.print(told(f"{document['resumed']} rows had been predicted before."), markup=False)
