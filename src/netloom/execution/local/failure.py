"""Why a job failed, as diagnostics: from an exception in user code, or from how its process ended.

X201  the operator raised          X207  its program ended (said by the dispatcher)
X202  it ran past its time limit   X208  another process still works on the same job
X203  it ran out of memory         X209  the catalogue could not be loaded
X204  its process exited           X210  its code changed since the job was queued
X205  its process was killed       X211  no machine here can ever run it (said by placement)
X206  it returned something else   X212  no worker process could start, or it spoke nonsense
"""

from __future__ import annotations

import errno
import os
import signal
import site
import sysconfig
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, TracebackType

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput, NetloomError, NotFound
from netloom.core.identifiers import NodeId, OperatorId

_LONGEST_MESSAGE = 1000
_PACKAGE = Path(__file__).resolve().parents[2]
_CRASHED_THREAD = "Current thread 0x"
_ATTEMPT = "--- attempt "
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Failure:
    """Diagnostics of a failed job, and whether trying again can help."""

    diagnostics: tuple[Diagnostic, ...]
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """What was running: enough to say where it went wrong."""

    node: NodeId
    operator: OperatorId
    log: Path

    def failure(
        self,
        code: str,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        expected: str | None = None,
        got: str | None = None,
        fix: str | None = None,
        retryable: bool = True,
    ) -> Failure:
        """A failure with a single diagnostic about this node."""
        place = Place(node=self.node, file=file, line=line)
        diagnostic = Diagnostic(code, message, place, expected=expected, got=got, fix=fix)
        return Failure((diagnostic,), retryable)


def failure_of_exception(
    error: BaseException, subject: Subject, *, called: CodeType | None = None
) -> Failure:
    """Explain an exception that came out of an operator or of what surrounds its call.

    Args:
        error: What was raised.
        subject: The node it was raised in.
        called: Code of the operator's function, from where on frames may be the user's.
    """
    if isinstance(error, NetloomError):
        return _failure_of_netloom_error(error, subject)
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return subject.failure(
            "W508",
            f"{subject.operator} cannot write {error.filename or 'its output'}: the disk is full",
            fix="Free some space (netloom gc shows what can go) and retry the run: "
            "finished work is kept",
        )
    if isinstance(error, SystemExit):
        return subject.failure(
            "X204",
            f"{subject.operator} called sys.exit({error.code!r}) instead of returning a result",
            fix="Return the outputs, or raise an exception that says what is wrong",
        )
    file, line = place_in_user_code(error.__traceback__, called)
    if is_out_of_memory(error):
        return subject.failure(
            "X203",
            f"{subject.operator} ran out of memory" + (f": {_said(error)}" if error.args else ""),
            file=file,
            line=line,
            fix=_memory_advice(error),
        )
    return subject.failure(
        "X201",
        f"{subject.operator} raised {type(error).__name__}: {_said(error)}",
        file=file,
        line=line,
        fix=f"The full traceback is in {subject.log}",
    )


def _failure_of_netloom_error(error: NetloomError, subject: Subject) -> Failure:
    located = tuple(
        diagnostic
        if diagnostic.place.node
        else replace(diagnostic, place=replace(diagnostic.place, node=subject.node))
        for diagnostic in error.diagnostics
    )
    if not located:
        return subject.failure("X201", f"{subject.operator} raised {type(error).__name__}")
    return Failure(located, retryable=not isinstance(error, InvalidInput | NotFound))


def is_out_of_memory(error: BaseException) -> bool:
    """Also true for tensor libraries, which do not raise MemoryError."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in _said(error)


def _memory_advice(error: BaseException) -> str:
    if type(error).__name__ == "OutOfMemoryError":
        return "Use a smaller batch, a smaller model or a GPU with more memory"
    return "Use less at once (a smaller batch), or grant the node more with needs.memory_mb"


def place_in_user_code(
    trace: TracebackType | None, called: CodeType | None
) -> tuple[str | None, int | None]:
    """Innermost frame in the user's own code; else the operator's own frame; else nothing."""
    frames = list(_frames_from(trace, called))
    own = [frame for frame in frames if not _is_library(frame[0])]
    chosen = own[-1:] or frames[:1]
    return chosen[0] if chosen else (None, None)


def _frames_from(trace: TracebackType | None, called: CodeType | None) -> Iterator[tuple[str, int]]:
    inside = False
    for frame, line in traceback.walk_tb(trace):
        inside = inside or frame.f_code is called
        if inside:
            yield frame.f_code.co_filename, line


def _is_library(file: str) -> bool:
    path = Path(file)
    return file.startswith("<") or any(path.is_relative_to(root) for root in _library_roots())


def _library_roots() -> set[Path]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    roots = {Path(sysconfig.get_path(name)) for name in names}
    return roots | {Path(path) for path in site.getsitepackages()} | {_PACKAGE}


def _said(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        text = "(its message cannot be shown)"
    text = text or "no message"
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " …"


def failure_of_exit(status: int | None, subject: Subject) -> Failure:
    """Explain a process that ended without a word.

    Args:
        status: Exit code, or minus the number of the signal that killed it; None if unknown.
        subject: The node that was running.
    """
    last = last_lines(subject.log)
    logged = f"The last lines of {subject.log} are:\n{last}" if last else f"Look at {subject.log}"
    if status is None:
        return subject.failure("X205", f"the process of {subject.operator} vanished", fix=logged)
    if status >= 0:
        return subject.failure(
            "X204",
            f"the process of {subject.operator} exited with status {status} before its result "
            "was saved",
            fix=f"The operator, or a library it uses, calls os._exit. {logged}",
        )
    number = -status
    advice: dict[signal.Signals | None, str] = {
        signal.SIGKILL: "If nobody killed it, the machine ran out of memory: use a smaller batch or "
        "set needs.memory_mb",
        signal.SIGSEGV: "A native library crashed",
        signal.SIGBUS: "A native library crashed, or shared memory (/dev/shm) is full",
        signal.SIGABRT: "A native library gave up",
        signal.SIGILL: "A library was built for another processor",
    }
    cause = advice.get(_signal(number), "Something sent it this signal")
    return subject.failure(
        "X205",
        f"the process of {subject.operator} was killed by {signal_name(number)}",
        fix=f"{cause}. {logged}",
    )


def signal_name(number: int) -> str:
    """``signal 11 (SIGSEGV, segmentation fault)``."""
    known = _signal(number)
    if known is None:
        return f"signal {number}"
    words = (signal.strsignal(number) or "").lower()
    return (
        f"signal {number} ({known.name}, {words})" if words else f"signal {number} ({known.name})"
    )


def _signal(number: int) -> signal.Signals | None:
    try:
        return signal.Signals(number)
    except ValueError:
        return None


def last_lines(log: Path, *, lines: int = 6, longest_bytes: int = 4096) -> str:
    """End of a log as text, whatever bytes it holds; empty if there is none.

    The stack that Python prints when a native library crashes starts with its innermost frames.
    """
    try:
        with log.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - longest_bytes))
            tail = stream.read()
    except OSError:
        return ""
    shown = [
        "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)
        for line in tail.decode(errors="replace").splitlines()
        if line.strip() and not line.startswith(_ATTEMPT)
    ]
    stack = next((n for n, line in enumerate(shown) if line.startswith(_CRASHED_THREAD)), None)
    chosen = shown[-lines:] if stack is None else shown[stack : stack + lines]
    return "\n".join(line[:200] for line in chosen)
