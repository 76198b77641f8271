"""What a network for tables takes, as a feature map makes it: columns of numbers and of ids."""

from __future__ import annotations

from collections.abc import Iterator

from netloom.models.tabular.feature_input import (
    FeatureInput,
    IdBagColumn,
    IdsColumn,
    IdSpace,
    InputColumn,
    NumberListColumn,
    NumbersColumn,
)
from netloom.tables.features.feature_map import (
    CategoryFeature,
    FeatureMap,
    FittedBucket,
    NumberListFeature,
    WeightedFeature,
)


def feature_input(feature_map: FeatureMap) -> FeatureInput:
    """The columns of a table that was encoded with this map, in the map's order.

    Ids are counted within their bucket: every feature's begin at its ``offset``.

    Example:
        >>> from netloom.tables.features.settings import NoNormalisation
        >>> place = CategoryFeature(column="place", column_type="text", vocabulary=("a", "b", "c"))
        >>> bucket = FittedBucket(name="b", normalisation=NoNormalisation(), features=(place,))
        >>> (ids,) = feature_input(FeatureMap(rows=3, buckets=(bucket,))).columns
        >>> ids.name, ids.size
        ('b_ids', 5)
    """
    return FeatureInput(
        columns=tuple(column for bucket in feature_map.buckets for column in _columns(bucket))
    )


def _columns(bucket: FittedBucket) -> Iterator[InputColumn]:
    spaces = list(bucket.offsets())
    if bucket.numbers:
        yield NumbersColumn(name=f"{bucket.name}_numbers", width=bucket.numbers)
    if bucket.in_ids:
        features = tuple(
            IdSpace(name=feature.column, offset=offset, size=feature.size)
            for feature, offset in spaces
            if isinstance(feature, CategoryFeature)
        )
        yield IdsColumn(
            name=f"{bucket.name}_ids", bucket=bucket.name, size=bucket.ids, features=features
        )
    offset_of = {feature.column: offset for feature, offset in spaces}
    for feature in bucket.apart:
        stem = f"{bucket.name}_{feature.column}"
        if isinstance(feature, NumberListFeature):
            yield NumberListColumn(name=f"{stem}_numbers")
        else:
            yield IdBagColumn(
                name=f"{stem}_ids",
                bucket=bucket.name,
                weights=f"{stem}_weights" if isinstance(feature, WeightedFeature) else None,
                offset=offset_of[feature.column],
                size=feature.size,
                width=feature.width,
            )
