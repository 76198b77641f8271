from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from netloom.models.backbones.initialisation import initialise


@pytest.mark.parametrize(
    ("layer", "fan"),
    [
        (nn.Conv2d(64, 128, 3), 9 * 128),
        (nn.Conv2d(512, 512, 3, groups=512), 9),
        (nn.Conv2d(512, 64, 1), 64),
        (nn.Linear(300, 200), 300),
    ],
)
def test_weights_have_the_variance_of_he_and_biases_are_zero(
    layer: nn.Conv2d | nn.Linear, fan: int
) -> None:
    torch.manual_seed(0)
    initialise(layer)
    weights = layer.weight.detach()
    assert float(weights.std()) == pytest.approx(math.sqrt(2 / fan), rel=0.05)
    assert abs(float(weights.mean())) < 4 * math.sqrt(2 / fan / weights.numel())
    assert layer.bias is not None
    assert not layer.bias.any()


def test_convolutions_can_keep_the_size_of_activations_instead() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 256, 3)
    initialise(layer, fan="in")
    assert float(layer.weight.detach().std()) == pytest.approx(math.sqrt(2 / (9 * 64)), rel=0.05)


def test_signals_keep_their_size_through_many_layers() -> None:
    torch.manual_seed(0)
    layers = [layer for _ in range(20) for layer in (nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())]
    network = nn.Sequential(*layers)
    initialise(network)
    inputs = torch.randn(4, 32, 24, 24)
    ratio = float(network(inputs).square().mean().detach() / inputs.square().mean())
    assert 0.02 < ratio < 10  # padding loses a little at the edges of every layer


def test_batch_norms_begin_as_the_identity() -> None:
    norm = nn.BatchNorm2d(3)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    initialise(norm)
    assert norm.weight.tolist() == [1, 1, 1]
    assert norm.bias.tolist() == [0, 0, 0]
