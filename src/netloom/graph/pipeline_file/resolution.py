"""Resolving ``${…}`` in a merged document: variables, environment, dates and expressions.

Every problem is reported once, at the value that contains the reference; values that depend on a failed
one are left out without a second message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.graph.expressions import (
    MAX_RESULT,
    BadExpression,
    evaluate,
    free_names,
    names_in,
    parse,
    text_of,
    with_constants,
)
from netloom.graph.pipeline_file.dates import BadDate, format_date
from netloom.graph.pipeline_file.provenance import JSON, Entry, Path, entry_of, path_text, place_at
from netloom.graph.pipeline_file.syntax_node import MAX_VALUES
from netloom.graph.references import (
    BadReference,
    Piece,
    Reference,
    escaped,
    has_reference,
    joined,
    split_references,
)

TEMPLATE_KEY = "$template"
"""A value ``{"$template": text}`` is filled in when the component that holds it is used."""
_UNRESOLVED = ("layout", "netloom")
_SEARCH_KEYS = frozenset({"low", "high", "log", "step", "choices"})


class _Failed(Exception):
    """A value cannot be had; ``problem`` is None if that was reported elsewhere."""

    def __init__(self, problem: Diagnostic | None = None) -> None:
        self.problem = problem


@dataclass(frozen=True, slots=True)
class _Spot:
    """The value being resolved, to point at when something is wrong with it."""

    path: Path
    entry: Entry

    def problem(self, code: str, message: str, *, fix: str | None = None) -> Diagnostic:
        place = place_at(self.path, self.entry.origin)
        return Diagnostic(code=code, message=message, place=place, fix=fix)

    def failure(self, code: str, message: str, *, fix: str | None = None) -> _Failed:
        return _Failed(self.problem(code, message, fix=fix))


@dataclass
class Resolver:
    """Resolves the values of one document.

    Attributes:
        root: The merged document.
        date: What ``${date:…}`` starts from.
        environment: What ``${env:…}`` sees.
        problems: Filled while resolving.
    """

    root: Entry
    date: datetime
    environment: Mapping[str, str]
    problems: list[Diagnostic] = field(default_factory=list)
    _known: dict[Path, Entry | None] = field(default_factory=dict)
    _pending: list[Path] = field(default_factory=list)
    _num_values: int = 0

    def document(self) -> Entry:
        """The whole document, resolved; values that failed are missing."""
        resolved = self._entry(self.root, ())
        return self.root.with_value({}) if resolved is None else resolved

    def variable(self, name: str) -> JSON:
        """Value of one variable; None if it failed."""
        found = self.root.at(("vars", name))
        resolved = None if found is None else self._entry(found, ("vars", name))
        return None if resolved is None else resolved.plain()

    def _entry(self, entry: Entry, path: Path) -> Entry | None:
        """The resolved entry, or None if it failed."""
        if path and path[0] in _UNRESOLVED:
            return entry
        if entry.tag == "!remove":
            return None
        if _is_search(entry):
            self.problems.append(_search_refused(_Spot(path, entry)))
            return None
        if entry.is_mapping:
            fields = {
                key: resolved
                for key, inner in entry.fields.items()
                if (resolved := self._entry(inner, (*path, key))) is not None
            }
            return entry.with_value(fields)
        if entry.is_list:
            elements = [self._entry(inner, (*path, i)) for i, inner in enumerate(entry.value)]
            kept = tuple(element for element in elements if element is not None)
            return entry.with_value(kept) if len(kept) == len(elements) else None
        if isinstance(entry.value, str) and has_reference(entry.value):
            return self._text(_Spot(path, entry))
        return entry

    def _text(self, spot: _Spot) -> Entry | None:
        if spot.path in self._known:
            return self._known[spot.path]
        self._pending.append(spot.path)
        result: Entry | None = None
        try:
            value = self._value_of_text(spot)
            fresh = entry_of(value, spot.entry.origin)
            result = spot.entry.with_value(fresh.value)
        except _Failed as failure:
            if failure.problem is not None:
                self.problems.append(failure.problem)
        finally:
            self._pending.pop()
        # A member of a cycle was marked as failed while it was still pending.
        return self._known.setdefault(spot.path, result)

    def _value_of_text(self, spot: _Spot) -> JSON:
        try:
            pieces = split_references(spot.entry.value)
        except BadReference as error:
            raise spot.failure("D020", str(error)) from error
        if any(_uses_settings(piece) for piece in pieces):
            return {TEMPLATE_KEY: self._template(pieces, spot)}
        value = self._joined([self._value(piece, spot) for piece in pieces], spot)
        self._num_values += _num_values(value)
        if self._num_values > MAX_VALUES:
            raise spot.failure("D003", f"references expand to over {MAX_VALUES} values")
        return value

    def _joined(self, values: list[JSON], spot: _Spot) -> JSON:
        try:
            value = joined(values)
        except BadReference as error:
            raise spot.failure("D027", str(error)) from error
        if isinstance(value, str) and len(value) > MAX_RESULT:
            raise spot.failure("D003", f"the text grows to over {MAX_RESULT} characters")
        return value

    def _value(self, piece: Piece, spot: _Spot) -> JSON:
        if isinstance(piece, str):
            return piece
        if piece.kind == "env":
            return self._environment_value(piece, spot)
        try:
            if piece.kind == "date":
                return format_date(piece.body, self.date)
            self._check_names(piece.body, spot)
            return evaluate(piece.body, lambda name: self._lookup(name, spot))
        except BadDate as error:
            raise spot.failure("D025", str(error)) from error
        except BadExpression as error:
            raise spot.failure("D026", str(error)) from error

    def _environment_value(self, reference: Reference, spot: _Spot) -> str:
        value = self.environment.get(reference.body, reference.default)
        if value is None:
            raise spot.failure(
                "D024",
                f"the environment variable {reference.body} is not set",
                fix=f"Set it, or give a default: ${{env:{reference.body}, default}}",
            )
        return value

    def _check_names(self, text: str, spot: _Spot) -> None:
        """Explain names that do not start with ``vars.`` before evaluation trips over them."""
        for name in free_names(parse(text)):
            variables = self._fields("vars")
            if name in self._fields("nodes"):
                raise spot.failure(
                    "D022",
                    f"${{{text}}} refers to the node {name!r}, but ${{…}} is for values only",
                    fix=f"To connect a node write its name without ${{…}}: {text}",
                )
            if name in variables:
                fix: str | None = f"Write ${{vars.{name}}}"
            elif name == "date":
                fix = "Write ${date:%Y-%m-%d}"
            else:
                fix = did_you_mean(f"vars.{name}", (f"vars.{known}" for known in variables))
            raise spot.failure("D021", f"${{{text}}}: there is nothing called {name!r}", fix=fix)

    def _lookup(self, name: tuple[str, ...], spot: _Spot) -> JSON:
        """Value of a dotted name under ``vars``; resolves what it needs on the way."""
        found = self.root.at(("vars",))
        here: Path = ("vars",)
        for depth, step in enumerate(name[1:], start=1):
            if found is not None and isinstance(found.value, str):
                found = self._variable(found, here)
            following = None if found is None else found.at((step,))
            if following is None:
                raise _unknown(name, depth, found, spot)
            found, here = following, (*here, step)
        if found is None:
            raise _unknown(name, 0, None, spot)
        return self._variable(found, here).plain()

    def _variable(self, found: Entry, here: Path) -> Entry:
        self._refuse_cycle(found, here)
        resolved = self._entry(found, here)
        if resolved is None:
            raise _Failed
        return resolved

    def _refuse_cycle(self, found: Entry, here: Path) -> None:
        for position, leaf in enumerate(self._pending):
            if leaf[: len(here)] != here:
                continue
            cycle = self._pending[position:]
            names = " → ".join(path_text(step) for step in [*cycle, leaf])
            for member in cycle:
                self._known[member] = None
            raise _Spot(here, found).failure(
                "D023",
                f"variables refer to each other in a circle: {names}",
                fix="Give one of them a value of its own",
            )

    def _template(self, pieces: list[Piece], spot: _Spot) -> str:
        """The text with everything resolved except what depends on the component's settings."""
        self._check_settings_scope(pieces, spot)
        text = ""
        for piece in pieces:
            if isinstance(piece, Reference) and _uses_settings(piece):
                self._check_names(piece.body, spot)
                try:
                    body = with_constants(piece.body, lambda name: self._lookup(name, spot))
                except BadExpression as error:
                    raise spot.failure("D026", str(error)) from error
                text += f"${{{body}}}"
            else:
                text += escaped(text_of(self._joined(["", self._value(piece, spot)], spot)))
        return text

    def _check_settings_scope(self, pieces: list[Piece], spot: _Spot) -> None:
        scope = _component_of(spot.path)
        if scope is None:
            raise spot.failure(
                "D028",
                "${settings.…} has a meaning only in the nodes of a component",
                fix="Use ${vars.…} here",
            )
        known = self._fields(*scope, "settings")
        for name in (name for piece in pieces for name in _names_of(piece)):
            wanted = ".".join(name[1:2])
            if name[0] == "settings" and wanted not in known:
                raise spot.failure(
                    "D021",
                    f"the component {scope[-1]!r} has no setting {wanted!r}",
                    fix=did_you_mean(wanted, known) or f"Settings: {', '.join(known) or 'none'}",
                )

    def _fields(self, *path: str | int) -> Mapping[str, Entry]:
        found = self.root.at(path)
        return {} if found is None else found.fields


def _unknown(name: tuple[str, ...], depth: int, holder: Entry | None, spot: _Spot) -> _Failed:
    known = list(holder.fields) if holder is not None else []
    owner = ".".join(name[:depth]) or "the document"
    fix = did_you_mean(f"{owner}.{name[depth]}", (f"{owner}.{key}" for key in known))
    if fix is None:
        fix = f"Names in {owner}: {', '.join(known)}" if known else f"{owner} has no names in it"
    return spot.failure("D021", f"there is no {'.'.join(name[: depth + 1])}", fix=fix)


def _search_refused(spot: _Spot) -> Diagnostic:
    return spot.problem(
        "D030",
        f"{path_text(spot.path)} asks for a search, which needs `netloom tune`; this version does not "
        "have it",
        fix="Give one value; --set changes it from run to run",
    )


def _is_search(entry: Entry) -> bool:
    if list(entry.fields) != ["search"]:
        return False
    space = entry.fields["search"]
    return space.is_list or (bool(space.fields) and set(space.fields) <= _SEARCH_KEYS)


def _names_of(piece: Piece) -> list[tuple[str, ...]]:
    """Dotted names a piece uses; none if it is not a well-formed expression."""
    if isinstance(piece, str) or piece.kind != "expression":
        return []
    try:
        return names_in(parse(piece.body))
    except BadExpression:
        return []


def _uses_settings(piece: Piece) -> bool:
    return any(name[0] == "settings" for name in _names_of(piece))


def _component_of(path: Path) -> Path | None:
    """Path of the innermost component whose nodes hold ``path``."""
    scope: Path | None = None
    position = 0
    while position + 2 < len(path) and path[position] == "components":
        if path[position + 2] == "nodes":
            scope = path[: position + 2]
        position += 2
    return scope


def _num_values(value: JSON) -> int:
    if isinstance(value, dict):
        return 1 + sum(_num_values(inner) for inner in value.values())
    if isinstance(value, list):
        return 1 + sum(_num_values(inner) for inner in value)
    return 1
