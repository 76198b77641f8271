from __future__ import annotations

import numpy as np
import pyarrow as pa
import torch

from netloom.models.tabular.feature_input import (
    FeatureInput,
    IdBagColumn,
    IdsColumn,
    IdSpace,
    NumberListColumn,
    NumbersColumn,
)
from netloom.tables.features.feature_map import (
    CategoryFeature,
    CategoryListFeature,
    FeatureMap,
    FittedBucket,
    NumberFeature,
    NumberListFeature,
    NumberStatistics,
    WeightedFeature,
)
from netloom.tables.features.settings import NoNormalisation
from netloom.tables.feed import EncodedBatch, Ragged
from netloom.tasks.tabular.input import feature_input
from netloom.tasks.tabular.tensors import column_tensors

SEEN = NumberStatistics(values=1, missing=0, infinite=0, mean=0.0)


def test_a_network_takes_the_columns_that_the_map_makes() -> None:
    number = NumberFeature(
        column="x", column_type="number", statistics=SEEN, missing="mean", indicator=True
    )
    series = NumberListFeature(
        column="s", column_type="list<number>", statistics=SEEN, missing="mean", width=None
    )
    words = CategoryListFeature(
        column="w", column_type="list<text>", vocabulary=("a", "b"), width=None
    )
    place = CategoryFeature(column="p", column_type="text", vocabulary=("u",))
    likes = WeightedFeature(column="m", column_type="map<text, number>", hash_buckets=10, width=4)
    other = CategoryFeature(column="q", column_type="text", vocabulary=("k", "l", "m"))
    features = (number, series, words, place, likes, other)
    bucket = FittedBucket(name="b", normalisation=NoNormalisation(), features=features)
    feature_map = FeatureMap(rows=1, buckets=(bucket,))
    found = feature_input(feature_map)
    assert found == FeatureInput(
        columns=(
            NumbersColumn(name="b_numbers", width=2),
            IdsColumn(
                name="b_ids",
                bucket="b",
                size=24,
                features=(
                    IdSpace(name="p", offset=4, size=3),
                    IdSpace(name="q", offset=19, size=5),
                ),
            ),
            NumberListColumn(name="b_s_numbers"),
            IdBagColumn(name="b_w_ids", bucket="b", offset=0, size=4, width=None),
            IdBagColumn(
                name="b_m_ids", bucket="b", weights="b_m_weights", offset=7, size=12, width=4
            ),
        )
    )
    outputs = {output.name for output in feature_map.outputs()}
    assert {name.removesuffix("/offsets") for name in found.entries} == outputs


def test_columns_become_tensors_that_share_their_memory() -> None:
    numbers = np.arange(6, dtype=np.float32).reshape(3, 2)
    values, offsets = np.array([4, 5, 6], np.int32), np.array([0, 1, 1, 3])
    frozen = np.array([1.0, 2.0], np.float32)
    frozen.setflags(write=False)
    ragged = {"l": Ragged(values, offsets), "w": Ragged(frozen, offsets)}
    found = column_tensors(EncodedBatch({"x": numbers}, ragged, pa.table({})))
    assert set(found) == {"x", "l", "l/offsets", "w", "w/offsets"}
    assert found["x"].dtype == torch.float32
    assert found["l"].dtype == torch.int32
    assert found["x"].data_ptr() == numbers.ctypes.data
    assert found["l"].data_ptr() == values.ctypes.data
    assert found["w"].tolist() == [1.0, 2.0]
