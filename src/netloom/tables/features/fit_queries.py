"""The text of the queries that fit a feature map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from netloom.tables.columns import element_type
from netloom.tables.features.dialect import feature_sql
from netloom.tables.features.encoders import (
    LARGEST,
    finite_sql,
    is_missing_sql,
    number_sql,
    text_sql,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What has to be found out about a column.

    Attributes:
        numbers: Whether statistics of its numbers; of lists and maps those of all entries together.
        quantiles: Into how many ranges of equally many rows its numbers are cut; 0: none.
        values: At most so many of its values, by frequency; 0: none. Of a map, its keys.
        most: More values are an error; None: they are cut off.
        min_count: Only values that occur so often.
        is_longest: Whether the length of its longest list or map.
    """

    name: str
    type: str
    numbers: bool
    quantiles: int
    values: int
    most: int | None
    min_count: int
    is_longest: bool

    @property
    def is_nested(self) -> bool:
        """Whether it holds lists or maps."""
        return self.type.startswith(("list<", "map<"))


class FitQueries:
    """Queries on one table.

    Args:
        source: Name of the table.
        is_exact: Whether quantiles are exact, which needs all numbers of a column in memory.
    """

    def __init__(self, dialect: Literal["duckdb", "spark"], *, source: str, is_exact: bool) -> None:
        self._sql = feature_sql(dialect)
        self._source = self._sql.plain.identifier(source)
        self._is_exact = is_exact

    def single_numbers(self, wanted: Sequence[Wanted]) -> str:
        """A query for statistics of columns of single numbers: one row; the n-th column's end in n."""
        return self._statistics(
            [(number_sql(self._sql, f"t.{self._quoted(one)}", one.type), one) for one in wanted],
            f"{self._source} t",
        )

    def nested_numbers(self, wanted: Sequence[Wanted]) -> str:
        """A query for statistics of lists and maps, of all entries together: a row for each ``feature``."""
        needs_edges = any(one.quantiles for one in wanted)
        queries = []
        for place, one in enumerate(wanted):
            elements = self._sql.exploded("entries", self._entries(one, self._sql.values))
            inner = element_type(one.type) or "number"
            number = number_sql(self._sql, "e.element", inner)
            query = self._statistics(
                [(number, replace(one, type=inner))], f"({elements}) e", first=f"{place} AS feature"
            )
            if needs_edges and not one.quantiles:
                no_edges = self._sql.plain.cast("NULL", "list<number>")
                query = f"SELECT *, {no_edges} AS edges0 FROM ({query}) s"
            queries.append(query)
        return " UNION ALL ".join(queries)

    def single_values(self, wanted: Sequence[Wanted]) -> Iterator[tuple[str, Sequence[Wanted]]]:
        """Queries for values by frequency, and columns each is for.

        Columns: ``feature`` (which of those columns) and ``value``, in order.
        """
        at_once = self._sql.counted_at_once
        for start in range(0, len(wanted), at_once):
            some = wanted[start : start + at_once]
            if len(some) == 1:
                yield self._most_frequent(some[0]), some
            else:
                yield self._ranked(self._counted_together(some), some), some

    def nested_values(self, wanted: Sequence[Wanted]) -> str:
        """The same for elements of lists and keys of maps."""
        counted = [self._counted_elements(one, place) for place, one in enumerate(wanted)]
        return self._ranked(" UNION ALL ".join(counted), wanted)

    def longest(self, wanted: Sequence[Wanted]) -> str:
        """A query for the greatest lengths, ``x0`` and so on."""
        lengths = []
        for place, one in enumerate(wanted):
            lists = self._quoted(one)
            if one.type.startswith("map<"):
                lists = self._sql.keys(lists)
            lengths.append(f"max({self._sql.length(lists)}) AS x{place}")
        return f"SELECT {', '.join(lengths)} FROM {self._source}"

    def _quoted(self, one: Wanted) -> str:
        return self._sql.plain.identifier(one.name)

    def _entries(self, one: Wanted, of_map: Callable[[str], str]) -> str:
        """Rows with a list ``entries`` each."""
        column = self._quoted(one)
        lists = of_map(column) if one.type.startswith("map<") else column
        return f"(SELECT {lists} AS entries FROM {self._source}) t"

    def _statistics(
        self, numbers: Sequence[tuple[str, Wanted]], source: str, *, first: str = ""
    ) -> str:
        columns = [f"{number} AS x{place}" for place, (number, _) in enumerate(numbers)]
        chosen = [first] if first else []
        for place, (_, one) in enumerate(numbers):
            chosen += self._aggregates(f"x{place}", place, one.type, one.quantiles)
        return f"SELECT {', '.join(chosen)} FROM (SELECT {', '.join(columns)} FROM {source}) n"

    def _aggregates(self, number: str, place: int, type: str, quantiles: int) -> list[str]:
        missing = is_missing_sql(self._sql, number, type)
        finite = finite_sql(self._sql, number, type)
        largest = self._sql.plain.literal(LARGEST)
        infinite = f"NOT {missing} AND abs({number}) > {largest}"
        found = [
            f"count(*) AS values{place}",
            f"count(CASE WHEN {missing} THEN 1 END) AS missing{place}",
            f"count(CASE WHEN {infinite} THEN 1 END) AS infinite{place}",
            f"min({finite}) AS low{place}",
            f"max({finite}) AS high{place}",
            f"avg({finite}) AS mean{place}",
            f"stddev_pop({finite}) AS deviation{place}",
        ]
        if quantiles:
            shares = [cut / quantiles for cut in range(1, quantiles)]
            edges = self._sql.ordered_share(finite, shares, exact=self._is_exact)
            found.append(f"{edges} AS edges{place}")
        return found

    def _most_frequent(self, one: Wanted) -> str:
        text = text_sql(self._sql, self._quoted(one), one.type)
        counted = (
            f"SELECT value, count(*) AS times FROM (SELECT {text} AS value FROM {self._source}) t "
            "WHERE value IS NOT NULL GROUP BY value"
        )
        return (
            f"SELECT 0 AS feature, value FROM ({counted}) c WHERE times >= {one.min_count} "
            f"ORDER BY times DESC, value LIMIT {one.values}"
        )

    def _counted_together(self, wanted: Sequence[Wanted]) -> str:
        """One scan that counts the values of several columns."""
        names = [f"x{place}" for place in range(len(wanted))]
        texts = ", ".join(
            f"{text_sql(self._sql, self._quoted(one), one.type)} AS {name}"
            for name, one in zip(names, wanted, strict=True)
        )
        sets = ", ".join(f"({name})" for name in names)
        which = " ".join(
            f"WHEN grouping({name}) = 0 THEN {place}" for place, name in enumerate(names)
        )
        return (
            f"SELECT CASE {which} END AS feature, COALESCE({', '.join([*names, 'NULL'])}) AS value, "
            f"count(*) AS times FROM (SELECT {texts} FROM {self._source}) t "
            f"GROUP BY GROUPING SETS ({sets})"
        )

    def _counted_elements(self, one: Wanted, place: int) -> str:
        inner = "text" if one.type.startswith("map<") else element_type(one.type) or "text"
        elements = self._sql.exploded("entries", self._entries(one, self._sql.keys))
        text = text_sql(self._sql, "e.element", inner)
        return (
            f"SELECT {place} AS feature, value, count(*) AS times "
            f"FROM (SELECT {text} AS value FROM ({elements}) e) c GROUP BY value"
        )

    def _ranked(self, counted: str, wanted: Sequence[Wanted]) -> str:
        least = " ".join(f"WHEN {place} THEN {one.min_count}" for place, one in enumerate(wanted))
        most = " ".join(f"WHEN {place} THEN {one.values}" for place, one in enumerate(wanted))
        order = "PARTITION BY feature ORDER BY times DESC, value"
        return (
            f"SELECT feature, value FROM (SELECT feature, value, row_number() OVER ({order}) AS place "
            f"FROM ({counted}) c WHERE value IS NOT NULL AND times >= CASE feature {least} END) r "
            f"WHERE place <= CASE feature {most} END ORDER BY feature, place"
        )
