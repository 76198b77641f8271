"""A look into a zip archive of images or videos without unpacking it: one pass that decodes each once."""

from __future__ import annotations

import threading
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from netloom.core.digests import digest_of_bytes
from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.data.classes import remarks_on_classes
from netloom.data.formats.annotated.archived_folder import ArchivedFolder, suggested_source
from netloom.data.formats.archive import checked_images, open_archive
from netloom.data.formats.ignored_files import remarks_on_ignored
from netloom.data.formats.image_files import (
    remarks_on_animations,
    remarks_on_lost_classes,
)
from netloom.data.formats.listing import Found, natural_key, with_labels
from netloom.data.formats.rejects import Reject, refusal
from netloom.data.images import decode_image, has_more_pictures
from netloom.data.path_text import readable_name
from netloom.data.sample_list import write_sample_list
from netloom.data.survey_findings import findings_of
from netloom.data.survey_looks import Look, Member, class_names, samples_of, statistics_of
from netloom.data.video_survey import survey_videos

Labels = Literal["auto", "folders", "none"]
_BATCH = 64


def survey_zip(
    archive: Path,
    target: Path,
    *,
    reporter: Reporter,
    labels: Labels = "auto",
    most_bits: int | None = 3,
    threads: int = 1,
) -> dict[str, Any]:
    """Read every image of an archive and write the list of them; see :mod:`netloom.data.sample_list`.

    Args:
        target: The list, a new file.
        labels: Whether folders name classes; ``auto``: if there is an image in a class folder.
        most_bits: In how many of 64 bits the perceptual hashes of near duplicates may differ; None does
            not look for them.
        threads: Images decoded at the same time.

    Returns:
        The findings, which the list holds too; see :func:`netloom.data.survey_findings.findings_of`.

    Raises:
        InvalidData: The archive is refused, or holds no image that can be used.
    """
    with open_archive(archive) as source:
        folder = ArchivedFolder.within(source, archive)
        suggestion = suggested_source(folder)
        if suggestion is not None and suggestion.form == "videos":
            return survey_videos(
                folder, target, suggestion, reporter=reporter, most_bits=most_bits, threads=threads
            )
        images, ignored = checked_images(archive, source)
        # Folders of annotated pictures are called "images" or "masks", which are no classes.
        members = _members(images, archive, labels if suggestion is None else "none")
        looks = list(_looked_at(source, members, reporter=reporter, threads=threads))
    good = [(m, seen) for m, seen in zip(members, looks, strict=True) if isinstance(seen, Look)]
    rejects = [
        Reject(member.found.path, seen)
        for member, seen in zip(members, looks, strict=True)
        if isinstance(seen, str)
    ]
    if not good:
        raise refusal(rejects, total=len(rejects))
    remarks = remarks_on_ignored(ignored)
    remarks += _remarks([member.found for member in members], good)
    statistics = statistics_of(good, most_bits)
    findings = findings_of(
        statistics,
        image_bytes=sum(member.info.file_size for member, _ in good),
        rejects=rejects,
        remarks=remarks,
    )
    findings["annotations"] = None if suggestion is None else suggestion._asdict()
    write_sample_list(target, samples_of(good, statistics), findings)
    return findings


def _members(
    images: Sequence[tuple[zipfile.ZipInfo, str]], archive: Path, labels: Labels
) -> list[Member]:
    ordered = sorted(images, key=lambda image: natural_key(image[1]))
    listed = [Found(path=name, size_bytes=info.file_size) for info, name in ordered]
    try:
        found = with_labels(
            listed, labels="none" if labels == "none" else "folders", layout="auto", root=archive
        )
    except InvalidData:
        if labels == "folders":
            raise
        found = with_labels(listed, labels="none", layout="auto", root=archive)
    has_classes = any(image.label is not None for image in found)
    return [
        Member(info, image, is_stray=has_classes and image.label is None)
        for (info, _), image in zip(ordered, found, strict=True)
    ]


def _looked_at(
    source: zipfile.ZipFile, members: Sequence[Member], *, reporter: Reporter, threads: int
) -> Iterator[Look | str]:
    reading = threading.Lock()  # an open archive counts its readers without one

    def look(member: Member) -> Look | str:
        if member.is_stray:
            return "it lies outside the class folders"
        try:
            with reading:
                content = source.read(member.info)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            return f"it cannot be unpacked: {error}"
        return _look(content)

    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(members), _BATCH):
            batch = members[first : first + _BATCH]
            yield from map(look, batch) if threads == 1 else pool.map(look, batch)
            reporter.progress(first + len(batch), len(members), unit="image")


def _look(content: bytes) -> Look | str:
    """What an encoded image is, or why it cannot be used."""
    try:
        image = decode_image(content, channels=3)
    except ValueError as error:
        return str(error)
    return Look.at(image, digest_of_bytes(content), has_more_pictures=has_more_pictures(content))


def _remarks(found: Sequence[Found], good: Sequence[tuple[Member, Look]]) -> list[str]:
    left = [member.found for member, _ in good]
    animations = [member.found.path for member, seen in good if seen.has_more_pictures]
    return [
        *remarks_on_lost_classes(found, class_names(left)),
        *remarks_on_animations(animations),
        *remarks_on_classes([each.label and readable_name(each.label) for each in left]),
    ]
