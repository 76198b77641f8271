"""Of several boxes around one object only the best, on the device where the boxes are.

The same result as :func:`netloom.tasks.object_detection.box_suppression.kept_boxes`, for many pictures at
once: nothing has to travel to the CPU, which only learns when to stop.

Shape legend: N pictures, C candidates of each, the surest first, B boxes of a block, R candidates after it.
"""

from __future__ import annotations

import torch
from torch import Tensor

_BLOCK = 256
_MOST_NUMBERS = 8_000_000


def is_kept(boxes_NC4: Tensor, labels_NC: Tensor, *, overlap: float) -> Tensor:
    """Greedy non-maximum suppression, class by class: whether each candidate stays, (N, C).

    A candidate stays unless its intersection over union with an earlier one of the same label that stays is
    above ``overlap``. Boxes without an area overlap nothing.

    Args:
        boxes_NC4: Left, top, right, bottom, in the order of their scores, the best first.
        labels_NC: Classes; candidates with a negative one do not take part, and do not stay.

    Example:
        >>> boxes = torch.tensor([[[0.0, 0, 4, 5], [0, 0, 4, 4], [8, 8, 9, 9]]])
        >>> is_kept(boxes, torch.zeros(1, 3, dtype=torch.int64), overlap=0.5).tolist()
        [[True, False, True]]
    """
    at_once = max(1, _MOST_NUMBERS // (_BLOCK * max(1, boxes_NC4.shape[1])))
    pieces = zip(
        torch.split(boxes_NC4.double(), at_once), torch.split(labels_NC, at_once), strict=True
    )
    kept = [_kept(boxes, labels, overlap) for boxes, labels in pieces]
    return torch.cat(kept) if kept else labels_NC >= 0


def _kept(boxes_NC4: Tensor, labels_NC: Tensor, overlap: float) -> Tensor:
    is_kept_NC = labels_NC >= 0
    for start in range(0, boxes_NC4.shape[1], _BLOCK):
        block, after = slice(start, start + _BLOCK), slice(start + _BLOCK, None)
        own_NB4, own_NB = boxes_NC4[:, block], labels_NC[:, block]
        strikes_NBB = _strikes(own_NB4, own_NB, own_NB4, own_NB, overlap).triu(diagonal=1)
        is_kept_NC[:, block] = _settled(is_kept_NC[:, block], strikes_NBB)
        if after.start < boxes_NC4.shape[1]:
            strikes_NBR = _strikes(
                own_NB4, own_NB, boxes_NC4[:, after], labels_NC[:, after], overlap
            )
            is_kept_NC[:, after] &= ~_struck(is_kept_NC[:, block], strikes_NBR)
    return is_kept_NC


def _settled(is_left_NB: Tensor, strikes_NBB: Tensor) -> Tensor:
    """What the greedy loop keeps of a block.

    In every round all boxes are judged by the last round's verdict on those before them. The first box's
    verdict is final after one round, and each round makes more of them final: when nothing changes, all are.
    """
    is_kept_NB = is_left_NB
    while True:
        judged_NB = is_left_NB & ~_struck(is_kept_NB, strikes_NBB)
        if torch.equal(judged_NB, is_kept_NB):
            return judged_NB
        is_kept_NB = judged_NB


def _struck(is_kept_NB: Tensor, strikes_NBR: Tensor) -> Tensor:
    """Which boxes any kept one strikes out."""
    struck_NR: Tensor = (is_kept_NB[:, :, None] & strikes_NBR).any(dim=1)
    return struck_NR


def _strikes(
    boxes_NB4: Tensor, labels_NB: Tensor, others_NR4: Tensor, others_NR: Tensor, overlap: float
) -> Tensor:
    """Which boxes strike out which others, if they stay: (N, B, R)."""
    one, two = boxes_NB4.unsqueeze(2).unbind(dim=3), others_NR4.unsqueeze(1).unbind(dim=3)
    wide_NBR = torch.minimum(one[2], two[2]).sub_(torch.maximum(one[0], two[0])).clamp_min_(0.0)
    high_NBR = torch.minimum(one[3], two[3]).sub_(torch.maximum(one[1], two[1])).clamp_min_(0.0)
    shared_NBR = wide_NBR.mul_(high_NBR)
    union_NBR = (_areas(boxes_NB4)[:, :, None] + _areas(others_NR4)[:, None]).sub_(shared_NBR)
    strikes_NBR = shared_NBR > union_NBR.mul_(overlap)
    strikes_NBR &= labels_NB[:, :, None] == others_NR[:, None]
    return strikes_NBR


def _areas(boxes_NB4: Tensor) -> Tensor:
    return (boxes_NB4[..., 2:] - boxes_NB4[..., :2]).clamp_min(0.0).prod(dim=2)
