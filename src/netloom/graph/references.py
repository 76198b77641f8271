"""Reading ``${…}``: the pieces of a text, what each reference asks for, and filling in templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidPipeline
from netloom.graph.expressions import BadExpression, evaluate, text_of
from netloom.graph.graph import JSON

_ENV = re.compile(r"\s*env:\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:,(.*))?\Z", re.DOTALL)
_QUOTES = "'\""


class BadReference(ValueError):
    """A ``${…}`` is malformed; the text says why."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands between ``${`` and ``}``.

    Attributes:
        kind: An environment variable, a date template, or an expression over names.
        body: The variable's name, the date template, or the expression.
        default: What an environment variable falls back on; None if it must be set.
    """

    kind: Literal["env", "date", "expression"]
    body: str
    default: str | None = None


Piece = str | Reference


def split_references(text: str) -> list[Piece]:
    """Split a text into literal pieces and references; ``$${`` becomes a literal ``${``.

    Raises:
        BadReference: A reference is not closed, is empty, or its ``env:`` part is malformed.
    """
    pieces: list[Piece] = []
    literal = ""
    position = 0
    while (found := text.find("$", position)) >= 0:
        literal += text[position:found]
        if text.startswith("$${", found):
            literal += "${"
            position = found + 3
        elif text.startswith("${", found):
            end = _end_of_reference(text, found)
            if literal:
                pieces.append(literal)
            literal = ""
            pieces.append(_reference(text[found + 2 : end]))
            position = end + 1
        else:
            literal += "$"
            position = found + 1
    literal += text[position:]
    if literal or not pieces:
        pieces.append(literal)
    return pieces


def has_reference(text: str) -> bool:
    """Whether a text has ``${`` in it, escaped or not: whether it needs :func:`split_references`."""
    return "${" in text


def escaped(text: str) -> str:
    """A text that :func:`split_references` reads back as one literal piece equal to ``text``."""
    return text.replace("${", "$${")


def joined(values: list[JSON]) -> JSON:
    """The value of a text from the values of its pieces: one alone keeps its type.

    Raises:
        BadReference: A mapping or list stands inside a longer text.
    """
    if len(values) == 1:
        return values[0]
    for value in values:
        if isinstance(value, dict | list):
            kind = "mapping" if isinstance(value, dict) else "list"
            raise BadReference(
                f"a {kind} cannot be part of a longer text; use ${{…}} as the whole value, or pick one "
                "element"
            )
    return "".join(text_of(value) for value in values)


def evaluate_template(text: str, names: Mapping[str, JSON], *, place: Place | None = None) -> JSON:
    """Fill in a text that was kept for later, such as a setting inside a component.

    Args:
        text: As written: ``${settings.size * 2}``.
        names: Values by root: ``{"settings": {"size": 32}}``.
        place: What a diagnostic points at.

    Raises:
        InvalidPipeline: The text is malformed, refers to an unknown name or cannot be computed.
    """

    def lookup(name: tuple[str, ...]) -> JSON:
        value: JSON = names
        for index, step in enumerate(name):
            if not isinstance(value, Mapping) or step not in value:
                known = value if isinstance(value, Mapping) else {}
                fix = did_you_mean(step, known) or ""
                raise BadExpression(f"there is no {'.'.join(name[: index + 1])}. {fix}".strip())
            value = value[step]
        return value

    try:
        values = [
            piece if isinstance(piece, str) else evaluate(piece.body, lookup)
            for piece in split_references(text)
        ]
        return joined(values)
    except (BadReference, BadExpression) as error:
        code = "D026" if isinstance(error, BadExpression) else "D020"
        problem = Diagnostic(code=code, message=str(error), place=place or Place())
        raise InvalidPipeline(problem) from error


def _end_of_reference(text: str, start: int) -> int:
    if text[start + 2 :].lstrip().startswith(("env:", "date:")):
        # Free text, in which an apostrophe is an apostrophe.
        end = text.find("}", start)
        if end >= 0:
            return end
    quote = ""
    depth = 0
    for position in range(start + 2, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return position
            depth -= 1
    raise BadReference(
        f"the reference {_shortened(text[start:])} is not closed with }}; write $${{ for a literal ${{"
    )


def _reference(body: str) -> Reference:
    stripped = body.strip()
    if not stripped:
        raise BadReference("${} is empty; write $${} for the literal text")
    if stripped.startswith("env:"):
        match = _ENV.match(stripped)
        if match is None:
            raise BadReference(
                f"${{{stripped}}} is malformed; write ${{env:NAME}} or ${{env:NAME, default}}"
            )
        return Reference("env", match[1], None if match[2] is None else match[2].strip())
    if stripped.startswith("date:"):
        return Reference("date", stripped.removeprefix("date:").strip())
    return Reference("expression", stripped)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
