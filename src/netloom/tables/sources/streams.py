"""Opening files of sources, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from netloom.tables.sources.places import filesystem_of, is_url


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A file for reading, by its absolute path or URL."""
    if is_url(path):
        with filesystem_of(path).open(path, "rb") as stream:
            yield stream
    else:
        with Path(path).open("rb") as stream:
            yield stream
