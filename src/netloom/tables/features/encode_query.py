"""The text of the query that encodes a table.

SELECT keys, labels, lists of numbers, lists of ids
FROM (lengths of rows, for p-norms, of
      (SELECT each column once, as a number, a text or a list, FROM the table))
LEFT JOIN vocabularies
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from netloom.tables.columns import element_type
from netloom.tables.features.dialect import feature_sql
from netloom.tables.features.encoders import (
    LARGEST,
    filling_of,
    id_sql,
    is_missing_sql,
    normalised_sql,
    number_sql,
    p_length_sql,
    prepared_sql,
    text_sql,
)
from netloom.tables.features.feature_map import (
    NOTHING,
    CategoryFeature,
    CategoryListFeature,
    FeatureMap,
    FittedBucket,
    IdFeature,
    NumberFeature,
    NumberListFeature,
    NumberStatistics,
    SlotsFeature,
    WeightedFeature,
)
from netloom.tables.features.settings import PNorm


class EncodeQuery:
    """Collects the parts of one query; used once.

    Args:
        source: Name of the table.
        vocabulary_name: Name of the vocabulary of the n-th id feature of a bucket.
        vocabularies: What the engine knows under these names: tables of ``value`` and ``id`` to be joined, or
            functions that give the id of a text, null if there is none.
    """

    def __init__(
        self,
        dialect: Literal["duckdb", "spark"],
        *,
        source: str,
        vocabulary_name: Callable[[int, int], str],
        vocabularies: Literal["tables", "functions"] = "tables",
    ) -> None:
        self._sql = feature_sql(dialect)
        self._source = source
        self._vocabulary_name = vocabulary_name
        self._are_functions = vocabularies == "functions"
        self._used: dict[str, str] = {}
        self._columns: list[str] = []
        self._joins: list[str] = []
        self._lengths: list[tuple[str, float]] = []

    def text(self, feature_map: FeatureMap, kept: Sequence[str]) -> str:
        """The query.

        Args:
            kept: Columns to leave as they are, beside the keys.
        """
        plain = self._sql.plain
        whole = [*(key.name for key in feature_map.keys), *kept]
        chosen = [f"{self._once(self._raw(name))} AS {plain.identifier(name)}" for name in whole]
        for number, bucket in enumerate(feature_map.buckets):
            names = [output.name for output in bucket.outputs()]
            for name, expression in zip(names, self._outputs(number, bucket), strict=True):
                chosen.append(f"{expression} AS {plain.identifier(name)}")
        return f"SELECT {', '.join(chosen)} FROM {self._rows()} {' '.join(self._joins)}"

    def _rows(self) -> str:
        rows = f"(SELECT {', '.join(self._columns)} FROM {self._source_rows(self._used)} t)"
        for name, p in self._lengths:
            largest = self._sql.largest(self._sql.each(name, "x", "abs(x)"))
            shares = self._sql.each(name, "x", f"x / {name}_largest")
            # Divided by the largest first: powers of great numbers would overflow.
            largest = (
                f"CASE WHEN {largest} > 0 THEN {largest} ELSE {self._sql.plain.literal(1.0)} END"
            )
            rows = f"(SELECT *, {largest} AS {name}_largest FROM {rows} r)"
            rows = (
                f"(SELECT *, {p_length_sql(self._sql, shares, p)} AS {name}_length FROM {rows} r)"
            )
        return f"{rows} p"

    def _once(self, expression: str) -> str:
        """A name for an expression on the table's columns, which is then computed once a row."""
        name = f"x{len(self._columns)}"
        self._columns.append(f"{expression} AS {name}")
        return name

    def _raw(self, column: str) -> str:
        return f"t.{self._used.setdefault(column, f'u{len(self._used)}')}"

    def _source_rows(self, columns: Iterable[str]) -> str:
        """The table with names that nobody chose: a column could be called like a variable in a query."""
        chosen = [f"{self._sql.plain.identifier(name)} AS {self._used[name]}" for name in columns]
        return f"(SELECT {', '.join(chosen)} FROM {self._sql.plain.identifier(self._source)})"

    def _outputs(self, number: int, bucket: FittedBucket) -> list[str]:
        expressions = []
        if bucket.numbers:
            expressions.append(self._numbers(bucket))
        spaces = {
            feature.column: (offset, self._vocabulary_name(number, place))
            for place, (feature, offset) in enumerate(bucket.offsets())
        }
        if bucket.in_ids:
            ids = [self._category(feature, *spaces[feature.column]) for feature in bucket.in_ids]
            expressions.append(self._sql.cast_array(self._sql.array(ids), bucket.id_type))
        for feature in bucket.apart:
            if isinstance(feature, NumberListFeature):
                numbers = self._number_list(feature, bucket)
                expressions.append(self._sql.cast_array(numbers, "float"))
                continue
            found = self._listed_ids(feature, *spaces[feature.column])
            expressions.append(self._sql.cast_array(found[0], bucket.id_type))
            expressions += [self._sql.cast_array(weights, "float") for weights in found[1:]]
        return expressions

    def _numbers(self, bucket: FittedBucket) -> str:
        """All numbers of a bucket as one list: single numbers in runs, with lists between them."""
        pieces: list[str] = []
        run: list[str] = []
        for feature in bucket.in_numbers:
            if isinstance(feature, NumberListFeature):
                pieces += [self._sql.array(run)] if run else []
                pieces.append(self._number_list(feature, bucket))
                run = []
            elif isinstance(feature, SlotsFeature):
                run += self._slots(feature, bucket)
            else:
                run += self._number(feature, bucket)
        pieces += [self._sql.array(run)] if run else []
        numbers = pieces[0] if len(pieces) == 1 else self._sql.joined(pieces)
        if isinstance(bucket.normalisation, PNorm):
            numbers = self._of_length_one(numbers, bucket.normalisation.p)
        return self._sql.cast_array(numbers, "float")

    def _of_length_one(self, numbers: str, p: float) -> str:
        # The list is needed below its own length, so it moves into the inner query as it is.
        name = f"row_{len(self._lengths)}"
        self._lengths.append((name, p))
        self._columns.append(f"{numbers} AS {name}")
        scaled = self._sql.each(name, "x", f"x / {name}_largest / {name}_length")
        return f"CASE WHEN {name}_length > 0 THEN {scaled} ELSE {name} END"

    def _number(self, feature: NumberFeature, bucket: FittedBucket) -> list[str]:
        type = feature.column_type
        raw = number_sql(self._sql, self._raw(feature.column), type)
        filling = filling_of(feature.missing, feature.statistics)
        prepared = prepared_sql(self._sql, raw, type, feature.statistics, filling=filling)
        found = [self._scaled(prepared, bucket, feature.statistics)]
        if feature.indicator:
            zero, one = self._sql.plain.literal(0.0), self._sql.plain.literal(1.0)
            is_missing = is_missing_sql(self._sql, raw, type)
            found.append(
                self._computed(f"CASE WHEN {is_missing} THEN {one} ELSE {zero} END", bucket)
            )
        return found

    def _computed(self, expression: str, bucket: FittedBucket) -> str:
        """An expression on the table's columns; only where lengths follow it stays in the inner query."""
        return (
            f"({expression})" if isinstance(bucket.normalisation, PNorm) else self._once(expression)
        )

    def _scaled(self, prepared: str, bucket: FittedBucket, statistics: NumberStatistics) -> str:
        name = self._computed(prepared, bucket)
        return normalised_sql(self._sql, name, bucket.normalisation, statistics)

    def _number_list(self, feature: NumberListFeature, bucket: FittedBucket) -> str:
        inner = element_type(feature.column_type) or "number"
        filling = filling_of(feature.missing, feature.statistics)
        prepared = prepared_sql(
            self._sql, number_sql(self._sql, "x", inner), inner, feature.statistics, filling=filling
        )
        column = self._raw(feature.column)
        if feature.width is not None:
            column = self._sql.head(column, feature.width)
        nothing = self._sql.plain.cast(self._sql.array([]), "list<number>")
        numbers = f"COALESCE({self._sql.each(column, 'x', prepared)}, {nothing})"
        name = self._computed(numbers, bucket)
        scaled = normalised_sql(self._sql, "y", bucket.normalisation, feature.statistics)
        if scaled != "y":
            name = self._sql.each(name, "y", scaled)
        if feature.width is None:
            return name
        return self._sql.padded(name, feature.width, self._sql.plain.literal(0.0))

    def _slots(self, feature: SlotsFeature, bucket: FittedBucket) -> list[str]:
        inner = element_type(feature.column_type) or "number"
        zero = self._sql.plain.literal(0.0)
        found = []
        for key in feature.vocabulary:
            value = self._sql.value_at(self._raw(feature.column), self._sql.plain.text(key))
            number = number_sql(self._sql, value, inner)
            is_missing = self._computed(is_missing_sql(self._sql, number, inner), bucket)
            prepared = prepared_sql(self._sql, number, inner, feature.statistics, filling=0.0)
            scaled = self._scaled(prepared, bucket, feature.statistics)
            found.append(f"CASE WHEN {is_missing} THEN {zero} ELSE {scaled} END")
        return found

    def _category(self, feature: CategoryFeature, offset: int, vocabulary: str) -> str:
        text = self._once(text_sql(self._sql, self._raw(feature.column), feature.column_type))
        if feature.vocabulary is None:
            return id_sql(self._sql, text, feature, offset)
        if self._are_functions:
            return id_sql(self._sql, text, feature, offset, found=f"{vocabulary}({text})")
        self._joins.append(f"LEFT JOIN {vocabulary} ON {vocabulary}.value = p.{text}")
        return id_sql(self._sql, text, feature, offset, found=f"{vocabulary}.id")

    def _listed_ids(
        self, feature: CategoryListFeature | WeightedFeature, offset: int, vocabulary: str
    ) -> list[str]:
        """Expressions for ids and, of maps, weights."""
        if isinstance(feature, WeightedFeature):
            texts, weights = self._entries(feature)
        else:
            texts, weights = self._texts(feature), ""
        if feature.vocabulary is None or self._are_functions:
            known = f"{vocabulary}(e)" if feature.vocabulary is not None else ""
            element = id_sql(self._sql, "e", feature, offset, found=known)
            ids = self._sql.each(self._once(texts), "e", element)
        else:
            ids = self._looked_up(texts, feature, offset, vocabulary)
        nothing = self._sql.array([])
        found = [f"COALESCE({ids}, {self._sql.plain.cast(nothing, 'list<integer>')})"]
        if feature.width is not None:
            empty = self._sql.plain.literal(offset + NOTHING)
            ids = self._sql.each(found[0], "i", self._sql.plain.cast("i", "integer"))
            found = [self._sql.padded(ids, feature.width, empty)]
        if weights:
            kept = (
                f"COALESCE({self._once(weights)}, {self._sql.plain.cast(nothing, 'list<number>')})"
            )
            if feature.width is not None:
                kept = self._sql.padded(kept, feature.width, self._sql.plain.literal(0.0))
            found.append(kept)
        return found

    def _texts(self, feature: CategoryListFeature) -> str:
        inner = element_type(feature.column_type) or "text"
        column = self._raw(feature.column)
        if feature.width is not None:
            column = self._sql.head(column, feature.width)
        return (
            column
            if inner == "text"
            else self._sql.each(column, "e", text_sql(self._sql, "e", inner))
        )

    def _entries(self, feature: WeightedFeature) -> tuple[str, str]:
        """Keys and weights of a map, the heaviest first; a missing weight is 0."""
        inner = element_type(feature.column_type) or "number"
        weight = number_sql(self._sql, "entry.value", inner)
        unbounded = NumberStatistics(values=0, missing=0, infinite=0, low=-LARGEST, high=LARGEST)
        weight = prepared_sql(self._sql, weight, inner, unbounded, filling=0.0)
        entries = self._sql.heaviest_first(self._raw(feature.column), weight)
        if feature.width is not None:
            entries = self._sql.head(entries, feature.width)
        return (
            self._sql.each(entries, "e", "e.key"),
            self._sql.each(entries, "e", "-e.lightness"),
        )

    def _looked_up(self, texts: str, feature: IdFeature, offset: int, vocabulary: str) -> str:
        """Ids for a list of texts, by a join with the lists that occur, each looked up once."""
        name = self._once(texts)
        source = self._source_rows([feature.column])
        lists = f"(SELECT DISTINCT {texts} AS texts FROM {source} t)"
        elements = self._sql.exploded("texts", f"{lists} d")
        found = id_sql(self._sql, "element", feature, offset, found="v.id")
        ids = (
            f"SELECT list, {self._sql.gathered(found, 'place')} AS ids FROM ({elements}) e "
            f"LEFT JOIN {vocabulary} v ON v.value = e.element GROUP BY list"
        )
        joined = f"ids_{len(self._joins)}"
        self._joins.append(f"LEFT JOIN ({ids}) {joined} ON {joined}.list = p.{name}")
        return f"{joined}.ids"
