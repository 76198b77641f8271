"""Annotated images as a data set for a task: pictures decoded, annotations checked, the index written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.checking import checked_images
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.counterpart_checks import checked_counterparts
from netloom.data.formats.annotated.json_places import with_lines
from netloom.data.formats.annotated.problems import (
    DAMAGED_PICTURE,
    Problem,
    check_problems,
    remarks_on_problems,
)
from netloom.data.formats.annotated.task_samples import PLAIN, TASKS, samples_for
from netloom.data.formats.image_files import inspected_images, remarks_on_animations
from netloom.data.formats.inspection import Inspection
from netloom.data.formats.rejects import OnBad
from netloom.data.index import INDEX_NAME, index_table, write_index
from netloom.data.objects import objects_column
from netloom.data.path_text import text_from_path
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa


def index_annotated(
    found: AnnotatedImages,
    workdir: Path,
    *,
    task: str,
    media: str,
    reporter: Reporter,
    on_bad: OnBad = "error",
    threads: int = 1,
    cache_folder: Path | None = None,
    unit: float | None = None,
    remarks_before: Sequence[str] = (),
    problems_before: Sequence[Problem] = (),
) -> Dataset[Any]:
    """Check what a format read against the pictures, and write ``workdir/index.parquet``.

    Args:
        task: Name of the learning task.
        media: Location of the folder for later readers.
        threads: Pictures decoded at the same time.
        cache_folder: Where inspections are kept between runs; None reads every picture.
        unit: Metres for each level of depth maps that are pictures.
        remarks_before: What the caller wants people to know.
        problems_before: What could not even be put into the folder.

    Raises:
        InvalidData: Nothing is left, nothing is labelled, or ``on_bad`` is ``error`` and something cannot be
            used: then it is named with file and line (the first 20 in full).
    """
    looked, problems = decoded_images(found, cache_folder, reporter=reporter, threads=threads)
    sizes = {image.path: (seen.width, seen.height) for image, seen in looked}
    with collection_paused():
        checked, faults = checked_images([image for image, _ in looked], sizes)
    images, labels, unfit = samples_for(task, checked, found.labels)
    images, digests, wrong = checked_counterparts(
        images, found.folder, task=task, num_labels=len(labels), threads=threads
    )
    problems = [*problems_before, *found.problems, *problems, *faults, *unfit, *wrong]
    problems = with_lines(problems, found.folder)
    check_problems(problems, num_left=len(images), on_bad=on_bad)
    _check_known(images, task, found)
    seen_at = {image.path: seen for image, seen in looked}
    looks = [seen_at[image.path] for image in images]
    animations = [i.path for i, seen in zip(images, looks) if seen.has_more_pictures]
    remarks = (*remarks_before, *found.remarks, *remarks_on_problems(problems))
    remarks = (*remarks, *remarks_on_annotations(images, task), *remarks_on_animations(animations))
    for remark in remarks:
        reporter.note(remark)
    with collection_paused():
        table = _table(images, looks, digests, labels=labels, task=task, unit=unit)
    write_index(workdir / INDEX_NAME, table)
    return Dataset(
        task=task,
        index=f"work:{INDEX_NAME}",
        media=media,
        media_kind="folder",
        labels=labels,
        remarks=remarks,
    )


def decoded_images(
    found: AnnotatedImages, cache_folder: Path | None, *, reporter: Reporter, threads: int
) -> tuple[list[tuple[AnnotatedImage, Inspection]], list[Problem]]:
    """Images that can be decoded, with what was seen, and those that cannot.

    Args:
        cache_folder: Where inspections are kept between runs; None reads every picture.
    """
    files = [found.folder.by_path[image.path] for image in found.images]
    inspections = inspected_images(
        found.folder.root, files, cache_folder, reporter=reporter, threads=threads
    )
    good, problems = [], []
    for image, seen in zip(found.images, inspections, strict=True):
        if seen.problem is None:
            good.append((image, seen))
        else:
            problems.append(Problem(DAMAGED_PICTURE, image.path, seen.problem, image.place))
    return good, problems


def _check_known(images: Sequence[AnnotatedImage], task: str, found: AnnotatedImages) -> None:
    if found.format in PLAIN:
        return  # they were asked for
    if not any(map(TASKS[task].is_known, images)):
        raise InvalidData.of(
            f"no picture is annotated for {task.replace('_', ' ')}",
            code="I602",
            place=Place(setting="path"),
            got=f"{len(images)} pictures, read as {found.format}",
            fix="Check the format; format: unlabelled reads pictures without annotations",
        )


def remarks_on_annotations(images: Sequence[AnnotatedImage], task: str) -> list[str]:
    """What a person should know about images before they learn from them."""
    unknown = sum(not TASKS[task].is_known(image) for image in images)
    empty = sum(image.objects == () for image in images)
    crowds = sum(each.is_crowd for image in images for each in image.objects or ())
    remarks = []
    if unknown:
        remarks.append(f"pictures without annotation: {unknown} of {len(images)}")
    if empty:
        remarks.append(f"pictures without objects: {empty}")
    if crowds:
        remarks.append(f"objects that stand for many at once, or cannot be read: {crowds}")
    return remarks


def _table(
    images: Sequence[AnnotatedImage],
    looks: Sequence[Inspection],
    digests: Sequence[str | None],
    *,
    labels: Sequence[str],
    task: str,
    unit: float | None,
) -> pa.Table:
    paths = [text_from_path(image.path) for image in images]
    positions = {name: number for number, name in enumerate(labels)}
    table = index_table(
        ids=paths,
        digests=[seen.digest for seen in looks],
        paths=paths,
        parts=[image.part for image in images],
        sizes=[(seen.width, seen.height) for seen in looks],
    )
    for name in TASKS[task].columns:
        table = table.append_column(name, _column(name, images, digests, positions, unit))
    return table


def _column(
    name: str,
    images: Sequence[AnnotatedImage],
    digests: Sequence[str | None],
    positions: dict[str, int],
    unit: float | None,
) -> pa.Array:
    import pyarrow as pa

    if name == "objects":
        return objects_column([image.objects for image in images], positions)
    if name == "unit":
        has_levels = [bool(i.target) and not str(i.target).endswith(".npy") for i in images]
        return pa.array([unit if has else None for has in has_levels], pa.float64())
    if name.endswith("_digest"):
        return pa.array(digests, pa.string())
    said = [getattr(image, name) for image in images]
    if name == "text":
        return pa.array(said, pa.string())
    return pa.array([None if path is None else text_from_path(path) for path in said], pa.string())
