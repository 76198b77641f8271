from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from netloom.core.reporter import SilentReporter
from netloom.training import batch_size
from netloom.training.batch_size import decided, kept_bytes_per_sample, largest_fitting
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]


@pytest.mark.parametrize(("most", "limit", "size"), [(100, 40, 32), (33, 999, 32), (60, 1, 1)])
def test_the_largest_power_of_two_that_fits(most: int, limit: int, size: int) -> None:
    asked: list[int] = []

    def fits(candidate: int) -> bool:
        asked.append(candidate)
        return candidate <= limit

    assert largest_fitting(most, fits) == size
    assert asked == sorted(set(asked))


def test_what_is_kept_for_the_backward_pass_is_counted_once() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)
    )
    kept = kept_bytes_per_sample(network, lambda size: (torch.ones(size, 1, 4, 4),))
    # The picture (16 numbers) and the map after ReLU (32), which the linear layer keeps as well.
    assert kept == 4 * (16 + 32)


def test_the_memory_granted_decides_and_the_choice_is_reported(
    make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_size, "_estimate", lambda trial: (100 << 20, 10 << 20))
    small = replace(make_training("small", batch_size="auto", epochs=1), memory_mb=300)
    result = train_model(small)
    assert result.report["batch_size"] == 8  # 100 + 8 · 10 ≤ 0.8 · 300 < 100 + 16 · 10
    assert isinstance(small.reporter, SilentReporter)
    assert small.reporter.notes[0] == "batch_size: auto takes 8"
    large = replace(make_training("large", batch_size="auto", epochs=1), memory_mb=30_000)
    assert train_model(large).report["batch_size"] == 32  # of 60 samples


def test_a_training_that_goes_on_keeps_its_choice(
    make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    training: Any = replace(make_training(batch_size="auto"), memory_mb=30_000)
    first = decided(training).recipe.batch_size
    monkeypatch.setattr(batch_size, "_chosen_now", lambda training, trial: 1)
    assert decided(training).recipe.batch_size == first
