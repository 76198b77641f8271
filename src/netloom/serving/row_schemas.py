"""Rows of tables and the answers to them, as JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netloom.inference.tables.row_reading import written
from netloom.inference.tables.rows import RowPredictor
from netloom.models.tabular.spec import Target
from netloom.serving.answer_schemas import Schema
from netloom.tables.columns import decimal_digits, element_type
from netloom.tables.features.asked_columns import AskedColumn

_SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_SCORES: Schema = {"type": "array", "items": _SCORE}
_PLAIN: dict[str, Schema] = {
    "integer": {"type": ["integer", "null"]},
    "number": {"anyOf": [{"type": ["number", "null"]}, {"enum": ["NaN", "Infinity", "-Infinity"]}]},
    "text": {"type": ["string", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "timestamp": {"type": ["string", "null"], "format": "date-time"},
    "bytes": {"type": ["string", "null"], "contentEncoding": "base64"},
}


def row_schema(columns: Iterable[AskedColumn]) -> Schema:
    """A row of a request; what else it has is not looked at."""
    columns = list(columns)
    return {
        "type": "object",
        "required": [column.name for column in columns if column.required],
        "properties": {column.name: _column(column) for column in columns},
    }


def example_row(columns: Iterable[AskedColumn]) -> dict[str, Any]:
    """A usual row."""
    return {column.name: column.example for column in columns}


def answer_schema(predictor: RowPredictor) -> Schema:
    """The answer to one row: the keys that were given, then what the model says of each target."""
    keys = [column for column in predictor.columns if not column.required]
    properties = {column.name: _value(column.column_type) for column in keys}
    required: list[str] = []
    for target in predictor.targets:
        found = _answers(target)
        properties |= found
        required += found
    return {"type": "object", "required": required, "properties": properties}


def _column(column: AskedColumn) -> Schema:
    what = "" if column.required else "key; comes back beside the answer: "
    about = {"description": what + written(column.column_type), "examples": [column.example]}
    return {**_value(column.column_type), **about}


def _value(column_type: str) -> Schema:
    if decimal_digits(column_type):
        return {"type": ["number", "string", "null"]}
    inner = element_type(column_type)
    if inner is None:
        return dict(_PLAIN[column_type])
    if column_type.startswith("list"):
        return {"type": ["array", "null"], "items": _value(inner)}
    return {"type": ["object", "null"], "additionalProperties": _value(inner)}


def _answers(target: Target) -> dict[str, Schema]:
    """What a row gets for one target, as ``tables.predict`` names it."""
    name, classes = target.column, list(target.classes or ())
    if target.type == "number":
        return {name: {"type": ["number", "null"]}}
    about = {"description": f"in the order of {', '.join(classes)}"}
    if target.type == "binary":
        score = {**_SCORE, "description": f"how probable {classes[-1]} is"}
        return {name: {}, f"{name}_score": score}
    one: dict[str, Schema] = {name: {}, f"{name}_score": _SCORE}
    several: dict[str, Schema] = {name: {"type": "array"}, f"{name}_score": _SCORES}
    chosen = several if target.type == "labels" else one
    return {**chosen, f"{name}_scores": {**_SCORES, **about}}
