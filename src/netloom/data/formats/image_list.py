"""Images that a table lists, as a source."""

from __future__ import annotations

from pathlib import Path

from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.formats.image_files import index_image_files
from netloom.data.formats.manifest import LabelColumn, Manifest, check_manifest
from netloom.data.formats.rejects import OnBad
from netloom.data.view import Dataset


def index_image_list(
    manifest: Manifest,
    folder: Path,
    workdir: Path,
    *,
    name: str,
    media: str,
    reporter: Reporter,
    labels: LabelColumn = "column",
    on_bad: OnBad = "error",
    threads: int = 1,
    cache_folder: Path | None = None,
) -> Dataset[ImageClassification]:
    """Read every listed image and write ``workdir/index.parquet``, in the order of the list.

    The result and errors are those of :func:`netloom.data.formats.image_files.index_image_files` and
    :func:`netloom.data.formats.manifest.check_manifest`.
    """
    check_manifest(manifest, name=name, labels=labels, on_bad=on_bad)
    return index_image_files(
        folder,
        manifest.images,
        workdir,
        media=media,
        reporter=reporter,
        on_bad=on_bad,
        threads=threads,
        cache_folder=cache_folder,
        rejects_before=manifest.rejects,
        listed_in=name,
    )
