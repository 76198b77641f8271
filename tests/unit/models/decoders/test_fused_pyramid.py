from __future__ import annotations

import pytest
import torch
from torch import Tensor

from netloom.models.decoder_spec import FusedPyramidDecoder
from netloom.models.decoders.decoding import build_decoder
from netloom.models.features import MapShape

SHAPES = (MapShape(6, 1), MapShape(8, 2), MapShape(10, 4))


def maps(requires_grad: bool = False) -> list[Tensor]:
    return [
        torch.randn(
            2, shape.channels, -(-13 // shape.stride), -(-22 // shape.stride)
        ).requires_grad_(requires_grad)
        for shape in SHAPES
    ]


@pytest.mark.parametrize(
    ("finest", "stride", "extent"),
    [(1, 1, (13, 22)), (2, 2, (7, 11)), (3, 4, (4, 6)), (64, 4, (4, 6))],
)
def test_the_map_is_as_large_as_the_finest_that_is_used(
    finest: int, stride: int, extent: tuple[int, int]
) -> None:
    decoder = build_decoder(FusedPyramidDecoder(width=6, finest=finest), SHAPES)
    assert decoder.gives == (MapShape(6, stride),)
    assert [tuple(found.shape) for found in decoder(maps())] == [(2, 6, *extent)]


def test_every_map_that_is_used_matters_and_no_other() -> None:
    torch.manual_seed(0)
    decoder = build_decoder(FusedPyramidDecoder(width=6, finest=2), SHAPES)
    given = maps(requires_grad=True)
    decoder(given)[0].square().sum().backward()
    assert given[0].grad is None
    assert all(each.grad is not None and each.grad.any() for each in given[1:])
    assert all(parameter.grad is not None for parameter in decoder.parameters())
