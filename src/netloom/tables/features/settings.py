"""How columns shall become numbers and ids, as a person writes it: buckets, encodings, normalisations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from netloom.core.column_names import ColumnOf
from netloom.core.settings import NonEmptyText, PositiveInt, Settings

Width = PositiveInt | Literal["longest", "variable"]
"""Entries kept of a list or map: a number, as many as the longest one has at fitting, or all of each."""

ColumnKind = Literal[
    "integer", "number", "decimal", "text", "boolean", "date", "timestamp", "list", "map"
]
"""A logical type without its details, for choosing columns."""


class NoNormalisation(Settings):
    """Numbers as they are."""

    type: Literal["none"] = "none"


class MinMax(Settings):
    """The smallest and the largest number seen at fitting become the ends of a range; others are cut to them.

    Attributes:
        low: What the smallest becomes, and the only one of a constant column.
        high: What the largest becomes.
    """

    type: Literal["minmax"] = "minmax"
    low: float = 0.0
    high: float = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> MinMax:
        if self.low >= self.high:
            raise ValueError("`low` must be below `high`")
        return self


class ZScore(Settings):
    """Mean 0 and standard deviation 1; a constant column becomes 0."""

    type: Literal["zscore"] = "zscore"


class PNorm(Settings):
    """The numbers of a row in this bucket, together, get length 1; a row of zeros stays one.

    Attributes:
        p: Which length: 1 is the sum of absolute values, 2 the usual one.
    """

    type: Literal["pnorm"] = "pnorm"
    p: Annotated[float, Field(ge=1.0, le=16.0)] = 2.0


class Quantiles(Settings):
    """The share of quantiles that lie below a number: 0 for the smallest, 1 for the largest.

    Attributes:
        buckets: Into how many ranges of equally many rows the numbers are cut.
    """

    type: Literal["quantile"] = "quantile"
    buckets: Annotated[int, Field(ge=2, le=1000)] = 10


class Log1p(Settings):
    """The logarithm of 1 + the absolute number, with the number's sign."""

    type: Literal["log1p"] = "log1p"


Normalisation = Annotated[
    NoNormalisation | MinMax | ZScore | PNorm | Quantiles | Log1p, Field(discriminator="type")
]


class AutoEncoding(Settings):
    """By the column's type.

    Numbers, booleans, dates and times become numbers; texts become ids of a vocabulary; lists as what they
    hold; maps one number for each of their most frequent keys.
    """

    type: Literal["auto"] = "auto"


class NumberEncoding(Settings):
    """One number; of a list, several.

    Attributes:
        missing: What stands for a number that is not there (null or NaN): the mean at fitting, or 0, both
            before normalising.
        indicator: Add a further number: 1 where it was missing, else 0. Not for lists.
        width: Numbers of a list. Shorter lists end in zeros, longer ones are cut.
    """

    type: Literal["number"] = "number"
    missing: Literal["mean", "zero"] = "mean"
    indicator: bool = False
    width: Width = "longest"


class VocabularyEncoding(Settings):
    """An id for each value seen often enough at fitting; the most frequent has the smallest.

    Of a list, ids of its elements; of a map, ids of its keys with the values as weights, heaviest first.

    Attributes:
        min_count: Values that occur less often are unknown.
        most: Only so many of the most frequent values get an id; empty keeps all.
        width: Entries of a list or map.
    """

    type: Literal["vocabulary"] = "vocabulary"
    min_count: PositiveInt = 1
    most: PositiveInt | None = None
    width: Width = "variable"


class HashEncoding(Settings):
    """Ids from a hash: no vocabulary, no unknown values, but some values share an id.

    Attributes:
        buckets: How many ids there are.
        width: Entries of a list or map.
    """

    type: Literal["hash"] = "hash"
    buckets: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100_000
    width: Width = "variable"


class SlotsEncoding(Settings):
    """Of a map: one number for each of its most frequent keys, 0 where a row does not have it.

    Attributes:
        min_count: Keys that occur less often get no number.
        most: At most so many numbers.
    """

    type: Literal["slots"] = "slots"
    min_count: PositiveInt = 1
    most: Annotated[int, Field(ge=1, le=4096)] = 256


Encoding = Annotated[
    AutoEncoding | NumberEncoding | VocabularyEncoding | HashEncoding | SlotsEncoding,
    Field(discriminator="type"),
]


class Others(Settings):
    """What happens to columns that no bucket names.

    Attributes:
        name: Of their bucket; beginning of the encoded columns' names.
        encoding: How values become numbers or ids.
        normalisation: How numbers are brought to a common scale.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")] = "default"
    encoding: Encoding = AutoEncoding()
    normalisation: Normalisation = ZScore()


class Bucket(Others):
    """Columns that are encoded alike and end up side by side.

    A column goes to the bucket that names it; else to the first that matches it by pattern and type.

    Attributes:
        name: Beginning of the encoded columns' names.
        encoding: How values become numbers or ids.
        normalisation: How numbers are brought to a common scale.
        columns: Names, or patterns with `*` and `?`; empty is all of `types`.
        types: Only columns of these types; empty is all.
    """

    columns: tuple[Annotated[NonEmptyText, ColumnOf("table", is_pattern=True)], ...] = ()
    types: tuple[ColumnKind, ...] = ()

    @model_validator(mode="after")
    def _chooses(self) -> Bucket:
        if not self.columns and not self.types:
            raise ValueError(
                "a bucket needs `columns` or `types`; what no bucket takes goes to `others`"
            )
        return self


class FeatureSettings(Settings):
    """Which columns become features, and how.

    Attributes:
        keys: Columns that tell rows apart: kept as they are, and never learned from.
        labels: Columns to be predicted: kept as they are where they exist.
        drop: Columns to leave out: names or patterns.
        buckets: Groups of columns that are encoded alike.
        others: The bucket of all further columns; None leaves them out.
        largest_vocabulary: More values in one column are an error, unless `most` limits them.
    """

    keys: tuple[NonEmptyText, ...] = ()
    labels: tuple[NonEmptyText, ...] = ()
    drop: tuple[NonEmptyText, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    others: Others | None = Others()
    largest_vocabulary: PositiveInt = 1_000_000
