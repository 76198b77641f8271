from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from netloom.core.reporter import SilentReporter
from netloom.data.transforms.spatial import Rotate
from netloom.models.package import read_manifest, read_weights
from netloom.models.spec import Model, Perceptron
from netloom.training import sharing
from netloom.training.assembly import assembled
from netloom.training.forecast import Forecast, duration, forecast_fit, forecast_training
from netloom.training.preparation import prepare
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]
LIVELY: dict[str, Any] = {
    "accumulate": 2,
    "average": {"type": "ema", "decay": 0.9},
    "clip_norm": 1.0,
    "optimizer": {"type": "adamw", "learning_rate": 0.01},
}


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "adan"])
def test_a_probe_leaves_the_training_as_it_was_to_the_last_bit(
    make_training: MakeTraining,
    make_shapes: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    optimizer: str,
) -> None:
    view = make_shapes(transforms=(Rotate(degrees=10),))
    settings = {**LIVELY, "view": view, "optimizer": {"type": optimizer}}
    probed, plain = make_training("probed", **settings), make_training("plain", **settings)
    told: list[Forecast] = []

    def always_probe(fit: Any, *, start_s: float) -> None:
        told.append(forecast_fit(fit, start_s=start_s, steps=4))

    with monkeypatch.context() as patch:
        patch.setattr(sharing, "noted_forecast", always_probe)
        first = train_model(probed)
    second = train_model(plain)
    assert len(told) == 1
    assert first.history == second.history
    ours = read_weights(probed.package, read_manifest(probed.package))
    for name, tensor in read_weights(plain.package, read_manifest(plain.package)).items():
        assert torch.equal(ours[name], tensor), name
    left = sorted(path.name for path in probed.package.parent.iterdir())
    assert left == ["checkpoints", "model"]
    files = [path for path in probed.package.parent.rglob("*") if path.is_file()]
    kept_bytes = sum(path.stat().st_size for path in files)
    assert (
        0.4 < kept_bytes / told[0].disk_bytes < 1.1
    )  # fewer checkpoints were better than all before


def test_parts_add_up_to_the_whole(make_training: MakeTraining) -> None:
    told = forecast_training(make_training(epochs=8))
    assert (told.epochs, told.steps_per_epoch, told.num_checkpoints) == (8, 4, 4.0)
    expected = told.start_s + told.first_epoch_s + 7 * told.epoch_s + 8 * told.validation_s
    expected += told.num_checkpoints * told.checkpoint_s
    assert told.seconds == pytest.approx(expected)
    assert told.memory_bytes > 50e6
    assert told.to_json()["seconds"] == told.seconds


def test_a_time_limit_limits_the_forecast(make_training: MakeTraining) -> None:
    told = forecast_training(make_training(epochs=100_000, max_time_s=5.0))
    assert told.seconds == pytest.approx(told.start_s + 5.0)


def test_only_long_trainings_that_begin_are_told_their_time(
    make_training: MakeTraining, make_shapes: Callable[..., Any]
) -> None:
    view = make_shapes({"train": 60})
    model: Model[Any] = Model(task="image_classification", backbone=Perceptron(widths=(2,)))

    def times_told(name: str, **settings: Any) -> int:
        training = make_training(name, view=view, model=model, **settings)
        train_model(training)
        assert isinstance(training.reporter, SilentReporter)
        return sum(note.startswith("about ") for note in training.reporter.notes)

    assert times_told("short", epochs=3) == 0
    settings = {"epochs": 90, "checkpoints": {"every_epochs": 90}}
    assert times_told("long", **settings) == 1
    assert times_told("long", **settings) == 0  # it goes on from the last checkpoint


def test_blocks_that_join_in_later_count_in_full(make_training: MakeTraining) -> None:
    training = make_training(unfreeze={"every_epochs": 1}, epochs=3)
    prepared = prepare(training)
    fit = assembled(training, prepared)
    forecast_fit(fit, start_s=0.0)
    learning = {n for n, p in prepared.network.named_parameters() if p.requires_grad}
    assert learning == {"head.1.weight", "head.1.bias"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.26, "0.3 s"), (42.4, "42 s"), (130, "2 min 10 s"), (7260, "2 h 1 min")],
)
def test_durations_are_told_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text
