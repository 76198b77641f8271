"""Settings of an operator as ``netloom operators show`` prints them, from their JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from netloom.graph.docstrings import argument_help, docstring_sections

Schema = Mapping[str, Any]
Row = tuple[str, str, str, str]
"""Setting, type, default, help."""

_NO_LIMIT = 2**53
"""A bound of this size only says how a number is stored."""
_LONGEST_DEFAULT = 40
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def setting_rows(schema: Schema) -> list[Row]:
    """One row for each setting of an operator."""
    definitions = schema.get("$defs", {})
    return list(_rows(schema, definitions, help_of={}))


def groups(schema: Schema) -> list[tuple[str, str, list[Row]]]:
    """What can be written inside settings that are mappings: heading, meaning and rows of each."""
    definitions = schema.get("$defs", {})
    found: list[tuple[str, str, list[Row]]] = []
    for name, field in schema.get("properties", {}).items():
        for reference in _references(field):
            group = definitions[reference]
            sections = docstring_sections(group.get("description", ""))
            help_of = argument_help(sections.get("Attributes", ""))
            rows = [row for row in _rows(group, definitions, help_of) if row[0] != "type"]
            heading = f"{name}: {_name_of(reference, definitions)}"
            found.append((heading, sections.get("", "").partition("\n\n")[0], rows))
    return found


def _rows(schema: Schema, definitions: Schema, help_of: Mapping[str, str]) -> Iterator[Row]:
    for name, field in schema.get("properties", {}).items():
        help_text = field.get("description") or help_of.get(name, "")
        yield name, _type(field, definitions), _default(field), help_text


def _references(field: Schema) -> list[str]:
    if "$ref" in field:
        return [str(field["$ref"].rpartition("/")[2])]
    members = [*field.get("anyOf", ()), *field.get("oneOf", ())]
    members += [field["items"]] if isinstance(field.get("items"), Mapping) else []
    return list(dict.fromkeys(name for member in members for name in _references(member)))


def _name_of(reference: str, definitions: Schema) -> str:
    """``{type: sgd}`` for a member of a tagged union, else the name of the settings class."""
    tag = definitions[reference].get("properties", {}).get("type", {}).get("const")
    return reference if tag is None else f"{{type: {tag}}}"


def _type(field: Schema, definitions: Schema) -> str:
    if "enum" in field:
        return " | ".join(json.dumps(value) for value in field["enum"])
    if "const" in field:
        return json.dumps(field["const"])
    if "$ref" in field:
        return _name_of(str(field["$ref"].rpartition("/")[2]), definitions)
    for key in ("anyOf", "oneOf"):
        if key in field:
            return " | ".join(_type(member, definitions) for member in field[key])
    limits = [
        f"{sign} {field[key]:g}"
        for key, sign in _BOUNDS.items()
        if key in field and abs(field[key]) < _NO_LIMIT
    ]
    name = str(field.get("type", "any")).replace("array", "list").replace("object", "mapping")
    if isinstance(field.get("items"), Mapping):
        name = f"list of {_type(field['items'], definitions)}"
    return " ".join([name, " and ".join(limits)]).rstrip()


def _default(field: Schema) -> str:
    if "default" not in field:
        return "required"
    value = field["default"]
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _LONGEST_DEFAULT and isinstance(value, Mapping) and "type" in value:
        return f"{{type: {value['type']}}}"
    return text if len(text) <= _LONGEST_DEFAULT else text[: _LONGEST_DEFAULT - 1] + "…"
