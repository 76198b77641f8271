from __future__ import annotations

import pytest
import torch
from torch import nn

from netloom.compression.exportable import MatrixPooling, averaging_matrix, exportable


@pytest.mark.parametrize("length", [1, 2, 5, 6, 7, 13])
@pytest.mark.parametrize("target", [1, 2, 6, 7])
def test_pooling_by_matrices_is_adaptive_pooling(length: int, target: int) -> None:
    maps = torch.rand(2, 3, length, 4, generator=torch.Generator().manual_seed(0))
    expected = nn.functional.adaptive_avg_pool2d(maps, (target, 3))
    torch.testing.assert_close(MatrixPooling((target, 3))(maps), expected)
    assert averaging_matrix(length, target).sum(dim=1).tolist() == pytest.approx([1.0] * target)


def test_a_network_is_as_before_after_its_export() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(7), nn.Sequential(nn.AdaptiveAvgPool2d((2, 3))))
    before = list(network.modules())
    with exportable(network) as changed:
        assert sum(isinstance(module, MatrixPooling) for module in changed.modules()) == 2
    assert list(network.modules()) == before


def test_averages_over_the_whole_picture_stay() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1))
    with exportable(network) as same:
        assert isinstance(same[0], nn.AdaptiveAvgPool2d)  # type: ignore[index]
