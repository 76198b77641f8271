"""The SQL of every encoder, in one place for all engines.

A number passes two steps: ``prepared`` makes it finite and fills it in if it is missing; ``normalised``
brings it to the scale of its bucket. Lists do both element by element.
"""

from __future__ import annotations

from collections.abc import Sequence

from netloom.tables.features.dialect import FeatureSql
from netloom.tables.features.feature_map import (
    FIRST_VALUE,
    NOTHING,
    UNKNOWN,
    IdFeature,
    NumberStatistics,
)
from netloom.tables.features.settings import (
    Log1p,
    MinMax,
    NoNormalisation,
    Normalisation,
    PNorm,
    Quantiles,
    ZScore,
)

LARGEST = 3.4028234663852886e38
"""The greatest number of 32 bits. What is beyond counts as infinite."""


def number_sql(sql: FeatureSql, value: str, type: str) -> str:
    """A value of a logical type as DOUBLE: dates in days, times in seconds since 1970."""
    if type == "number":
        return value
    if type == "date":
        return sql.plain.cast(sql.days(value), "number")
    if type == "timestamp":
        return f"({sql.plain.cast(sql.plain.microseconds(value), 'number')} / {_double(sql, 1e6)})"
    return sql.plain.cast(value, "number")


def text_sql(sql: FeatureSql, value: str, type: str) -> str:
    """A value of a logical type as the text under which a vocabulary holds it."""
    return value if type == "text" else sql.plain.cast(value, "text")


def is_missing_sql(sql: FeatureSql, number: str, type: str) -> str:
    """Whether a number is null or NaN; never null."""
    if type != "number":
        return f"{number} IS NULL"
    return f"({number} IS NULL OR {sql.plain.is_nan(number)})"


def finite_sql(sql: FeatureSql, number: str, type: str) -> str:
    """The number if it is finite in 32 bits, else null."""
    if type == "number" or type.startswith("decimal"):
        low, high = _double(sql, -LARGEST), _double(sql, LARGEST)
        return f"CASE WHEN {number} >= {low} AND {number} <= {high} THEN {number} END"
    return number


def prepared_sql(
    sql: FeatureSql, number: str, type: str, statistics: NumberStatistics, *, filling: float
) -> str:
    """A number that is always there and finite: infinite ones become the largest or smallest seen."""
    if type != "number" and not type.startswith("decimal"):
        return f"COALESCE({number}, {_double(sql, filling)})"
    low, high = statistics.low or 0.0, statistics.high or 0.0
    return (
        f"CASE WHEN {is_missing_sql(sql, number, type)} THEN {_double(sql, filling)} "
        f"WHEN {number} > {_double(sql, LARGEST)} THEN {_double(sql, high)} "
        f"WHEN {number} < {_double(sql, -LARGEST)} THEN {_double(sql, low)} ELSE {number} END"
    )


def filling_of(missing: str, statistics: NumberStatistics) -> float:
    """What stands for a missing number before it is normalised."""
    return (statistics.mean or 0.0) if missing == "mean" else 0.0


def normalised_sql(
    sql: FeatureSql, number: str, normalisation: Normalisation, statistics: NumberStatistics
) -> str:
    """A prepared number on the scale of its bucket; p-norms are of rows, see :func:`p_length_sql`."""
    match normalisation:
        case MinMax():
            return _minmax(sql, number, normalisation, statistics)
        case ZScore():
            return _zscore(sql, number, statistics)
        case Quantiles():
            return _quantile(sql, number, statistics.edges)
        case Log1p():
            return f"(sign({number}) * ln({_double(sql, 1)} + abs({number})))"
        case NoNormalisation() | PNorm():
            return number


def p_length_sql(sql: FeatureSql, numbers: str, p: float) -> str:
    """The p-norm of a list whose largest absolute element is 1, from 1 up."""
    if p == 1:
        return sql.total(sql.each(numbers, "x", "abs(x)"))
    if p == 2:
        return f"sqrt({sql.total(sql.each(numbers, 'x', 'x * x'))})"
    powers = sql.each(numbers, "x", f"pow(abs(x), {_double(sql, p)})")
    return f"pow({sql.total(powers)}, {_double(sql, 1 / p)})"


def id_sql(sql: FeatureSql, text: str, feature: IdFeature, offset: int, *, found: str = "") -> str:
    """The id of a text.

    Args:
        found: Expression for its id in the vocabulary; null if it is not there.
    """
    if feature.hash_buckets is not None:
        value = f"{offset + FIRST_VALUE} + {sql.plain.hash32(text)} % {feature.hash_buckets}"
    else:
        value = f"COALESCE({found}, {offset + UNKNOWN})"
    return f"CASE WHEN {text} IS NULL THEN {offset + NOTHING} ELSE {value} END"


def _minmax(sql: FeatureSql, number: str, wished: MinMax, statistics: NumberStatistics) -> str:
    low, high = statistics.low, statistics.high
    if low is None or high is None or low == high:
        return _double(sql, wished.low)
    cut = f"least(greatest({number}, {_double(sql, low)}), {_double(sql, high)})"
    share = f"({cut} - {_double(sql, low)}) / {_double(sql, high - low)}"
    if (wished.low, wished.high) == (0.0, 1.0):
        return f"({share})"
    return f"({share} * {_double(sql, wished.high - wished.low)} + {_double(sql, wished.low)})"


def _zscore(sql: FeatureSql, number: str, statistics: NumberStatistics) -> str:
    if not statistics.deviation or statistics.mean is None:
        return _double(sql, 0)
    scaled = f"({number} - {_double(sql, statistics.mean)}) / {_double(sql, statistics.deviation)}"
    # A number far beyond those seen, over a small deviation, would not fit into 32 bits.
    return f"least(greatest({scaled}, {_double(sql, -LARGEST)}), {_double(sql, LARGEST)})"


def _quantile(sql: FeatureSql, number: str, edges: Sequence[float]) -> str:
    """Share of the edges below a number, found by halving."""
    if not edges:
        return _double(sql, 0)

    def between(first: int, last: int) -> str:
        if first == last:
            return _double(sql, first / len(edges))
        middle = (first + last) // 2
        edge = _double(sql, edges[middle])
        return (
            f"CASE WHEN {number} > {edge} THEN {between(middle + 1, last)} "
            f"ELSE {between(first, middle)} END"
        )

    return between(0, len(edges))


def _double(sql: FeatureSql, value: float) -> str:
    return sql.plain.literal(float(value))
