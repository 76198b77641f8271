"""Rows as JSON has them, one object each, as columns of a table: every cell checked, all that is wrong told.

Codes:
    T440 a row lacks a column        T442 more is wrong than is told
    T441 a cell holds another kind of value than its column
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.tables.columns import arrow_type, decimal_digits, element_type
from netloom.tables.features.asked_columns import AskedColumn

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]

MOST_PROBLEMS = 50
_LONGEST_CELL = 60
_LARGEST_INTEGER = 2**63 - 1
_WHOLE_FLOATS = 2.0**53
_ABSENT = object()
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_AS_THEY_ARE: Mapping[str, frozenset[type]] = {
    "integer": frozenset({int, type(None)}),
    "number": frozenset({float, int, type(None)}),
    "text": frozenset({str, type(None)}),
    "boolean": frozenset({bool, type(None)}),
}
"""Kinds of values that Arrow takes without looking at each."""
_WRITTEN: Mapping[str, str] = {
    "integer": "a whole number of at most 64 bits",
    "number": 'a number, or "NaN", "Infinity" or "-Infinity"',
    "text": "a text",
    "boolean": "true or false",
    "date": 'a date, such as "2026-01-31"',
    "timestamp": 'a time, such as "2026-01-31T12:30:00"',
    "bytes": "a text in base 64",
}


def rows_as_columns(rows: Sequence[Row], columns: Sequence[AskedColumn]) -> dict[str, pa.Array]:
    """The cells of each column, in the order of the rows; keys may be absent, and are null then.

    Raises:
        InvalidData: Columns are absent or cells of another type; with everything that is wrong, as far as
            anybody wants to read it.
    """
    problems: list[Diagnostic] = []
    found: dict[str, pa.Array] = {}
    for column in columns:
        cells = [row.get(column.name, _ABSENT) for row in rows]
        absent = [number for number, cell in enumerate(cells) if cell is _ABSENT]
        if absent and column.required:
            problems.append(_absent(column, absent))
        cells = [None if cell is _ABSENT else cell for cell in cells]
        found[column.name] = _array(cells, column, problems)
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems[MOST_PROBLEMS:] = [Diagnostic("T442", f"{more} more things are wrong")]
    if problems:
        raise InvalidData(*problems)
    return found


def _array(cells: list[Any], column: AskedColumn, problems: list[Diagnostic]) -> pa.Array:
    import pyarrow as pa

    kind = arrow_type(column.column_type)
    if set(map(type, cells)) <= _AS_THEY_ARE.get(column.column_type, frozenset()):
        try:
            return pa.array(cells, kind)
        except (pa.ArrowInvalid, OverflowError, UnicodeError):
            pass  # one of them is too large, or no text: found below
    read = _reader(column.column_type)
    values: list[Any] = []
    for number, cell in enumerate(cells):
        try:
            values.append(None if cell is None else read(cell))
        except (ValueError, TypeError, OverflowError, InvalidOperation):
            problems.append(_wrong(column, number, cell))
            values.append(None)
    return pa.array(values, kind)


def _reader(column_type: str) -> Callable[[Any], Any]:
    """From JSON to what Arrow takes; raises ValueError and its like for other kinds of values."""
    inner = element_type(column_type)
    if inner is not None:
        read = _reader(inner)
        return lambda cell: (
            _list(cell, read) if column_type.startswith("list") else _map(cell, read)
        )
    digits = decimal_digits(column_type)
    if digits is not None:
        return lambda cell: _decimal(cell, *digits)
    return _READERS[column_type]


def _list(cell: Any, read: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(cell, list):
        raise TypeError
    return [None if each is None else read(each) for each in cell]


def _map(cell: Any, read: Callable[[Any], Any]) -> list[tuple[str, Any]]:
    if not isinstance(cell, dict):
        raise TypeError
    return [(_text(key), None if value is None else read(value)) for key, value in cell.items()]


def _integer(cell: Any) -> int:
    is_whole = isinstance(cell, float) and cell.is_integer() and abs(cell) <= _WHOLE_FLOATS
    if isinstance(cell, bool) or not (isinstance(cell, int) or is_whole):
        raise TypeError
    number = int(cell)
    if not -_LARGEST_INTEGER - 1 <= number <= _LARGEST_INTEGER:
        raise OverflowError
    return number


def _number(cell: Any) -> float:
    if isinstance(cell, str) and cell in _NOT_FINITE:
        return _NOT_FINITE[cell]
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise TypeError
    return float(cell)


def _decimal(cell: Any, precision: int, scale: int) -> Decimal:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise TypeError
    number = Decimal(str(cell))
    if not number.is_finite() or abs(number) >= Decimal(10) ** (precision - scale):
        raise OverflowError
    if number != round(number, scale):
        raise ValueError
    return round(number, scale)


def _text(cell: Any) -> str:
    if not isinstance(cell, str):
        raise TypeError
    cell.encode()  # half of a character is no text
    return cell


def _boolean(cell: Any) -> bool:
    if not isinstance(cell, bool):
        raise TypeError
    return cell


def _date(cell: Any) -> dt.date:
    return dt.date.fromisoformat(_text(cell))


def _timestamp(cell: Any) -> dt.datetime:
    moment = dt.datetime.fromisoformat(_text(cell))
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _bytes(cell: Any) -> bytes:
    try:
        return base64.b64decode(_text(cell), validate=True)
    except binascii.Error as error:
        raise ValueError from error


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "text": _text,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "bytes": _bytes,
}


def written(column_type: str) -> str:
    """How a value of a logical type is written in JSON, for people.

    >>> written("list<boolean>")
    'a list, each element true or false'
    """
    inner = element_type(column_type)
    if inner is not None:
        is_list = column_type.startswith("list")
        outer = "a list, each element" if is_list else "an object, each value"
        return f"{outer} {written(inner)}"
    digits = decimal_digits(column_type)
    if digits is not None:
        return f"a number of at most {digits[0]} digits, {digits[1]} of them after the point"
    return _WRITTEN[column_type]


def _absent(column: AskedColumn, rows: Sequence[int]) -> Diagnostic:
    return Diagnostic(
        "T440",
        f"the row has no column {column.name!r}",
        place=_cell(rows[0], column),
        expected=f"{written(column.column_type)}; null where the value is missing",
        got=None if len(rows) == 1 else f"{len(rows)} rows without it",
        fix="Give every column that the model learned from",
    )


def _wrong(column: AskedColumn, row: int, cell: Any) -> Diagnostic:
    return Diagnostic(
        "T441",
        f"the cell of column {column.name!r} holds another kind of value",
        place=_cell(row, column),
        expected=f"{written(column.column_type)}; null where the value is missing",
        got=_shown(cell),
    )


def _cell(row: int, column: AskedColumn) -> Place:
    return Place(setting=f"rows.{row}.{column.name}")


def _shown(cell: Any) -> str:
    text = json.dumps(cell, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"


def json_values(values: pa.Array) -> Iterator[Any]:
    """Values of a column as JSON has them: what is not finite becomes null."""
    return map(_json_value, values.to_pylist())


def _json_value(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_json_value(each) for each in value]
        case dt.date():  # moments too
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
    return value
