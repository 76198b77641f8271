"""What goes into a network for tables: the columns of an encoded table, without a tensor library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from netloom.core.settings import NonEmptyText, NonNegativeInt, PositiveInt, Settings

IdCount = Annotated[int, Field(ge=2)]


class IdSpace(Settings):
    """The ids of one feature: rows of its bucket's table of vectors, from ``offset`` on.

    The first of them is for unknown values, the second for nothing there.
    """

    name: NonEmptyText
    offset: NonNegativeInt
    size: IdCount

    @property
    def unknown(self) -> int:
        """The id of values that were not seen when the features were fitted."""
        return self.offset

    @property
    def nothing(self) -> int:
        """The id of what is missing, and of what fills up lists of fixed width."""
        return self.offset + 1


class NumbersColumn(Settings):
    """``width`` numbers in every row: ``name`` is float32, (N, width)."""

    type: Literal["numbers"] = "numbers"
    name: NonEmptyText
    width: PositiveInt


class IdsColumn(Settings):
    """One id of each feature in every row: ``name`` is int32 or int64, (N, features).

    Attributes:
        bucket: Columns of one bucket look up their vectors in one table.
        size: Rows of that table.
    """

    type: Literal["ids"] = "ids"
    name: NonEmptyText
    bucket: NonEmptyText
    size: PositiveInt
    features: Annotated[tuple[IdSpace, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _lies_in_its_table(self) -> IdsColumn:
        if max(space.offset + space.size for space in self.features) > self.size:
            raise ValueError(f"ids of {self.name!r} lie beyond the {self.size} rows of its table")
        return self


class IdBagColumn(Settings):
    """Several ids of one feature in every row, alone or each with a weight.

    Of fixed width, ``name`` is (N, width). Where it varies, ``name`` has the ids of all rows, (V,), and
    ``name/offsets`` where each row begins, (N + 1,). Weights have the same form; offsets are shared.

    Attributes:
        bucket: Columns of one bucket look up their vectors in one table.
        weights: Name of the column of weights.
        offset: First id of the feature, the unknown one; the next one is the padding.
        size: How many ids the feature has.
        width: Ids in every row; None: it varies.
    """

    type: Literal["bag"] = "bag"
    name: NonEmptyText
    bucket: NonEmptyText
    weights: NonEmptyText | None = None
    offset: NonNegativeInt
    size: IdCount
    width: PositiveInt | None

    @property
    def space(self) -> IdSpace:
        """Its ids."""
        return IdSpace(name=self.name, offset=self.offset, size=self.size)


class NumberListColumn(Settings):
    """Numbers, more or fewer in every row: ``name`` is float32, (V,), and ``name/offsets`` (N + 1,)."""

    type: Literal["number_list"] = "number_list"
    name: NonEmptyText


InputColumn = Annotated[
    NumbersColumn | IdsColumn | IdBagColumn | NumberListColumn, Field(discriminator="type")
]


class FeatureInput(Settings):
    """What a network for tables takes: the columns of an encoded table, in order."""

    columns: tuple[InputColumn, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> FeatureInput:
        names = [name for column in self.columns for name in _entries(column)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"columns must have different names, but {twice} come twice")
        return self

    @property
    def entries(self) -> tuple[str, ...]:
        """Names of the tensors of a batch."""
        return tuple(name for column in self.columns for name in _entries(column))

    @property
    def tables(self) -> dict[str, int]:
        """Rows of the table of vectors of each bucket, in order."""
        rows: dict[str, int] = {}
        for column in self.columns:
            if isinstance(column, IdsColumn):
                rows[column.bucket] = max(rows.get(column.bucket, 0), column.size)
            elif isinstance(column, IdBagColumn):
                end = column.offset + column.size
                rows[column.bucket] = max(rows.get(column.bucket, 0), end)
        return rows

    def spaces(self, bucket: str) -> tuple[IdSpace, ...]:
        """The features with ids of a bucket, in the order of its columns."""
        found: list[IdSpace] = []
        for column in self.columns:
            if isinstance(column, IdsColumn) and column.bucket == bucket:
                found += column.features
            elif isinstance(column, IdBagColumn) and column.bucket == bucket:
                found.append(column.space)
        return tuple(found)


def _entries(column: InputColumn) -> Iterator[str]:
    yield column.name
    if isinstance(column, NumberListColumn) or (
        isinstance(column, IdBagColumn) and column.width is None
    ):
        yield f"{column.name}/offsets"
    if isinstance(column, IdBagColumn) and column.weights is not None:
        yield column.weights
