"""What differs between the SQL of the engines, in one place. All quoting of names and values happens here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from netloom.tables.columns import Column, decimal_digits, element_type

Scalar = str | int | float | bool | Decimal | date | datetime | None
"""What can be a literal."""

_BIGINT = 2**63


class Dialect(Protocol):
    """SQL of one engine, as text. Expressions that are passed in are SQL already."""

    name: Literal["duckdb", "spark"]

    def identifiers(self, names: Sequence[str]) -> str:
        """Quoted names with commas between."""

    def literal(self, value: Scalar) -> str:
        """A value as SQL, in the SQL type of its logical type."""

    def cast(self, expression: str, logical: str) -> str:
        """An expression as another logical type; an error if a value does not fit."""

    def try_cast(self, expression: str, logical: str) -> str:
        """Like ``cast``, but null if a value does not fit."""

    def canonical_columns(self, columns: Sequence[Column]) -> str:
        """Every column in the SQL type of its logical type; lists and maps are left as they are stored."""

    def no_rows(self, columns: Sequence[Column]) -> str:
        """A query in parentheses with these columns and no rows."""

    def identifier(self, name: str) -> str:
        """A quoted name of a column or table."""

    def text(self, value: str) -> str:
        """A quoted text."""

    def type(self, logical: str) -> str:
        """SQL type of a logical type (see :mod:`netloom.tables.columns`)."""

    def hash32(self, text: str) -> str:
        """BIGINT in [0, 2³²) from a text expression: the first eight hexadecimal digits of its MD5."""

    def is_nan(self, number: str) -> str:
        """Whether a DOUBLE is not a number; null for null."""

    def is_finite(self, number: str) -> str:
        """Whether a DOUBLE is neither null, nor NaN, nor infinite; never null itself."""

    def finite(self, number: str) -> str:
        """The DOUBLE if it is finite, else null."""

    def quantile(self, number: str, share: float) -> str:
        """Exact quantile of the DOUBLEs of a group, interpolated; nulls do not count."""

    def quantiles(self, number: str, shares: Sequence[float]) -> str:
        """A list of exact quantiles, from one pass over sorted values."""

    def length(self, nested: str, logical: str) -> str:
        """How many entries a list or map of this logical type has; null for null."""

    def microseconds(self, timestamp: str) -> str:
        """Microseconds since 1970 of a TIMESTAMP, as BIGINT."""


class _Shared:
    """What both engines write the same way."""

    def text(self, value: str) -> str:
        raise NotImplementedError

    def identifier(self, name: str) -> str:
        raise NotImplementedError

    def type(self, logical: str) -> str:
        raise NotImplementedError

    def identifiers(self, names: Sequence[str]) -> str:
        """Quoted names with commas between."""
        return ", ".join(self.identifier(name) for name in names)

    def literal(self, value: Scalar) -> str:
        """A value as SQL of the canonical type of its logical type.

        >>> DuckDBDialect().literal("it's"), SparkDialect().literal(True)
        ("'it''s'", 'TRUE')
        """
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int):
            is_big = -_BIGINT <= value < _BIGINT
            return self.cast(self.text(str(value)), "integer" if is_big else "decimal(38, 0)")
        if isinstance(value, float):
            return self.cast(self.text(_number_text(value)), "number")
        if isinstance(value, datetime):
            return self.cast(self.text(value.isoformat(sep=" ")), "timestamp")
        if isinstance(value, date):
            return self.cast(self.text(value.isoformat()), "date")
        if isinstance(value, Decimal):
            return self.cast(self.text(f"{value:f}"), _decimal_type(value))
        return self.text(value)

    def cast(self, expression: str, logical: str) -> str:
        """An expression as another logical type; an error if a value does not fit."""
        return f"CAST({expression} AS {self.type(logical)})"

    def try_cast(self, expression: str, logical: str) -> str:
        """Like ``cast``, but null if a value does not fit."""
        return f"TRY_CAST({expression} AS {self.type(logical)})"

    def canonical_columns(self, columns: Sequence[Column]) -> str:
        """Every column in the SQL type of its logical type; lists and maps are left as they are stored."""
        names = [(self.identifier(column.name), column) for column in columns]
        return ", ".join(
            name if column.is_nested else f"{self.cast(name, column.type)} AS {name}"
            for name, column in names
        )

    def no_rows(self, columns: Sequence[Column]) -> str:
        """A query in parentheses with these columns and no rows."""
        nothing = ", ".join(
            f"{self.cast('NULL', column.type)} AS {self.identifier(column.name)}"
            for column in columns
        )
        return f"(SELECT {nothing} WHERE FALSE)"

    def finite(self, number: str) -> str:
        """The DOUBLE if it is finite, else null."""
        return f"CASE WHEN {self.is_finite(number)} THEN {number} END"

    def is_finite(self, number: str) -> str:
        # NaN is greater than infinity on both engines.
        low, high = self.literal(-math.inf), self.literal(math.inf)
        return f"COALESCE({number} > {low} AND {number} < {high}, FALSE)"


class DuckDBDialect(_Shared):
    """SQL of DuckDB."""

    name: Literal["duckdb", "spark"] = "duckdb"

    def identifier(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def text(self, value: str) -> str:
        pieces = ["'" + piece.replace("'", "''") + "'" for piece in value.split("\0")]
        # SQL text ends at a NUL; a value may have one.
        return pieces[0] if len(pieces) == 1 else f"({' || chr(0) || '.join(pieces)})"

    def type(self, logical: str) -> str:
        inner = element_type(logical)
        if inner is not None:
            value = self.type(inner)
            return f"{value}[]" if logical.startswith("list") else f"MAP(VARCHAR, {value})"
        if decimal_digits(logical):
            return logical.upper()
        return _DUCKDB_TYPES[logical]

    def hash32(self, text: str) -> str:
        return f"CAST('0x' || substr(md5({text}), 1, 8) AS BIGINT)"

    def is_nan(self, number: str) -> str:
        return f"isnan({number})"

    def microseconds(self, timestamp: str) -> str:
        return f"epoch_us({timestamp})"

    def length(self, nested: str, logical: str) -> str:
        return f"cardinality({nested})" if logical.startswith("map") else f"len({nested})"

    def quantile(self, number: str, share: float) -> str:
        return f"quantile_cont({number}, {share!r})"

    def quantiles(self, number: str, shares: Sequence[float]) -> str:
        return f"quantile_cont({number}, [{', '.join(map(repr, shares))}])"


class SparkDialect(_Shared):
    """SQL of Spark."""

    name: Literal["duckdb", "spark"] = "spark"

    def identifier(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def text(self, value: str) -> str:
        # Spark knows escapes with a backslash in ordinary literals.
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def type(self, logical: str) -> str:
        inner = element_type(logical)
        if inner is not None:
            value = self.type(inner)
            return f"ARRAY<{value}>" if logical.startswith("list") else f"MAP<STRING, {value}>"
        if decimal_digits(logical):
            return logical.upper()
        return _SPARK_TYPES[logical]

    def hash32(self, text: str) -> str:
        return f"CAST(conv(substr(md5({text}), 1, 8), 16, 10) AS BIGINT)"

    def is_nan(self, number: str) -> str:
        return f"CASE WHEN {number} IS NOT NULL THEN isnan({number}) END"

    def microseconds(self, timestamp: str) -> str:
        return f"unix_micros(CAST({timestamp} AS TIMESTAMP))"

    def length(self, nested: str, logical: str) -> str:
        return f"CASE WHEN {nested} IS NOT NULL THEN size({nested}) END"

    def quantile(self, number: str, share: float) -> str:
        return f"percentile({number}, {share!r})"

    def quantiles(self, number: str, shares: Sequence[float]) -> str:
        return f"percentile({number}, array({', '.join(map(repr, shares))}))"


_DUCKDB_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "bytes": "BLOB",
}
_SPARK_TYPES = {
    **_DUCKDB_TYPES,
    "text": "STRING",
    "timestamp": "TIMESTAMP_NTZ",
    "bytes": "BINARY",
}


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _decimal_type(value: Decimal) -> str:
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    return f"decimal({max(len(digits) + max(0, int(exponent)), scale, 1)}, {scale})"
