"""The columns that somebody has to give for a row to be predicted, as a fitted map knows them.

Plain values for forms, for descriptions of services and for messages; nothing here looks at rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, cast

from netloom.tables.columns import decimal_digits, element_type
from netloom.tables.features.feature_map import (
    Feature,
    FeatureMap,
    NamedColumn,
    NumberFeature,
    NumberListFeature,
    NumberStatistics,
    WeightedFeature,
)

ValueType = Literal[
    "number", "integer", "text", "boolean", "date", "timestamp", "bytes", "list", "map"
]
MOST_COLUMNS = 500
"""Nobody fills in a form with more."""
MOST_VALUES = 20
LONGEST_VALUE = 100
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - timestamps of tables have no zone, and mean UTC
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedColumn:
    """A column of rows to be predicted. Values are as JSON has them.

    Attributes:
        type: How a value is written: dates and times as in ISO 8601, bytes in base 64.
        column_type: The logical type in full, such as ``list<integer>``.
        required: False for keys, which only come back beside the prediction.
        example: A usual value.
        values: Frequent ones, the most frequent first; of a list its elements, of a map its keys.
        low, high: Ends of the numbers, dates or times seen; None if there were none.
    """

    name: str
    type: ValueType
    column_type: str
    required: bool = True
    example: Any = None
    values: tuple[Any, ...] = ()
    low: float | str | None = None
    high: float | str | None = None

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return {**asdict(self), "values": list(self.values)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_json`."""
        return cls(**{**document, "values": tuple(document["values"])})


def asked_columns(feature_map: FeatureMap) -> tuple[AskedColumn, ...]:
    """Features in the order of the map, then keys; never labels."""
    features = [_of_feature(feature) for feature in feature_map.features()]
    return (*features, *(_of_key(key) for key in feature_map.keys))


def _of_key(key: NamedColumn) -> AskedColumn:
    kind = value_type(key.type)
    usual = _in_form(_USUAL.get(_element(key.type)), key.type)
    return AskedColumn(
        name=key.name, type=kind, column_type=key.type, required=False, example=usual
    )


def _of_feature(feature: Feature) -> AskedColumn:
    element = _element(feature.column_type)
    seen = None if isinstance(feature, WeightedFeature) else getattr(feature, "statistics", None)
    values = tuple(_values(feature, element))
    return AskedColumn(
        name=feature.column,
        type=value_type(feature.column_type),
        column_type=feature.column_type,
        example=_example(feature, values, element),
        values=values,
        low=None if seen is None else _number(seen.low, element),
        high=None if seen is None else _number(seen.high, element),
    )


def _values(feature: Feature, element: str) -> Iterator[Any]:
    """The most frequent ones that can be shown."""
    is_map = feature.column_type.startswith("map")
    for text in (getattr(feature, "vocabulary", None) or ())[:MOST_VALUES]:
        if len(text) <= LONGEST_VALUE:
            yield text if is_map else _as_json(text, element)


def _example(feature: Feature, values: tuple[Any, ...], element: str) -> Any:
    if feature.column_type.startswith("map"):
        weight = _typical(getattr(feature, "statistics", None), element)
        return {str(key): weight for key in values[:2]}
    typical = values[0] if values else _USUAL.get(element)
    if isinstance(feature, NumberFeature | NumberListFeature):
        typical = _typical(feature.statistics, element)
    return _in_form(typical, feature.column_type)


def _in_form(value: Any, column_type: str) -> Any:
    """A value as its column has it: alone, or in a list."""
    if column_type.startswith("map"):
        return {}
    return [value] if column_type.startswith("list") else value


def _typical(seen: NumberStatistics | None, element: str) -> Any:
    """The mean as a value of the column's type; a usual one if no number was seen."""
    if seen is None or seen.mean is None:
        return _USUAL.get(element)
    if element == "boolean":
        return seen.mean >= 0.5
    if element in ("integer", "date"):
        return _number(float(round(seen.mean)), element)
    return _number(seen.mean, element)


def _number(number: float | None, element: str) -> Any:
    """A number that a map keeps, as JSON shows a value of the type."""
    if number is None or element == "boolean":
        return None
    if element == "integer":
        return int(number)
    if element in ("date", "timestamp"):
        return _moment(number * (86400.0 if element == "date" else 1.0), element)
    if decimal_digits(element):
        return round(number, decimal_digits(element)[1])  # type: ignore[index]
    return float(f"{number:.{_DIGITS}g}")


def _moment(seconds: float, element: str) -> str | None:
    try:
        moment = _EPOCH + dt.timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment.date().isoformat() if element == "date" else moment.isoformat()


def _as_json(text: str, element: str) -> Any:
    """A value of a vocabulary, which keeps texts."""
    if element == "integer":
        return int(text)
    if element == "boolean":
        return text == "true"
    return text


def value_type(column_type: str) -> ValueType:
    """The kind of a logical type.

    >>> [value_type(each) for each in ("decimal(10, 2)", "list<integer>", "map<text, number>")]
    ['number', 'list', 'map']
    """
    if decimal_digits(column_type):
        return "number"
    return cast("ValueType", column_type.partition("<")[0])


def _element(column_type: str) -> str:
    return element_type(column_type) or column_type


_USUAL: Mapping[str, Any] = {
    "integer": 1,
    "number": 1.0,
    "text": "text",
    "boolean": True,
    "date": "2026-01-31",
    "timestamp": "2026-01-31T12:00:00",
    "bytes": "AA==",
}
