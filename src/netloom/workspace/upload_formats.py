"""What a file of data is, by its content, and whether it is one that pipelines can read."""

from __future__ import annotations

import codecs
import struct
from pathlib import Path
from typing import Literal

from netloom.core.errors import InvalidData

DataFormat = Literal["zip", "parquet", "table"]

_TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".txt"})
_MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT_BYTES = 64 << 10
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PARQUET = b"PAR1"
_OTHERS = (
    (b"Rar!", 0, "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7-Zip archive"),
    (b"\x1f\x8b", 0, "a gzip file"),
    (b"BZh", 0, "a bzip2 file"),
    (b"\xfd7zXZ", 0, "an xz file"),
    (b"ustar", 257, "a tar archive"),
    (b"\xff\xd8\xff", 0, "a single JPEG image"),
    (b"\x89PNG", 0, "a single PNG image"),
    (b"ARROW1", 0, "an Arrow file"),
    (b"%PDF", 0, "a PDF document"),
)
_END_OF_CONTENTS = struct.Struct("<4s4H2IH")
_END_MARK = b"PK\x05\x06"
_MARK_OF_64_BITS, _LENGTH_OF_LOCATOR = b"PK\x06\x07", 20
_LONGEST_COMMENT = 1 << 16
_MOST_CONTENTS_BYTES = 8 << 20
"""Longest table of contents that is read here, of some eighty thousand files; a job reads longer ones."""


def format_of(file: Path, file_name: str) -> DataFormat | None:
    """The format of a file; None if it is none that pipelines can read."""
    start = _start_of(file)
    if start.startswith(_ZIP):
        return "zip"
    if start.startswith(_PARQUET):
        return "parquet"
    is_text = b"\0" not in start or start.startswith(_MARKS_OF_UTF_16)
    if is_text and Path(file_name).suffix.lower() in _TABLE_SUFFIXES:
        return "table"
    return None


def check_format(file: Path) -> DataFormat:
    """The format of a file that has arrived.

    The table of contents of a zip file is checked as ``data.image_zip`` will check it, except for very long
    ones, which the survey checks in a process of its own.

    Raises:
        InvalidData: No pipeline can read it; everything wrong with a zip file is told at once.
    """
    found = format_of(file, file.name)
    if found is None:
        raise InvalidData.of(
            "this is none of the files that pipelines can read",
            code="S125",
            expected="a zip file of images, a Parquet file, or a table (.csv, .tsv, .jsonl)",
            got=_kind_of_other(file),
            fix="Pack the images as a zip file, one folder for each class",
        )
    if found == "zip" and has_short_contents(file):
        from netloom.data.formats.annotated.opening import is_picture_or_video
        from netloom.data.formats.archive import checked_images, open_archive

        with open_archive(file) as source:
            checked_images(file, source, is_wanted=is_picture_or_video)
    return found


def has_short_contents(file: Path) -> bool:
    """Whether the table of contents of a zip file can be looked at while somebody waits."""
    return _contents_bytes(file) <= _MOST_CONTENTS_BYTES


def _kind_of_other(file: Path) -> str:
    start = _start_of(file)
    for mark, place, name in _OTHERS:
        if start.startswith(mark, place):
            return name
    return f"a file {file.suffix!r} of unknown content" if file.suffix else "unknown content"


def _contents_bytes(file: Path) -> int:
    """Length of a zip file's table of contents, as it says itself.

    0 if it says nothing; beyond every limit for archives of the 64-bit form, which tell it elsewhere.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(max(0, size - _END_OF_CONTENTS.size - _LONGEST_COMMENT))
        tail = stream.read()
    place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) < place + _END_OF_CONTENTS.size:
        return 0
    if tail.startswith(_MARK_OF_64_BITS, max(0, place - _LENGTH_OF_LOCATOR)):
        return _MOST_CONTENTS_BYTES + 1
    length: int = _END_OF_CONTENTS.unpack_from(tail, place)[5]
    return length


def _start_of(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_LOOKED_AT_BYTES)
