"""Losses of semantic segmentation: choices as settings, formulas as functions.

Shape legend: N samples, K classes, H height, W width, P pixels whose class is known. Classes are int64.

Pixels of level 255 (unknown) count nowhere. Every loss is computed in at least 32 bits, and is 0 for a batch
of which nothing is known. Cross-entropy and focal loss are means over pixels, weighted by class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from netloom.core.settings import NonNegativeFloat
from netloom.core.tasks import LearningTasks, SemanticSegmentation, TaskSettings
from netloom.tasks.losses import ClassWeighted, CrossEntropy, Focal, class_weights_on, focal_losses

if TYPE_CHECKING:
    from torch import Tensor

UNKNOWN = 255


class Dice(TaskSettings):
    """How little the predicted and the true area of each class overlap; large and small ones count alike.

    Milletari, Navab and Ahmadi, 2016 (arXiv:1606.04797). The areas are those of the whole batch, and the mean
    is over the classes that occur in it. Alone it learns slowly at first; `combined` adds cross-entropy.

    Attributes:
        smooth: Pixels added to both sides of the ratio, so that tiny classes do not make it jump.
    """

    learning_tasks: ClassVar[LearningTasks] = (SemanticSegmentation,)
    type: Literal["dice"] = "dice"
    smooth: NonNegativeFloat = 1.0


class Combined(ClassWeighted):
    """A weighted sum of cross-entropy, focal and Dice loss.

    Attributes:
        cross_entropy: Weight of the cross-entropy.
        focal: Weight of the focal loss.
        dice: Weight of the Dice loss.
        gamma: How fast easy pixels lose weight in the focal loss.
        smooth: Pixels added to both sides of the ratio of the Dice loss.
    """

    learning_tasks: ClassVar[LearningTasks] = (SemanticSegmentation,)
    type: Literal["combined"] = "combined"
    cross_entropy: NonNegativeFloat = 1.0
    focal: NonNegativeFloat = 0.0
    dice: NonNegativeFloat = 1.0
    gamma: NonNegativeFloat = 2.0
    smooth: NonNegativeFloat = 1.0

    @model_validator(mode="after")
    def _minimises_something(self) -> Combined:
        if not (self.cross_entropy or self.focal or self.dice):
            raise ValueError("at least one of cross_entropy, focal and dice needs a weight above 0")
        return self


SegmentationLoss = Annotated[CrossEntropy | Focal | Dice | Combined, Field(discriminator="type")]


def segmentation_loss(logits_NKHW: Tensor, masks_NHW: Tensor, loss: SegmentationLoss) -> Tensor:
    """The loss of a batch, a scalar.

    Args:
        masks_NHW: Classes as integers, 255 where unknown.

    Raises:
        ValueError: ``balanced`` was not turned into numbers (see :meth:`Task.fitted_loss`).

    Example:
        >>> import torch
        >>> logits = torch.zeros(1, 2, 1, 2)
        >>> masks = torch.tensor([[[0, 255]]], dtype=torch.uint8)
        >>> round(segmentation_loss(logits, masks, CrossEntropy()).item(), 4)
        0.6931
    """
    if logits_NKHW.itemsize < 4:
        logits_NKHW = logits_NKHW.float()
    classes_NHW = masks_NHW.long()
    match loss:
        case CrossEntropy():
            return _cross_entropy(logits_NKHW, classes_NHW, loss)
        case Focal(gamma=gamma):
            return _focal(logits_NKHW, classes_NHW, loss, gamma=gamma)
        case Dice(smooth=smooth):
            return dice_loss(logits_NKHW, classes_NHW, smooth=smooth)
        case Combined():
            return _combined(logits_NKHW, classes_NHW, loss)


def dice_loss(logits_NKHW: Tensor, classes_NHW: Tensor, *, smooth: float) -> Tensor:
    """``mean_k 1 − (2 Σ p·q + s) / (Σ p + Σ q + s)`` over the classes k that occur.

    Example:
        >>> import torch
        >>> logits = torch.tensor([20.0, -20.0]).view(1, 2, 1, 1).expand(1, 2, 2, 2)
        >>> round(dice_loss(logits, torch.zeros(1, 2, 2, dtype=torch.long), smooth=0.0).item(), 4)
        0.0
    """
    import torch

    num_classes = logits_NKHW.shape[1]
    is_known_NHW = classes_NHW != UNKNOWN
    shares_NKHW = logits_NKHW.softmax(dim=1) * is_known_NHW.unsqueeze(1)
    numbers_NHW = classes_NHW.where(is_known_NHW, 0)
    hits_NHW = shares_NKHW.gather(1, numbers_NHW.unsqueeze(1)).squeeze(1)
    zeros_K = shares_NKHW.new_zeros(num_classes)
    numbers_P = numbers_NHW.reshape(-1)
    both_K = zeros_K.scatter_add(0, numbers_P, hits_NHW.reshape(-1))
    true_K = zeros_K.scatter_add(0, numbers_P, is_known_NHW.reshape(-1).to(zeros_K))
    predicted_K = shares_NKHW.sum(dim=(0, 2, 3))
    ratio_K = (2 * both_K + smooth) / (predicted_K + true_K + smooth).clamp_min(
        torch.finfo(zeros_K.dtype).tiny
    )
    occurs_K = (true_K > 0).to(zeros_K)
    return ((1 - ratio_K) * occurs_K).sum() / occurs_K.sum().clamp_min(1)


def _combined(logits_NKHW: Tensor, classes_NHW: Tensor, loss: Combined) -> Tensor:
    parts: list[Tensor] = []
    if loss.cross_entropy:
        parts.append(loss.cross_entropy * _cross_entropy(logits_NKHW, classes_NHW, loss))
    if loss.focal:
        parts.append(loss.focal * _focal(logits_NKHW, classes_NHW, loss, gamma=loss.gamma))
    if loss.dice:
        parts.append(loss.dice * dice_loss(logits_NKHW, classes_NHW, smooth=loss.smooth))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _cross_entropy(logits_NKHW: Tensor, classes_NHW: Tensor, loss: ClassWeighted) -> Tensor:
    from torch.nn.functional import cross_entropy

    weights_K = class_weights_on(loss, logits_NKHW)
    summed = cross_entropy(
        logits_NKHW,
        classes_NHW,
        weight=weights_K,
        ignore_index=UNKNOWN,
        label_smoothing=loss.label_smoothing,
        reduction="sum",
    )
    return summed / _total_weight(classes_NHW, weights_K, like=logits_NKHW)


def _focal(
    logits_NKHW: Tensor, classes_NHW: Tensor, loss: ClassWeighted, *, gamma: float
) -> Tensor:
    import torch

    num_classes = logits_NKHW.shape[1]
    weights_K = class_weights_on(loss, logits_NKHW)
    is_known_NHW = classes_NHW != UNKNOWN
    smoothing = loss.label_smoothing
    targets_NKHW = torch.full_like(logits_NKHW, smoothing / num_classes, requires_grad=False)
    numbers_N1HW = classes_NHW.where(is_known_NHW, 0).unsqueeze(1)
    ones_N1HW = targets_NKHW.new_full(numbers_N1HW.shape, 1.0 - smoothing)
    targets_NKHW = targets_NKHW.scatter_add_(1, numbers_N1HW, ones_N1HW)
    column = None if weights_K is None else weights_K.view(-1, 1, 1)
    losses_NHW = focal_losses(logits_NKHW, targets_NKHW, gamma=gamma, weights_K=column)
    return (losses_NHW * is_known_NHW).sum() / _total_weight(
        classes_NHW, weights_K, like=logits_NKHW
    )


def _total_weight(classes_NHW: Tensor, weights_K: Tensor | None, *, like: Tensor) -> Tensor:
    is_known_NHW = classes_NHW != UNKNOWN
    total: Tensor
    if weights_K is None:
        total = is_known_NHW.sum().to(like.dtype)
    else:
        total = (weights_K[classes_NHW.where(is_known_NHW, 0)] * is_known_NHW).sum()
    return total.where(total > 0, 1.0)
