"""Zip archives of images as a source: unpacked into the artifact, then listed like a folder."""

from __future__ import annotations

from pathlib import Path

from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.codec import MEDIA_FOLDER
from netloom.data.formats.archive import unpack_images
from netloom.data.formats.image_folder import index_image_folder
from netloom.data.formats.listing import Labels, Layout
from netloom.data.formats.rejects import OnBad, Reject, refusal
from netloom.data.view import Dataset


def index_image_zip(
    archive: Path,
    workdir: Path,
    *,
    reporter: Reporter,
    labels: Labels = "folders",
    layout: Layout = "auto",
    on_bad: OnBad = "error",
    threads: int = 1,
) -> Dataset[ImageClassification]:
    """Unpack the images below ``workdir/media`` and list them.

    Settings and errors are those of :func:`netloom.data.formats.archive.unpack_images` and
    :func:`netloom.data.formats.image_folder.index_image_folder`.
    """
    media = workdir / MEDIA_FOLDER
    unpacked = unpack_images(archive, media, reporter=reporter)
    rejects = [Reject(name, reason) for name, reason in unpacked.bad]
    if not unpacked.num_files:
        raise refusal(rejects, total=len(rejects))
    return index_image_folder(
        media,
        workdir,
        media=f"work:{MEDIA_FOLDER}",
        reporter=reporter,
        labels=labels,
        layout=layout,
        on_bad=on_bad,
        threads=threads,
        rejects_before=rejects,
        remarks_before=unpacked.remarks(),
    )
