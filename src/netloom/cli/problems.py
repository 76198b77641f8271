"""Problems as people read them: code, place, the line itself, what is wrong and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.cli.exit_codes import ExitCode, exit_code_for
from netloom.cli.reader_language import phrases, sentence, word
from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import NetloomError

if TYPE_CHECKING:
    from rich.text import Text

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "blue"}


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics on standard error."""
    from netloom.cli.command import stderr

    for diagnostic in diagnostics:
        stderr().print(diagnostic_text(diagnostic))


def diagnostic_text(english: Diagnostic) -> Text:
    """A diagnostic in several lines; the excerpt is shown if the file can still be read."""
    from rich.text import Text

    translations = phrases()
    diagnostic = english if translations is None else translations.diagnostic(english)
    colour = _COLOURS[diagnostic.severity]
    text = Text(word(str(diagnostic.severity)), style=f"bold {colour}")
    text.append(f"[{diagnostic.code}]", style=colour)
    if place := str(diagnostic.place):
        text.append(f" {place}", style="bold")
    if excerpt := _excerpt(diagnostic):
        text.append(f"\n{excerpt}", style="dim")
    text.append(f"\n  {sentence(diagnostic.message)}")
    facts = [
        f"{word('expected')} {diagnostic.expected}" if diagnostic.expected else "",
        f"{word('got')} {diagnostic.got}" if diagnostic.got else "",
    ]
    if any(facts):
        text.append(f"\n  {sentence('; '.join(fact for fact in facts if fact))}")
    if diagnostic.fix:
        text.append(f"\n  {sentence(diagnostic.fix)}", style="green")
    return text


def report_error(error: NetloomError, *, as_json: bool) -> ExitCode:
    """Print an error for people, and for programs if they asked; return the exit code."""
    code = exit_code_for(error)
    show_diagnostics(error.diagnostics)
    if as_json:
        _print_error(type(error).__name__, code, [d.to_json() for d in error.diagnostics])
    return code


def report_message(
    kind: str, message: str, code: ExitCode, *, as_json: bool, hint: str = ""
) -> ExitCode:
    """Print a problem that is not a diagnostic: a mistyped command line, an interruption."""
    sys.stderr.write("\n".join(part for part in (message, hint) if part) + "\n")
    if as_json:
        _print_error(kind, code, [Diagnostic("W000", message, fix=hint or None).to_json()])
    return code


def _print_error(kind: str, code: ExitCode, diagnostics: list[dict[str, Any]]) -> None:
    from netloom.cli.command import print_json

    print_json({"error": {"kind": kind, "exit_code": int(code), "diagnostics": diagnostics}})


def _excerpt(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    if not (place.file and place.line):
        return ""
    try:
        lines = Path(place.file).read_text(encoding="utf-8").splitlines()
        return f"  {place.line} | {lines[place.line - 1].rstrip()[:160]}"
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
