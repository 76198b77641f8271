from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from netloom.core.errors import InvalidInput
from netloom.data.datasets import open_samples
from netloom.data.transforms.sizing import RandomCrop
from netloom.models.package import read_manifest, read_weights
from netloom.training import readers
from netloom.training.readers import num_readers
from netloom.training.train import train_model
from netloom.training.training import Training


@pytest.fixture
def samples(make_shapes: Callable[..., Any]) -> Any:
    return open_samples(
        make_shapes(), lambda location: location.removeprefix("path:"), part="train"
    )


def test_small_data_is_read_by_the_training_itself(samples: Any) -> None:
    assert num_readers(samples, cores=8) == 0


def test_all_cores_but_one_read_large_data(samples: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_KEPT_BYTES", 60 * 12 * 12 - 1)
    assert [num_readers(samples, cores=cores) for cores in (1, 2, 8)] == [0, 1, 7]


def test_the_environment_has_the_last_word(samples: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_LOADER_WORKERS", "3")
    assert num_readers(samples, cores=1) == 3
    monkeypatch.setenv("NETLOOM_LOADER_WORKERS", "many")
    with pytest.raises(InvalidInput, match="not a number of processes"):
        num_readers(samples, cores=1)


def test_the_result_does_not_depend_on_who_reads(
    make_training: Callable[..., Training],
    make_shapes: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = make_shapes(transforms=(RandomCrop(size=10, padding=2),))
    outcomes = []
    for count in ("0", "2"):
        monkeypatch.setenv("NETLOOM_LOADER_WORKERS", count)
        training = replace(make_training(count, view=view, epochs=2), cores=4)
        train_model(training)
        outcomes.append(read_weights(training.package, read_manifest(training.package)))
    assert all(torch.equal(outcomes[0][name], outcomes[1][name]) for name in outcomes[0])
