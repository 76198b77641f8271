from __future__ import annotations

from torch import nn

from netloom.models.features import blocks_of


def test_only_children_with_parameters_are_blocks() -> None:
    layers = nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)),
        nn.ReLU(),
        nn.Linear(2, 1),
    )
    assert blocks_of(layers) == ("1", "3")
    assert blocks_of(layers, containers=("1",)) == ("1.0", "1.2", "3")
