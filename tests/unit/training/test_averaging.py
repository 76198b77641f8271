from __future__ import annotations

import torch
from torch import nn

from netloom.training.averaging import WeightAverage


def test_the_average_follows_its_formula() -> None:
    module = nn.Linear(2, 1)
    average = WeightAverage(module, decay=0.6)
    expected = module.weight.detach().clone()
    for update in range(1, 20):
        module.weight.data.add_(1.0)
        average.update()
        decay = min(0.6, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * module.weight.detach()
    torch.testing.assert_close(average.state_dict()["weight"], expected)


def test_swapping_in_and_out_leaves_both_as_they_were() -> None:
    module = nn.BatchNorm1d(2)
    average = WeightAverage(module, decay=0.5)
    module.weight.data.fill_(5.0)
    module.num_batches_tracked.fill_(7)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with average.swapped_in():
        assert module.weight.tolist() == [1.0, 1.0]
        assert module.num_batches_tracked.item() == 7
    after = module.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert average.state_dict()["weight"].tolist() == [1.0, 1.0]
