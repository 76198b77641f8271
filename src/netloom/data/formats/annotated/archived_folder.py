"""A zip file looked at as the folder that it will be unpacked to, and which source reads it."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from netloom.core.errors import InvalidData
from netloom.data.formats.annotated.catalogue import detect
from netloom.data.formats.annotated.opening import is_video_name, is_wanted
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.archive import checked_images, open_archive
from netloom.data.formats.listing import Found, is_image_name, natural_key, with_labels

_LONGEST = 64 << 20
"""Longest text that is unpacked to recognise a form; of longer ones the beginning is enough."""

_LONGEST_AT_A_GLANCE = 1 << 20

_OPERATORS = {
    "coco": "data.detection",
    "voc": "data.detection",
    "yolo": "data.detection",
    "yolo_segment": "data.segmentation",
    "cvat": "data.detection",
    "label_studio": "data.detection",
    "rectangles": "data.detection",
    "polygons": "data.segmentation",
    "text_rectangles": "data.text_detection",
    "text_polygons": "data.text_detection",
    "text_lines": "data.text_recognition",
    "masks": "data.segmentation",
    "pairs": "data.enhancement",
    "depth": "data.depth",
    "normals": "data.normals",
    "videos": "data.video",
}
"""The source that most people want; forms of plain pictures and classes have none here."""
_OF_COLUMNS = {
    "objects": "data.detection",
    "mask": "data.segmentation",
    "target": "data.enhancement",
    "text": "data.text_recognition",
}
_TABLES = {"jsonl": (".jsonl", ".ndjson"), "csv": (".csv", ".tsv")}


class Suggestion(NamedTuple):
    """What a file of annotated pictures is, and what reads it.

    Attributes:
        form: Name of the format.
        operator: Id of the source.
        reason: What it was told by.
    """

    form: str
    operator: str
    reason: str


@dataclass(frozen=True)
class ArchivedFolder(SourceFolder):
    """What lies in an open zip file; its texts are unpacked in memory when they are read."""

    archive: zipfile.ZipFile = field(kw_only=True)
    members: Mapping[str, zipfile.ZipInfo] = field(kw_only=True)
    longest: int = field(default=_LONGEST, kw_only=True)

    @classmethod
    def within(
        cls, archive: zipfile.ZipFile, path: Path, *, longest: int = _LONGEST
    ) -> ArchivedFolder:
        """List an open archive.

        Args:
            path: Of the archive.
            longest: How many bytes of a text are unpacked at most.

        Raises:
            InvalidData: It is refused; see :func:`netloom.data.formats.archive.checked_images`.
        """
        listed, ignored = checked_images(path, archive, is_wanted=is_wanted)
        members = {name: info for info, name in listed}
        files = tuple(
            Found(path=name, size_bytes=members[name].file_size)
            for name in sorted(members, key=natural_key)
        )
        return cls(path, files, Counter(ignored), archive=archive, members=members, longest=longest)

    def content(self, path: str) -> bytes:
        """A member. Raises ValueError if it cannot be unpacked; of long ones the beginning."""
        try:
            with self.archive.open(self.members[path]) as stream:
                return stream.read(self.longest)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ValueError(f"it cannot be unpacked: {error}") from error

    def ends(self, path: str, length: int) -> bytes:
        """The first and the last so many bytes of a member."""
        content = self.content(path)
        return content if len(content) <= 2 * length else content[:length] + content[-length:]


class Contents(NamedTuple):
    """What the table of contents of a zip file, and the beginnings of its texts, tell.

    Attributes:
        suggestion: None if it holds pictures alone, or in class folders.
        has_classes: Whether pictures lie in class folders.
    """

    suggestion: Suggestion | None
    has_classes: bool


def contents_of(archive: Path) -> Contents:
    """A look that decodes nothing and takes little memory.

    Raises:
        InvalidData: The archive is refused.
    """
    with open_archive(archive) as source:
        folder = ArchivedFolder.within(source, archive, longest=_LONGEST_AT_A_GLANCE)
        suggestion = suggested_source(folder)
        if suggestion is not None:
            return Contents(suggestion, has_classes=False)
        pictures = [found for found in folder.files if is_image_name(found.path)]
        try:
            labelled = with_labels(pictures, labels="folders", layout="auto", root=archive)
        except InvalidData:
            return Contents(None, has_classes=False)
    return Contents(None, has_classes=any(found.label is not None for found in labelled))


def suggested_source(folder: SourceFolder) -> Suggestion | None:
    """The source that fits what lies in a folder; None if it is pictures alone, or in class folders."""
    try:
        detected = detect(folder)
    except InvalidData:
        return None
    name = detected.form.name
    operator = _of_table(folder, name) if name in _TABLES else _OPERATORS.get(name)
    if name == "videos" and not any(is_video_name(file.path) for file in folder.files):
        return None  # folders of pictures are classes more often than frames
    if name == "voc" and not any(folder.ending(".xml")):
        operator = "data.segmentation"
    return None if operator is None else Suggestion(name, operator, detected.recognition.reason)


def _of_table(folder: SourceFolder, kind: str) -> str | None:
    """By the columns that the first table has."""
    file = next(folder.ending(*_TABLES[kind]), None)
    try:
        first = "" if file is None else folder.text(file).partition("\n")[0].lower()
    except ValueError:
        return None
    ends = '"' if PurePosixPath(file or "").suffix.lower() in _TABLES["jsonl"] else ""
    columns = first if ends else first.replace("\t", ",").split(",")
    return next(
        (source for name, source in _OF_COLUMNS.items() if f"{ends}{name}{ends}" in columns), None
    )
