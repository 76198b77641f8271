"""Splitting by keys: the same key is in the same part on every day, in every table and on every engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, column_named
from netloom.tables.engines.engine import TableEngine
from netloom.tables.known_table import UNKNOWN, columns_missing, placed

PART_COLUMN = "part"
"""Name of the column with the part, unless another is asked for."""
_WHOLE = 2**32
_NULL = "\x1e"
_BETWEEN = "\x1f"


def says_parts(column: Column) -> bool:
    """Whether it says which rows are to learn from, as ``tables.split`` writes it unless told otherwise."""
    return column.name == PART_COLUMN and column.type in ("text", UNKNOWN)


def split_problems(
    columns: Sequence[Column] | None,
    keys: Sequence[str] | None,
    *,
    column: str,
    valid: float,
    test: float,
) -> Iterator[Diagnostic]:
    """What stands against dividing a table with these columns by these keys; None is not known.

    Args:
        column: Name of the column with the part.
    """
    if keys is not None and not keys:
        yield Diagnostic(
            code="T177",
            message="the table has no keys to divide it by",
            place=Place(setting="keys"),
            fix="Say `keys`, e.g. [user_id]",
        )
    if valid + test >= 1:
        yield Diagnostic(
            code="T175",
            message="nothing is left to train on",
            place=Place(setting="valid"),
            expected="`valid` and `test` below 1 together",
        )
    if columns is None:
        return
    yield from placed(columns_missing(keys or (), columns, setting="keys"), "keys")
    for known in columns:
        if known.name in (keys or ()) and not _is_key(known):
            yield replace(_no_key(known), place=Place(setting="keys"))
    if column.lower() in {known.name.lower() for known in columns}:
        yield Diagnostic(
            code="T173",
            message=f"the table has a column {column!r} already",
            place=Place(setting="column"),
            fix="Choose another name with `column`",
        )


def _is_key(column: Column) -> bool:
    return column.type not in ("number", "bytes") and not column.is_nested


def _no_key(column: Column) -> Diagnostic:
    return Diagnostic(
        code="T161",
        message=f"{column.name!r} cannot be a key: it holds {column.type}",
        expected="integers, decimals, texts, booleans, dates or timestamps",
        fix="Turn it into one of these with SQL, or choose other keys",
    )


def key_text(columns: Sequence[Column], keys: Sequence[str], *, engine: TableEngine) -> str:
    """SQL of a text that is equal on all engines for equal keys.

    Raises:
        InvalidData: A key has a type whose texts are not.
    """
    parts = []
    for key in keys:
        column = column_named(columns, key)
        quoted = engine.sql.identifier(key)
        if not _is_key(column):
            raise InvalidData(_no_key(column))
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
        InvalidData: With everything that is wrong (:func:`split_problems`).
    """
    problems = list(split_problems(columns, keys, column=column, valid=valid, test=test))
    if problems:
        raise InvalidData(*problems)
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
