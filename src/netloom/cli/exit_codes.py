"""What the number that a command ends with means."""

from __future__ import annotations

from enum import IntEnum

from netloom.core.errors import (
    ArtifactDamaged,
    Conflict,
    InvalidInput,
    JobFailed,
    NetloomError,
    NotFound,
    StorageFailed,
)


class ExitCode(IntEnum):
    """Stable: scripts rely on it. Listed in ``netloom --help`` and docs/command-line.md."""

    OK = 0
    FAILED = 1
    INVALID = 2
    NOT_FOUND = 3
    CONFLICT = 4
    STORAGE = 5
    WAITING = 6
    INTERNAL = 70
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "a job failed, or a comparison or check did not hold",
    ExitCode.INVALID: "the file, the settings or the command line is not valid",
    ExitCode.NOT_FOUND: "a run, node, file or operator does not exist",
    ExitCode.CONFLICT: "the present state does not allow it",
    ExitCode.STORAGE: "disk full, folder not writable, stored data damaged",
    ExitCode.WAITING: "the run waits for a person's answer",
    ExitCode.INTERNAL: "a defect in Netloom",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
}

_BY_ERROR: tuple[tuple[type[NetloomError], ExitCode], ...] = (
    (InvalidInput, ExitCode.INVALID),
    (NotFound, ExitCode.NOT_FOUND),
    (Conflict, ExitCode.CONFLICT),
    (JobFailed, ExitCode.FAILED),
    (StorageFailed, ExitCode.STORAGE),
    (ArtifactDamaged, ExitCode.STORAGE),
)


def exit_code_for(error: NetloomError) -> ExitCode:
    """The code a command ends with after this error."""
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.FAILED


def exit_code_for_state(state: str) -> ExitCode:
    """The code ``run``, ``retry`` and ``reproduce`` end with, from the state of their run."""
    return {
        "succeeded": ExitCode.OK,
        "cached": ExitCode.OK,
        "waiting": ExitCode.WAITING,
        "cancelled": ExitCode.INTERRUPTED,
    }.get(state, ExitCode.FAILED)
