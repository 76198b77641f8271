"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from netloom.core.errors import StorageFailed

_REFUSALS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.EFBIG, errno.ENAMETOOLONG}
    | {errno.ENOTDIR, errno.EEXIST}  # a file where a folder should be
)


@contextmanager
def writing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a temporary sibling of ``path``; on success flush it to disk and rename it over ``path``.

    Args:
        durable: Survive a power failure. False saves a millisecond where losing the file costs
            no more than computing it again; a reader must then expect an empty file.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written. ``path`` is untouched.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with storage_errors(path), os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Atomically replace a file's content."""
    with writing(path, durable=durable) as stream:
        stream.write(content)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Atomically replace a file's content with UTF-8 text."""
    write_bytes(path, text.encode(), durable=durable)


def write_json(path: Path, value: Any) -> None:
    """Atomically replace a file's content with readable JSON (keys in the order given)."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write below ``path`` into :class:`StorageFailed`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFailed.of(
                f"cannot write {path}: the disk is full",
                code="W508",
                fix="Free some space (netloom gc shows what can go) and retry the run: "
                "finished work is kept",
            ) from error
        if error.errno in _REFUSALS:
            raise StorageFailed.of(
                f"cannot write {path}: {error.strerror}",
                code="W507",
                fix="Make the folder writable or choose another workspace with --workspace",
            ) from error
        raise
