import errno
import json
from pathlib import Path
from types import CodeType

import pytest

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData, NotFound, StorageFailed
from netloom.core.identifiers import NodeId, OperatorId
from netloom.execution.local.failure import (
    Subject,
    failure_of_exception,
    failure_of_exit,
    last_lines,
    signal_name,
)


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return Subject(NodeId("fit"), OperatorId("my.op"), tmp_path / "log.txt")


def in_a_library() -> None:
    json.loads("{")


def explain(function: object, subject: Subject) -> Diagnostic:
    assert callable(function)
    code: CodeType = function.__code__  # type: ignore[attr-defined]
    try:
        function()
    except BaseException as error:
        [diagnostic] = failure_of_exception(error, subject, called=code).diagnostics
        return diagnostic
    raise AssertionError("it did not raise")


def test_the_place_is_the_users_innermost_line_not_the_librarys(subject: Subject) -> None:
    problem = explain(in_a_library, subject)
    line = in_a_library.__code__.co_firstlineno + 1
    assert problem == Diagnostic(
        code="X201",
        message="my.op raised JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
        place=Place(node="fit", file=__file__, line=line),
        fix=f"The full traceback is in {subject.log}",
    )


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), "X203", "my.op ran out of memory"),
        (RuntimeError("[enforce] can't allocate memory: you tried"), "X203", "ran out of memory"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA"), "X203", "ran out of memory: CUDA"),
        (
            OSError(errno.ENOSPC, "full", "/data/x"),
            "W508",
            "cannot write /data/x: the disk is full",
        ),
        (SystemExit(2), "X204", "my.op called sys.exit(2) instead of returning a result"),
        (KeyError("name"), "X201", "my.op raised KeyError: 'name'"),
        (Unprintable(), "X201", "my.op raised Unprintable: (its message cannot be shown)"),
        (ValueError("x" * 5000), "X201", "x" * 900 + ""),
    ],
)
def test_exceptions_are_told_apart(
    subject: Subject, error: BaseException, code: str, words: str
) -> None:
    [problem] = failure_of_exception(error, subject).diagnostics
    assert (problem.code, words in problem.message) == (code, True), problem
    assert len(problem.message) < 1200


def test_explained_errors_keep_all_diagnostics_and_gain_the_node(subject: Subject) -> None:
    own = Diagnostic("I1", "first", Place(file="a.png"))
    other = Diagnostic("I2", "second", Place(node="elsewhere"))
    failure = failure_of_exception(InvalidData(own, other), subject)
    assert failure.diagnostics == (Diagnostic("I1", "first", Place("fit", file="a.png")), other)
    assert not failure.retryable
    assert not failure_of_exception(NotFound.of("gone"), subject).retryable
    assert failure_of_exception(StorageFailed.of("full"), subject).retryable


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (0, "X204", "exited with status 0 before its result was saved"),
        (-9, "X205", "was killed by signal 9 (SIGKILL, killed)"),
        (-11, "X205", "was killed by signal 11 (SIGSEGV, segmentation fault)"),
        (-250, "X205", "was killed by signal 250"),
        (None, "X205", "vanished"),
    ],
)
def test_silent_ends_are_told_apart(
    subject: Subject, status: int | None, code: str, words: str
) -> None:
    [problem] = failure_of_exit(status, subject).diagnostics
    assert (problem.code, words in problem.message) == (code, True), problem
    assert str(subject.log) in (problem.fix or "")


def test_real_time_signals_have_no_name() -> None:
    assert signal_name(40).startswith("signal 40")


def test_the_end_of_a_log_is_readable_whatever_it_holds(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    assert last_lines(log) == ""
    log.write_bytes(b"one\n\ntwo\xff\x00\x1b[31m\n" + b"y" * 500 + b"\n")
    assert last_lines(log) == "one\ntwo��\N{REPLACEMENT CHARACTER}[31m\n" + "y" * 200
    log.write_text("--- attempt 1, 2026-01-31 14:25:30 +0000, pid 7\n")
    assert last_lines(log) == ""
    log.write_text("".join(f"line {number}\n" for number in range(10_000)))
    assert last_lines(log, lines=2) == "line 9998\nline 9999"
