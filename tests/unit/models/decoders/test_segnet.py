"""Putting values back to where the maxima were."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import max_pool2d, max_unpool2d

from netloom.core.errors import InvalidData
from netloom.models.decoder_spec import SegNetDecoder
from netloom.models.decoders.segnet import SegNet, unpooled
from netloom.models.features import MapShape


def test_unpooling_is_that_of_torch() -> None:
    before = torch.randn(2, 3, 8, 6)
    pooled, places = max_pool2d(before, 2, return_indices=True)
    values = torch.randn_like(pooled)
    expected = max_unpool2d(values, places, 2)
    assert torch.equal(unpooled(values, before), expected)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_odd_sizes_are_put_back_as_they_were_pooled(*, ceil_mode: bool) -> None:
    before = torch.randn(1, 2, 7, 5)
    pooled, places = max_pool2d(before, 2, ceil_mode=ceil_mode, return_indices=True)
    found = unpooled(pooled, before)
    assert found.shape == before.shape
    assert torch.equal(found.flatten(2).gather(2, places.flatten(2)), pooled.flatten(2))
    assert int((found != 0).sum()) == pooled.numel()


def test_equal_levels_are_put_back_to_one_place() -> None:
    found = unpooled(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 4, 4))
    assert found.sum().item() == 4.0


def test_backbones_that_do_not_halve_by_pooling_are_refused() -> None:
    with pytest.raises(InvalidData) as caught:
        SegNet(SegNetDecoder(), (MapShape(8, 4), MapShape(16, 8)))
    assert [problem.code for problem in caught.value.diagnostics] == ["I396"]
