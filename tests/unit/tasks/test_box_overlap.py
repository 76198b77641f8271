from __future__ import annotations

import math
from typing import get_args

import pytest
import torch

from netloom.tasks.object_detection.box_overlap import Overlap, ious, overlap_losses


def slow(one: list[float], two: list[float], kind: Overlap) -> float:
    """Straight from the papers."""
    wide = max(min(one[2], two[2]) - max(one[0], two[0]), 0.0)
    high = max(min(one[3], two[3]) - max(one[1], two[1]), 0.0)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (one, two)]
    union = sum(areas) - wide * high
    iou = wide * high / union
    around = (max(one[2], two[2]) - min(one[0], two[0]), max(one[3], two[3]) - min(one[1], two[1]))
    if kind == "iou":
        return 1 - iou
    if kind == "giou":
        return 1 - (iou - (math.prod(around) - union) / math.prod(around))
    middles = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in (one, two)]
    far = math.dist(*middles) ** 2 / (around[0] ** 2 + around[1] ** 2)
    if kind == "diou":
        return 1 - iou + far
    angles = [math.atan((b[2] - b[0]) / (b[3] - b[1])) for b in (one, two)]
    v = 4 / math.pi**2 * (angles[1] - angles[0]) ** 2
    return 1 - iou + far + (v / (1 - iou + v) * v if v else 0.0)


@pytest.mark.parametrize("kind", get_args(Overlap))
def test_losses_are_those_of_the_papers(kind: Overlap) -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(200, 2, 2, generator=generator, dtype=torch.float64) * 50
    sides = torch.rand(200, 2, 2, generator=generator, dtype=torch.float64) * 30 + 1
    boxes = torch.cat([corners, corners + sides], dim=2)
    found = overlap_losses(boxes[:, 0], boxes[:, 1], kind)
    expected = [slow(one, two, kind) for one, two in boxes.tolist()]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("kind", get_args(Overlap))
def test_equal_boxes_have_no_loss_and_finite_slopes(kind: Overlap) -> None:
    box = torch.tensor([[1.0, 2.0, 5.0, 9.0]], requires_grad=True)
    loss = overlap_losses(box, box.detach().clone(), kind).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert box.grad is not None
    assert bool(box.grad.isfinite().all())


@pytest.mark.parametrize("kind", get_args(Overlap))
def test_boxes_without_an_area_have_finite_losses_and_slopes(kind: Overlap) -> None:
    box = torch.tensor([[3.0, 3.0, 3.0, 3.0]], requires_grad=True)
    loss = overlap_losses(box, box.detach().clone(), kind).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    assert math.isfinite(loss.item())
    assert box.grad is not None
    assert bool(box.grad.isfinite().all())


def test_the_overlap_of_halves() -> None:
    whole, half = torch.tensor([0.0, 0.0, 4.0, 4.0]), torch.tensor([0.0, 0.0, 4.0, 2.0])
    assert ious(whole, half).item() == 0.5
