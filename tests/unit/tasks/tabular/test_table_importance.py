"""Permutation importance: what is shuffled, and what is found out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from netloom.inference.tables.importance import sample_of
from netloom.models.tabular.spec import Target
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
from netloom.tasks.tabular.importance import (
    feature_places,
    importances,
    lists_of_rows,
    rows_of,
    shuffled,
)
from netloom.tasks.tabular.importance_report import importance_report, importance_rows

SEEN = NumberStatistics(values=9, missing=0, infinite=0)
BUCKET = FittedBucket(
    name="b",
    normalisation=NoNormalisation(),
    features=(
        NumberFeature(
            column="age", column_type="number", statistics=SEEN, missing="mean", indicator=True
        ),
        CategoryFeature(column="city", column_type="text", vocabulary=("x", "y")),
        NumberFeature(column="income", column_type="number", statistics=SEEN, missing="mean"),
        CategoryFeature(column="plan", column_type="text", hash_buckets=4),
        CategoryListFeature(column="tags", column_type="list<text>", vocabulary=("t",), width=None),
        WeightedFeature(
            column="likes", column_type="map<text, number>", vocabulary=("l",), width=2
        ),
        NumberListFeature(
            column="visits",
            column_type="list<number>",
            statistics=SEEN,
            missing="mean",
            width=None,
        ),
    ),
)
PLACES = {place.feature: place for place in feature_places(FeatureMap(rows=9, buckets=(BUCKET,)))}


def batch(rows: int) -> EncodedBatch:
    numbers = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    ids = np.arange(rows * 2, dtype=np.int32).reshape(rows, 2)
    likes = np.arange(rows * 2, dtype=np.int32).reshape(rows, 2)
    lengths = np.arange(rows) % 3
    offsets = np.append(0, np.cumsum(lengths)).astype(np.int64)
    values = np.arange(offsets[-1])
    return EncodedBatch(
        {
            "b_numbers": numbers,
            "b_ids": ids,
            "b_likes_ids": likes,
            "b_likes_weights": likes.astype(np.float32),
        },
        {"b_tags_ids": Ragged(values, offsets), "b_visits_numbers": Ragged(values * 0.5, offsets)},
        pa.table({"y": np.arange(rows)}),
    )


def lists(ragged: Ragged) -> list[list[float]]:
    return [part.tolist() for part in np.split(ragged.values_V, ragged.offsets_N[1:-1])]


def test_every_feature_is_found_in_the_encoded_table() -> None:
    assert {name: (place.shared, place.own) for name, place in PLACES.items()} == {
        "age": ((("b_numbers", 0, 2),), ()),
        "income": ((("b_numbers", 2, 3),), ()),
        "city": ((("b_ids", 0, 1),), ()),
        "plan": ((("b_ids", 1, 2),), ()),
        "tags": ((), ("b_tags_ids",)),
        "likes": ((), ("b_likes_ids", "b_likes_weights")),
        "visits": ((), ("b_visits_numbers",)),
    }


@pytest.mark.parametrize("feature", list(PLACES))
def test_only_the_shuffled_feature_changes(feature: str) -> None:
    rows = batch(7)
    order = np.random.default_rng(3).permutation(7)
    found = shuffled(rows, PLACES[feature], order)
    changed = {
        **{name: (array[order], found.fixed[name]) for name, array in rows.fixed.items()},
        **{
            name: (lists_of_rows(ragged, order).values_V, found.ragged[name].values_V)
            for name, ragged in rows.ragged.items()
        },
    }
    place = PLACES[feature]
    for name, (moved, got) in changed.items():
        before = rows.fixed[name] if name in rows.fixed else rows.ragged[name].values_V
        expected = moved.copy() if name in place.own else before.copy()
        for shared, start, stop in place.shared:
            if shared == name:
                expected[:, start:stop] = moved[:, start:stop]
        assert got.tolist() == expected.tolist(), name
    assert rows.fixed["b_numbers"].tolist() == batch(7).fixed["b_numbers"].tolist()


def test_lists_follow_their_rows() -> None:
    rows = batch(6)
    order = np.array([5, 0, 2, 1, 4, 3])
    before = lists(rows.ragged["b_tags_ids"])
    assert lists(lists_of_rows(rows.ragged["b_tags_ids"], order)) == [before[n] for n in order]
    middle = rows_of(rows, 2, 5)
    assert lists(middle.ragged["b_tags_ids"]) == before[2:5]
    assert middle.kept["y"].to_pylist() == [2, 3, 4]
    assert (
        lists(rows_of(rows, 4, 6).ragged["b_visits_numbers"])
        == lists(rows.ragged["b_visits_numbers"])[4:]
    )


def predict(rows: EncodedBatch) -> dict[str, NDArray[Any]]:
    """Depends on age, and a little on tags; not on anything else."""
    age = rows.fixed["b_numbers"][:, 0]
    tags = np.diff(rows.ragged["b_tags_ids"].offsets_N)
    return {"y": age + tags, "up": 1.0 / (1.0 + np.exp(-(age - age.mean()) / age.std()))}


def test_what_a_model_does_not_look_at_is_of_no_importance() -> None:
    rows = batch(300)
    targets = (Target(column="y", type="number"), Target(column="up", type="binary"))
    said = predict(rows)
    labels = {"y": said["y"].astype(np.float64), "up": (said["up"] > 0.5).astype(np.float32)}
    found = importances(predict, rows, tuple(PLACES.values()), targets, labels, shuffles=4, seed=0)
    assert [each.target.column for each in found] == ["y"] * 7 + ["up"] * 7
    number = {each.place.feature: each for each in found[:7]}
    assert [each.place.feature for each in found[:2]] == ["age", "tags"]
    assert number["age"].base == 0.0
    order = np.random.default_rng((0, 0)).permutation(300)
    first = rows.fixed["b_numbers"][:, 0]
    once = math.sqrt(np.square(first[order] - first).mean())
    assert number["age"].loss == pytest.approx(once, rel=0.1)
    assert number["age"].interval.low < number["age"].loss < number["age"].interval.high
    assert number["income"] == number["income"]._replace(loss=0.0, interval=(0.0, 0.0))
    binary = {each.place.feature: each.loss for each in found[7:]}
    assert binary["age"] == pytest.approx(0.5, abs=0.1)
    assert binary["tags"] == 0.0


def test_importance_is_told_to_people_and_programs() -> None:
    rows = batch(60)
    target = Target(column="y", type="number")
    labels = {"y": predict(rows)["y"].astype(np.float64)}
    found = importances(
        predict, rows, tuple(PLACES.values()), (target,), labels, shuffles=3, seed=0
    )
    table = importance_rows(found)
    assert table["feature"].to_pylist()[:2] == ["age", "tags"]
    assert table["rank"].to_pylist() == [1, 2, 3, 4, 5, 6, 7]
    assert table["loss"].to_pylist() == [each.loss for each in found]
    report = importance_report(found, (target,), rows=60, shuffles=3)
    assert report.summary == "y depends most on age, tags."
    bars = report.sections[0]
    assert bars.title == "What y depends on"


def test_one_shuffle_has_no_interval() -> None:
    rows = batch(30)
    target = Target(column="y", type="number")
    labels = {"y": predict(rows)["y"].astype(np.float64)}
    found = importances(predict, rows, (PLACES["age"],), (target,), labels, shuffles=1, seed=0)
    assert math.isnan(found[0].interval.low)
    assert importance_rows(found)["low"].to_pylist() == [None]


def test_a_sample_is_drawn_from_all_rows_alike() -> None:
    def batches() -> Any:
        for first in range(0, 3000, 100):
            yield pa.record_batch({"n": np.arange(first, first + 100)})

    drawn = sample_of(batches(), 200, seed=1)
    assert drawn is not None
    numbers = np.array(drawn["n"])
    assert len(set(numbers.tolist())) == 200
    assert numbers.mean() == pytest.approx(1500, abs=200)
    everything = sample_of(batches(), 5000, seed=1)
    assert everything is not None
    assert everything["n"].to_pylist() == list(range(3000))
