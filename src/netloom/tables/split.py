"""Splitting by keys: the same key is in the same part on every day, in every table and on every engine."""

from __future__ import annotations

from collections.abc import Sequence

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, column_named
from netloom.tables.engines.engine import TableEngine

_WHOLE = 2**32
_NULL = "\x1e"
_BETWEEN = "\x1f"


def key_text(columns: Sequence[Column], keys: Sequence[str], *, engine: TableEngine) -> str:
    """SQL of a text that is equal on all engines for equal keys.

    Raises:
        InvalidData: A key has a type whose texts are not.
    """
    parts = []
    for key in keys:
        column = column_named(columns, key)
        quoted = engine.sql.identifier(key)
        if column.type in ("number", "bytes") or column.is_nested:
            raise InvalidData.of(
                f"{key!r} cannot be a key: it holds {column.type}",
                code="T161",
                expected="integers, decimals, texts, booleans, dates or timestamps",
                fix="Turn it into one of these with SQL, or choose other keys",
            )
        value = engine.sql.microseconds(quoted) if column.type == "timestamp" else quoted
        text = engine.sql.cast(value, "text")
        parts.append(f"COALESCE({text}, {engine.sql.text(_NULL)})")
    return f" || {engine.sql.text(_BETWEEN)} || ".join(parts)


def splitting_query(
    view: str,
    columns: Sequence[Column],
    keys: Sequence[str],
    *,
    valid: float,
    test: float,
    seed: int,
    column: str,
    engine: TableEngine,
) -> str:
    """SQL that adds a column ``train``, ``valid`` or ``test``.

    Raises:
        InvalidData: The column exists already, nothing would be left to train on, or a key is none.
    """
    if column.lower() in {known.name.lower() for known in columns}:
        raise InvalidData.of(
            f"the table has a column {column!r} already",
            code="T173",
            fix="Choose another name with `column`",
        )
    if valid + test >= 1:
        raise InvalidData.of(
            "nothing is left to train on",
            code="T175",
            expected="`valid` and `test` below 1 together",
        )
    text = f"{engine.sql.text(f'{seed}{_BETWEEN}')} || {key_text(columns, keys, engine=engine)}"
    place = engine.sql.hash32(text)
    up_to_test = round(test * _WHOLE)
    up_to_valid = up_to_test + round(valid * _WHOLE)
    hashed = engine.sql.identifier("__place")
    part = (
        f"CASE WHEN {hashed} < {up_to_test} THEN 'test' WHEN {hashed} < {up_to_valid} THEN 'valid' "
        "ELSE 'train' END"
    )
    names = engine.sql.identifiers([known.name for known in columns])
    inner = f"SELECT {names}, {place} AS {hashed} FROM {engine.sql.identifier(view)}"
    return f"SELECT {names}, {part} AS {engine.sql.identifier(column)} FROM ({inner}) hashed"
