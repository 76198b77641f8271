from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.data.epochs import Epochs


def epochs_of(num_samples: int, **settings: Any) -> Epochs:
    given = {"batch_size": 4, "shuffle": True, "seed": 3, **settings}
    return Epochs(num_samples=num_samples, **given)


def listed(epochs: Epochs, epoch: int, start: int = 0) -> list[list[int]]:
    return [request.indices_N.tolist() for request in epochs.requests(epoch, start)]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("drop_last", [True, False])
@pytest.mark.parametrize("num_samples", [0, 3, 8, 11])
def test_there_are_as_many_batches_as_is_said(
    num_samples: int, drop_last: bool, shuffle: bool
) -> None:
    for rank in range(3):
        epochs = epochs_of(
            num_samples, drop_last=drop_last, shuffle=shuffle, rank=rank, world_size=3, batch_size=2
        )
        batches = listed(epochs, 1)
        assert len(batches) == len(epochs)
        assert all(len(batch) == 2 for batch in batches[: None if drop_last else -1])


def test_an_epoch_is_a_function_of_seed_and_number() -> None:
    whole = listed(epochs_of(11), 2)
    assert sorted(index for batch in whole for index in batch) == list(range(11))
    assert listed(epochs_of(11), 2, start=2) == whole[2:]
    assert listed(epochs_of(11), 3) != whole
    assert listed(epochs_of(11, seed=4), 2) != whole
    assert listed(epochs_of(11, shuffle=False), 2) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]


def test_samples_drawn_again_have_streams_of_their_own() -> None:
    weights_N = np.array([0.0, 1.0, 0.0])
    (request,) = epochs_of(3, weights_N=weights_N).requests(0)
    assert request.indices_N.tolist() == [1, 1, 1]
    assert request.keys_N.tolist() == [1, 4, 7]


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"rank": 2, "world_size": 2}, {"rank": -1}])
def test_impossible_divisions_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="batch_size"):
        epochs_of(5, **wrong)
