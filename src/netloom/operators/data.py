"""Operators that bring data in and divide them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from netloom.core.digests import digest_of_json
from netloom.core.locations import local_path
from netloom.core.settings import Fraction, NonEmptyText, Seed
from netloom.core.tasks import ImageClassification, TaskT
from netloom.data.codec import DatasetCodec
from netloom.data.formats.listing import Labels, Layout, list_images, with_labels
from netloom.data.formats.rejects import OnBad
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator

CODECS = {Dataset: DatasetCodec()}

_READER = Needs(cpus=1)
_PRELOAD = ("cv2", "pyarrow.parquet")


def _folder_identity(
    *, path: str, labels: Labels, layout: Layout, project: Path, **_: object
) -> str:
    root = local_path(f"path:{path}", project)
    listing = list_images(root)
    with_labels(listing.images, labels=labels, layout=layout, root=root)  # refuses before queueing
    return listing.digest


def file_identity(*, path: str, project: Path, **_: object) -> str:
    """Of a source that reads one file: its size and when it changed."""
    from netloom.data.formats.archive import check_archive

    archive = local_path(f"path:{path}", project)
    check_archive(archive)
    status = archive.stat()
    return digest_of_json([status.st_size, status.st_mtime_ns])


def _digits_identity(**_: object) -> str:
    return "scikit-learn digits, 1797 images"


@operator(
    group="data",
    job=Needs(cpus=0),
    identity=_digits_identity,
    preload=("sklearn.datasets", "pyarrow.parquet"),
)
def digits(*, run: RunContext) -> Dataset[ImageClassification]:
    """1797 small handwritten digits, to try things out.

    Grey images of 8 × 8 pixels in ten classes, 0 to 9. They come with scikit-learn, so nothing is
    downloaded.

    Returns:
        The digits, not yet divided into parts.
    """
    from netloom.data.formats.digits import write_digits

    return write_digits(run.workdir)


@operator(group="data", job=_READER, identity=_folder_identity, preload=_PRELOAD)
def image_folder(
    *,
    path: NonEmptyText,
    labels: Labels = "folders",
    layout: Layout = "auto",
    on_bad: OnBad = "error",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """A folder of images, one subfolder for each class.

    Every image is read once, to find damaged files before training does, and again only when it changes.
    The images stay where they are; folders inside class folders are searched too, symbolic links are
    not followed.

    Args:
        path: The folder. A relative path starts at the project folder.
        labels: "folders": the name of the folder is the class. "none": images without labels, in any
            folders, e.g. to predict them.
        layout: "classes": the top folders are the classes. "parts": they are train, valid and test,
            with the classes inside. "auto" finds out: parts, if all top folders are called like parts.
        on_bad: What to do about damaged images and images outside class folders: "error" stops and
            names them, "skip" leaves them out and counts them.

    Returns:
        The images; divided into parts only if the folders are.
    """
    from netloom.data.formats.image_folder import index_image_folder

    location = f"path:{path}"
    return index_image_folder(
        run.resolve(location),
        run.workdir,
        media=location,
        reporter=run,
        labels=labels,
        layout=layout,
        on_bad=on_bad,
        threads=run.threads,
        cache_folder=run.cache_folder,
    )


@operator(group="data", job=_READER, identity=file_identity, preload=_PRELOAD)
def image_zip(
    *,
    path: NonEmptyText,
    labels: Labels = "folders",
    layout: Layout = "auto",
    on_bad: OnBad = "error",
    run: RunContext,
) -> Dataset[ImageClassification]:
    """A zip file of images, one folder for each class.

    The images are unpacked into the workspace, so the zip file may be removed afterwards. Archives that
    would write outside their folder, hold symbolic links or unpack to absurd sizes are refused.

    Args:
        path: The zip file. A relative path starts at the project folder.
        labels: "folders": the name of the folder is the class. "none": images without labels.
        layout: "classes": the top folders are the classes. "parts": they are train, valid and test,
            with the classes inside. "auto" finds out: parts, if all top folders are called like parts.
        on_bad: What to do about damaged images and images outside class folders: "error" stops and
            names them, "skip" leaves them out and counts them.

    Returns:
        The images; divided into parts only if the folders are.
    """
    from netloom.data.formats.image_zip import index_image_zip

    return index_image_zip(
        run.resolve(f"path:{path}"),
        run.workdir,
        reporter=run,
        labels=labels,
        layout=layout,
        on_bad=on_bad,
        threads=run.threads,
    )


@operator(group="data", job=Needs(cpus=0), preload=("pyarrow.parquet",))
def split(
    dataset: Dataset[TaskT],
    *,
    valid: Fraction = 0.1,
    test: Fraction = 0.2,
    seed: Seed = 0,
    stratify: bool = True,
    existing: Literal["keep", "replace"] = "keep",
    run: RunContext,
) -> Dataset[TaskT]:
    """Divide samples into training, validation and test parts.

    Copies of the same image always land in the same part, and so do pieces of one picture. The parts are
    stored: the same data and settings give the same parts, and adding samples later moves few of the old
    ones.

    Args:
        dataset: What to divide.
        valid: Share for validation during training, 0 to 1.
        test: Share kept aside for the final evaluation, 0 to 1.
        seed: Another seed gives another division.
        stratify: Keep the proportions of the classes in every part.
        existing: If the data come with parts, "keep" leaves validation and test samples where they are
            and only makes the parts that are missing; "replace" divides everything anew.

    Returns:
        The same samples, each with its part.
    """
    from netloom.data.derived.kinship import kept_together
    from netloom.data.index import INDEX_NAME, read_index, with_parts, write_index
    from netloom.data.object_table import ObjectTable, classes_in_parts, classes_of_samples
    from netloom.data.splits import assign_parts, remarks_on_classes, remarks_on_parts

    table = read_index(run.resolve(dataset.index))
    labels = classes_of_samples(table).tolist()
    digests = table["digest"].to_pylist()
    parts = assign_parts(
        table["id"].to_pylist(),
        labels,
        kept_together(table),
        valid=valid,
        test=test,
        seed=seed,
        stratify=stratify,
        keep_existing=table["part"].to_pylist() if existing == "keep" else None,
    )
    objects = ObjectTable.of(table)
    if objects is None:
        remarks = remarks_on_parts(parts, labels, digests, dataset.labels)
    else:
        shown = classes_in_parts(objects, parts, dataset.labels)
        remarks = remarks_on_classes(parts, shown, dataset.labels) if shown else []
    for remark in remarks:
        run.note(remark)
    write_index(run.workdir / INDEX_NAME, with_parts(table, parts))
    return replace(dataset, index=f"work:{INDEX_NAME}", remarks=(*dataset.remarks, *remarks))
