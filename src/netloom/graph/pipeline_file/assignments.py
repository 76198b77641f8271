"""``--set`` flags: ``fit.epochs=20`` as a layer of its own, typed by what it sets."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ValidationError

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidPipeline
from netloom.graph.bad_settings import expectation
from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import RESERVED_KEYS
from netloom.graph.pipeline_file.dates import BadDate, parse_date
from netloom.graph.pipeline_file.provenance import Entry, Origin, Path, entry_of, path_text
from netloom.graph.pipeline_file.yaml_entries import read_entries
from netloom.graph.references import has_reference

SECTIONS = ("name", "description", "vars", "nodes", "components")
"""Top-level keys that flags can reach."""
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*\Z")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One ``--set`` flag, as written."""

    flag: str
    path: Path
    text: str

    @property
    def origin(self) -> Origin:
        """The flag itself is the layer."""
        return Origin(f"--set {self.flag}")


class _Refused(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def read_date(flags: Sequence[str]) -> tuple[datetime | None, list[str]]:
    """Take ``date=2026-01-31`` out of the flags: it fixes ``${date:…}`` and is no part of the file.

    Raises:
        InvalidPipeline: It is not a date.
    """
    moment = None
    others = []
    for flag in flags:
        if flag.startswith("date="):
            try:
                moment = parse_date(flag.removeprefix("date="))
            except BadDate as error:
                place = Place(file=f"--set {flag}")
                raise InvalidPipeline.of(str(error), code="D014", place=place) from error
        else:
            others.append(flag)
    return moment, others


def layer_of_flags(
    flags: Sequence[str], document: Entry, *, catalogue: Catalogue | None
) -> tuple[Entry, list[Diagnostic]]:
    """All flags as one layer; of two flags for one value the later wins.

    Args:
        document: The merged document the flags will be laid over.
        catalogue: Gives settings their types; without it values are typed as in YAML.
    """
    layer = Entry({}, Origin("--set"))
    problems: list[Diagnostic] = []
    assignments: list[Assignment] = []
    for flag in flags:
        try:
            assignments.append(_parsed(flag, document))
        except _Refused as refused:
            problems.append(refused.diagnostic)
    for assignment in assignments:
        try:
            _check_variable(assignment, document, flags)
            value = _value(assignment, document, assignments, catalogue)
            layer = _with(layer, assignment.path, value, document)
        except _Refused as refused:
            problems.append(refused.diagnostic)
    return layer, problems


def _parsed(flag: str, document: Entry) -> Assignment:
    key, equals, text = flag.partition("=")
    key = key.strip()
    if not equals or not _KEY.match(key):
        raise _refusal(
            flag, "D013", "--set takes path=value", fix="Write for example: --set fit.epochs=20"
        )
    steps: tuple[str, ...] = tuple(key.split("."))
    nodes = document.at(("nodes",))
    node_ids = nodes.fields if nodes is not None else {}
    if steps[0] not in SECTIONS and steps[0] in node_ids:
        steps = ("nodes", *steps)
    if steps[0] not in SECTIONS:
        raise _unknown_target(flag, steps, document, node_ids)
    if steps[0] == "nodes" and len(steps) > 1 and steps[1] not in node_ids:
        raise _unknown_target(flag, steps[1:], document, node_ids)
    if steps in (("nodes",), ("vars",), ("components",), ("nodes", *steps[1:2])):
        raise _refusal(flag, "D013", f"--set changes single values, not all of {'.'.join(steps)}")
    return Assignment(flag, steps, text.strip())


def _check_variable(assignment: Assignment, document: Entry, flags: Sequence[str]) -> None:
    """A variable that nothing defines and nothing refers to is a typing mistake."""
    if assignment.path[0] != "vars" or assignment.path[1] == "date":
        return
    name = str(assignment.path[1])
    variables = document.at(("vars",))
    known = list(variables.fields) if variables is not None else []
    components = document.at(("components",))
    elsewhere = components is not None and any(
        "file" in c.fields for c in components.fields.values()
    )
    texts = [entry.value for _, entry in document.leaves() if isinstance(entry.value, str)]
    pattern = re.compile(rf"\$\{{[^}}]*\bvars(\.{re.escape(name)}\b|\[)")
    if name in known or elsewhere or any(map(pattern.search, (*texts, *flags))):
        return
    raise _refusal(
        assignment.flag,
        "D013",
        f"there is no variable {name!r}, and nothing refers to one",
        fix=did_you_mean(name, known) or f"Variables: {', '.join(known) or 'none'}",
    )


def _value(
    assignment: Assignment,
    document: Entry,
    assignments: Sequence[Assignment],
    catalogue: Catalogue | None,
) -> Entry:
    """The value of a flag, typed by the setting or variable it replaces."""
    text = assignment.text
    literal = Entry(text, assignment.origin)
    types = _types(assignment, document, assignments, catalogue)
    try:
        entry = read_entries(text, layer=f"--set {assignment.flag}", file=None) or literal
    except InvalidPipeline as error:
        if text[:1] in ("[", "{") and not types:
            place = Place(file=assignment.origin.layer)
            raise _Refused(replace(error.diagnostics[0], code="D014", place=place)) from error
        entry = literal
    if entry.tag == "!remove" or has_reference(text):
        return entry
    if types:
        return _typed(assignment, entry, types)
    current = document.at(assignment.path)
    replaces_text = current is not None and isinstance(current.value, str)
    if replaces_text and current is not None and not has_reference(current.value):
        return literal
    return entry


def _typed(assignment: Assignment, entry: Entry, types: Sequence[Any]) -> Entry:
    """The reading of the text (as YAML, else as plain text) that one of ``types`` accepts."""
    from pydantic import TypeAdapter  # tens of milliseconds that files without flags do not need

    reasons = []
    for reading in (entry.plain(), assignment.text):
        for annotation in types:
            try:
                adapter: TypeAdapter[Any] = TypeAdapter(annotation)
                valid = adapter.validate_python(reading)
            except ValidationError as error:
                reasons.append(expectation(error.errors(include_url=False)[0]))
                continue
            if isinstance(reading, str):
                return entry_of(adapter.dump_python(valid, mode="json"), assignment.origin)
            return entry_of(reading, assignment.origin)
    raise _refusal(
        assignment.flag,
        "D014",
        f"{path_text(assignment.path)} cannot have this value",
        expected=reasons[0],
        got=assignment.text or "nothing",
    )


def _types(
    assignment: Assignment,
    document: Entry,
    assignments: Sequence[Assignment],
    catalogue: Catalogue | None,
) -> list[Any]:
    """Annotations of the setting a flag sets; none if it sets something else."""
    path = assignment.path
    if catalogue is None or path[0] != "nodes" or len(path) < 3 or path[2] in RESERVED_KEYS:
        return []
    current = document.at((*path[:2], "op"))
    operator_id = current.value if current is not None else None
    for other in assignments:
        if other.path == (*path[:2], "op"):
            operator_id = other.text
    operator = catalogue.get(operator_id) if isinstance(operator_id, str) else None
    if operator is None or path[2] not in operator.setting_names:
        return []
    return list(_annotations(operator.settings_type, [str(step) for step in path[2:]]))


def _annotations(annotation: Any, steps: Sequence[str]) -> Iterator[Any]:
    """Annotations of the value at ``steps`` below a type, over all members of unions."""
    origin = typing.get_origin(annotation)
    if not steps:
        yield annotation
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        info = annotation.model_fields.get(steps[0])
        if info is not None:
            inner: Any = info.annotation
            if info.metadata:
                inner = Annotated[(inner, *info.metadata)]
            yield from _annotations(inner, steps[1:])
    elif origin is Annotated and len(steps) > 0:
        yield from _annotations(typing.get_args(annotation)[0], steps)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _annotations(typing.get_args(annotation)[1], steps[1:])
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        yield from _annotations(typing.get_args(annotation)[0], steps[1:])
    else:
        for member in typing.get_args(annotation):
            yield from _annotations(member, steps)


def _with(layer: Entry, path: Path, value: Entry, document: Entry) -> Entry:
    """The layer with one more value; an index into a list copies the document's list first."""
    key, rest = str(path[0]), path[1:]
    current = document.at((key,))
    if not rest:
        inner = value
    else:
        start = layer.fields.get(key)
        if start is None or not (start.is_mapping or start.is_list):
            is_list = current is not None and current.is_list
            start = current if is_list and current is not None else Entry({}, value.origin)
        below = current if current is not None else Entry({}, value.origin)
        inner = _with(start, rest, value, below)
    if layer.is_list:
        return _with_element(layer, key, inner)
    return layer.with_value({**layer.fields, key: inner})


def _with_element(layer: Entry, key: str, inner: Entry) -> Entry:
    if not key.isdigit() or int(key) >= len(layer.value):
        raise _refusal(
            inner.origin.layer.removeprefix("--set "),
            "D013",
            f"{key!r} is no index into a list of {len(layer.value)}",
        )
    elements = list(layer.value)
    elements[int(key)] = inner
    return layer.with_value(tuple(elements))


def _unknown_target(
    flag: str, steps: tuple[str, ...], document: Entry, node_ids: Mapping[str, Entry]
) -> _Refused:
    variables = document.at(("vars",))
    names = {name: name for name in (*SECTIONS, *node_ids)}
    names |= {name: f"vars.{name}" for name in (variables.fields if variables else {})}
    close = difflib.get_close_matches(steps[0], names, n=1)
    rest = ".".join(steps[1:])
    fix = f"Nodes: {', '.join(node_ids) or 'none'}"
    if close:
        meant = names[close[0]] + (f".{rest}" if rest else "")
        fix = f"Did you mean --set {meant}={flag.partition('=')[2]}?"
    return _refusal(flag, "D013", f"there is no node or section {steps[0]!r}", fix=fix)


def _refusal(
    flag: str,
    code: str,
    message: str,
    *,
    expected: str | None = None,
    got: str | None = None,
    fix: str | None = None,
) -> _Refused:
    place = Place(file=f"--set {flag}")
    return _Refused(
        Diagnostic(code=code, message=message, place=place, expected=expected, got=got, fix=fix)
    )
