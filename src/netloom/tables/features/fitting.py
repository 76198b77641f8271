"""Fitting a feature map: what has to be known of a table before it can be encoded.

The table is scanned once for all single numbers, once for each column of single texts (by Spark for every 24
of them), and once for each column of lists or maps. Only the columns that a scan is for are read.
Numbers are rounded to ten digits, because engines that add in parallel differ in the last ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.tables.engines.engine import TableEngine
from netloom.tables.features.encoders import LARGEST
from netloom.tables.features.feature_map import (
    CategoryFeature,
    CategoryListFeature,
    Feature,
    FeatureMap,
    FittedBucket,
    NamedColumn,
    NumberFeature,
    NumberListFeature,
    NumberStatistics,
    SlotsFeature,
    WeightedFeature,
)
from netloom.tables.features.fit_queries import FitQueries, Wanted
from netloom.tables.features.selection import Choice, ChosenBucket, ChosenColumn, choose_columns
from netloom.tables.features.settings import (
    FeatureSettings,
    HashEncoding,
    NumberEncoding,
    Quantiles,
    SlotsEncoding,
    VocabularyEncoding,
)
from netloom.tables.table import TableFiles

_SOURCE = "table_to_fit"
_LONGEST = 4096
_EXACT_ROWS = 1_000_000
"""Up to so many rows quantiles are exact, and so the same on every engine."""
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Fitted:
    """A feature map, and what people should know of the table it was fitted on."""

    feature_map: FeatureMap
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the scans found, by column."""

    numbers: dict[str, NumberStatistics]
    values: dict[str, tuple[str, ...]]
    longest: dict[str, int]


def fit_features(
    engine: TableEngine,
    files: TableFiles,
    settings: FeatureSettings,
    *,
    rows: int,
    date: str = "",
) -> Fitted:
    """Fit a map on a table.

    Args:
        rows: How many the table has.
        date: The day of its data.

    Raises:
        InvalidData: The table has no rows, columns do not fit their encodings, or one has too many values.
    """
    choice = choose_columns(files.columns, settings)
    if not rows:
        raise InvalidData.of(
            "a feature map cannot be fitted on a table without rows",
            code="T307",
            fix="Check the source and its date",
        )
    engine.bind(_SOURCE, files)
    seen = _scan(engine, choice, settings, rows=rows)
    feature_map = FeatureMap(
        rows=rows,
        date=date,
        keys=tuple(NamedColumn(name=key.name, type=key.type) for key in choice.keys),
        labels=tuple(NamedColumn(name=label.name, type=label.type) for label in choice.labels),
        buckets=tuple(_fitted_bucket(bucket, seen) for bucket in choice.buckets),
    )
    _refuse_twins(feature_map)
    return Fitted(feature_map, (*remarks_on_parts(choice), *remarks_on_features(feature_map)))


def _scan(engine: TableEngine, choice: Choice, settings: FeatureSettings, *, rows: int) -> _Seen:
    wanted = [
        _wanted(column, bucket, settings.largest_vocabulary)
        for bucket in choice.buckets
        for column in bucket.columns
    ]
    queries = FitQueries(engine.dialect, source=_SOURCE, is_exact=rows <= _EXACT_ROWS)
    numbers = _scan_numbers(engine, queries, [one for one in wanted if one.numbers])
    values = _scan_values(engine, queries, [one for one in wanted if one.values])
    _refuse_explosion(wanted, values)
    longest: dict[str, int] = {}
    measured = [one for one in wanted if one.is_longest]
    if measured:
        answer = engine.rows(queries.longest(measured)).to_pylist()[0]
        longest = {one.name: answer[f"x{place}"] or 1 for place, one in enumerate(measured)}
        _refuse_long(longest)
    return _Seen(numbers, {name: tuple(found) for name, found in values.items()}, longest)


def _scan_numbers(
    engine: TableEngine, queries: FitQueries, wanted: Sequence[Wanted]
) -> dict[str, NumberStatistics]:
    found: dict[str, NumberStatistics] = {}
    single = [one for one in wanted if not one.is_nested]
    if single:
        answer = engine.rows(queries.single_numbers(single)).to_pylist()[0]
        found |= {
            one.name: _statistics(answer, place, one.name) for place, one in enumerate(single)
        }
    nested = [one for one in wanted if one.is_nested]
    if nested:
        answers = engine.rows(queries.nested_numbers(nested)).to_pylist()
        for answer in answers:
            name = nested[answer["feature"]].name
            found[name] = _statistics(answer, 0, name)
    return found


def _scan_values(
    engine: TableEngine, queries: FitQueries, wanted: Sequence[Wanted]
) -> dict[str, list[str]]:
    single = [one for one in wanted if not one.is_nested]
    nested = [one for one in wanted if one.is_nested]
    scans = list(queries.single_values(single))
    scans += [(queries.nested_values(nested), nested)] if nested else []
    found: dict[str, list[str]] = {one.name: [] for one in wanted}
    for query, columns in scans:
        for batch in engine.stream(query):
            values = batch["value"].to_pylist()
            if len(columns) == 1:
                found[columns[0].name] += values
                continue
            for place, value in zip(batch["feature"].to_pylist(), values, strict=True):
                found[columns[place].name].append(value)
    return found


def _wanted(chosen: ChosenColumn, bucket: ChosenBucket, largest: int) -> Wanted:
    encoding = chosen.encoding
    normalisation = bucket.settings.normalisation
    is_numbers = isinstance(encoding, NumberEncoding | SlotsEncoding)
    counted = encoding if isinstance(encoding, VocabularyEncoding | SlotsEncoding) else None
    return Wanted(
        name=chosen.column.name,
        type=chosen.column.type,
        numbers=is_numbers,
        quantiles=normalisation.buckets
        if is_numbers and isinstance(normalisation, Quantiles)
        else 0,
        # One more than allowed, to see that there are more.
        values=0 if counted is None else counted.most or largest + 1,
        most=None if counted is None or counted.most else largest,
        min_count=1 if counted is None else counted.min_count,
        is_longest=chosen.column.is_nested and getattr(encoding, "width", None) == "longest",
    )


def _statistics(answer: dict[str, Any], place: int, name: str) -> NumberStatistics:
    low, high = answer[f"low{place}"], answer[f"high{place}"]
    _refuse_damaged(name, low, high, answer[f"mean{place}"], answer[f"deviation{place}"])
    edges = [edge for edge in answer.get(f"edges{place}") or () if edge is not None]
    return NumberStatistics(
        values=answer[f"values{place}"],
        missing=answer[f"missing{place}"],
        infinite=answer[f"infinite{place}"],
        low=low,
        high=high,
        mean=_rounded(answer[f"mean{place}"]),
        # Rounding errors of a constant column are no deviation.
        deviation=0.0 if low == high and low is not None else _rounded(answer[f"deviation{place}"]),
        edges=tuple(sorted({float(edge) for edge in edges})),
    )


def _refuse_damaged(name: str, *found: float | None) -> None:
    """Engines trust what files say of their numbers, so that damaged ones get through.

    Raises:
        InvalidData: A statistic is none that numbers of 32 bits can have.
    """
    if any(number is not None and not abs(number) <= LARGEST for number in found):
        raise InvalidData.of(
            f"column {name!r} holds numbers that its files say they do not have: they are damaged",
            code="T490",
            fix="Write the files of the table again; Parquet with page checksums shows which one it is",
        )


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.10g}")


def _fitted_bucket(bucket: ChosenBucket, seen: _Seen) -> FittedBucket:
    return FittedBucket(
        name=bucket.settings.name,
        normalisation=bucket.settings.normalisation,
        features=tuple(_fitted(column, seen) for column in bucket.columns),
    )


def _fitted(chosen: ChosenColumn, seen: _Seen) -> Feature:
    name, type = chosen.column.name, chosen.column.type
    encoding = chosen.encoding
    width = _width(getattr(encoding, "width", None), name, seen)
    if isinstance(encoding, SlotsEncoding):
        return SlotsFeature(
            column=name,
            column_type=type,
            statistics=seen.numbers[name],
            vocabulary=seen.values[name],
        )
    if isinstance(encoding, NumberEncoding):
        statistics, missing = seen.numbers[name], encoding.missing
        if chosen.column.is_nested:
            return NumberListFeature(
                column=name, column_type=type, statistics=statistics, missing=missing, width=width
            )
        return NumberFeature(
            column=name,
            column_type=type,
            statistics=statistics,
            missing=missing,
            indicator=encoding.indicator,
        )
    values = seen.values.get(name)
    buckets = encoding.buckets if isinstance(encoding, HashEncoding) else None
    if not chosen.column.is_nested:
        return CategoryFeature(
            column=name, column_type=type, vocabulary=values, hash_buckets=buckets
        )
    listed = WeightedFeature if type.startswith("map<") else CategoryListFeature
    return listed(
        column=name, column_type=type, vocabulary=values, hash_buckets=buckets, width=width
    )


def _width(wished: Any, name: str, seen: _Seen) -> int | None:
    if wished == "longest":
        return seen.longest.get(name)
    return None if wished == "variable" else wished


def _refuse_explosion(wanted: Sequence[Wanted], values: dict[str, list[str]]) -> None:
    problems = [
        Diagnostic(
            code="T308",
            message=f"column {one.name!r} has more than {one.most} different values",
            expected="a column of categories; an id of a person or an event is none",
            fix="Limit it with `most` or `min_count`, use the encoding `hash`, name the column in `keys` or "
            "`drop`, or raise `largest_vocabulary`",
        )
        for one in wanted
        if one.most is not None and len(values.get(one.name, ())) > one.most
    ]
    if problems:
        raise InvalidData(*problems)


def _refuse_long(longest: dict[str, int]) -> None:
    problems = [
        Diagnostic(
            code="T309",
            message=f"column {name!r} has a list of {length} entries, too long for a fixed width",
            expected=f"at most {_LONGEST}",
            fix="Set `width` to the number of entries to keep, or to `variable`",
        )
        for name, length in longest.items()
        if length > _LONGEST
    ]
    if problems:
        raise InvalidData(*problems)


def _refuse_twins(feature_map: FeatureMap) -> None:
    names = [
        *(column.name for column in (*feature_map.keys, *feature_map.labels)),
        *(output.name for output in feature_map.outputs()),
    ]
    lowered = [name.lower() for name in names]
    twins = sorted({name for name in names if lowered.count(name.lower()) > 1})
    if twins:
        raise InvalidData.of(
            f"two columns of the encoded table would have one name: {', '.join(map(repr, twins))}",
            code="T310",
            fix="Rename a bucket",
        )


def remarks_on_parts(choice: Choice) -> Iterator[str]:
    """Why a column of the table became no feature, though nobody left it out."""
    for column in choice.parts:
        yield f"column {column.name!r} says which rows are to learn from, and so is no feature"


def remarks_on_features(feature_map: FeatureMap) -> Iterator[str]:
    """What looks wrong about the columns but may be meant."""
    for feature in feature_map.features():
        name = feature.column
        if isinstance(feature, NumberFeature | NumberListFeature | SlotsFeature):
            seen = feature.statistics
            if seen.low is None:
                yield f"column {name!r} has no number at all"
            elif seen.low == seen.high and not seen.missing:
                yield f"column {name!r} has the same number in every row"
            if seen.infinite:
                yield (
                    f"column {name!r} has {seen.infinite} infinite numbers; they count as its largest "
                    "or smallest"
                )
        elif feature.vocabulary is not None:
            known = len(feature.vocabulary)
            if not known:
                yield f"column {name!r} has no value at all"
            elif known > max(_MANY, feature_map.rows // 2):
                yield (
                    f"column {name!r} has {known} different values in {feature_map.rows} rows: "
                    "more like a key than a category"
                )
