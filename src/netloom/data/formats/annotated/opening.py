"""A folder or a zip file of annotated images, opened as a folder."""

from __future__ import annotations

from pathlib import Path

from netloom.core.reporter import Reporter
from netloom.data.formats.annotated.problems import DAMAGED_PICTURE, Problem
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.archive import unpack_images
from netloom.data.formats.listing import IMAGE_SUFFIXES, suffix_of

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ts"}
)
_TEXT_SUFFIXES = frozenset(
    {".txt", ".json", ".jsonl", ".ndjson", ".xml", ".csv", ".tsv", ".yaml", ".yml", ".names"}
)
_PICTURES_AND_VIDEOS = IMAGE_SUFFIXES | VIDEO_SUFFIXES
WANTED = IMAGE_SUFFIXES | VIDEO_SUFFIXES | _TEXT_SUFFIXES | {".npy"}
"""Files that a format reads; nothing else is unpacked."""


def is_wanted(name: str) -> bool:
    """Whether a member of an archive may belong to a data set.

    >>> sum(map(is_wanted, ["a/label.txt", "b.JPG", "run.sh"]))
    2
    """
    return suffix_of(name) in WANTED


def is_video_name(name: str) -> bool:
    """Whether a file is called as videos are."""
    return suffix_of(name) in VIDEO_SUFFIXES


def is_picture_or_video(name: str) -> bool:
    """Whether a member of an archive is what a data set is made of."""
    return suffix_of(name) in _PICTURES_AND_VIDEOS


def unpacked_folder(
    archive: Path, target: Path, *, reporter: Reporter
) -> tuple[SourceFolder, list[Problem], list[str]]:
    """Unpack a zip file: what lies in it, what could not be unpacked, and what was passed over.

    Raises:
        InvalidData: The archive is refused; see :func:`netloom.data.formats.archive.unpack_images`.
        StorageFailed: The disk is full.
    """
    unpacked = unpack_images(archive, target, reporter=reporter, is_wanted=is_wanted)
    problems = [Problem(DAMAGED_PICTURE, name, reason) for name, reason in unpacked.bad]
    remarks = [remark.replace("images", "used") for remark in unpacked.remarks()]
    return SourceFolder.at(target), problems, remarks
