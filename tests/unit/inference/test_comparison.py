from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.inference.comparison import compare_models
from netloom.inference.evaluation import evaluate_model
from netloom.inference.predictor import Predictor
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]


@pytest.fixture
def better(make_training: MakeTraining) -> Training:
    training = make_training("better", epochs=8)
    train_model(training)
    return training


@pytest.fixture
def worse(make_training: MakeTraining, better: Training) -> Training:
    training = make_training("worse", view=better.dataset, epochs=1, seed=3)
    train_model(training)
    return training


def opened(training: Training) -> Predictor:
    return Predictor.open(training.package)


def test_a_comparison_agrees_with_two_evaluations(better: Training, worse: Training) -> None:
    models = (opened(worse), opened(better))
    found = compare_models(*models, better.dataset, better.resolve, bootstrap=50)
    apart = [
        evaluate_model(model, better.dataset, better.resolve, bootstrap=0).metrics
        for model in models
    ]
    for name, metrics in zip("ab", apart, strict=True):
        for metric, value in found.metrics[name].items():
            assert metrics[metric] == pytest.approx(value, abs=1e-9), metric
    assert found.metrics["samples"] == 24
    difference = apart[1]["accuracy"] - apart[0]["accuracy"]
    assert found.metrics["accuracy_difference"] == pytest.approx(difference)


def test_problems_name_the_model_concerned(better: Training, make_shapes: Any) -> None:
    model = opened(better)
    other = opened(better)
    other.labels = ("upright", "lying", "round")
    with pytest.raises(InvalidData, match=r"[Mm]odel B: the data has labels"):
        compare_models(model, other, better.dataset, better.resolve, bootstrap=0)
    empty = make_shapes({"train": 6}, folder="few")
    with pytest.raises(InvalidData, match=r"[Mm]odel A: the test part of the data is empty"):
        compare_models(model, model, empty, better.resolve, bootstrap=0)


def test_models_of_different_tasks_cannot_be_compared(better: Training) -> None:
    model, other = opened(better), opened(better)
    other.manifest = replace_task(other.manifest, "object_detection")
    with pytest.raises(InvalidData) as caught:
        compare_models(model, other, better.dataset, better.resolve)
    assert caught.value.diagnostics[0].code == "I401"


def replace_task(manifest: Any, task: str) -> Any:
    return manifest.model_copy(update={"task": task})


def test_each_model_prepares_the_data_in_its_own_way(
    make_training: MakeTraining, make_shapes: Any, better: Training
) -> None:
    from netloom.data.transforms.sizing import Resize

    small = make_training("small", view=make_shapes(transforms=(Resize(size=8),)), epochs=1)
    train_model(small)
    raw = replace(better.dataset, transforms=())
    found = compare_models(opened(better), opened(small), raw, better.resolve, bootstrap=0)
    assert found.metrics["samples"] == 24
