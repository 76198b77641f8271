"""Folders of images as a source: reads and checks every file once and writes the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.digests import digest_of_bytes
from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.formats.listing import (
    Found,
    Labels,
    Layout,
    OnBad,
    list_images,
    natural_key,
    with_labels,
)
from netloom.data.images import decode_image, path_from_text, text_from_path
from netloom.data.index import INDEX_NAME, index_table, write_index
from netloom.data.view import Dataset

_MAX_LISTED = 20
_BATCH = 256


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file after reading: digest and size, or why it cannot be used."""

    found: Found
    digest: str = ""
    width: int = 0
    height: int = 0
    problem: str | None = None


def index_image_folder(
    root: Path,
    workdir: Path,
    *,
    media: str,
    reporter: Reporter,
    labels: Labels = "folders",
    layout: Layout = "auto",
    on_bad: OnBad = "error",
    threads: int = 1,
    bad_before: Sequence[tuple[str, str]] = (),
    remarks_before: Sequence[str] = (),
) -> Dataset[ImageClassification]:
    """Read every image below ``root`` and write ``workdir/index.parquet``.

    Args:
        media: Location of ``root`` for later readers.
        threads: Files read and decoded at the same time.
        bad_before: Path and reason of files that could not even be put below ``root``.
        remarks_before: What the caller wants people to know.

    Returns:
        A view; ids are the paths below ``root``, labels the class names in natural order.

    Raises:
        InvalidData: There is nothing usable, or ``on_bad`` is ``error`` and a file is bad: then
            every bad file is named (the first 20 in full).
    """
    listing = list_images(root)
    images = with_labels(listing.images, labels=labels, layout=layout, root=root)
    checked = list(_check(root, images, labels=labels, reporter=reporter, threads=threads))
    bad = [*bad_before, *((c.found.path, c.problem) for c in checked if c.problem)]
    if bad and on_bad == "error":
        raise bad_files(bad, total=len(bad_before) + len(checked))
    good = [entry for entry in checked if not entry.problem]
    if not good:
        raise bad_files(bad, total=len(bad))
    remarks = [*remarks_before, *listing.remarks(), *_remarks_on_skipped(bad, images, good)]
    for remark in remarks:
        reporter.note(remark)
    return _write(good, workdir, media=media, remarks=remarks)


def bad_files(bad: Sequence[tuple[str, str]], *, total: int) -> InvalidData:
    """The error that names files which cannot be used, with the reason of each (20 in full)."""
    problems = [
        Diagnostic(
            code="I005",
            message=f"image {text_from_path(path)} cannot be used: {reason}",
            place=Place(setting="path"),
        )
        for path, reason in bad[:_MAX_LISTED]
    ]
    more = f" ({len(bad) - _MAX_LISTED} more than listed here)" if len(bad) > _MAX_LISTED else ""
    summary = Diagnostic(
        code="I005",
        message=f"{len(bad)} of {total} files cannot be used{more}",
        place=Place(setting="path"),
        fix="Mend or remove them, or set on_bad: skip to go on without them",
    )
    return InvalidData(*problems, summary)


def _write(
    good: Sequence[_Checked], workdir: Path, *, media: str, remarks: Sequence[str]
) -> Dataset[ImageClassification]:
    names = sorted({c.found.label for c in good if c.found.label is not None}, key=natural_key)
    position = {name: index for index, name in enumerate(names)}
    paths = [text_from_path(entry.found.path) for entry in good]
    table = index_table(
        ids=paths,
        digests=[entry.digest for entry in good],
        paths=paths,
        labels=[position.get(entry.found.label or "") for entry in good],
        parts=[entry.found.part for entry in good],
        sizes=[(entry.width, entry.height) for entry in good],
    )
    write_index(workdir / INDEX_NAME, table)
    return Dataset(
        task=ImageClassification.name,
        index=f"work:{INDEX_NAME}",
        media=media,
        media_kind="folder",
        labels=tuple(_readable(name) for name in names),
        remarks=tuple(remarks),
    )


def _check(
    root: Path, images: Sequence[Found], *, labels: Labels, reporter: Reporter, threads: int
) -> Iterator[_Checked]:
    def check(found: Found) -> _Checked:
        if labels == "folders" and found.label is None:
            return _Checked(found, problem="it lies outside the class folders")
        return _checked(root, found)

    with ThreadPoolExecutor(threads) as pool:
        run: Callable[..., Iterator[_Checked]] = map if threads == 1 else pool.map
        # In batches, so that a stop waits for a few files only.
        for first in range(0, len(images), _BATCH):
            yield from run(check, images[first : first + _BATCH])
            reporter.progress(min(first + _BATCH, len(images)), len(images), unit="image")


def _checked(root: Path, found: Found) -> _Checked:
    try:
        content = (root / found.path).read_bytes()
        height, width, _ = decode_image(content, channels=3).shape
    except OSError as error:
        return _Checked(found, problem=f"it cannot be read: {error.strerror}")
    except ValueError as error:
        return _Checked(found, problem=str(error))
    return _Checked(found, digest_of_bytes(content), width, height)


def _remarks_on_skipped(
    bad: Sequence[tuple[str, str]], images: Sequence[Found], good: Sequence[_Checked]
) -> Iterator[str]:
    if bad:
        path, reason = bad[0]
        yield f"skipped {len(bad)} bad files, for instance {text_from_path(path)}: {reason}"
    gone = {image.label for image in images} - {entry.found.label for entry in good} - {None}
    for label in sorted(name for name in gone if name):
        yield f"left out class {_readable(label)}: none of its images can be used"


def _readable(name: str) -> str:
    """A class name as text; a folder name that is no UTF-8 is most often GBK."""
    text = text_from_path(name)
    if text == name:
        return name
    content = path_from_text(text).encode(errors="surrogateescape")
    return content.decode("gbk", errors="replace")
