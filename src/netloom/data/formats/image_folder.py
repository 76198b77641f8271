"""Folders of images as a source: one subfolder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.formats.image_files import index_image_files
from netloom.data.formats.listing import Labels, Layout, list_images, with_labels
from netloom.data.formats.rejects import OnBad, Reject
from netloom.data.view import Dataset


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
    cache_folder: Path | None = None,
    rejects_before: Sequence[Reject] = (),
    remarks_before: Sequence[str] = (),
) -> Dataset[ImageClassification]:
    """Read every image below ``root`` and write ``workdir/index.parquet``.

    Args:
        rejects_before: Files that could not even be put below ``root``.

    The other settings, the result and errors are those of
    :func:`netloom.data.formats.image_files.index_image_files`.
    """
    listing = list_images(root)
    images = with_labels(listing.images, labels=labels, layout=layout, root=root)
    strays = [image for image in images if labels == "folders" and image.label is None]
    outside = [Reject(image.path, "it lies outside the class folders") for image in strays]
    return index_image_files(
        root,
        [image for image in images if labels == "none" or image.label is not None],
        workdir,
        media=media,
        reporter=reporter,
        on_bad=on_bad,
        threads=threads,
        cache_folder=cache_folder,
        rejects_before=[*rejects_before, *outside],
        remarks_before=[*remarks_before, *listing.remarks()],
    )
