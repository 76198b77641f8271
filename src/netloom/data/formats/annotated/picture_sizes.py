"""Width and height of pictures from their headers, for formats whose coordinates are shares of them."""

from __future__ import annotations

from collections.abc import Iterable

from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.image_header import read_header
from netloom.data.turned_size import turned_size

_START_BYTES = 64 << 10


def picture_sizes(folder: SourceFolder, paths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Width and height of pictures without decoding them; those that say nothing are left out."""
    sizes = {}
    for path in paths:
        size = picture_size(folder, path)
        if size is not None:
            sizes[path] = size
    return sizes


def picture_size(folder: SourceFolder, path: str) -> tuple[int, int] | None:
    """Width and height of one picture, turned as its orientation says; None if its header is damaged."""
    try:
        with (folder.root / path).open("rb") as stream:
            start = stream.read(_START_BYTES)
    except OSError:
        return None
    header = read_header(start)
    if header is not None and b"Exif" not in start:
        return header.width, header.height
    return _size_by_pillow(folder, path)


def _size_by_pillow(folder: SourceFolder, path: str) -> tuple[int, int] | None:
    try:
        return turned_size(folder.root / path)
    except Exception:  # noqa: BLE001 - damaged files make it raise anything
        return None
