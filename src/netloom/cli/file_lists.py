"""Files that a person names on the command line: one by one, by folder, or in a list."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData, NotFound

_COLUMN = "path"


def image_files(path: Path) -> list[Path]:
    """The file itself, or the image files below a folder in a stable order.

    Raises:
        NotFound: It does not exist, or the folder holds no image.
    """
    from netloom.data.formats.listing import IMAGE_SUFFIXES

    return _files_of_kind(path, "image", IMAGE_SUFFIXES)


def video_files(path: Path) -> list[Path]:
    """The file itself, or the video files below a folder; a folder that holds pictures is a video of frames.

    Raises:
        NotFound: It does not exist, or the folder holds neither.
    """
    from netloom.data.formats.annotated.opening import VIDEO_SUFFIXES
    from netloom.data.formats.listing import IMAGE_SUFFIXES

    if path.is_dir() and any(each.suffix.lower() in IMAGE_SUFFIXES for each in path.iterdir()):
        return [path]
    return _files_of_kind(path, "video", VIDEO_SUFFIXES)


def _files_of_kind(path: Path, kind: str, suffixes: frozenset[str]) -> list[Path]:
    from netloom.data.formats.listing import is_junk, natural_key

    if path.is_file():
        return [path]
    found = sorted(
        (
            file
            for file in (path.rglob("*") if path.is_dir() else ())
            if file.suffix.lower() in suffixes and not is_junk(file.name) and file.is_file()
        ),
        key=lambda file: natural_key(str(file)),
    )
    if not found:
        what = f"the folder {path} holds no {kind}" if path.is_dir() else f"there is no file {path}"
        raise NotFound.of(what, expected=f"files ending in {', '.join(sorted(suffixes))}")
    return found


def listed_files(source: str) -> list[Path]:
    """The paths in a list; relative ones start at the current folder, as with other programs.

    Args:
        source: A text file with one path per line, a CSV (``.csv``, ``.tsv``) with a column ``path``, or
            ``-`` for lines on standard input.

    Raises:
        NotFound: There is no such list.
        InvalidData: It is no text, has no column ``path``, or lists nothing.
    """
    if source == "-":
        return _named(sys.stdin, "standard input")
    path = Path(source).expanduser()
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            if path.suffix.lower() in (".csv", ".tsv"):
                return _some(_column(stream, path), source)
            return _named(stream, source)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFound.of(f"there is no list {source}", fix="Check the file name") from error


def _named(stream: TextIO, source: str) -> list[Path]:
    return _some((line.rstrip("\r\n") for line in stream), source)


def _column(stream: TextIO, path: Path) -> Iterable[str]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.DictReader(stream, delimiter=delimiter)
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    if _COLUMN not in names:
        raise InvalidData.of(
            f"the list {path} has no column {_COLUMN!r}",
            code="I402",
            place=Place(file=str(path), line=1),
            expected=f"a header with a column {_COLUMN!r}",
            got=", ".join(reader.fieldnames or ()) or "an empty file",
            fix="Name the column of file names so, or give a text file with one path per line",
        )
    return (row[names[_COLUMN]] or "" for row in reader)


def _some(lines: Iterable[str], source: str) -> list[Path]:
    try:
        found = [Path(line).expanduser() for line in lines if line.strip()]
    except (ValueError, csv.Error) as error:
        raise InvalidData.of(
            f"the list {source} cannot be read: {error}", code="I403", fix="Give a text file"
        ) from error
    if not found:
        raise InvalidData.of(
            f"the list {source} is empty", code="I403", expected="one path per line"
        )
    return found
