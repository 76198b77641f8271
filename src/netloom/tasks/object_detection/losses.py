"""What a detector minimises.

Shape legend: N samples, P places, K classes. Everything is computed in 32 bits, on the device of the outputs
and without waiting for it: places without object are multiplied by 0 instead of being left out.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from netloom.models.heads.boxes import BoxOutputs
from netloom.tasks.losses import class_weights_on
from netloom.tasks.object_detection.assignment import Assignment
from netloom.tasks.object_detection.box_overlap import ious, overlap_losses
from netloom.tasks.object_detection.loss_settings import FocalBoxes


class LossSums(NamedTuple):
    """The parts of the loss before they are divided: sums over samples, so that batches can be added.

    Attributes:
        classes: Focal losses of all places and classes.
        boxes: Overlap losses, each times its weight.
        quality: Cross-entropies of the quality.
        positives: Number of places that answer for an object, each with the weight of its class.
        weights: Sum of the weights of the overlap losses.
    """

    classes: Tensor
    boxes: Tensor
    quality: Tensor
    positives: Tensor
    weights: Tensor

    def mean(self, loss: FocalBoxes) -> Tensor:
        """The loss of a place that answers for an object; a batch without any counts as one with one."""
        positives = self.positives.clamp_min(1.0)
        boxes = self.boxes / self.weights.clamp_min(1e-6)
        quality = self.quality / positives
        return self.classes / positives + loss.box_weight * boxes + loss.quality_weight * quality

    def added(self, other: LossSums) -> LossSums:
        """Of the samples of both."""
        return LossSums(*(one + two for one, two in zip(self, other, strict=True)))


def loss_sums(outputs: BoxOutputs, assignment: Assignment, loss: FocalBoxes) -> LossSums:
    """The loss of a batch in parts.

    A box counts with how central its place is, so that the places that will be trusted learn most.
    """
    targets_NP4 = assignment.boxes_NP4
    boxes_NP4 = outputs.boxes_NP4.float()
    positive_NP = assignment.is_positive_NP.float()
    weights_K = class_weights_on(loss, boxes_NP4)
    if weights_K is not None:
        positive_NP = positive_NP * weights_K[assignment.classes_NP]
    centreness_NP = centreness(outputs.places_NP3, targets_NP4)
    # Every place counts a little, also one outside of an object that is smaller than a cell.
    weights_NP = positive_NP * centreness_NP.clamp_min(0.05)
    overlaps_NP = overlap_losses(boxes_NP4, targets_NP4, loss.overlap)
    quality_NP = centreness_NP
    if loss.quality == "iou":
        quality_NP = ious(boxes_NP4.detach(), targets_NP4)
    told_NP = binary_cross_entropy_with_logits(
        outputs.quality_NP.float(), quality_NP, reduction="none"
    )
    return LossSums(
        classes=_focal_sum(outputs.logits_NPK.float(), assignment, positive_NP, loss),
        boxes=(overlaps_NP * weights_NP).sum(),
        quality=(told_NP * positive_NP).sum(),
        positives=positive_NP.sum(),
        weights=weights_NP.sum(),
    )


def centreness(places_NP3: Tensor, boxes_NP4: Tensor) -> Tensor:
    """How central each place is in its box: 1 in the middle, 0 on the edge and outside (FCOS, eq. 3).

    Example:
        >>> centreness(
        ...     torch.tensor([[[2.0, 4.0, 1.0]]]), torch.tensor([[[0.0, 0.0, 8.0, 8.0]]])
        ... ).item()
        0.5773502588272095
    """
    before_NP2 = places_NP3[..., :2] - boxes_NP4[..., :2]
    after_NP2 = boxes_NP4[..., 2:] - places_NP3[..., :2]
    near_NP2 = torch.minimum(before_NP2, after_NP2).clamp_min(0.0)
    far_NP2 = torch.maximum(before_NP2, after_NP2).clamp_min(1e-6)
    return (near_NP2 / far_NP2).prod(dim=-1).sqrt()


def _focal_sum(
    logits_NPK: Tensor, assignment: Assignment, positive_NP: Tensor, loss: FocalBoxes
) -> Tensor:
    """Focal losses of yes-or-no questions, one per place and class (Lin et al. 2017, eq. 5).

    All are summed as if the answer were no; then the few right classes are exchanged.

    Args:
        positive_NP: Weight of each place that answers for an object; 0 for the others.
    """
    counted_NP = torch.where(
        assignment.is_positive_NP, positive_NP, assignment.is_counted_NP.float()
    )
    no_NPK = _focal(-logits_NPK, loss.gamma) * (1.0 - loss.alpha)
    sum_no = (no_NPK.sum(dim=2) * counted_NP).sum()
    own_NP1 = assignment.classes_NP[:, :, None]
    own_logits_NP = logits_NPK.gather(2, own_NP1)[:, :, 0]
    own_no_NP = no_NPK.gather(2, own_NP1)[:, :, 0]
    own_yes_NP = _focal(own_logits_NP, loss.gamma) * loss.alpha
    return sum_no + ((own_yes_NP - own_no_NP) * positive_NP).sum()


def _focal(logits: Tensor, gamma: float) -> Tensor:
    """``(1 − p)^γ · (−log p)`` with p the sigmoid; the power by its logarithm, so no slope is infinite."""
    return -logsigmoid(logits) * (gamma * logsigmoid(-logits)).exp()
