"""The feature map as a value: which columns become which numbers and ids. Fitted once, then frozen.

Ids of a feature are a space of their own, so no two features share one. Counted from its ``offset``:

    0   unknown: a value that the vocabulary does not hold
    1   nothing there: null, or what fills up a list of fixed width
    2…  values, the most frequent first; of equally frequent ones the smaller text first
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field

from netloom.core.digests import canonical_json, digest_of_bytes
from netloom.core.errors import InvalidData
from netloom.core.settings import NonNegativeInt, PositiveInt, Settings
from netloom.tables.features.settings import Normalisation

FORMAT = "netloom.feature_map/1"
UNKNOWN, NOTHING, FIRST_VALUE = 0, 1, 2
_LARGEST_INT32 = 2**31 - 1


class NamedColumn(Settings):
    """A column and its logical type."""

    name: str
    type: str


class NumberStatistics(Settings):
    """What was seen of a column's numbers at fitting. None where there was no finite one.

    Attributes:
        values: How many there were, missing ones included.
        missing: Null or NaN.
        infinite: Infinite, or beyond what 32 bits can express; they count as the largest or smallest.
        edges: Where ranges of equally many rows meet, ascending.
    """

    values: NonNegativeInt
    missing: NonNegativeInt
    infinite: NonNegativeInt
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    deviation: float | None = None
    edges: tuple[float, ...] = ()


class _OfColumn(Settings):
    column: str
    column_type: str


class NumberFeature(_OfColumn):
    """One number, and if wanted another one that tells whether it was missing."""

    type: Literal["number"] = "number"
    statistics: NumberStatistics
    missing: Literal["mean", "zero"]
    indicator: bool = False

    @property
    def width(self) -> int:
        """Numbers that it becomes."""
        return 2 if self.indicator else 1


class NumberListFeature(_OfColumn):
    """The numbers of a list; ``width`` None keeps all, in a column of their own."""

    type: Literal["number_list"] = "number_list"
    statistics: NumberStatistics
    missing: Literal["mean", "zero"]
    width: PositiveInt | None


class SlotsFeature(_OfColumn):
    """One number for each known key of a map."""

    type: Literal["slots"] = "slots"
    statistics: NumberStatistics
    vocabulary: tuple[str, ...]

    @property
    def width(self) -> int:
        """Numbers that it becomes."""
        return len(self.vocabulary)


class _Ids(_OfColumn):
    vocabulary: tuple[str, ...] | None = None
    hash_buckets: PositiveInt | None = None

    @property
    def size(self) -> int:
        """How many ids it has, the unknown and the empty one included."""
        values = self.hash_buckets if self.vocabulary is None else len(self.vocabulary)
        return FIRST_VALUE + (values or 0)


class CategoryFeature(_Ids):
    """One id."""

    type: Literal["category"] = "category"


class CategoryListFeature(_Ids):
    """Ids of a list's elements, in a column of their own; ``width`` None keeps all."""

    type: Literal["category_list"] = "category_list"
    width: PositiveInt | None


class WeightedFeature(_Ids):
    """Ids of a map's keys and, as weights, its values, heaviest first, in two columns of their own."""

    type: Literal["weighted"] = "weighted"
    width: PositiveInt | None


Feature = Annotated[
    NumberFeature
    | NumberListFeature
    | SlotsFeature
    | CategoryFeature
    | CategoryListFeature
    | WeightedFeature,
    Field(discriminator="type"),
]
IdFeature = CategoryFeature | CategoryListFeature | WeightedFeature


class Output(NamedTuple):
    """One column of an encoded table.

    Attributes:
        type: Of its elements: ``float``, ``int32`` or ``int64``.
        width: Elements in every row; None: it varies.
    """

    name: str
    type: Literal["float", "int32", "int64"]
    width: int | None


class FittedBucket(Settings):
    """Columns that are encoded alike."""

    name: str
    normalisation: Normalisation
    features: tuple[Feature, ...]

    @property
    def in_numbers(self) -> tuple[NumberFeature | NumberListFeature | SlotsFeature, ...]:
        """Features whose numbers stand side by side in ``<bucket>_numbers``, in this order."""
        return tuple(
            feature
            for feature in self.features
            if isinstance(feature, NumberFeature | NumberListFeature | SlotsFeature)
            and feature.width is not None
        )

    @property
    def in_ids(self) -> tuple[CategoryFeature, ...]:
        """Features whose ids stand side by side in ``<bucket>_ids``, in this order."""
        return tuple(f for f in self.features if isinstance(f, CategoryFeature))

    @property
    def apart(self) -> tuple[NumberListFeature | CategoryListFeature | WeightedFeature, ...]:
        """Features with columns of their own."""
        return tuple(
            feature
            for feature in self.features
            if isinstance(feature, CategoryListFeature | WeightedFeature)
            or (isinstance(feature, NumberListFeature) and feature.width is None)
        )

    @property
    def numbers(self) -> int:
        """Width of ``<bucket>_numbers``."""
        return sum(feature.width or 0 for feature in self.in_numbers)

    def offsets(self) -> Iterator[tuple[IdFeature, int]]:
        """Features with ids, and where the ids of each begin."""
        offset = 0
        for feature in self.features:
            if isinstance(feature, IdFeature):
                yield feature, offset
                offset += feature.size

    @property
    def ids(self) -> int:
        """How many ids all features of the bucket have together."""
        return sum(feature.size for feature, _ in self.offsets())

    @property
    def id_type(self) -> Literal["int32", "int64"]:
        """In which all ids fit."""
        return "int32" if self.ids <= _LARGEST_INT32 else "int64"

    def outputs(self) -> Iterator[Output]:
        """Columns that the bucket becomes, in order."""
        if self.numbers:
            yield Output(f"{self.name}_numbers", "float", self.numbers)
        if self.in_ids:
            yield Output(f"{self.name}_ids", self.id_type, len(self.in_ids))
        for feature in self.apart:
            stem = f"{self.name}_{feature.column}"
            if isinstance(feature, NumberListFeature):
                yield Output(f"{stem}_numbers", "float", None)
            else:
                yield Output(f"{stem}_ids", self.id_type, feature.width)
            if isinstance(feature, WeightedFeature):
                yield Output(f"{stem}_weights", "float", feature.width)


class FeatureMap(Settings):
    """How a table becomes numbers and ids, with everything that fitting found out.

    Attributes:
        rows: How many were seen at fitting.
        date: The day of the data it was fitted on, as ``2026-01-31``; empty if they had none.
        keys: Columns kept as they are, which tell rows apart.
        labels: Columns kept as they are if they are there, which are to be predicted.
    """

    rows: NonNegativeInt
    date: str = ""
    keys: tuple[NamedColumn, ...] = ()
    labels: tuple[NamedColumn, ...] = ()
    buckets: tuple[FittedBucket, ...]

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of everything that decides how a table is encoded, and of what was seen."""
        return _checksum(canonical_json(self.model_dump(mode="json")))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with a checksum of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("checksum", None)
        return copied

    def outputs(self) -> tuple[Output, ...]:
        """Columns of an encoded table besides keys and labels."""
        return tuple(output for bucket in self.buckets for output in bucket.outputs())

    def features(self) -> Iterator[Feature]:
        """All features, bucket by bucket."""
        for bucket in self.buckets:
            yield from bucket.features

    def to_json(self) -> dict[str, Any]:
        """The document kept as ``feature_map.json``; ``encoded`` is there for people and not read back."""
        return {
            "format": FORMAT,
            "checksum": self.checksum,
            "encoded": [output._asdict() for output in self.outputs()],
            **self.model_dump(mode="json"),
        }

    def to_text(self) -> str:
        """The document as text that people can read and compare."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_text(cls, text: str | bytes, *, name: str = "the feature map") -> FeatureMap:
        """Inverse of :meth:`to_text`.

        Raises:
            InvalidData: It is not a feature map, or was changed since it was fitted.
        """
        try:
            document = json.loads(text)
            if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
                raise ValueError(f"not a document of the format {FORMAT}")
            checksum = document.pop("checksum", None)
            document.pop("encoded", None)
            content = canonical_json(document)
            found = cls.model_validate(document)
        except ValueError as error:
            raise InvalidData.of(
                f"{name} cannot be read: {str(error).splitlines()[0]}",
                code="T301",
                fix="Fit it again with tables.fit_features",
            ) from error
        if (actual := _checksum(content)) != checksum:
            raise InvalidData.of(
                f"{name} was changed after it was fitted",
                code="T302",
                expected=f"checksum {checksum}",
                got=f"checksum {actual}",
                fix="Fit it again with tables.fit_features; a feature map is not to be edited",
            )
        # Of the text, not of what this version would write: it tells which tables were encoded with the map.
        found.__dict__["checksum"] = checksum
        return found


def _checksum(content: str) -> str:
    return digest_of_bytes(content.encode())
