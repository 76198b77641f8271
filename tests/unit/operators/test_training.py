from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch

from netloom.core.digests import canonical_json
from netloom.core.errors import JobCancelled
from netloom.data.formats.digits import write_digits
from netloom.data.index import read_index, with_parts, write_index
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import Resize
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.models.package import read_manifest, read_weights
from netloom.models.spec import ConvNet, Model, TrainedModel
from netloom.operators.evaluation import Evaluated, evaluate, predict
from netloom.operators.training import Trained, forecast, train
from netloom.training.recipe import AdamW, Recipe

MODEL: Model[Any] = Model(task="image_classification", backbone=ConvNet(widths=(16, 32)))


@pytest.fixture
def digits(tmp_path: Path) -> Dataset[Any]:
    """The first 360 handwritten digits, divided by position."""
    torch.set_num_threads(1)
    view = write_digits(tmp_path)
    index = tmp_path / "index.parquet"
    table = read_index(index).slice(0, 360)
    parts = [("train", "train", "train", "valid", "test")[row % 5] for row in range(360)]
    write_index(index, with_parts(table, parts))
    return replace(
        view,
        index=f"path:{index}",
        media=f"path:{tmp_path / 'media.npy'}",
        transforms=(Resize(size=8), Normalize()),
    )


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path / "run", project=tmp_path)


def opened(model: TrainedModel[Any], run: RunContext) -> TrainedModel[Any]:
    return replace(model, package=f"path:{run.resolve(model.package)}")


def test_train_evaluate_and_predict(digits: Dataset[Any], run: RunContext) -> None:
    trained = train(
        MODEL, digits, epochs=6, batch_size=16, optimizer=AdamW(learning_rate=0.02), run=run
    )
    assert isinstance(trained, Trained)
    assert trained.model.labels == tuple("0123456789")
    history = pq.read_table(run.resolve(trained.history.location))
    assert history.column_names == [
        "epoch",
        "step",
        "loss",
        "learning_rate",
        "valid/accuracy",
        "valid/loss",
    ]
    assert history["step"].to_pylist() == [14 * epoch for epoch in range(1, 7)]

    model = opened(trained.model, run)
    evaluated = evaluate(model, digits, run=run)
    assert isinstance(evaluated, Evaluated)
    canonical_json(evaluated.metrics)
    assert evaluated.metrics["samples"] == 72
    assert evaluated.metrics["accuracy"] > 0.6
    assert run.resolve(evaluated.report.location).read_text().startswith("<!DOCTYPE html>")

    table = predict(model, digits, part="test", run=run)
    predictions = pq.read_table(run.resolve(table.location))
    assert predictions.column_names == ["id", "path", "truth", "label", "score", "scores"]
    hits = [
        row["truth"] == row["label"] for row in predictions.select(["truth", "label"]).to_pylist()
    ]
    assert sum(hits) / 72 == pytest.approx(evaluated.metrics["accuracy"])
    first = run.resolve(table.location).read_bytes()
    predict(model, digits, part="test", run=run)
    assert run.resolve(table.location).read_bytes() == first


def test_a_cancelled_training_goes_on_where_it_was(
    digits: Dataset[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = RunContext.in_process(tmp_path / "whole", project=tmp_path)
    train(MODEL, digits, epochs=2, batch_size=16, run=whole)

    cancelled = RunContext.in_process(tmp_path / "cancelled", project=tmp_path)
    original = cancelled.progress

    def stop_at_ten(done: float, total: float | None, *, unit: str = "step") -> None:
        original(done, total, unit=unit)
        cancelled.request_stop()

    monkeypatch.setattr(cancelled, "progress", stop_at_ten)
    with pytest.raises(JobCancelled):
        train(MODEL, digits, epochs=2, batch_size=16, run=cancelled)
    assert [path.name for path in cancelled.checkpoints.iterdir()] == ["step-000000010"]

    retried = RunContext.in_process(tmp_path / "cancelled", project=tmp_path)
    train(MODEL, digits, epochs=2, batch_size=16, run=retried)
    for name in ("model/weights.safetensors", "model/model.json", "history.parquet"):
        expected = whole.resolve(f"work:{name}").read_bytes()
        assert retried.resolve(f"work:{name}").read_bytes() == expected


def test_the_settings_of_train_are_those_of_the_recipe() -> None:
    settings = train.settings_type()
    recipe = Recipe()
    for name in Recipe.model_fields:
        assert getattr(settings, name) == getattr(recipe, name), name
    assert set(train.setting_names) == {*Recipe.model_fields, "loss"}


def test_ports_and_help_are_complete() -> None:
    assert list(train.inputs) == ["model", "dataset", "start_from"]
    assert not train.inputs["start_from"].required  # type: ignore[index]
    assert list(train.outputs) == ["model", "history", "report"]
    assert list(evaluate.outputs) == ["metrics", "report"]
    for operator in (train, forecast, evaluate, predict):
        missing = [name for name in operator.setting_names if not operator.argument_help.get(name)]
        assert missing == []


def test_a_forecast_takes_what_training_takes_and_leaves_nothing_behind(
    digits: Dataset[Any], run: RunContext
) -> None:
    assert list(forecast.inputs) == list(train.inputs)
    assert forecast.settings_type().model_dump() == train.settings_type().model_dump()
    assert forecast.argument_help == train.argument_help
    assert forecast.context_name == "run"
    settings = train.settings_type(epochs=3, batch_size=16)
    arguments = {name: getattr(settings, name) for name in train.setting_names}
    told = forecast(MODEL, digits, run=run, **arguments)
    canonical_json(told)
    assert told["epochs"] == 3
    assert told["steps_per_epoch"] == 14
    assert told["seconds"] > told["start_s"] > 0
    assert list(run.checkpoints.iterdir()) == []


def test_the_report_says_what_was_taken_over_and_what_was_frozen(
    digits: Dataset[Any], run: RunContext, tmp_path: Path
) -> None:
    first = train(MODEL, digits, epochs=1, batch_size=16, run=run)
    canonical_json(first.report)
    assert first.report["start"] is None
    assert first.report["parameters"] == {"trained": 5178, "frozen": 0}
    again = RunContext.in_process(tmp_path / "again", project=tmp_path)
    frozen = replace(MODEL, tune="head")
    start = opened(first.model, run)
    second = train(frozen, digits, start, epochs=1, batch_size=16, run=again)
    assert second.report["parameters"] == {"trained": 330, "frozen": 4848}
    assert second.report["start"]["fresh"] == []
    assert len(second.report["start"]["reused"]) == len(
        read_weights(again.resolve("work:model"), read_manifest(again.resolve("work:model")))
    )
    assert (second.report["steps"], second.report["stopped_early"]) == (14, False)
