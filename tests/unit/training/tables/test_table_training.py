from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from signal import SIGKILL
from typing import Any

import numpy as np
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.models.tabular.package import open_table_package
from netloom.models.tabular.spec import Target
from netloom.tables.features.codec import read_feature_map
from netloom.tables.features.settings import Bucket
from netloom.tables.feed import EncodedFeed
from netloom.tasks.tabular.objective import scores
from netloom.tasks.tabular.tensors import column_tensors
from netloom.training import batch_size
from netloom.training.callbacks import Callbacks, StepEnded
from netloom.training.recipe import EMA, Checkpointing
from netloom.training.tables.rows import training_rows
from netloom.training.tables.train import (
    decided,
    forecast_table_training,
    train_table_model,
)
from netloom.training.tables.training import TableTraining


def weights(training: TableTraining) -> dict[str, torch.Tensor]:
    return dict(open_table_package(training.package).network.state_dict())


def learned_from(columns: dict[str, Any], name: str) -> list[Any]:
    """The values of the training part; those of classes as texts."""
    values = [
        value for value, part in zip(columns[name], columns["part"], strict=True) if part == "train"
    ]
    return [str(value) if isinstance(value, int) else value for value in values]


def assert_equal_weights(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def test_what_was_learned_is_packed_with_its_feature_map(bench: Any, columns: Any) -> None:
    made = columns(160)
    encoded = bench.encode(made, date="2026-01-31")
    training = bench.training(encoded, recipe={"epochs": 12, "batch_size": 4})
    result = train_table_model(training)
    report = result.report
    assert report["rows"] == {"train": 128, "valid": 32, "others": 0, "dropped": 0}
    assert report["labels"]["train"]["y"] == {
        "rows": 128,
        "missing": 0,
        "classes": Counter(learned_from(made, "y")),
    }
    assert report["dates"] == {"features": "", "data": "2026-01-31"}
    assert (report["steps"], report["epochs"], report["start"]) == (384, 12, None)
    assert json.loads(json.dumps(report)) == report
    assert [note for note in bench.reporter.notes if note.startswith("about ")]  # the forecast
    assert set(result.history[-1]) == {
        "epoch", "step", "loss", "learning_rate", "valid/loss", "valid/auc",
    }  # fmt: skip
    assert result.history[-1]["valid/auc"] > 0.99

    opened = open_table_package(training.package)
    assert opened.manifest.targets == (Target(column="y", type="binary", classes=("0", "1")),)
    assert opened.manifest.date == "2026-01-31"
    feature_map = read_feature_map(training.package)
    assert feature_map == encoded[1]
    paths = encoded[0].files(bench.resolve).paths
    feed = EncodedFeed(paths, feature_map, batch_size=200, kept=["y"])
    (batch,) = feed.epoch(0)
    with torch.inference_mode():
        outputs = opened.network(column_tensors(batch))
    found = scores(opened.manifest.targets, outputs)["y"] > 0.5
    assert (found == batch.kept["y"].to_numpy()).mean() > 0.95


def test_a_forecast_trains_nothing(bench: Any, columns: Any) -> None:
    encoded = bench.encode(columns())
    told = forecast_table_training(bench.training(encoded, recipe={"epochs": 20, "batch_size": 16}))
    assert (told.epochs, told.steps_per_epoch) == (20, 4)
    parts_s = told.first_epoch_s + 19 * told.epoch_s + 20 * told.validation_s
    parts_s += told.start_s + told.num_checkpoints * told.checkpoint_s
    assert told.seconds == pytest.approx(parts_s)
    assert told.memory_bytes > 50e6
    assert not bench.training(encoded).package.exists()


@pytest.mark.parametrize(
    ("rows", "memory_mb", "size"), [(80, 8000, 32), (5000, 8000, 64), (5000, 300, 8)]
)
def test_auto_takes_what_fits_and_leaves_steps_to_an_epoch(
    bench: Any, columns: Any, *, rows: int, memory_mb: int, size: int, monkeypatch: Any
) -> None:
    monkeypatch.setattr(batch_size, "_estimate", lambda trial: (100 << 20, 10 << 20))
    training = bench.training(
        bench.encode(columns(rows)), recipe={"epochs": 1, "batch_size": "auto"}, memory_mb=memory_mb
    )
    assert decided(training).recipe.batch_size == size
    assert bench.reporter.notes == [f"batch_size: auto takes {size}"]


def test_what_a_row_keeps_for_the_backward_pass_is_counted(bench: Any, columns: Any) -> None:
    training = bench.training(
        bench.encode(columns(2000)), recipe={"batch_size": "auto", "epochs": 1}, memory_mb=30_000
    )
    assert train_table_model(training).report["batch_size"] == 32


@pytest.mark.parametrize("average", [None, EMA(decay=0.9)])
def test_a_killed_training_goes_on_at_the_very_row(
    bench: Any, columns: Any, tmp_path: Any, average: Any
) -> None:
    encoded = bench.encode(columns())
    network = bench.training(encoded).model.network.model_copy(
        update={"dropout": 0.3, "unknown_share": 0.1}
    )
    recipe = {"checkpoints": Checkpointing(every_s=None, every_steps=1), "average": average}
    whole = bench.training(encoded, recipe=recipe, package=tmp_path / "whole")
    whole = replace(whole, model=replace(whole.model, network=network))
    train_table_model(whole)

    reporter = type(bench.reporter)(tmp_path / "others")
    killed = replace(whole, package=tmp_path / "parts", reporter=reporter)
    callbacks = Callbacks()
    callbacks.add(
        StepEnded, lambda ended: os.kill(os.getpid(), SIGKILL) if ended.step == 7 else None
    )
    child = os.fork()
    if child == 0:
        try:
            train_table_model(replace(killed, callbacks=callbacks))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -SIGKILL
    train_table_model(killed)
    assert reporter.notes[-1] == "resumed from the checkpoint at step 6"
    assert_equal_weights(weights(whole), weights(killed))


def test_two_processes_share_the_rows_and_learn_what_one_does(
    bench: Any, columns: Any, tmp_path: Any
) -> None:
    encoded = bench.encode(columns())
    alone = bench.training(encoded, recipe={"epochs": 1, "batch_size": 64}, ranks=1)
    train_table_model(alone)
    together = replace(
        alone,
        ranks=2,
        package=tmp_path / "together",
        reporter=type(bench.reporter)(tmp_path / "others"),
    )
    train_table_model(together)
    for name, tensor in weights(alone).items():
        np.testing.assert_allclose(
            tensor.numpy(), weights(together)[name].numpy(), rtol=1e-4, atol=1e-5
        )


def test_rows_are_divided_by_their_keys_if_nothing_else_is_said(bench: Any, columns: Any) -> None:
    table, feature_map = bench.encode(columns(200, part=None), labels=("y",))
    training = bench.training((table, feature_map), valid_share=0.25)
    rows = training_rows(training, table.files(bench.resolve).paths)
    assert rows.to_json() == {"train": 139, "valid": 61, "others": 0, "dropped": 0}

    from netloom.tables.engines.engine import open_engine
    from netloom.tables.split import splitting_query

    engine = open_engine(memory_limit=None, threads=1, scratch=bench.folder / "scratch")
    engine.bind("t", table.files(bench.resolve))
    query = splitting_query(
        "t", table.columns, ["id"], valid=0.25, test=0.0, seed=0, column="p", engine=engine
    )
    split = [row["p"] for row in engine.rows(f"SELECT p FROM ({query})").to_pylist()]
    assert np.concatenate(rows.valid.chosen).tolist() == [part == "valid" for part in split]
    none = training_rows(replace(training, valid_share=0.0), table.files(bench.resolve).paths)
    assert none.train.rows == 200


def test_rows_without_a_label_are_an_error_or_left_out(bench: Any, columns: Any) -> None:
    made = columns()
    made["y"] = [None if n in (7, 20) else float(y) for n, y in enumerate(made["y"])]
    encoded = bench.encode(made)
    with pytest.raises(InvalidData) as caught:
        train_table_model(bench.training(encoded))
    assert [str(problem.message) for problem in caught.value.diagnostics] == [
        "column 'y' has no label in 1 of 64 rows of the part 'train'; the first is id 7",
        "column 'y' has no label in 1 of 16 rows of the part 'valid'; the first is id 20",
    ]
    result = train_table_model(bench.training(encoded, missing_labels="drop"))
    assert result.report["rows"] == {"train": 63, "valid": 15, "others": 0, "dropped": 2}
    assert "2 rows without a label are left out" in bench.reporter.notes


def test_a_row_counts_for_the_targets_that_it_has_a_label_of(bench: Any, columns: Any) -> None:
    made = columns()
    made["z"] = [None if n % 2 else x * 10 + 5 for n, x in enumerate(made["x"])]
    made["kind"] = [["u", "v", "w"][n % 3] for n in range(80)]
    made["marks"] = [["p", "q"][: n % 3] for n in range(80)]
    encoded = bench.encode(made, labels=("y", "z", "kind", "marks", "part"))
    targets = (
        Target(column="y", type="binary", class_weights="balanced"),
        Target(column="z", type="number", weight=2.0),
        Target(column="kind", type="classes", class_weights={"u": 2.0}),
        Target(column="marks", type="labels", class_weights="balanced"),
    )
    training = bench.training(
        encoded, targets=targets, missing_labels="drop", recipe={"epochs": 12, "batch_size": 8}
    )
    result = train_table_model(training)
    assert result.report["rows"] == {"train": 64, "valid": 16, "others": 0, "dropped": 0}
    labels = result.report["labels"]["train"]
    assert labels["z"]["missing"] == 32
    assert labels["marks"]["classes"] == Counter(
        mark for marks in learned_from(made, "marks") for mark in marks
    )
    number = result.manifest.targets[1]
    known = [z for z in learned_from(made, "z") if z is not None]
    assert number.scale is not None
    assert number.scale.mean == pytest.approx(np.mean(known))
    assert number.scale.std == pytest.approx(np.std(known))
    last = result.history[-1]
    assert {name for name in last if name.startswith("valid/")} == {
        "valid/loss", "valid/y/loss", "valid/y/auc", "valid/z/loss", "valid/z/rmse",
        "valid/kind/loss", "valid/kind/macro_accuracy", "valid/kind/accuracy",
        "valid/marks/loss", "valid/marks/macro_auc",
    }  # fmt: skip
    mean = sum(
        weight * last[f"valid/{name}/loss"]
        for name, weight in (("y", 1), ("z", 2), ("kind", 1), ("marks", 1))
    )
    assert last["valid/loss"] == pytest.approx(mean / 5)
    assert last["valid/z/rmse"] < 3.0 < np.std(known)


def test_everything_that_is_wrong_is_said_at_once(bench: Any, columns: Any) -> None:
    made = columns()
    made["one"] = [3.5] * 80
    made["word"] = ["x"] * 80
    made["kind"] = ["new" if n == 20 else "ab"[n % 2] for n in range(80)]
    made["answer"] = [["yes", "no"][n % 2] for n in range(80)]
    encoded = bench.encode(made, labels=("y", "one", "word", "kind", "answer", "part"))
    targets = (
        Target(column="one", type="number"),
        Target(column="word", type="classes"),
        Target(column="kind", type="classes", class_weights={"z": 1.0}),
        Target(column="answer", type="binary"),
    )
    with pytest.raises(InvalidData) as caught:
        train_table_model(bench.training(encoded, targets=targets))
    assert [problem.code for problem in caught.value.diagnostics] == [
        "T335", "T337", "T339", "T338", "T333",
    ]  # fmt: skip
    assert "classes in the part 'valid'" in str(caught.value)

    targets = (
        Target(column="word", type="number"),
        Target(column="yy", type="binary"),
        Target(column="yy", type="binary"),
    )
    table, feature_map = encoded
    other = feature_map.model_copy(update={"keys": ()})
    training = bench.training((table, other), targets=targets, part_column="nowhere")
    with pytest.raises(InvalidData) as caught:
        train_table_model(training)
    assert [problem.code for problem in caught.value.diagnostics] == [
        "T330", "T332", "T331", "T331", "T345", "T344",
    ]  # fmt: skip


def test_parts_must_be_parts_and_leave_something_to_learn_from(bench: Any, columns: Any) -> None:
    strange = bench.encode(columns(part=["learn"] * 80))
    with pytest.raises(InvalidData, match="'learn', which is no part"):
        train_table_model(bench.training(strange))
    bench.reporter.notes.clear()
    tests = bench.encode(columns(part=["test"] * 80), name="tests")
    with pytest.raises(InvalidData) as caught:
        train_table_model(bench.training(tests, recipe={"patience": 1}))
    assert [problem.code for problem in caught.value.diagnostics] == ["T342", "T343"]


def test_parts_that_became_a_feature_are_not_forgotten(bench: Any, columns: Any) -> None:
    encoded = bench.encode(columns(), buckets=(Bucket(name="days", columns=("part", "x")),))
    with pytest.raises(InvalidData, match="'part' is a feature"):
        train_table_model(bench.training(encoded))


def test_a_last_batch_of_one_row_is_learned_from(bench: Any, columns: Any) -> None:
    encoded = bench.encode(columns(33, part=["train"] * 33))
    network = bench.training(encoded).model.network.model_copy(update={"norm": "batch"})
    training = bench.training(encoded, recipe={"epochs": 2})
    training = replace(training, model=replace(training.model, network=network))
    assert train_table_model(training).report["steps"] == 6
