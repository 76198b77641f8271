from __future__ import annotations

import pytest
import torch
from torch import nn

from netloom.training.averaging import (
    EqualAverage,
    ExponentialAverage,
    WeightAverage,
    build_average,
)
from netloom.training.recipe import EMA, SWA


def test_the_exponential_average_follows_its_formula() -> None:
    module = nn.Linear(2, 1)
    average = ExponentialAverage(module, decay=0.6)
    expected = module.weight.detach().clone()
    for update in range(1, 20):
        module.weight.data.add_(1.0)
        average.end_update()
        decay = min(0.6, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * module.weight.detach()
    torch.testing.assert_close(average.state_dict()["weight"], expected)


def test_swapping_in_and_out_leaves_both_as_they_were() -> None:
    module = nn.BatchNorm1d(2)
    average = ExponentialAverage(module, decay=0.5)
    module.weight.data.fill_(5.0)
    module.num_batches_tracked.fill_(7)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with average.swapped_in():
        assert module.weight.tolist() == [1.0, 1.0]
        assert module.num_batches_tracked.item() == 7
    after = module.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert average.state_dict()["weight"].tolist() == [1.0, 1.0]


def test_the_equal_average_is_the_mean_of_the_epochs_that_count() -> None:
    module = nn.Linear(3, 2)
    average = EqualAverage(module, first_epoch=2, remeasure=lambda: None)
    ends = torch.randn((6, 2, 3), generator=torch.Generator().manual_seed(0))
    for epoch, weight in enumerate(ends):
        module.weight.data.copy_(weight)
        average.end_update()
        average.end_epoch(epoch)
    with average.swapped_in():
        torch.testing.assert_close(module.weight.detach(), ends[2:].mean(0))
    assert torch.equal(module.weight.detach(), ends[-1])


def test_before_its_first_epoch_the_equal_average_is_the_module_itself() -> None:
    module = nn.Linear(1, 1)
    average = EqualAverage(module, first_epoch=3, remeasure=lambda: pytest.fail("not needed"))
    module.weight.data.fill_(5.0)
    average.end_epoch(0)
    with average.swapped_in():
        assert module.weight.item() == 5.0


def test_an_epoch_told_twice_counts_once() -> None:
    module = nn.Linear(1, 1, bias=False)
    average = EqualAverage(module, first_epoch=1, remeasure=lambda: None)
    for epoch, weight in [(0, 9.0), (1, 1.0), (1, 1.0), (2, 4.0), (2, 4.0)]:
        module.weight.data.fill_(weight)
        average.end_epoch(epoch)
    assert average.updates == 2
    assert average.state_dict()["weight"].item() == 2.5


def normed(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 1))


def test_batch_norm_is_measured_for_the_average_and_the_modules_own_statistics_come_back() -> None:
    module = normed(0)
    inputs = torch.randn((8, 2), generator=torch.Generator().manual_seed(1))
    average = build_average(
        SWA(start=0.0), module, epochs=2, batches=lambda: [(inputs[:4],), (inputs[4:],)]
    )
    for epoch in range(2):
        module(inputs)
        module[0].weight.data.add_(epoch)
        average.end_epoch(epoch)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    random = torch.get_rng_state()
    with average.swapped_in():
        torch.testing.assert_close(module[1].running_mean, module[0](inputs).mean(0).detach())
        assert module.training
        assert module[1].momentum == 0.1
    assert torch.equal(torch.get_rng_state(), random)
    after = module.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


@pytest.mark.parametrize("spec", [EMA(decay=0.7), SWA(start=0.25)], ids=["ema", "swa"])
def test_an_average_goes_on_from_its_state_as_if_never_stopped(spec: EMA | SWA) -> None:
    def averaged(module: nn.Module) -> WeightAverage:
        return build_average(spec, module, epochs=6, batches=list)

    def advance(module: nn.Linear, average: WeightAverage, epochs: range) -> None:
        for epoch in epochs:
            module.weight.data.mul_(0.9)
            average.end_update()
            average.end_epoch(epoch)

    whole, first, second = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
    for module in (first, second):
        module.load_state_dict(whole.state_dict())
    uninterrupted, stopped = averaged(whole), averaged(first)
    advance(whole, uninterrupted, range(6))
    advance(first, stopped, range(4))
    second.load_state_dict(first.state_dict())
    continued = averaged(second)
    continued.load_state_dict(stopped.state_dict(), updates=stopped.updates)
    advance(second, continued, range(4, 6))
    assert continued.updates == uninterrupted.updates
    with uninterrupted.swapped_in(), continued.swapped_in():
        assert torch.equal(whole.weight, second.weight)
