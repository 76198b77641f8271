"""What encoding needs of SQL beyond :mod:`netloom.tables.engines.dialect`, for each engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from netloom.tables.engines.dialect import DuckDBDialect, SparkDialect

NumberType = Literal["float", "int32", "int64"]


class FeatureSql(Protocol):
    """SQL of one engine. Arguments and results are expressions; lists begin at 0."""

    @property
    def plain(self) -> DuckDBDialect | SparkDialect:
        """What all SQL of the engine is made with."""

    @property
    def counted_at_once(self) -> int:
        """Of so many columns values are counted in one scan."""

    def array(self, elements: Sequence[str]) -> str:
        """A list of expressions."""

    def joined(self, lists: Sequence[str]) -> str:
        """One list after another."""

    def cast_array(self, values: str, type: NumberType) -> str:
        """A list with elements of another type."""

    def each(self, values: str, element: str, expression: str) -> str:
        """A list of what ``expression`` makes of each ``element``."""

    def total(self, values: str) -> str:
        """Sum of a list of DOUBLE from first to last; 0 for none."""

    def largest(self, values: str) -> str:
        """The greatest element; null for none."""

    def head(self, values: str, count: int) -> str:
        """At most the first ``count`` elements."""

    def padded(self, values: str, count: int, filling: str) -> str:
        """Exactly ``count`` elements: cut, or filled up."""

    def length(self, values: str) -> str:
        """Elements of a list; null for null."""

    def value_at(self, mapping: str, key: str) -> str:
        """The value of a key in a map; null if it is not there."""

    def heaviest_first(self, mapping: str, weight: str) -> str:
        """Entries of a map as structs of ``lightness`` (−weight) and ``key``, heaviest first, then by key.

        Args:
            weight: Expression for the weight of an entry from its value ``entry.value``.
        """

    def keys(self, mapping: str) -> str:
        """Keys of a map, as a list."""

    def values(self, mapping: str) -> str:
        """Values of a map, as a list."""

    def exploded(self, values: str, source: str) -> str:
        """A query with a row for each element of the lists ``values`` (a column) of ``source``.

        Its columns: ``list`` (the whole), ``place`` and ``element``.
        """

    def gathered(self, value: str, place: str) -> str:
        """Aggregate: a list of values ordered by place."""

    def days(self, date: str) -> str:
        """Days since 1970 of a DATE."""

    def ordered_share(self, number: str, shares: Sequence[float], *, exact: bool) -> str:
        """Aggregate: list of the smallest numbers that at least these shares of all do not exceed."""


class DuckDBFeatureSql:
    """SQL of DuckDB."""

    plain = DuckDBDialect()
    # A scan reads only its columns; counting several at once takes longer and the memory of all.
    counted_at_once = 1

    def array(self, elements: Sequence[str]) -> str:
        return f"[{', '.join(elements)}]"

    def joined(self, lists: Sequence[str]) -> str:
        return f"({' || '.join(lists)})"

    def cast_array(self, values: str, type: NumberType) -> str:
        return f"CAST({values} AS {_DUCKDB_NUMBERS[type]}[])"

    def each(self, values: str, element: str, expression: str) -> str:
        return f"list_transform({values}, lambda {element}: {expression})"

    def total(self, values: str) -> str:
        # As Spark adds: from first to last, beginning at zero.
        return f"list_reduce([0.0::DOUBLE] || {values}, lambda total_, next_: total_ + next_)"

    def largest(self, values: str) -> str:
        return f"list_max({values})"

    def head(self, values: str, count: int) -> str:
        return f"list_slice({values}, 1, {count})"

    def padded(self, values: str, count: int, filling: str) -> str:
        return f"list_resize({values}, {count}, {filling})"

    def length(self, values: str) -> str:
        return f"len({values})"

    def value_at(self, mapping: str, key: str) -> str:
        return f"map_extract_value({mapping}, {key})"

    def heaviest_first(self, mapping: str, weight: str) -> str:
        entries = (
            f"list_transform(map_entries({mapping}), lambda entry: "
            f"{{'lightness': -({weight}), 'key': entry.key}})"
        )
        return f"list_sort({entries})"

    def keys(self, mapping: str) -> str:
        return f"map_keys({mapping})"

    def values(self, mapping: str) -> str:
        return f"map_values({mapping})"

    def exploded(self, values: str, source: str) -> str:
        return (
            f"SELECT {values} AS list, generate_subscripts({values}, 1) AS place, "
            f"unnest({values}) AS element FROM {source}"
        )

    def gathered(self, value: str, place: str) -> str:
        return f"list({value} ORDER BY {place})"

    def days(self, date: str) -> str:
        return f"date_diff('day', DATE '1970-01-01', {date})"

    def ordered_share(self, number: str, shares: Sequence[float], *, exact: bool) -> str:
        name = "quantile_disc" if exact else "approx_quantile"
        return f"{name}({number}, [{', '.join(map(repr, shares))}])"


class SparkFeatureSql:
    """SQL of Spark."""

    plain = SparkDialect()
    counted_at_once = 24

    def array(self, elements: Sequence[str]) -> str:
        return f"array({', '.join(elements)})"

    def joined(self, lists: Sequence[str]) -> str:
        return f"concat({', '.join(lists)})"

    def cast_array(self, values: str, type: NumberType) -> str:
        return f"CAST({values} AS ARRAY<{_SPARK_NUMBERS[type]}>)"

    def each(self, values: str, element: str, expression: str) -> str:
        return f"transform({values}, {element} -> {expression})"

    def total(self, values: str) -> str:
        zero = "CAST(0 AS DOUBLE)"
        return f"aggregate({values}, {zero}, (total_, next_) -> total_ + next_)"

    def largest(self, values: str) -> str:
        return f"array_max({values})"

    def head(self, values: str, count: int) -> str:
        return f"slice({values}, 1, {count})"

    def padded(self, values: str, count: int, filling: str) -> str:
        return f"slice(concat({values}, array_repeat({filling}, {count})), 1, {count})"

    def length(self, values: str) -> str:
        return f"CASE WHEN {values} IS NOT NULL THEN size({values}) END"

    def value_at(self, mapping: str, key: str) -> str:
        return f"try_element_at({mapping}, {key})"

    def heaviest_first(self, mapping: str, weight: str) -> str:
        entries = (
            f"transform(map_entries({mapping}), "
            f"entry -> named_struct('lightness', -({weight}), 'key', entry.key))"
        )
        return f"sort_array({entries})"

    def keys(self, mapping: str) -> str:
        return f"map_keys({mapping})"

    def values(self, mapping: str) -> str:
        return f"map_values({mapping})"

    def exploded(self, values: str, source: str) -> str:
        return (
            f"SELECT {values} AS list, place, element FROM {source} "
            f"LATERAL VIEW posexplode({values}) exploded AS place, element"
        )

    def gathered(self, value: str, place: str) -> str:
        pairs = f"array_sort(collect_list(named_struct('place', {place}, 'value', {value})))"
        return f"transform({pairs}, pair -> pair.value)"

    def days(self, date: str) -> str:
        return f"unix_date({date})"

    def ordered_share(self, number: str, shares: Sequence[float], *, exact: bool) -> str:
        accuracy = 2**31 - 1 if exact else 10_000
        listed = ", ".join(f"CAST('{share!r}' AS DOUBLE)" for share in shares)
        return f"percentile_approx({number}, array({listed}), {accuracy})"


_DUCKDB_NUMBERS = {"float": "FLOAT", "int32": "INTEGER", "int64": "BIGINT"}
_SPARK_NUMBERS = {"float": "FLOAT", "int32": "INT", "int64": "BIGINT"}


def feature_sql(dialect: Literal["duckdb", "spark"]) -> FeatureSql:
    """The SQL of an engine."""
    found: FeatureSql = DuckDBFeatureSql()
    if dialect == "spark":
        found = SparkFeatureSql()
    return found
