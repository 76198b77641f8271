"""A claim on a job's folder: at most one process, ever, works in it.

After a crash a new dispatcher starts its jobs again, while processes of the old one may still be on
their way out; two of them writing the same checkpoints would be worse than a wait. The claim is a
lock that the kernel drops when the last process holding it is gone, so it can be neither stale nor lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netloom.core.errors import Conflict
from netloom.core.files import storage_errors

CLAIM_NAME = "claim"
_POLL_S = 0.02


@contextmanager
def claimed(folder: Path, *, patience_s: float = 10.0) -> Iterator[None]:
    """Hold a job's folder for this process and the processes it forks.

    Raises:
        Conflict: Another process still held it after ``patience_s``.
        StorageFailed: The folder cannot be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / CLAIM_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _lock(descriptor, patience_s):
            raise Conflict.of(
                f"process {_holder(descriptor) or 'unknown'} is still working in {folder}",
                code="X208",
                fix="Wait for it or end it, then retry the node",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def break_claim(folder: Path, *, patience_s: float = 10.0) -> bool:
    """Kill the process group that holds a folder, if any. True when nobody holds it any more."""
    try:
        descriptor = os.open(folder / CLAIM_NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        if _lock(descriptor, 0.0):
            return True
        holder = _holder(descriptor)
        if holder is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(holder, signal.SIGKILL)
        return _lock(descriptor, patience_s)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        else:
            return True


def _holder(descriptor: int) -> int | None:
    """Pid (and process group) written by the holder, which leads its group."""
    content = os.pread(descriptor, 32, 0)
    pid = int(content) if content.isdigit() else 0
    return pid if pid > 1 else None
