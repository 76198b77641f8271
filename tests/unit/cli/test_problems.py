from __future__ import annotations

import json
from pathlib import Path

import pytest

from netloom.cli.exit_codes import MEANINGS, ExitCode, exit_code_for, exit_code_for_state
from netloom.cli.problems import diagnostic_text, report_error
from netloom.core import errors
from netloom.core.diagnostics import Diagnostic, Place, Severity


def test_a_diagnostic_shows_place_line_facts_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("nodes:\n  fit: {op: train, epocs: 3}\n")
    diagnostic = Diagnostic(
        "G102",
        "unknown setting 'epocs'",
        Place(node="fit", setting="epocs", file=str(file), line=2),
        expected="a port or setting",
        got="epocs",
        fix="did you mean 'epochs'?",
    )
    assert diagnostic_text(diagnostic).plain.splitlines() == [
        f"error[G102] {file}:2: fit.epocs",
        "  2 |   fit: {op: train, epocs: 3}",
        "  Unknown setting 'epocs'.",
        "  Expected a port or setting; got epocs.",
        "  Did you mean 'epochs'?",
    ]


def test_names_and_commands_keep_their_spelling() -> None:
    diagnostic = Diagnostic("W404", "shapes/a.yaml is missing", fix="netloom init makes one")
    assert diagnostic_text(diagnostic).plain.splitlines() == [
        "error[W404]",
        "  shapes/a.yaml is missing.",
        "  netloom init makes one.",
    ]


@pytest.mark.parametrize("content", [None, b"one line\n", b"\xff\xfe\n" * 9])
def test_an_unreadable_excerpt_is_left_out(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "p.yaml"
    if content is not None:
        file.write_bytes(content)
    diagnostic = Diagnostic("D001", "x", Place(file=str(file), line=9), severity=Severity.WARNING)
    assert diagnostic_text(diagnostic).plain.splitlines() == [f"warning[D001] {file}:9", "  X."]


def test_an_error_is_text_for_people_and_one_document_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = errors.NotFound.of("there is no run 'x'", fix="netloom runs")
    assert report_error(error, as_json=True) is ExitCode.NOT_FOUND
    written = capsys.readouterr()
    assert "There is no run 'x'." in written.err
    assert json.loads(written.out) == {
        "error": {
            "kind": "NotFound",
            "exit_code": 3,
            "diagnostics": [error.diagnostics[0].to_json()],
        }
    }


def test_every_error_has_an_exit_code() -> None:
    assert {
        kind: exit_code_for(kind())
        for kind in (
            errors.InvalidInput,
            errors.InvalidPipeline,
            errors.InvalidData,
            errors.NotFound,
            errors.Conflict,
            errors.JobFailed,
            errors.ArtifactDamaged,
            errors.StorageFailed,
        )
    } == {
        errors.InvalidInput: 2,
        errors.InvalidPipeline: 2,
        errors.InvalidData: 2,
        errors.NotFound: 3,
        errors.Conflict: 4,
        errors.JobFailed: 1,
        errors.ArtifactDamaged: 5,
        errors.StorageFailed: 5,
    }


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)


@pytest.mark.parametrize(
    ("state", "code"),
    [("succeeded", 0), ("failed", 1), ("waiting", 6), ("cancelled", 130)],
)
def test_a_run_ends_the_command_with_its_state(state: str, code: int) -> None:
    assert exit_code_for_state(state) == code
