"""Operators that bring in images which a table lists or holds."""

from __future__ import annotations

from pathlib import Path

from netloom.core.locations import local_path
from netloom.core.settings import NonEmptyText
from netloom.core.tasks import ImageClassification
from netloom.data.formats.datasets_folder import find_arrow_files
from netloom.data.formats.manifest import (
    ColumnChoice,
    LabelColumn,
    Manifest,
    check_manifest,
    read_manifest,
)
from netloom.data.formats.rejects import OnBad
from netloom.data.formats.table_files import find_tables
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator

_READER = Needs(cpus=1)
_PRELOAD = ("cv2", "pyarrow.parquet")
_PARQUET = {"suffix": ".parquet", "kind": "Parquet files"}


def _list_identity(
    *,
    path: str,
    folder: str | None,
    labels: LabelColumn,
    image_column: str | None,
    label_column: str | None,
    part_column: str | None,
    on_bad: OnBad,
    project: Path,
) -> str:
    columns = ColumnChoice(image_column, label_column, part_column)
    manifest, _ = _manifest(path, folder, labels, columns, project=project)
    check_manifest(manifest, name=path, labels=labels, on_bad=on_bad)  # refuses before queueing
    return manifest.digest


def _manifest(
    path: str, folder: str | None, labels: LabelColumn, columns: ColumnChoice, *, project: Path
) -> tuple[Manifest, Path]:
    """The list and the folder where its paths start, as a location may name it."""
    file = local_path(f"path:{path}", project)
    start = Path(folder) if folder else Path(path).parent
    below = local_path(f"path:{start}", project)
    return read_manifest(file, below, name=path, labels=labels, columns=columns), start


def _parquet_identity(*, path: str, project: Path, **_: object) -> str:
    return find_tables(local_path(f"path:{path}", project), **_PARQUET).digest


def _arrow_identity(*, path: str, project: Path, **_: object) -> str:
    return find_arrow_files(local_path(f"path:{path}", project)).digest


@operator(group="data", job=_READER, identity=_list_identity, preload=_PRELOAD)
def image_list(
    *,
    path: NonEmptyText,
    folder: NonEmptyText | None = None,
    labels: LabelColumn = "column",
    image_column: NonEmptyText | None = None,
    label_column: NonEmptyText | None = None,
    part_column: NonEmptyText | None = None,
    on_bad: OnBad = "error",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """Images that a CSV, TSV or JSON Lines file lists with their labels.

    One line for each image: its path, its label and, if there is such a column, its part (train, valid or
    test). The form of the table is found out. Every image is read once, and again only when it changes;
    the images stay where they are, and paths must not leave their folder.

    Args:
        path: The list. A relative path starts at the project folder.
        folder: Where the paths in the list start; empty: the folder of the list.
        labels: "column": a column names the class. "none": images without labels.
        image_column: Column of the paths; empty: the one called path, file, file_name, image …
        label_column: Column of the classes; empty: the one called label, class, category …
        part_column: Column of the parts; empty: the one called part or split, if there is one.
        on_bad: What to do about lines and images that cannot be used: "error" stops and names them,
            "skip" leaves them out and counts them.

    Returns:
        The images in the order of the list; divided into parts if a column says so.
    """
    from netloom.data.formats.image_list import index_image_list

    columns = ColumnChoice(image_column, label_column, part_column)
    manifest, start = _manifest(path, folder, labels, columns, project=run.project)
    location = f"path:{start}"
    return index_image_list(
        manifest,
        run.resolve(location),
        run.workdir,
        name=path,
        media=location,
        reporter=run,
        labels=labels,
        on_bad=on_bad,
        threads=run.threads,
        cache_folder=run.cache_folder,
    )


@operator(group="data", job=_READER, identity=_parquet_identity, preload=_PRELOAD)
def image_parquet(
    *,
    path: NonEmptyText,
    labels: LabelColumn = "column",
    image_column: NonEmptyText | None = None,
    label_column: NonEmptyText | None = None,
    part_column: NonEmptyText | None = None,
    on_bad: OnBad = "error",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """Images inside Parquet files, such as data sets downloaded from the Hugging Face hub.

    The images are copied into the workspace in a form from which each can be read alone, so the Parquet
    files may be removed afterwards.

    Args:
        path: A Parquet file, or a folder of them. Files called train, validation or test, also with
            numbers as in train-00000-of-00002.parquet, are parts. A relative path starts at the project
            folder.
        labels: "column": a column holds the class. "none": images without labels.
        image_column: Column of the images: bytes of image files, or structs with bytes; empty: the
            one that is described as images, or is called image, img …
        label_column: Column of the classes, texts or integers; empty: the one that is described as
            classes, or is called label, class …
        part_column: Column of the parts; empty: the one called part or split, if there is one.
        on_bad: What to do about rows that cannot be used: "error" stops and names them, "skip" leaves
            them out and counts them.

    Returns:
        The images; divided into parts if a column or the names of the files say so.
    """
    from netloom.data.formats.image_parquet import index_image_parquet

    root = run.resolve(f"path:{path}")
    return index_image_parquet(
        find_tables(root, **_PARQUET),
        root,
        run.workdir,
        reporter=run,
        columns=ColumnChoice(image_column, label_column, part_column),
        labels=labels,
        on_bad=on_bad,
        threads=run.threads,
    )


@operator(group="data", job=_READER, identity=_arrow_identity, preload=_PRELOAD)
def image_arrow(
    *,
    path: NonEmptyText,
    labels: LabelColumn = "column",
    image_column: NonEmptyText | None = None,
    label_column: NonEmptyText | None = None,
    part_column: NonEmptyText | None = None,
    on_bad: OnBad = "error",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """Images in a folder that Hugging Face's `datasets` wrote with `save_to_disk`, or in Arrow files.

    The images stay where they are and are read by row.

    Args:
        path: The folder of one data set, of a dictionary of data sets whose splits are the parts, or of
            any Arrow files; or one such file. A relative path starts at the project folder.
        labels: "column": a column holds the class. "none": images without labels.
        image_column: Column of the images; empty: the one that is described as images, or is called
            image, img …
        label_column: Column of the classes, texts or integers; empty: the one that is described as
            classes, or is called label, class …
        part_column: Column of the parts; empty: the one called part or split, if there is one.
        on_bad: What to do about rows that cannot be used: "error" stops and names them, "skip" leaves
            them out and counts them.

    Returns:
        The images; divided into parts if a column or the splits say so.
    """
    from netloom.data.formats.image_arrow import index_image_arrow

    location = f"path:{path}"
    root = run.resolve(location)
    return index_image_arrow(
        find_arrow_files(root),
        root,
        run.workdir,
        media=location,
        reporter=run,
        columns=ColumnChoice(image_column, label_column, part_column),
        labels=labels,
        on_bad=on_bad,
        threads=run.threads,
    )
