"""Diagnostics and problem details (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from netloom.core.diagnostics import Diagnostic as DiagnosticValue
from netloom.core.diagnostics import Severity
from netloom.server.reader_language import worded_diagnostic
from netloom.server.schemas.wire import Answer


class Place(Answer):
    """What a diagnostic is about: a spot in the graph, in the text, or both. Unknown parts are absent."""

    node: str | None = None
    """Node id; inner nodes of components as ``component/node``."""
    port: str | None = None
    setting: str | None = None
    """Dotted path of a setting, such as ``backbone.depth``."""
    file: str | None = None
    """Another file than the text itself, as seen from the project folder."""
    line: int | None = None
    """1-based."""
    column: int | None = None
    """1-based."""


class Diagnostic(Answer):
    """One problem: *where: what is wrong. Expected …; got …. What to do.* In the reader's language."""

    code: str
    """Stable; the letter says which layer speaks."""
    severity: Severity
    message: str
    place: Place = Place()
    expected: str | None = None
    got: str | None = None
    fix: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_the_readers_language(cls, english: Any) -> Any:
        return worded_diagnostic(english) if isinstance(english, dict) else english


class Problem(Answer):
    """Why a request was refused, as ``application/problem+json``."""

    type: str = Field(examples=["urn:netloom:problem:not-found"])
    """Names the kind of problem; stable."""
    title: str
    """The kind of problem in a few words; the same for all problems of the type."""
    status: int
    detail: str
    """What is wrong this time, in plain words."""
    diagnostics: list[Diagnostic]
    """The same as values; never empty."""


def diagnostic(value: DiagnosticValue) -> Diagnostic:
    """The wire form of a diagnostic."""
    return Diagnostic.model_validate(value.to_json())


def diagnostics(values: Any) -> list[Diagnostic]:
    """The wire form of several."""
    return [diagnostic(value) for value in values]
