"""Filling: values in place of missing ones, by rules for types and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import model_validator

from netloom.core.column_names import ColumnOf
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.core.settings import NonEmptyText, Settings
from netloom.tables.columns import Column, decimal_digits
from netloom.tables.engines.dialect import Scalar
from netloom.tables.engines.engine import TableEngine
from netloom.tables.known_table import UNKNOWN, columns_missing, placed

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

    columns: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = ()
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
        InvalidData: With everything that is wrong (:func:`fill_problems`).
    """
    problems = list(fill_problems(rules, columns, exclude))
    if problems:
        raise InvalidData(*problems)
    return {
        column.name: rules[number]
        for column in columns
        if (number := _rule_of(rules, column, exclude)) is not None
    }


def fill_problems(
    rules: Sequence[FillRule], columns: Sequence[Column], exclude: Sequence[str]
) -> Iterator[Diagnostic]:
    """Rules that name a column that does not exist, is excluded, named twice or cannot be filled so."""
    for number, rule in enumerate(rules):
        missing = columns_missing(rule.columns, columns, setting="rules")
        yield from placed(missing, f"rules.{number}.columns")
    yield from placed(columns_missing(exclude, columns, setting="exclude"), "exclude")
    yield from _named_twice(rules, exclude)
    names = {column.name.lower() for column in columns}
    for column in columns:
        found = _rule_of(rules, column, exclude)
        if found is None:
            continue
        if column.type != UNKNOWN:
            yield from placed(_unfit(rules[found], column), f"rules.{found}")
        indicator = indicator_of(column)
        if rules[found].indicator and indicator.name.lower() in names:
            yield Diagnostic(
                code="T173",
                message=f"the table has a column {indicator.name!r} already",
                place=Place(setting=f"rules.{found}.indicator"),
                fix="Rename it, or do without an indicator",
            )


def columns_of_filled(
    rules: Sequence[FillRule], columns: Sequence[Column], exclude: Sequence[str]
) -> tuple[Column, ...] | None:
    """Columns of a filled table; None if they depend on types that are not known."""
    by_type = any(rule.types and rule.indicator for rule in rules)
    if by_type and any(column.type == UNKNOWN for column in columns):
        return None
    numbers = {column.name: _rule_of(rules, column, exclude) for column in columns}
    indicators = [
        indicator_of(column)
        for column in columns
        if (number := numbers[column.name]) is not None and rules[number].indicator
    ]
    return (*columns, *indicators)


def indicator_of(column: Column) -> Column:
    """The column that tells where something was put in."""
    return Column(f"{column.name}_missing", "boolean")


def _rule_of(rules: Sequence[FillRule], column: Column, exclude: Sequence[str]) -> int | None:
    """The number of the rule for a column: one that names it, else the first one for its type."""
    if column.name in exclude:
        return None
    kind = "decimal" if column.type.startswith("decimal") else column.type
    by_name = [number for number, rule in enumerate(rules) if column.name in rule.columns]
    by_type = [number for number, rule in enumerate(rules) if kind in rule.types]
    return next(iter(by_name or by_type), None)


def _named_twice(rules: Sequence[FillRule], exclude: Sequence[str]) -> Iterator[Diagnostic]:
    named = [column for rule in rules for column in rule.columns]
    twice = [name for name in dict.fromkeys(named) if named.count(name) > 1]
    contradicting = [name for name in dict.fromkeys(named) if name in exclude]
    if twice:
        yield Diagnostic(
            code="T170",
            message=f"several rules name {', '.join(twice)}",
            place=Place(setting="rules"),
            fix="Name every column once",
        )
    if contradicting:
        yield Diagnostic(
            code="T170",
            message=f"{', '.join(contradicting)} is named by a rule and excluded",
            place=Place(setting="exclude"),
            fix="Name every column once",
        )


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
        InvalidData: A value does not fit its column.
    """
    sql = engine.sql
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
            indicators.append(f"({missing}) AS {sql.identifier(indicator_of(column).name)}")
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


def _unfit(rule: FillRule, column: Column) -> Iterator[Diagnostic]:
    if column.is_nested or column.type == "bytes":
        yield Diagnostic(
            code="T174", message=f"{column.name!r} holds {column.type}, which cannot be filled"
        )
    elif rule.how in _OF_NUMBERS and not column.is_numeric:
        yield Diagnostic(
            code="T174",
            message=f"{column.name!r} holds {column.type}, which has no {rule.how}",
            fix="Use most_frequent, or a value",
        )
    elif rule.how == "value":
        try:
            as_scalar(rule.value, column)
        except InvalidData as error:
            yield from error.diagnostics


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
    if column.type == "number":  # engines differ in what NaN does to a mean or a median
        number = f"CASE WHEN NOT {sql.is_nan(quoted)} THEN {quoted} END"
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
