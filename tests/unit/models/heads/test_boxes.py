from __future__ import annotations

import pytest
import torch

from netloom.models.architecture import Architecture, BoxHead, ImageInput
from netloom.models.box_places import num_places
from netloom.models.decoder_spec import PyramidDecoder, UNetDecoder
from netloom.models.heads.boxes import BoxOutputs
from netloom.models.network import build_network
from netloom.models.spec import ConvNet


def planned(height: int, width: int, decoder: PyramidDecoder | UNetDecoder) -> Architecture:
    return Architecture(
        input=ImageInput(channels=1, height=height, width=width, mean=(0.5,), std=(0.25,)),
        backbone=ConvNet(widths=(4, 6, 8, 8)),
        decoder=decoder,
        head=BoxHead(outputs=3),
    )


def outputs_of(plan: Architecture, count: int = 2) -> BoxOutputs:
    image = plan.input
    size = (count, 1, image.height, image.width)
    pictures = torch.randint(0, 256, size, dtype=torch.uint8)
    with torch.inference_mode():
        outputs: BoxOutputs = build_network(plan, seed=0).eval()(pictures)
        return outputs


def test_places_are_the_middles_of_cells_from_the_finest_map_on() -> None:
    places = outputs_of(planned(16, 24, PyramidDecoder(width=8, finest=4))).places_NP3[0].tolist()
    fine = [[x, y, 4.0] for y in (2.0, 6.0, 10.0, 14.0) for x in (2.0, 6.0, 10.0, 14.0, 18.0, 22.0)]
    coarse = [[x, y, 8.0] for y in (4.0, 12.0) for x in (4.0, 12.0, 20.0)]
    assert places == fine + coarse


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (5, 9)])
def test_every_size_of_picture_has_as_many_outputs_as_places(size: tuple[int, int]) -> None:
    plan = planned(*size, PyramidDecoder(width=8, finest=2, coarser=2))
    outputs = outputs_of(plan)
    count = num_places(plan)
    assert [tuple(tensor.shape) for tensor in outputs] == [
        (2, count, 3),
        (2, count, 4),
        (2, count),
        (2, count, 3),
    ]


def test_a_pyramid_of_finer_maps_than_asked_for_uses_the_coarsest() -> None:
    assert set(
        outputs_of(planned(16, 16, PyramidDecoder(width=8, finest=64))).places_NP3[0, :, 2].tolist()
    ) == {8.0}


def test_one_map_is_enough() -> None:
    assert num_places(planned(8, 8, UNetDecoder(width=4))) == 64


def test_at_first_every_class_is_unlikely_and_boxes_surround_their_place() -> None:
    outputs = outputs_of(planned(32, 32, PyramidDecoder(width=16, finest=4)))
    probabilities = outputs.logits_NPK.sigmoid()
    assert probabilities.mean().item() == pytest.approx(0.01, abs=0.01)
    boxes, points = outputs.boxes_NP4, outputs.places_NP3[..., :2]
    assert bool((boxes[..., :2] < points).all() and (points < boxes[..., 2:]).all())


def test_boxes_stay_finite_and_in_order_for_extreme_outputs() -> None:
    network = build_network(planned(16, 16, PyramidDecoder(width=8)), seed=0).eval()
    with torch.inference_mode():
        network.get_submodule("head.boxes").get_parameter("bias").fill_(1e6)
        boxes = network(torch.zeros(1, 1, 16, 16, dtype=torch.uint8)).boxes_NP4
    assert bool(boxes.isfinite().all())
    assert bool((boxes[..., 2:] >= boxes[..., :2]).all())
