"""What earlier runs found out about the files of a folder, so that only new files are read again.

A file counts as known if its path, inode, size and both its times are what they were. It is not remembered
while it is younger than the clock of a file system is exact: it could change once more and look the same.
(Git treats its index likewise.) Nothing depends on what is remembered: without it, files are read again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.digests import digest_of_bytes
from netloom.core.errors import StorageFailed
from netloom.core.files import writing
from netloom.data.formats.inspection import Inspection
from netloom.data.formats.listing import Found
from netloom.data.path_text import text_from_path

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = b"1"
"""Raised when the columns change, or when other images count as usable than before."""
_FORMAT_KEY = b"netloom_known_images"
_SETTLED_AFTER_NS = 2_000_000_000
"""The coarsest clock of a file system in use (FAT) ticks every two seconds."""

_State = tuple[int, int, int, int]


class KnownImages:
    """Inspections of the files below a folder.

    Concurrent processes may use the same file: it is replaced as a whole, and the last one wins.

    Args:
        cache_folder: Where to keep them; None keeps nothing.
        root: The folder of the images.
    """

    def __init__(self, cache_folder: Path | None, root: Path) -> None:
        name = digest_of_bytes(os.fsencode(os.path.realpath(root)))
        self._file = cache_folder and cache_folder / "images" / f"{name}.parquet"
        self._known = dict(_read(self._file)) if self._file else {}
        self._opened_ns = time.time_ns()

    def get(self, found: Found) -> Inspection | None:
        """The inspection of a file that has not changed since; None if it has to be read."""
        state, inspection = self._known.get(text_from_path(found.path), (None, None))
        return inspection if state == _state(found) else None

    def remember(self, inspected: Iterable[tuple[Found, Inspection]]) -> None:
        """Keep what is known now, of these files only; bad ones are looked at again each time."""
        if self._file is None:
            return
        known = {
            text_from_path(found.path): (_state(found), inspection)
            for found, inspection in inspected
            if inspection.problem is None and self._is_settled(found)
        }
        if known != self._known:
            # Room or rights are missing: then so will be what the job itself writes, if it matters.
            with suppress(StorageFailed):
                _write(self._file, known)

    def _is_settled(self, found: Found) -> bool:
        return max(found.mtime_ns, found.ctime_ns) + _SETTLED_AFTER_NS < self._opened_ns


def _state(found: Found) -> _State:
    return found.size_bytes, found.mtime_ns, found.ctime_ns, found.inode


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        {
            "path": pa.string(),
            "size_bytes": pa.int64(),
            "mtime_ns": pa.int64(),
            "ctime_ns": pa.int64(),
            "inode": pa.uint64(),
            "digest": pa.string(),
            "width": pa.int32(),
            "height": pa.int32(),
            "has_more_pictures": pa.bool_(),
        },
        metadata={_FORMAT_KEY: FORMAT},
    )


def _read(file: Path) -> Iterable[tuple[str, tuple[_State, Inspection]]]:
    """What a file holds; nothing if it is missing, damaged or of another format."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, page_checksum_verification=True) as source:
            if not source.schema_arrow.equals(_schema(), check_metadata=True):
                return
            columns = source.read(use_threads=False).to_pydict()
    except (OSError, pa.ArrowException):
        return
    for path, size, mtime, ctime, inode, *told in zip(*columns.values(), strict=True):
        yield path, ((size, mtime, ctime, inode), Inspection(*told))


def _write(file: Path, known: dict[str, tuple[_State, Inspection]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[tuple[Any, ...]] = [
        (path, *state, seen.digest, seen.width, seen.height, seen.has_more_pictures)
        for path, (state, seen) in known.items()
    ]
    schema = _schema()
    columns = [
        pa.array([row[position] for row in rows], field.type)
        for position, field in enumerate(schema)
    ]
    with writing(file, durable=False) as stream:
        pq.write_table(
            pa.table(columns, schema=schema), stream, compression="zstd", write_page_checksum=True
        )
