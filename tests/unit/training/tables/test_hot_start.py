from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.models.tabular.spec import MLP, TableModel, Target, TrainedTableModel
from netloom.training.tables.preparation import prepare_table
from netloom.training.tables.train import train_table_model


def trained(bench: Any, encoded: Any, **changes: Any) -> TrainedTableModel:
    training = bench.training(encoded, recipe={"epochs": 1}, **changes)
    result = train_table_model(replace(training, package=bench.folder / "earlier"))
    return TrainedTableModel(
        network=training.model.network, targets=result.manifest.targets, package="work:earlier"
    )


def test_with_the_same_map_training_goes_on_from_all_weights(bench: Any, columns: Any) -> None:
    encoded = bench.encode(columns(), date="2026-01-30")
    earlier = trained(bench, encoded)
    training = bench.training(encoded, start_from=earlier)
    prepared = prepare_table(replace(training, reporter=type(bench.reporter)(bench.folder / "c")))
    from netloom.models.tabular.package import open_table_package

    old = open_table_package(bench.folder / "earlier")
    for name, tensor in prepared.network.state_dict().items():
        assert torch.equal(tensor, old.network.state_dict()[name]), name
    assert prepared.manifest.started_from == old.manifest.weights_sha256
    assert prepared.start is not None
    assert prepared.start.tensors.fresh == prepared.start.tensors.adapted == ()
    assert next(prepared.start.lines()).startswith("started from the model of 2026-01-30: ")


def test_with_another_map_values_and_numbers_are_found_by_name(bench: Any, columns: Any) -> None:
    before = bench.encode(columns(z=[float(n % 7) for n in range(80)]))
    earlier = trained(bench, before)
    # New values come before known ones, a number is gone and another one is there.
    places = ["zbbcca"[n % 6] for n in range(80)]
    today = bench.encode(
        columns(place=places, tags=[["new", "blue"][: n % 3] for n in range(80)],
                a=[float(n % 5) for n in range(80)]),
        name="today",
    )  # fmt: skip
    training = bench.training(today, start_from=earlier)
    prepared = prepare_table(training)
    from netloom.models.tabular.package import open_table_package

    old = open_table_package(bench.folder / "earlier").network.state_dict()
    new = prepared.network.state_dict()
    (old_places,), (new_places,) = (
        [feature for feature in encoded[1].features() if feature.column == "place"]
        for encoded in (before, today)
    )
    assert (old_places.vocabulary, new_places.vocabulary) == (("a", "b", "c"), ("b", "c", "z", "a"))
    table = "body.input.vectors.default_ids"
    old_at = dict(_offsets(before[1]))["place"]
    new_at = dict(_offsets(today[1]))["place"]
    for value, was, now in (
        ("unknown", 0, 0),
        ("null", 1, 1),
        ("a", 2, 5),
        ("b", 3, 2),
        ("c", 4, 3),
    ):
        assert torch.equal(new[table][new_at + now], old[table][old_at + was]), value
    assert not any(torch.equal(new[table][new_at + 4], row) for row in old[table])

    # Inputs: numbers in the order of the columns of each table, then the vectors of `place` and `tags`.
    weight, old_weight = (
        next(t for name, t in state.items() if name.endswith("weight") and "deep" in name)
        for state in (new, old)
    )
    names = [[f.column for f in encoded[1].buckets[0].in_numbers] for encoded in (before, today)]
    assert names == [["x", "z"], ["x", "a"]]
    assert torch.equal(weight[:, 0], old_weight[:, 0])
    assert not torch.equal(weight[:, 1], old_weight[:, 1])
    assert torch.equal(weight[:, 2:], old_weight[:, 2:])

    assert prepared.start is not None
    told = prepared.start.to_json()
    assert told["features"] == {
        "place": {"reused": 5, "fresh": 1},
        "tags": {"reused": 3, "fresh": 1},
    }
    assert told["fresh"] == [] == told["unused"]
    assert list(prepared.start.lines())[1:] == [
        "values: place: 5 known, 1 new; tags: 3 known, 1 new"
    ]


def _offsets(feature_map: Any) -> list[tuple[str, int]]:
    return [(feature.column, offset) for feature, offset in feature_map.buckets[0].offsets()]


def test_what_was_fitted_of_the_targets_stays(bench: Any, columns: Any) -> None:
    made = columns(n=[float(n) for n in range(80)], kind=["abc"[n % 3] for n in range(80)])
    labels = ("n", "kind", "part")
    before = bench.encode(made, labels=labels)
    targets = (Target(column="n", type="number"), Target(column="kind", type="classes"))
    earlier = trained(bench, before, targets=targets)
    made |= {"n": [n * 2 for n in made["n"]], "kind": ["ab"[n % 2] for n in range(80)]}
    today = bench.encode(made, labels=labels, name="today")
    training = bench.training(today, targets=targets, start_from=earlier)
    assert prepare_table(training).manifest.targets == earlier.targets

    made["kind"] = ["abd"[n % 3] for n in range(80)]
    later = bench.encode(made, labels=labels, name="later")
    prepared = prepare_table(bench.training(later, targets=targets, start_from=earlier))
    assert prepared.manifest.targets[1].classes == ("a", "b", "d")
    assert prepared.start is not None
    assert prepared.start.tensors.notes == (
        "its targets or classes are others: the head starts afresh",
    )
    assert prepared.start.tensors.fresh == ("body.head.bias", "body.head.weight")


def test_a_model_that_has_nothing_in_common_is_refused(bench: Any, columns: Any) -> None:
    earlier = trained(bench, bench.encode(columns()))
    other = bench.encode(columns(x=None, place=None, tags=None, w=[n / 80 for n in range(80)]),
                         name="other")  # fmt: skip
    model = TableModel(network=MLP(widths=(5,)), targets=(Target(column="y", type="binary"),))
    with pytest.raises(
        InvalidData, match=r"No tensor of the start_from model fits this one.*widths"
    ):
        prepare_table(bench.training(other, model=model, start_from=earlier))
