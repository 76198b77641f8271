"""What a database's refusals mean, in words and with a way out."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from netloom.core.errors import StorageFailed

_MEANINGS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (
        ("disk is full", "no space left", "could not extend file"),
        "W508",
        "the disk is full",
        "Free some space and retry (with a little of it `netloom gc` can free more): work is kept",
    ),
    (
        ("readonly database", "unable to open database file", "permission denied", "read-only"),
        "W507",
        "it cannot be opened for writing",
        "Make the file and its folder writable or choose another workspace with --workspace",
    ),
    (
        ("not a database", "malformed"),
        "W507",
        "it is damaged or not a database of Netloom",
        "Restore a backup, or move it aside to begin with an empty one: artifacts and runs/ remain",
    ),
    (
        ("disk i/o error",),
        "W507",
        "it cannot be read or written",
        "Check the disk; on a network drive use PostgreSQL instead of a file",
    ),
    (
        ("database is locked", "locking protocol"),
        "W507",
        "another process has kept it locked",
        "End the process that holds it; on a network drive use PostgreSQL instead of a file",
    ),
    (
        ("password authentication", "28p01", "28000", "no pg_hba"),
        "W507",
        "the server refuses this user",
        "Check user and password in the database URL",
    ),
    (
        ("3d000",),
        "W507",
        "the server has no such database",
        "Create it (createdb) or correct the database URL",
    ),
    (
        ("can't create a connection", "network error", "connection refused", "timed out"),
        "W507",
        "the server cannot be reached",
        "Check that it runs and that host and port in the database URL are right",
    ),
)


_VAGUE = ("disk i/o error", "unable to open database file")
"""What SQLite says of a full disk while it makes the files beside the database."""
_LEAST_BYTES = 1 << 20


def storage_failed(name: str, error: DBAPIError) -> StorageFailed:
    """Explain a refused statement or connection; ``name`` says which database, without password."""
    reason = " ".join(str(error.orig).split())
    lowered = reason.lower()
    if lowered in _VAGUE and _has_no_room(name):
        lowered = "disk is full"
    for signs, code, meaning, fix in _MEANINGS:
        if any(sign in lowered for sign in signs):
            return _failure(f"database {name}: {meaning}", code=code, got=reason, fix=fix)
    return _failure(
        f"database {name}: a statement failed",
        code="W507",
        got=reason,
        fix="Run netloom doctor; if it finds nothing wrong, this is a bug worth reporting",
    )


def _has_no_room(name: str) -> bool:
    """Whether the disk of an SQLite file is full."""
    try:
        return shutil.disk_usage(Path(name).parent).free < _LEAST_BYTES
    except OSError:
        return False


def _failure(message: str, *, code: str, got: str, fix: str) -> StorageFailed:
    error = StorageFailed.of(message, code=code, got=got, fix=fix)
    assert isinstance(error, StorageFailed)
    return error
