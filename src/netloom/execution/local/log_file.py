"""The log of a job: everything its process and its children print, redirected below Python."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from netloom.core.files import storage_errors

LOG_NAME = "log.txt"


@contextmanager
def output_to(log: Path, *, attempt: int) -> Iterator[None]:
    """Append standard output and error of this process to ``log``, after a line that dates the attempt.

    Redirection is at the level of file descriptors: output of native libraries and of child processes
    lands there too, in order, and nothing a job prints can reach the channel to the dispatcher.

    Raises:
        StorageFailed: The log cannot be written.
    """
    with storage_errors(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        moment = time.strftime("%Y-%m-%d %H:%M:%S %z")
        with storage_errors(log):
            os.write(descriptor, f"--- attempt {attempt}, {moment}, pid {os.getpid()}\n".encode())
        _redirect(descriptor)
    finally:
        os.close(descriptor)
    try:
        yield
    finally:
        silence()


def silence() -> None:
    """Send standard output and error nowhere."""
    descriptor = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        _redirect(descriptor)
    finally:
        os.close(descriptor)


def no_input() -> None:
    """A job has nobody to ask: reading standard input gives end of file."""
    descriptor = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(descriptor, 0)
    os.close(descriptor)


def _redirect(descriptor: int) -> None:
    flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = _unbroken(sys.__stdout__, 1)
    sys.stderr = _unbroken(sys.__stderr__, 2)
    faulthandler.enable(2)


def _unbroken(stream: TextIO | None, descriptor: int) -> TextIO:
    """A text stream on ``descriptor``, whatever an earlier job did to the original."""
    if stream is None or stream.closed:
        stream = os.fdopen(descriptor, "w", closefd=False)
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return stream


def flush() -> None:
    """Write out what Python has buffered; a full disk or a closed stream is not worth a failure."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
