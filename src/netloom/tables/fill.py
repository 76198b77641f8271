"""Filling: values in place of missing ones, by rules for types and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import model_validator

from netloom.core.errors import InvalidData
from netloom.core.settings import NonEmptyText, Settings
from netloom.tables.columns import Column, decimal_digits, require_columns
from netloom.tables.engines.dialect import Scalar
from netloom.tables.engines.engine import TableEngine

ScalarKind = Literal["integer", "number", "decimal", "text", "boolean", "date", "timestamp"]
How = Literal["value", "mean", "median", "most_frequent", "smallest", "largest"]
_OF_NUMBERS = ("mean", "median")
_DIGITS = 12
"""Means are rounded to so many digits: the last ones depend on the order in which an engine adds."""


class FillRule(Settings):
    """What is put in place of missing values of some columns.

    Attributes:
        columns: These columns. They come before rules for types.
        types: All columns of these types.
        how: "value" is a value you say; the others are found in the table the rule is fitted on.
        value: With how: "value". A date or timestamp is written like 2026-01-31.
        empty: Empty texts count as missing too.
        not_a_number: NaN counts as missing too.
        infinite: Infinities count as missing too.
        indicator: Add a column `<name>_missing` that is true where a value was put in.
    """

    columns: tuple[NonEmptyText, ...] = ()
    types: tuple[ScalarKind, ...] = ()
    how: How = "value"
    value: str | int | float | bool | None = None
    empty: bool = False
    not_a_number: bool = True
    infinite: bool = False
    indicator: bool = False

    @model_validator(mode="after")
    def _complete(self) -> FillRule:
        if not self.columns and not self.types:
            raise ValueError("a rule needs `columns` or `types`")
        if (self.how == "value") != (self.value is not None):
            raise ValueError('say `value` with how: "value", and only then')
        return self


def rules_of_columns(
    rules: Sequence[FillRule], columns: Sequence[Column], exclude: Sequence[str]
) -> dict[str, FillRule]:
    """The rule of each column that has one; excluded columns never have.

    Raises:
        InvalidData: A rule names a column that does not exist, is excluded, or cannot be filled like this; or
            two rules name one column.
    """
    named = [column for rule in rules for column in rule.columns]
    require_columns([*named, *exclude], columns, name="the table", setting="rules")
    twice = [name for name in dict.fromkeys(named) if named.count(name) > 1]
    contradicting = [name for name in named if name in exclude]
    if twice or contradicting:
        raise InvalidData.of(
            f"several rules name {', '.join(twice)}"
            if twice
            else f"{', '.join(contradicting)} is named by a rule and excluded",
            code="T170",
            fix="Name every column once",
        )
    found = {}
    for column in columns:
        kind = "decimal" if column.type.startswith("decimal") else column.type
        by_name = [rule for rule in rules if column.name in rule.columns]
        by_type = [rule for rule in rules if kind in rule.types and column.name not in exclude]
        for rule in (by_name or by_type)[:1]:
            _check(rule, column)
            found[column.name] = rule
    return found


def fit_fill(
    rules: Mapping[str, FillRule], columns: Sequence[Column], view: str, *, engine: TableEngine
) -> dict[str, Any]:
    """The value of every column that has a rule, as JSON.

    Raises:
        InvalidData: A column has no value to take one from.
    """
    kinds = {column.name: column for column in columns}
    found = {}
    for name, rule in rules.items():
        if rule.how == "value":
            found[name] = rule.value
            continue
        value = _fitted(rule, kinds[name], view, engine)
        if value is None:
            raise InvalidData.of(
                f"{name!r} has no value from which its {rule.how.replace('_', ' ')} could be taken",
                code="T171",
                fix="Leave the column out with `exclude`, or say a value",
            )
        found[name] = _as_json(value)
    return found


def filling_query(
    rules: Mapping[str, FillRule],
    values: Mapping[str, Any],
    columns: Sequence[Column],
    view: str,
    *,
    engine: TableEngine,
) -> str:
    """SQL that gives the table with values put in.

    Raises:
        InvalidData: A value does not fit its column, or an indicator's name is taken.
    """
    sql = engine.sql
    names = {column.name for column in columns}
    parts, indicators = [], []
    for column in columns:
        quoted = sql.identifier(column.name)
        rule = rules.get(column.name)
        if rule is None:
            parts.append(quoted)
            continue
        if column.name not in values:
            raise InvalidData.of(
                f"the fitted values have none for {column.name!r}",
                code="T172",
                fix="Use the values of a fill with the same rules",
            )
        missing = _missing(rule, column, engine)
        literal = sql.cast(sql.literal(as_scalar(values[column.name], column)), column.type)
        parts.append(f"CASE WHEN {missing} THEN {literal} ELSE {quoted} END AS {quoted}")
        if rule.indicator:
            indicator = f"{column.name}_missing"
            if indicator in names:
                raise InvalidData.of(
                    f"the table has a column {indicator!r} already",
                    code="T173",
                    fix="Rename it, or do without an indicator",
                )
            indicators.append(f"({missing}) AS {sql.identifier(indicator)}")
    return f"SELECT {', '.join((*parts, *indicators))} FROM {sql.identifier(view)}"


def as_scalar(value: Any, column: Column) -> Scalar:
    """A value as one of the column's type.

    Raises:
        InvalidData: It is none.

    >>> as_scalar("2026-01-31", Column("day", "date"))
    datetime.date(2026, 1, 31)
    """
    try:
        return _converted(value, column.type)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise InvalidData.of(
            f"{value!r} cannot be put into {column.name!r}", code="T174", expected=column.type
        ) from error


def _converted(value: Any, kind: str) -> Scalar:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in ("integer", "number"):
        if not is_number or (kind == "integer" and int(value) != value):
            raise ValueError(value)
        return int(value) if kind == "integer" else float(value)
    digits = decimal_digits(kind)
    if digits:
        return _decimal(value, digits)
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "timestamp":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    if kind != "text" or not isinstance(value, str):
        raise ValueError(value)
    return value


def _decimal(value: Any, digits: tuple[int, int]) -> Decimal:
    if isinstance(value, bool):
        raise ValueError(value)  # noqa: TRY004 - what is wrong is the value
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits[1]))
    if len(rounded.as_tuple().digits) > digits[0]:
        raise ValueError(value)
    return rounded


def _check(rule: FillRule, column: Column) -> None:
    if column.is_nested or column.type == "bytes":
        raise InvalidData.of(
            f"{column.name!r} holds {column.type}, which cannot be filled", code="T174"
        )
    if rule.how in _OF_NUMBERS and not column.is_numeric:
        raise InvalidData.of(
            f"{column.name!r} holds {column.type}, which has no {rule.how}",
            code="T174",
            fix="Use most_frequent, or a value",
        )
    if rule.how == "value":
        as_scalar(rule.value, column)


def _missing(rule: FillRule, column: Column, engine: TableEngine) -> str:
    """SQL that is true where a value is missing; never null."""
    quoted = engine.sql.identifier(column.name)
    tests = [f"{quoted} IS NULL"]
    if column.type == "text" and rule.empty:
        tests.append(f"{quoted} = ''")
    if column.type == "number":
        if rule.not_a_number:
            tests.append(engine.sql.is_nan(quoted))
        if rule.infinite:
            tests.append(
                f"({quoted} IN ({engine.sql.literal(float('inf'))}, {engine.sql.literal(float('-inf'))}))"
            )
    return f"COALESCE({' OR '.join(tests)}, FALSE)"


def _fitted(rule: FillRule, column: Column, view: str, engine: TableEngine) -> Any:
    sql = engine.sql
    quoted, source = sql.identifier(column.name), sql.identifier(view)
    known = f"NOT {_missing(rule, column, engine)}"
    if column.type == "number":
        known += f" AND {sql.is_finite(quoted)}"
    if rule.how == "most_frequent":
        query = (
            f"SELECT {quoted} AS v FROM {source} WHERE {known} GROUP BY {quoted} "
            f"ORDER BY COUNT(*) DESC, {quoted} ASC LIMIT 1"
        )
        found = engine.rows(query)["v"].to_pylist()
        return found[0] if found else None
    number = sql.cast(quoted, "number")
    aggregate = {
        "mean": f"AVG({number})",
        "median": sql.quantile(number, 0.5),
        "smallest": f"MIN({quoted})",
        "largest": f"MAX({quoted})",
    }[rule.how]
    value = engine.rows(f"SELECT {aggregate} AS v FROM {source} WHERE {known}")["v"][0].as_py()
    if value is None or rule.how not in _OF_NUMBERS:
        return value
    rounded = float(f"{value:.{_DIGITS}g}")
    return round(rounded) if column.type == "integer" else rounded


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return (
        value.isoformat(sep=" ")
        if isinstance(value, datetime)
        else (value.isoformat() if isinstance(value, date) else value)
    )
