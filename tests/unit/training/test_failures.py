from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from netloom.core.errors import InvalidData, JobFailed
from netloom.training.failures import explained
from netloom.training.recipe import Recipe
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]


def problem(caught: pytest.ExceptionInfo[JobFailed]) -> Any:
    (found,) = caught.value.diagnostics
    return found


def test_a_training_that_diverges_says_what_was_seen_in_it(make_training: MakeTraining) -> None:
    training = make_training(
        optimizer={"type": "sgd", "learning_rate": 1e18, "momentum": 0.0},
        schedule={"type": "constant"},
        epochs=5,
        log_every=1,
    )
    with pytest.raises(JobFailed) as caught:
        train_model(training)
    found = problem(caught)
    assert found.code == "X301"
    assert "a learning rate of 1e+18; a loss of " in found.got
    assert "that are not finite" in found.got
    assert "Lower optimizer.learning_rate, 1e+18, to 1e+17; or set clip_norm: 1.0" in found.fix


def test_weights_that_are_sound_point_to_the_data(
    make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netloom.tasks.image_classification.task import ImageClassificationTask

    original = ImageClassificationTask.loss

    def broken(self: Any, outputs: Any, batch: Any, *, loss: Any) -> Any:
        return original(self, outputs, batch, loss=loss).detach() * float("nan") + 0 * outputs.sum()

    monkeypatch.setattr(ImageClassificationTask, "loss", broken)
    frozen = {"type": "sgd", "learning_rate": 1e-9, "momentum": 0.0, "weight_decay": 0.0}
    with pytest.raises(JobFailed) as caught:
        train_model(make_training(optimizer=frozen, accumulate=4, log_every=1))
    found = problem(caught)
    assert "no finite loss since the start" in found.got
    assert found.fix.startswith("The weights are sound")


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (MemoryError(), "on the processor"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 bytes"),
            "on the processor",
        ),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "on the GPU"),
    ],
)
def test_memory_that_ran_out_comes_with_settings_that_need_less(
    error: Exception, where: str
) -> None:
    with pytest.raises(JobFailed) as caught, explained(Recipe(batch_size=48), needs="310 MB"):
        raise error
    found = problem(caught)
    assert found.code == "X332"
    assert where in found.message
    assert "with batches of 48" in found.message
    assert "batch_size: 16 and accumulate: 3" in found.fix or "batch_size: 24" in found.fix
    assert ("bf16-mixed" in found.fix) == (where == "on the GPU")
    assert "310 MB" in found.expected


@pytest.mark.parametrize(
    "message",
    [
        "DataLoader worker (pid 30929) is killed by signal: Killed. ",
        "DataLoader worker (pid(s) 30929) exited unexpectedly",
    ],
)
def test_a_reader_that_was_killed_is_named(message: str) -> None:
    with pytest.raises(JobFailed, match="reads samples ahead was killed") as caught:
        with explained(Recipe()):
            raise RuntimeError(message)
    assert problem(caught).code == "X333"
    assert "NETLOOM_LOADER_WORKERS=0" in problem(caught).fix


def test_other_errors_are_left_as_they_are() -> None:
    with pytest.raises(KeyError), explained(Recipe()):
        raise KeyError("x")
    with pytest.raises(InvalidData), explained(Recipe()):
        raise InvalidData.of("no")
