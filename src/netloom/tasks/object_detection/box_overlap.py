"""How much two boxes overlap, as something that can be minimised.

Boxes are left, top, right, bottom. All functions work pair by pair along leading axes (…).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Overlap = Literal["iou", "giou", "diou", "ciou"]

_TINY = 1e-7


def overlap_losses(boxes_X4: Tensor, targets_X4: Tensor, kind: Overlap) -> Tensor:
    """One minus the overlap of each pair, with the penalty of its kind: (…); at least 0.

    ``giou``: Rezatofighi et al. 2019, arXiv:1902.09630. ``diou`` and ``ciou``: Zheng et al. 2020,
    arXiv:1911.08287; the weight of the penalty for proportions is taken as a constant, as there.

    Example:
        >>> box = torch.tensor([0.0, 0.0, 2.0, 2.0])
        >>> beside = torch.tensor([2.0, 0.0, 4.0, 2.0])
        >>> [round(overlap_losses(box, beside, kind).item(), 3) for kind in ("iou", "giou", "diou")]
        [1.0, 1.0, 1.2]
    """
    iou_X, union_X = _iou_and_union(boxes_X4, targets_X4)
    if kind == "iou":
        return 1.0 - iou_X
    low_X2 = torch.minimum(boxes_X4[..., :2], targets_X4[..., :2])
    high_X2 = torch.maximum(boxes_X4[..., 2:], targets_X4[..., 2:])
    around_X2 = high_X2 - low_X2
    if kind == "giou":
        around_X = around_X2.prod(dim=-1)
        return 1.0 - iou_X + (around_X - union_X) / around_X.clamp_min(_TINY)
    between_X2 = (_middles(boxes_X4) - _middles(targets_X4)) / 2.0
    diagonal_X = around_X2.square().sum(dim=-1).clamp_min(_TINY)
    far_X = 1.0 - iou_X + between_X2.square().sum(dim=-1) / diagonal_X
    if kind == "diou":
        return far_X
    return far_X + _proportions(boxes_X4, targets_X4, iou_X)


def ious(boxes_X4: Tensor, targets_X4: Tensor) -> Tensor:
    """Intersection over union of each pair, in [0, 1]: (…).

    Example:
        >>> round(ious(torch.tensor([0.0, 0, 2, 2]), torch.tensor([1.0, 0, 3, 2])).item(), 4)
        0.3333
    """
    return _iou_and_union(boxes_X4, targets_X4)[0]


def _iou_and_union(boxes_X4: Tensor, targets_X4: Tensor) -> tuple[Tensor, Tensor]:
    low_X2 = torch.maximum(boxes_X4[..., :2], targets_X4[..., :2])
    high_X2 = torch.minimum(boxes_X4[..., 2:], targets_X4[..., 2:])
    shared_X = (high_X2 - low_X2).clamp_min(0.0).prod(dim=-1)
    areas = [(box[..., 2:] - box[..., :2]).prod(dim=-1) for box in (boxes_X4, targets_X4)]
    union_X = areas[0] + areas[1] - shared_X
    return shared_X / union_X.clamp_min(_TINY), union_X


def _middles(boxes_X4: Tensor) -> Tensor:
    """Twice the middles; who calls it divides."""
    return boxes_X4[..., :2] + boxes_X4[..., 2:]


def _proportions(boxes_X4: Tensor, targets_X4: Tensor, iou_X: Tensor) -> Tensor:
    angles = []
    for box in (boxes_X4, targets_X4):
        width_X, height_X = (box[..., 2:] - box[..., :2]).unbind(dim=-1)
        angles.append(torch.atan(width_X / height_X.clamp_min(_TINY)))
    apart_X = (4.0 / math.pi**2) * (angles[1] - angles[0]).square()
    with torch.no_grad():
        share_X = apart_X / (1.0 - iou_X + apart_X).clamp_min(_TINY)
    return share_X * apart_X
