from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import nn

from netloom.training.batch_norm import (
    hold_statistics,
    holds_statistics,
    release_statistics,
    update_batch_norm,
)

INPUTS = torch.randn((12, 2), generator=torch.Generator().manual_seed(0))
BATCHES = [(part,) for part in INPUTS.split(4)]


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.BatchNorm1d(3))


def test_a_held_layer_stays_in_evaluation_until_it_is_released() -> None:
    module = network()
    hold_statistics(module[1])
    assert [layer.training for layer in module.train()] == [True, False, True, True]
    before = module[1].running_mean.clone()
    module(INPUTS)
    assert torch.equal(module[1].running_mean, before)
    release_statistics(module[1], training=module.training)
    assert [layer.training for layer in module] == [True] * 4
    assert not any(layer.training for layer in module.eval())


def test_a_copy_of_a_network_holds_its_own_layer() -> None:
    module = network()
    hold_statistics(module[1])
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert holds_statistics(twin[1])
        assert not twin.train()[1].training
        assert twin[1].train() is twin[1]


def test_statistics_are_the_plain_means_over_batches_as_evaluation_meets_them() -> None:
    module = network().eval()
    update_batch_norm(module, lambda: BATCHES)
    hidden = [module[0](inputs).detach() for (inputs,) in BATCHES]
    torch.testing.assert_close(
        module[1].running_mean, torch.stack([h.mean(0) for h in hidden]).mean(0)
    )
    torch.testing.assert_close(
        module[1].running_var, torch.stack([h.var(0) for h in hidden]).mean(0)
    )
    assert not any(part.training for part in module.modules())
    assert [module[1].momentum, module[3].momentum] == [0.1, 0.1]
    random = torch.get_rng_state()
    update_batch_norm(module, lambda: BATCHES)
    assert torch.equal(torch.get_rng_state(), random)


def test_held_layers_keep_their_statistics() -> None:
    module = network()
    hold_statistics(module[1])
    update_batch_norm(module, lambda: BATCHES)
    assert module[1].running_mean.tolist() == [0.0] * 3
    assert module[3].num_batches_tracked.item() == 3
    assert [part.training for part in module] == [True, False, True, True]


def test_without_batch_norm_nothing_is_read() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, track_running_stats=False))
    update_batch_norm(module, lambda: pytest.fail("read"))


def test_modes_come_back_if_measuring_is_interrupted() -> None:
    module = network()
    with pytest.raises(RuntimeError):
        update_batch_norm(module, lambda: [(torch.zeros(4, 9),)])
    assert all(part.training for part in module.modules())
    assert module[1].momentum == 0.1
