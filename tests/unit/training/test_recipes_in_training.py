"""Recipes through whole trainings: what is averaged, what is frozen, and that stopping changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from netloom.core.errors import JobCancelled
from netloom.core.reporter import SilentReporter
from netloom.models.package import read_manifest, read_weights
from netloom.models.spec import ConvNet, LastBlocks, Model
from netloom.tasks.losses import Focal
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]
STEADY = {"schedule": {"type": "constant"}, "keep": "last"}


class StopsAfter(SilentReporter):
    """Asks to stop when it is asked for the so-manieth time."""

    def __init__(self, checkpoints: Path, *, questions: int) -> None:
        super().__init__(checkpoints)
        self._left = questions

    @property
    def should_stop(self) -> bool:
        self._left -= 1
        return self._left <= 0

    @should_stop.setter
    def should_stop(self, value: bool) -> None: ...


def weights(training: Training) -> dict[str, torch.Tensor]:
    return read_weights(training.package, read_manifest(training.package))


def changed(old: Mapping[str, torch.Tensor], new: Mapping[str, torch.Tensor]) -> set[str]:
    return {name for name in old if not torch.equal(old[name], new[name])}


RECIPES: dict[str, dict[str, Any]] = {
    "swa": {
        "average": {"type": "swa", "start": 0.3, "learning_rate_scale": 0.5, "anneal_epochs": 1},
        "optimizer": {"type": "sgd", "dampening": 0.1},
        "keep": "last",
    },
    "swa best": {"average": {"type": "swa", "start": 0.0}, "clip_value": 0.05},
    "unfrozen adan": {
        "unfreeze": {"every_epochs": 1},
        "optimizer": {"type": "adan", "groups": [{"pattern": "head", "betas": [0.9, 0.8, 0.95]}]},
    },
    "unfrozen sgd": {"unfreeze": {"every_epochs": 1}, "optimizer": {"type": "sgd"}, "keep": "last"},
    "groups": {
        "layer_decay": 0.7,
        "schedule": {"type": "reciprocal", "decay": 0.3},
        "optimizer": {
            "type": "adamw",
            "groups": [
                {"pattern": "^head", "schedule": {"type": "one_cycle"}},
                {"pattern": r"stages\.0", "learning_rate_scale": 0.0},
            ],
        },
    },
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("questions", [2, 6, 11])
def test_stopping_anywhere_and_going_on_ends_with_the_same_weights(
    make_training: MakeTraining, recipe: dict[str, Any], questions: int
) -> None:
    whole = make_training("whole", **recipe)
    uninterrupted = train_model(whole)
    first = make_training("parts", **recipe)
    stopping = StopsAfter(first.reporter.checkpoints, questions=questions)
    with pytest.raises(JobCancelled):
        train_model(make_training("parts", reporter=stopping, **recipe))
    torch.manual_seed(12345)
    resumed = train_model(first)
    assert changed(weights(whole), weights(first)) == set()
    assert resumed.history == uninterrupted.history


def test_swa_returns_the_mean_of_the_last_epochs(make_training: MakeTraining) -> None:
    ends = []
    for epochs in (2, 3):
        training = make_training(f"plain-{epochs}", epochs=epochs, **STEADY)
        train_model(training)
        ends.append(weights(training))
    averaged = make_training("swa", epochs=3, average={"type": "swa", "start": 1 / 3}, **STEADY)
    train_model(averaged)
    result = weights(averaged)
    learned = [name for name in result if name.endswith((".weight", ".bias"))]
    for name in learned:
        torch.testing.assert_close(result[name], (ends[0][name] + ends[1][name]) / 2)
    statistics = [name for name in result if name.endswith("running_var")]
    assert statistics
    for name in statistics:
        mean = (ends[0][name] + ends[1][name]) / 2
        assert not torch.allclose(result[name], mean, rtol=1e-3)


def test_only_the_tuned_blocks_change_statistics_included(make_training: MakeTraining) -> None:
    def trained(name: str, *, epochs: int) -> dict[str, torch.Tensor]:
        backbone = ConvNet(widths=(6, 8))
        model = Model(task="image_classification", backbone=backbone, tune=LastBlocks(last=1))
        training = make_training(name, model=model, epochs=epochs, **STEADY)
        train_model(training)
        return weights(training)

    names = changed(trained("short", epochs=1), trained("long", epochs=2))
    assert names
    assert {".".join(name.split(".")[:3]) for name in names if name.startswith("backbone")} == {
        "backbone.stages.1"
    }


def test_blocks_that_have_not_joined_in_keep_their_values(make_training: MakeTraining) -> None:
    ends: list[dict[str, torch.Tensor]] = []
    for epochs in range(1, 6):
        training = make_training(
            f"unfreeze-{epochs}", unfreeze={"every_epochs": 2}, epochs=epochs, **STEADY
        )
        train_model(training)
        ends.append(weights(training))
    joined = [
        {name.rpartition("stages.")[2][:1] for name in changed(old, new) if "stages" in name}
        for old, new in pairwise(ends)
    ]
    assert joined == [set(), {"1"}, {"1"}, {"0", "1"}]


def test_class_weights_are_fitted_to_the_training_part(
    make_training: MakeTraining, make_shapes: Callable[..., Any]
) -> None:
    labels: list[int | None] = [index % 3 if index % 9 < 4 else 0 for index in range(78)]
    view = make_shapes({"train": 60, "valid": 18}, labels=labels)
    loss = Focal(class_weights="balanced", label_smoothing=0.1)
    result = train_model(make_training("weighted", view=view, loss=loss, epochs=8))
    assert result.history[-1]["valid/accuracy"] > 0.5
