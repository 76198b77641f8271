"""``MissingValueFiller`` of dmflow as settings of ``tables.fill``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netloom.workspace.dlflow.outcomes import Ledger
from netloom.workspace.dlflow.steps import listed

_TYPES = {
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "decimal": "decimal",
    "str": "text",
}
_DEFAULT = "default"


def filling_settings(key: str, given: Mapping[str, Any], ledger: Ledger) -> dict[str, Any]:
    """Rules of a filling step, and the columns they leave alone.

    Args:
        key: Of the step's parameters, for messages.
    """
    by_column: list[dict[str, Any]] = []
    by_type: dict[str, Any] = {}
    for section, type_name in _TYPES.items():
        entries = given.get(section)
        for text, columns in _entries(entries if isinstance(entries, Mapping) else {}):
            value = _value(text, section)
            if value is None:
                ledger.not_supported(f"{key}.{section}", f"{text} is no number")
            elif columns is not None:
                by_column.append({"columns": columns, "value": value})
            elif by_type.setdefault(type_name, value) != value:
                says = (
                    f"columns of the type {type_name} are filled with {by_type[type_name]!r}, the default of "
                    "the other width: name the columns that shall have this one in a rule"
                )
                ledger.not_supported(f"{key}.{section}.{_DEFAULT}", says)
        if section in given:
            ledger.mapped(f"{key}.{section}", f"rules of a tables.fill, type {type_name}")
    named = {name for rule in by_column for name in rule["columns"]}
    excluded = [name for name in listed(given.get("excludeCols")) if name not in named]
    if "excludeCols" in given:
        ledger.mapped(f"{key}.excludeCols", "exclude; a column that a rule names is filled anyway")
    rules = [*by_column, *({"types": [name], "value": value} for name, value in by_type.items())]
    return {"rules": rules, "exclude": excluded}


def _entries(
    section: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, list[str] | None]]:
    """Values with their columns; None for the default, whose value is given as the text.

    A key such as ``-1.5`` without quotes was read as ``-1`` with ``5`` in it.
    """
    for name, inner in section.items():
        if not prefix and name == _DEFAULT:
            yield str(inner), None
        elif isinstance(inner, Mapping):
            yield from _entries(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", listed(inner)


def _value(text: str, section: str) -> Any:
    if section == "str":
        return text
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if _TYPES[section] == "integer" and number.is_integer() else number
