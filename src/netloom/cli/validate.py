"""``netloom validate``: check a pipeline file without running anything."""

from __future__ import annotations

from pathlib import Path

from netloom.cli.command import Invocation, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.pipeline_options import PipelineChoice, pipeline_options
from netloom.cli.problems import show_diagnostics
from netloom.cli.reader_language import told
from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import InvalidPipeline


@verb("validate")
@pipeline_options
def command(
    invocation: Invocation, *, file: Path, overlays: tuple[Path, ...], sets: tuple[str, ...]
) -> int:
    """Check a pipeline file without running anything.

    All problems are reported at once, each with its place in the file and what to do about it.
    """
    diagnostics = _diagnostics(invocation, PipelineChoice(file, overlays, sets))
    errors = sum(1 for found in diagnostics if found.severity is Severity.ERROR)
    show_diagnostics(diagnostics)
    invocation.answer(
        {"valid": not errors, "diagnostics": [found.to_json() for found in diagnostics]},
        lambda console: console.print(f"{file}: {_verdict(errors)}", markup=False),
    )
    return ExitCode.INVALID if errors else ExitCode.OK


def _diagnostics(invocation: Invocation, choice: PipelineChoice) -> tuple[Diagnostic, ...]:
    try:
        workspace, loaded = choice.open(invocation, warn=False)
    except InvalidPipeline as error:  # so broken that not even a graph can be shown
        return error.diagnostics
    return (*loaded.diagnostics, *workspace.foresee(loaded).problems)


def _verdict(errors: int) -> str:
    if not errors:
        return told("valid")
    return told("1 problem" if errors == 1 else f"{errors} problems")
