"""Columns: names and logical types of a table, the same on every engine.

Logical types: ``integer`` (64 bits), ``number`` (double precision), ``decimal(p, s)``, ``text``, ``boolean``,
``date``, ``timestamp`` (microseconds, UTC, no zone of its own), ``bytes``, ``list<…>`` of one of these,
``map<text, …>``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidData

if TYPE_CHECKING:
    import pyarrow as pa

SCALARS = ("integer", "number", "text", "boolean", "date", "timestamp", "bytes")
_DECIMAL = re.compile(r"decimal\((\d+), (\d+)\)\Z")
_LIST = re.compile(r"list<(.+)>\Z")
_MAP = re.compile(r"map<text, (.+)>\Z")
_MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    >>> Column("price", "decimal(10, 2)").is_numeric
    True
    """

    name: str
    type: str

    @property
    def is_numeric(self) -> bool:
        """Whether it holds single numbers."""
        return self.type in ("integer", "number") or self.type.startswith("decimal")

    @property
    def is_nested(self) -> bool:
        """Whether it holds lists or maps."""
        return self.type.startswith(("list<", "map<"))


def decimal_digits(type: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal type; None for other types."""
    match = _DECIMAL.match(type)
    return (int(match[1]), int(match[2])) if match else None


def element_type(type: str) -> str | None:
    """What a list holds, or the values of a map; None for other types.

    >>> element_type("map<text, number>")
    'number'
    """
    match = _LIST.match(type) or _MAP.match(type)
    return match[1] if match else None


def logical_type(kind: pa.DataType) -> str | None:
    """The logical type of an Arrow type; None if tables cannot have it."""
    import pyarrow.types as t

    if t.is_dictionary(kind):
        return logical_type(kind.value_type)
    if t.is_integer(kind):
        return "decimal(20, 0)" if t.is_uint64(kind) else "integer"
    if t.is_decimal(kind):
        fits = 0 <= kind.scale <= kind.precision <= _MOST_DIGITS
        return f"decimal({kind.precision}, {kind.scale})" if fits else None
    for matches, name in (
        (t.is_floating, "number"),
        (t.is_boolean, "boolean"),
        (_is_text, "text"),
        (t.is_date, "date"),
        (t.is_timestamp, "timestamp"),
        (_is_bytes, "bytes"),
        (t.is_null, "text"),
    ):
        if matches(kind):
            return name
    return _nested(kind)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow.types as t

    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    import pyarrow.types as t

    return bool(t.is_binary(kind) or t.is_large_binary(kind) or t.is_fixed_size_binary(kind))


def _nested(kind: pa.DataType) -> str | None:
    import pyarrow.types as t

    if t.is_map(kind):
        value = logical_type(kind.item_type)
        return f"map<text, {value}>" if value and _is_text(kind.key_type) else None
    if t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind):
        value = logical_type(kind.value_type)
        return f"list<{value}>" if value else None
    return None


def arrow_type(type: str) -> pa.DataType:
    """The Arrow type in which values of a logical type are written."""
    import pyarrow as pa

    digits = decimal_digits(type)
    if digits is not None:
        return pa.decimal128(*digits)
    inner = element_type(type)
    if inner is not None:
        value = arrow_type(inner)
        return pa.list_(value) if type.startswith("list") else pa.map_(pa.string(), value)
    plain = {
        "integer": pa.int64(),
        "number": pa.float64(),
        "text": pa.string(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "bytes": pa.binary(),
    }
    return plain[type]


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """An Arrow schema for columns."""
    import pyarrow as pa

    return pa.schema([(column.name, arrow_type(column.type)) for column in columns])


def columns_of(schema: pa.Schema, *, name: str) -> tuple[Column, ...]:
    """Columns of an Arrow schema.

    Args:
        name: What the table is called in messages.

    Raises:
        InvalidData: A column has a type that tables cannot have, or two columns have one name.
    """
    kinds = {field.name: logical_type(field.type) for field in schema}
    wrong = [f"{field.name}: {field.type}" for field in schema if kinds[field.name] is None]
    if wrong:
        raise bad_column_types(wrong, name=name)
    refuse_twins(schema.names, name=name)
    return tuple(Column(column, str(kind)) for column, kind in kinds.items())


def bad_column_types(wrong: Sequence[str], *, name: str) -> InvalidData:
    """The error about columns of types that tables cannot have."""
    return InvalidData.of(
        f"{name} has columns of types that tables cannot have: {', '.join(wrong)}",
        code="T101",
        expected="numbers, texts, booleans, dates, timestamps, bytes, and lists or maps of them",
        fix="Leave these columns out with `columns`, or turn them into other types where they are made",
    )


def refuse_twins(names: Sequence[str], *, name: str) -> None:
    """Raise unless column names differ by more than upper and lower case: to engines these are one."""
    seen: dict[str, str] = {}
    for column in names:
        twin = seen.setdefault(column.lower(), column)
        if twin is not column or names.count(column) > 1:
            raise InvalidData.of(
                f"{name} has two columns of one name: {twin!r} and {column!r}",
                code="T102",
                fix="Rename one of them; names that differ only in upper and lower case are the same",
            )


def require_columns(
    wanted: Sequence[str], columns: Sequence[Column], *, name: str, setting: str
) -> None:
    """Raise unless all ``wanted`` are among ``columns``, naming every one that is not."""
    known = [column.name for column in columns]
    missing = [column for column in wanted if column not in known]
    if missing:
        raise InvalidData.of(
            f"{name} has no column {', '.join(map(repr, missing))}, which `{setting}` names",
            code="T103",
            expected=", ".join(known[:40]) + (" …" if len(known) > 40 else ""),
            fix=did_you_mean(missing[0], known) or "Name columns that the table has",
        )


def column_named(columns: Sequence[Column], name: str) -> Column:
    """The column of this name, which must exist."""
    return next(column for column in columns if column.name == name)


def columns_to_json(columns: Sequence[Column]) -> list[list[Any]]:
    """Columns as JSON."""
    return [[column.name, column.type] for column in columns]


def columns_from_json(document: Sequence[Sequence[Any]]) -> tuple[Column, ...]:
    """Inverse of :func:`columns_to_json`."""
    return tuple(Column(str(name), str(kind)) for name, kind in document)
