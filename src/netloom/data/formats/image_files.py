"""Image files as a source: inspects what was found below a folder and writes the index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netloom.core.diagnostics import Place
from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.classes import remarks_on_classes
from netloom.data.formats.inspection import Inspection, inspect_files
from netloom.data.formats.known_images import KnownImages
from netloom.data.formats.listing import Found, natural_key
from netloom.data.formats.rejects import OnBad, Reject, check_rejects, remarks_on_rejects
from netloom.data.index import INDEX_NAME, index_table, write_index
from netloom.data.path_text import readable_name, text_from_path
from netloom.data.view import Dataset


def index_image_files(
    root: Path,
    images: Sequence[Found],
    workdir: Path,
    *,
    media: str,
    reporter: Reporter,
    on_bad: OnBad = "error",
    threads: int = 1,
    cache_folder: Path | None = None,
    rejects_before: Sequence[Reject] = (),
    remarks_before: Sequence[str] = (),
    listed_in: str | None = None,
) -> Dataset[ImageClassification]:
    """Read every image once and write ``workdir/index.parquet``.

    Args:
        root: The folder they lie below.
        media: Location of ``root`` for later readers.
        threads: Files read and decoded at the same time.
        cache_folder: Where inspections are kept between runs; None reads every file.
        rejects_before: Images that had to be left out already.
        remarks_before: What the caller wants people to know.
        listed_in: Name of the file whose lines list the images, for problems.

    Returns:
        A view; ids are the paths below ``root``, labels the class names in natural order.

    Raises:
        InvalidData: There is nothing usable, or ``on_bad`` is ``error`` and an image is bad: then
            every bad one is named (the first 20 in full).
    """
    inspections = inspected_images(root, images, cache_folder, reporter=reporter, threads=threads)
    rejects = list(rejects_before)
    good: list[tuple[Found, Inspection]] = []
    for found, seen in zip(images, inspections, strict=True):
        if seen.problem is None:
            good.append((found, seen))
        else:
            place = Place(setting="path", file=listed_in, line=found.line)
            rejects.append(Reject(found.path, seen.problem, place))
    check_rejects(rejects, total=len(good) + len(rejects), on_bad=on_bad)
    names = sorted({found.label for found, _ in good if found.label is not None}, key=natural_key)
    remarks = [
        *remarks_before,
        *remarks_on_rejects(rejects),
        *remarks_on_lost_classes(images, names),
        *remarks_on_animations([f.path for f, seen in good if seen.has_more_pictures]),
        *remarks_on_classes([found.label and readable_name(found.label) for found, _ in good]),
    ]
    for remark in remarks:
        reporter.note(remark)
    _write(good, names, workdir)
    return Dataset(
        task=ImageClassification.name,
        index=f"work:{INDEX_NAME}",
        media=media,
        media_kind="folder",
        labels=tuple(readable_name(name) for name in names),
        remarks=tuple(remarks),
    )


def remarks_on_animations(names: Sequence[str]) -> list[str]:
    """What a person should know about images of which one picture is used."""
    if not names:
        return []
    first = text_from_path(names[0])
    remark = f"{len(names)} images are animations or have pages, for instance {first}"
    return [f"{remark}: the first picture is used"]


def inspected_images(
    root: Path,
    images: Sequence[Found],
    cache_folder: Path | None,
    *,
    reporter: Reporter,
    threads: int,
) -> list[Inspection]:
    """An inspection of each image; only those that are new or have changed are read.

    Args:
        cache_folder: Where inspections are kept between runs; None reads every file.
    """
    known = KnownImages(cache_folder, root)
    inspections = [known.get(found) for found in images]
    unknown = [position for position, seen in enumerate(inspections) if seen is None]
    paths = [images[position].path for position in unknown]
    read = inspect_files(root, paths, reporter=reporter, threads=threads)
    for position, seen in zip(unknown, read, strict=True):
        inspections[position] = seen
    complete = [seen for seen in inspections if seen is not None]
    known.remember(zip(images, complete, strict=True))
    return complete


def remarks_on_lost_classes(images: Sequence[Found], names: Sequence[str]) -> list[str]:
    """What a person should know about classes that nothing is left of.

    Args:
        names: The classes that are left.
    """
    gone = {image.label for image in images if image.label is not None} - set(names)
    return [
        f"left out class {readable_name(label)}: none of its images can be used"
        for label in sorted(gone)
    ]


def _write(good: Sequence[tuple[Found, Inspection]], names: Sequence[str], workdir: Path) -> None:
    position = {name: index for index, name in enumerate(names)}
    paths = [text_from_path(found.path) for found, _ in good]
    table = index_table(
        ids=paths,
        digests=[seen.digest for _, seen in good],
        paths=paths,
        labels=[None if found.label is None else position[found.label] for found, _ in good],
        parts=[found.part for found, _ in good],
        sizes=[(seen.width, seen.height) for _, seen in good],
    )
    write_index(workdir / INDEX_NAME, table)
