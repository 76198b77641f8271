from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from netloom.core.errors import JobCancelled, JobFailed
from netloom.core.reporter import Decision, SilentReporter
from netloom.data.transforms.sizing import RandomCrop
from netloom.data.transforms.spatial import Rotate
from netloom.models.package import read_manifest, read_weights
from netloom.models.spec import Model, Perceptron
from netloom.training import progress
from netloom.training.callbacks import (
    Callbacks,
    CheckpointSaved,
    EpochEnded,
    Hold,
    StepEnded,
    Validated,
)
from netloom.training.checkpoints import list_checkpoints, rewind
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]
AUGMENTED = (Rotate(degrees=15), RandomCrop(size=12, padding=2))


class Clock:
    """Stands in for the module ``time``."""

    def __init__(self, seconds: list[float]) -> None:
        self._seconds = seconds

    def monotonic(self) -> float:
        return self._seconds[0]


class StopsAfter(SilentReporter):
    """Asks to stop once this many steps are done."""

    def __init__(self, checkpoints: Path, *, steps: int) -> None:
        super().__init__(checkpoints)
        self._left = steps
        self._counted = 0

    @property
    def should_stop(self) -> bool:
        self._counted += 1
        return self._counted >= self._left

    @should_stop.setter
    def should_stop(self, value: bool) -> None: ...


def weights(training: Training) -> dict[str, torch.Tensor]:
    return read_weights(training.package, read_manifest(training.package))


def assert_equal(left: Mapping[str, torch.Tensor], right: Mapping[str, torch.Tensor]) -> None:
    assert left.keys() == right.keys()
    different = [name for name in left if not torch.equal(left[name], right[name])]
    assert different == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"average": {"type": "ema", "decay": 0.9}, "clip_norm": 0.5, "accumulate": 3},
        {"optimizer": {"type": "sgd"}, "precision": "bf16-mixed", "keep": "last"},
    ],
    ids=["plain", "averaged", "mixed"],
)
@pytest.mark.parametrize("stop_at", [1, 4, 6, 9])
def test_stopping_anywhere_and_going_on_ends_with_the_same_weights(
    make_training: MakeTraining,
    make_shapes: Callable[..., Any],
    settings: dict[str, Any],
    stop_at: int,
) -> None:
    view = make_shapes(transforms=AUGMENTED)
    whole = make_training("whole", view=view, **settings)
    uninterrupted = train_model(whole)

    first = make_training("parts", view=view, **settings)
    stopping = StopsAfter(first.reporter.checkpoints, steps=stop_at)
    with pytest.raises(JobCancelled):
        train_model(make_training("parts", view=view, reporter=stopping, **settings))
    torch.manual_seed(12345)
    resumed = train_model(first)

    assert isinstance(first.reporter, SilentReporter)
    assert any(note.startswith("resumed from") for note in first.reporter.notes)
    assert_equal(weights(first), weights(whole))
    assert resumed.history == uninterrupted.history


def test_the_same_recipe_gives_the_same_bytes(
    make_training: MakeTraining, make_shapes: Callable[..., Any]
) -> None:
    view = make_shapes(transforms=AUGMENTED)
    packages = []
    for name in ("one", "two"):
        training = make_training(name, view=view)
        train_model(training)
        files = ("model.json", "weights.safetensors")
        packages.append([(training.package / file).read_bytes() for file in files])
    assert packages[0] == packages[1]


def test_another_seed_gives_other_weights(make_training: MakeTraining) -> None:
    one, two = make_training("one", seed=1), make_training("two", seed=2)
    train_model(one)
    train_model(two)
    name = "backbone.stages.0.0.weight"
    assert not torch.equal(weights(one)[name], weights(two)[name])


def test_metrics_are_logged_with_their_steps(make_training: MakeTraining) -> None:
    training = make_training(epochs=2)
    result = train_model(training)
    assert isinstance(training.reporter, SilentReporter)
    metrics = training.reporter.metrics
    assert {name: list(points) for name, points in metrics.items()} == {
        "loss": [3, 4, 6, 8],
        "learning_rate": [3, 4, 6, 8],
        "valid/accuracy": [4, 8],
        "valid/loss": [4, 8],
    }
    mean = (3 * metrics["loss"][3] + metrics["loss"][4]) / 4
    assert result.history[0]["loss"] == pytest.approx(mean)
    assert result.history[1]["valid/accuracy"] == metrics["valid/accuracy"][8]


def test_a_diverging_loss_is_explained(make_training: MakeTraining) -> None:
    training = make_training(
        optimizer={"type": "sgd", "learning_rate": 1e30}, epochs=5, schedule={"type": "constant"}
    )
    with pytest.raises(JobFailed) as caught:
        train_model(training)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "X301"
    assert "learning_rate" in str(diagnostic.fix)


def test_patience_ends_a_training_that_no_longer_improves(make_training: MakeTraining) -> None:
    frozen = {"type": "adamw", "learning_rate": 1e-12}
    training = make_training(epochs=30, patience=2, optimizer=frozen, schedule={"type": "constant"})
    validated: list[bool] = []
    training.callbacks.add(Validated, lambda context: validated.append(context.is_best))
    result = train_model(training)
    assert result.stopped_early
    assert validated[-3:] == [False] * 3
    assert len(result.history) < 30


def test_the_best_weights_are_kept(make_training: MakeTraining) -> None:
    kept: dict[int, float] = {}
    callbacks = Callbacks()
    callbacks.add(Validated, lambda context: kept.update({context.step: context.metrics["loss"]}))
    best = make_training("best", epochs=6, callbacks=callbacks)
    result = train_model(best)
    last = make_training("last", epochs=6, keep="last")
    train_model(last)
    keys = [(row["valid/accuracy"], -row["valid/loss"]) for row in result.history]
    is_last_best = keys.index(max(keys)) == len(keys) - 1
    equal = all(torch.equal(weights(best)[name], t) for name, t in weights(last).items())
    assert equal == is_last_best
    assert list(kept) == [4, 8, 12, 16, 20, 24]


def test_a_callback_can_end_the_training(make_training: MakeTraining) -> None:
    callbacks = Callbacks()
    callbacks.add(StepEnded, lambda context: Decision.STOP if context.step == 2 else None)
    result = train_model(make_training(callbacks=callbacks))
    assert result.stopped_early
    assert [row["step"] for row in result.history] == [2.0]


def test_a_hopeless_trial_is_ended_by_its_report(
    make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = make_training(epochs=9)
    monkeypatch.setattr(training.reporter, "report", lambda step, metrics: Decision.STOP)
    assert len(train_model(training).history) == 1


def test_accumulated_steps_equal_one_large_step(make_training: MakeTraining) -> None:
    settings = {
        "model": Model(task="image_classification", backbone=Perceptron(widths=(8,))),
        "epochs": 1,
        "keep": "last",
        "optimizer": {"type": "sgd", "learning_rate": 0.1},
    }
    large = make_training("large", batch_size=20, **settings)
    small = make_training("small", batch_size=10, accumulate=2, **settings)
    train_model(large)
    train_model(small)
    for name, tensor in weights(large).items():
        torch.testing.assert_close(weights(small)[name], tensor)


def test_checkpoints_follow_the_cadence(make_training: MakeTraining) -> None:
    saved: list[int] = []
    best: list[int] = []
    callbacks = Callbacks()
    callbacks.add(CheckpointSaved, lambda context: saved.append(context.step))
    callbacks.add(Validated, lambda context: best.append(context.step) if context.is_best else None)
    cadence = {"every_s": None, "every_steps": 3, "keep_last": 1, "keep_every": 3}
    training = make_training(epochs=4, checkpoints=cadence, callbacks=callbacks)
    train_model(training)
    assert sorted(set(saved)) == sorted({3, 6, 9, 12, 15, *best})
    stayed = sorted(int(path.name[5:]) for path in training.reporter.checkpoints.iterdir())
    assert stayed == sorted({12, max(saved), best[-1]})


def test_history_rows_reach_callbacks(make_training: MakeTraining) -> None:
    rows: list[Mapping[str, float]] = []
    callbacks = Callbacks()
    callbacks.add(EpochEnded, lambda context: rows.append(context.row))
    result = train_model(make_training(callbacks=callbacks))
    assert rows == result.history


def test_what_a_callback_holds_stays_and_is_named(make_training: MakeTraining) -> None:
    callbacks = Callbacks()
    callbacks.add(StepEnded, lambda context: Hold.CHECKPOINT if context.step == 2 else None)
    callbacks.add(EpochEnded, lambda context: Hold.CHECKPOINT if context.epoch == 1 else None)
    cadence = {"every_s": None, "keep_last": 1, "every_epochs": 1}
    training = make_training(epochs=4, checkpoints=cadence, callbacks=callbacks)
    train_model(training)
    entries = list_checkpoints(training.reporter.checkpoints)
    assert [entry.step for entry in entries if "held" in entry.tracks] == [2, 8]
    assert [entry.step for entry in entries if not entry.tracks and not entry.is_best] in ([16], [])


def test_only_the_newest_of_a_track_stay(make_training: MakeTraining) -> None:
    cadence = {"every_s": None, "keep_last": 1, "keep_every": 2, "keep_slow": 2}
    training = make_training(epochs=8, keep="last", checkpoints=cadence)
    train_model(training)
    entries = list_checkpoints(training.reporter.checkpoints)
    slow = [entry.epoch for entry in entries if "slow" in entry.tracks]
    assert [epoch for epoch in slow if epoch > 4] == [6, 8]
    assert all(entry.is_best or entry.epoch > 4 for entry in entries)


def test_time_is_counted_over_all_attempts(
    make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(progress, "time", Clock(seconds))

    def a_second_passes(context: StepEnded) -> None:
        seconds[0] += 1.0

    def attempt(name: str, *, stops_at: int | None = None) -> Training:
        callbacks = Callbacks()
        callbacks.add(StepEnded, a_second_passes)
        training = make_training(name, epochs=9, max_time_s=11.0, callbacks=callbacks)
        if stops_at is not None:
            stopping = StopsAfter(training.reporter.checkpoints, steps=stops_at)
            return replace(training, reporter=stopping)
        return training

    result = train_model(attempt("whole"))
    assert result.stopped_early
    assert [row["step"] for row in result.history] == [4.0, 8.0, 11.0]
    with pytest.raises(JobCancelled):
        train_model(attempt("parts", stops_at=6))
    seconds[0] += 1000.0  # between attempts nobody trains
    last = attempt("parts")
    assert train_model(last).history == result.history
    assert isinstance(last.reporter, SilentReporter)
    assert "max_time_s of 11 s is over: training ends early" in last.reporter.notes


def test_rewinding_repeats_what_came_after(make_training: MakeTraining) -> None:
    cadence = {"every_s": None, "every_steps": 2, "keep_last": 20}
    training = make_training(checkpoints=cadence)
    train_model(training)
    before = weights(training)
    assert rewind(training.reporter.checkpoints, to_step=6) == [8, 10, 12]
    again = make_training(checkpoints=cadence)
    result = train_model(again)
    assert isinstance(again.reporter, SilentReporter)
    assert again.reporter.notes[-1] == "resumed from the checkpoint at step 6"
    assert [row["step"] for row in result.history] == [4.0, 8.0, 12.0]
    assert_equal(weights(again), before)


def test_everything_logged_is_handed_over_before_a_checkpoint(make_training: MakeTraining) -> None:
    events: list[str] = []

    class Listening(SilentReporter):
        def flush(self) -> None:
            events.append("flush")

    callbacks = Callbacks()
    callbacks.add(CheckpointSaved, lambda context: events.append("saved"))
    training = make_training(callbacks=callbacks, checkpoints={"every_steps": 3})
    train_model(replace(training, reporter=Listening(training.reporter.checkpoints)))
    assert events[:2] == ["flush", "saved"]
    assert events == ["flush", "saved"] * (len(events) // 2)
