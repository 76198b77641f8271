"""What is wrong with the settings of a node, in the user's terms rather than pydantic's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.settings import Settings
from netloom.graph.graph import Node
from netloom.graph.operator import Operator

Problem = Any
"""One entry of ``ValidationError.errors()``."""

_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "list_type": "a list",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "null",
    "string_too_short": "text of {min_length} or more characters",
    "string_type": "text",
    "too_long": "at most {max_length} elements",
    "too_short": "at least {min_length} elements",
    "tuple_type": "a list",
}
"""What pydantic says of these in the words of Python programmers."""


def check_settings(
    node: Node, operator: Operator[Any, Any]
) -> tuple[Settings | None, list[Diagnostic]]:
    """Complete settings of a node, or one diagnostic for each place in them that is wrong.

    Keys that are no settings of the operator are ignored. Of a setting that has several kinds, one that
    does not say its kind is of the default's: ``optimizer: {learning_rate: 0.1}``.
    """
    given = {
        name: _of_its_kind(node.settings[name], operator.settings_type.model_fields[name])
        for name in operator.setting_names
        if name in node.settings
    }
    try:
        return operator.settings_type.model_validate(given), []
    except ValidationError as error:
        by_path: dict[str, list[Problem]] = {}
        for problem in error.errors(include_url=False):
            by_path.setdefault(_path(problem, given), []).append(problem)
        return None, [_diagnostic(node, path, problems) for path, problems in by_path.items()]


def _of_its_kind(value: Any, field: FieldInfo) -> Any:
    tag = field.discriminator
    if not isinstance(tag, str) or not isinstance(value, Mapping) or tag in value:
        return value
    kind = getattr(field.default, tag, None)
    return value if kind is None else {tag: kind, **value}


def shown(value: Any) -> str:
    """A value as diagnostics quote it."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _path(problem: Problem, given: Any) -> str:
    """Where a problem is, without the names pydantic gives to alternatives of a union."""
    path: list[str] = []
    *outer, last = problem["loc"]
    for part in outer:
        is_index = isinstance(given, list | tuple) and isinstance(part, int) and part < len(given)
        if is_index or (isinstance(given, Mapping) and part in given):
            given = given[part]
            path.append(str(part))
    is_key = isinstance(given, Mapping) and (last in given or problem["type"] == "missing")
    is_index = isinstance(given, list | tuple) and isinstance(last, int) and last < len(given)
    if not path or is_key or is_index:
        path.append(str(last))
    return ".".join(path)


def _diagnostic(node: Node, path: str, problems: list[Problem]) -> Diagnostic:
    """One diagnostic for a place; several problems there are alternatives of a union."""
    problem = problems[0]
    place = Place(node=node.id, setting=path)
    listed = f"`netloom operators show {node.operator}` lists what is allowed"
    if problem["type"] == "missing" and isinstance(problem["loc"][-1], str):
        return Diagnostic(
            code="G104",
            message=f"the setting {path!r} of {node.operator} has no value and no default",
            place=place,
            fix=f"Write {path}: <value>",
        )
    if problem["type"] == "extra_forbidden":
        outer, _, key = path.rpartition(".")
        return Diagnostic(
            code="G102",
            message=f"the setting {outer!r} of {node.operator} has no key {key!r}",
            place=place,
            fix=listed,
        )
    return Diagnostic(
        code="G103",
        message=f"the setting {path!r} of {node.operator} has a value it cannot have",
        place=place,
        expected=" or ".join(dict.fromkeys(expectation(each) for each in problems)),
        got=shown(problem["input"]),
        fix=listed,
    )


def expectation(problem: Problem) -> str:
    """What a value should be, for people who do not know pydantic."""
    if problem["type"] == "union_tag_invalid":
        return f"{problem['ctx']['discriminator']} to be one of {problem['ctx']['expected_tags']}"
    if problem["type"] == "union_tag_not_found":
        return f"a mapping with a key {problem['ctx']['discriminator']} that says which kind it is"
    if problem["type"] == "missing":
        return "a longer list"
    told = _EXPECTED.get(problem["type"])
    if told is not None:
        limits = problem.get("ctx", {}).items()
        shortest = {name: f"{v:g}" if isinstance(v, float) else v for name, v in limits}
        return told.format(**shortest)
    text = str(problem["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
