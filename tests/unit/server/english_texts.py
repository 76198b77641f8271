"""Every English text that the server may say about somebody's work, read from the source itself.

They are followed backwards from where they end: the message of a diagnostic, the reason of a verdict.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .source_index import Function, Index, arguments, name_of
from .text_reading import GAP, NeedsCallers, Reader, Scope

REASONS = "reasons"

_DIAGNOSTIC = ("code", "message", "place", "expected", "got", "fix")
_SPOKEN = ("message", "expected", "got", "fix")
_MADE_OF_OTHERS = ("core/errors.py", "core/diagnostics.py")
"""Modules that make diagnostics of what they were given: it is read where it is given."""

# Who is given sentences: class or function, name of the argument, its position.
_GIVEN = (
    ("Verdict", "why", 1),
    ("Lookup", "problem", 1),
    ("_put", "why", 2),
    ("_change", "why", 9),
    ("NodeChanged", "why", 9),
    ("Occupant", "why", 2),
    ("Reject", "reason", 1),
    ("Problem", "reason", 2),
    ("Inspection", "problem", 9),
    ("Examples", "reason", 9),
    ("Recognition", "reason", 1),
    ("seen", "what", 0),
    ("ignored", "what", 0),
    ("remark", "text", 0),
    ("refuse", "why", 2),
    ("note", "message", 0),
)
_JOBS = ("data/", "inference/", "operators/", "tables/", "training/")
"""Where notes are lines of a job's log."""
# Whose results are sentences, besides every function whose name begins with remarks_on.
_RESULTS = (
    ("execution/explanation.py", "Change", "__str__", REASONS),
    ("execution/plan.py", "", "_with_model", REASONS),
    ("workspace/occupancy.py", "", "_waiting", REASONS),
    ("tracking/capsule.py", "", "_environment_changes", REASONS),
    ("graph/bad_settings.py", "", "expectation", "G103"),
    ("data/formats/annotated/catalogue.py", "Detected", "remark", REASONS),
    ("tables/sources/finding.py", "Search", "_refusal", REASONS),
    ("training/freezing.py", "FreezingReport", "__str__", REASONS),
)
# Which exceptions have a message that is shown to people, raised where, and in a diagnostic of which code.
_RAISED = (
    ("BadReference", "graph/", "D020"),
    ("BadExpression", "graph/", "D026"),
    ("BadDate", "graph/", "D025"),
    ("BadDate", "graph/", "D014"),
    ("ValueError", "data/images.py", REASONS),
    ("ValueError", "data/arrow_files.py", REASONS),
    ("ValueError", "data/transforms/", "G103"),
    ("ValueError", "models/spec.py", "G103"),
    ("ValueError", "training/recipe.py", "G103"),
    ("ValueError", "training/schedules.py", "G103"),
    ("ValueError", "tasks/losses.py", "G103"),
    ("ValueError", "tables/extraction.py", "G103"),
)
_MOST_CALLERS = 4


@dataclass(frozen=True, slots=True)
class EnglishText:
    """A text with a gap for everything that is not known before the program runs.

    Attributes:
        group: The code of the diagnostic, or ``reasons``.
    """

    group: str
    text: str
    where: str

    def filled(self) -> tuple[str, list[str]]:
        """The text with something different in each gap, and what that is."""
        numbers = itertools.count(1)
        marks: list[str] = []

        def mark(_: re.Match[str]) -> str:
            marks.append(f"⟪{next(numbers)}⟫")
            return marks[-1]

        return re.sub(GAP, mark, self.text), marks


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An expression that no text could be read from."""

    module: str
    line: int
    source: str


class EnglishTexts:
    """Texts of the source, and the places where none could be read."""

    def __init__(self) -> None:
        self._index = Index()
        self._reader = Reader(self._index)
        self._unreadable: dict[Unreadable, None] = {}
        found = itertools.chain(
            self._of_diagnostics(),
            self._of_errors(),
            self._given(),
            self._results(),
            self._raised(),
        )
        self.texts = tuple(dict.fromkeys(found))
        self.unreadable = tuple(self._unreadable)

    def _of_diagnostics(self) -> Iterator[EnglishText]:
        for call, function in self._index.calls["Diagnostic"]:
            if function.module not in _MADE_OF_OTHERS:
                yield from self._spoken(arguments(call, _DIAGNOSTIC), function)

    def _of_errors(self) -> Iterator[EnglishText]:
        for call, function in self._index.calls["of"]:
            kind = name_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
            fields = arguments(call, _SPOKEN[:1])
            if kind in self._index.codes:
                fields = {"code": ast.Constant(self._index.codes[kind]), **fields}
            if function.module not in _MADE_OF_OTHERS and {"code", "message"} <= fields.keys():
                yield from self._spoken(fields, function)

    def _given(self) -> Iterator[EnglishText]:
        for called, name, position in _GIVEN:
            for call, function in self._index.calls.get(called, ()):
                names = [*map(str, range(position)), name]
                value = arguments(call, names).get(name)
                is_other = called == "note" and not function.module.startswith(_JOBS)
                if value is not None and function.name != "replace" and not is_other:
                    yield from self._sentence(value, function, REASONS)

    def _results(self) -> Iterator[EnglishText]:
        wanted = {(module, owner, name): group for module, owner, name, group in _RESULTS}
        for function in itertools.chain.from_iterable(self._index.functions.values()):
            group = wanted.pop((function.module, function.owner, function.name), None)
            if function.name.startswith("remarks_on"):
                group = REASONS
            for value in function.results() if group is not None else ():
                yield from self._sentence(value, function, group or REASONS)
        assert wanted == {}, "functions that are gone"

    def _raised(self) -> Iterator[EnglishText]:
        for kind, place, group in _RAISED:
            for call, function in self._index.calls[kind]:
                if function.module.startswith(place) and call.args and _is_shown(function):
                    yield from self._sentence(call.args[0], function, group)

    def _sentence(self, value: ast.expr, function: Function, group: str) -> Iterator[EnglishText]:
        yield from self._spoken({"code": ast.Constant(group), "message": value}, function)

    def _spoken(self, fields: Mapping[str, ast.expr], function: Function) -> Iterator[EnglishText]:
        for name in _SPOKEN:
            value = fields.get(name)
            if value is None:
                continue
            unreadable = dict(self._unreadable)
            yield from self._pairs(fields["code"], value, Scope(function))
            if name in ("expected", "got"):  # as often data as words
                self._unreadable = unreadable

    def _pairs(
        self, code: ast.expr, value: ast.expr, scope: Scope, depth: int = 0
    ) -> Iterator[EnglishText]:
        """Codes with texts, for every call of the functions whose parameters matter."""
        line = getattr(value, "lineno", 0)
        unreadable = Unreadable(scope.function.module, line, ast.unparse(value))
        try:
            codes = self._reader.texts(code, scope)
            texts = self._reader.texts(value, scope)
        except NeedsCallers as missing:
            callers = self._index.callers(missing.function) if depth < _MOST_CALLERS else []
            if not callers:
                self._unreadable[unreadable] = None
            for call, caller in callers:
                called = Scope.of_call(missing.function, call, Scope(caller))
                yield from self._pairs(code, value, scope.called(called), depth + 1)
            return
        for group, text in itertools.product(codes, texts):
            if GAP in group or (text and not text.replace(GAP, "").strip()):
                self._unreadable[unreadable] = None
            elif text:
                yield EnglishText(group, text, f"{scope.function.module}:{line}")


def _is_shown(function: Function) -> bool:
    """Whether people see what it raises: of classes of settings, what pydantic calls."""
    if function.module.startswith(("data/", "graph/")) or isinstance(function.node, ast.Module):
        return True
    decorators = (ast.unparse(each) for each in function.node.decorator_list)
    return any(each.startswith(("model_validator", "field_validator")) for each in decorators)
