"""The loss of text detection: choices as settings, formulas as functions.

Shape legend: N samples, H height, W width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from netloom.core.settings import NonNegativeFloat, PositiveFloat
from netloom.core.tasks import LearningTasks, TaskSettings, TextDetection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from netloom.data.objects import Objects

_LEAST_SHARE = 0.01


class DifferentiableBinarization(TaskSettings):
    """Probabilities of kernels, thresholds along borders, and both together as a nearly black and white map.

    Liao, Wan, Yao, Chen and Bai, 2020 (arXiv:1911.08947): a weighted sum of balanced cross-entropy of the
    probabilities, the absolute error of the thresholds, and the Dice loss of the map
    1 / (1 + exp(−steepness · (probability − threshold))). The first two weights are those of the authors'
    own program, where kernels learn faster than with the 1 of the paper.

    Attributes:
        probability: Weight of the cross-entropy.
        binary: Weight of the Dice loss.
        threshold: Weight of the error of the thresholds.
        steepness: How nearly black and white the map is.
        negatives: Pixels outside of kernels that count, for each inside: those that are predicted worst.
    """

    learning_tasks: ClassVar[LearningTasks] = (TextDetection,)
    type: Literal["differentiable_binarization"] = "differentiable_binarization"
    probability: NonNegativeFloat = 5.0
    binary: NonNegativeFloat = 1.0
    threshold: NonNegativeFloat = 10.0
    steepness: PositiveFloat = 50.0
    negatives: PositiveFloat = 3.0


TextDetectionLoss = Annotated[DifferentiableBinarization, Field(title="Loss of text detection")]


class Targets(NamedTuple):
    """Those of :mod:`netloom.tasks.text_detection.targets` on the device of the outputs, float (N, H, W).

    Attributes:
        num_kernel: Pixels of kernels, and
        num_other: of everything else that matters, known without asking the device.
    """

    kernels: Tensor
    learned: Tensor
    thresholds: Tensor
    bordering: Tensor
    num_kernel: int
    num_other: int


def targets_on(logits_N2HW: Tensor, objects: Sequence[Objects], is_known_N: Tensor) -> Targets:
    """What should come out, where the outputs are and in their precision, but at least 32 bits."""
    import torch

    from netloom.tasks.text_detection.targets import text_targets

    height, width = logits_N2HW.shape[2:]
    found = text_targets(objects, is_known_N.numpy(), height=height, width=width)
    is_kernel = found.is_kernel & found.is_learned
    dtype = logits_N2HW.dtype if logits_N2HW.itemsize >= 4 else torch.float32
    kernels, learned, thresholds, bordering = (
        torch.from_numpy(array).to(logits_N2HW.device, dtype, non_blocking=True)
        for array in (
            is_kernel,
            found.is_learned,
            found.thresholds,
            found.has_threshold & found.is_learned,
        )
    )
    num_kernel = int(is_kernel.sum())
    num_other = int(found.is_learned.sum()) - num_kernel
    return Targets(kernels, learned, thresholds, bordering, num_kernel, num_other)


def text_detection_loss(
    logits_N2HW: Tensor, targets: Targets, loss: DifferentiableBinarization
) -> Tensor:
    """The loss of a batch, a scalar; finite whatever the outputs, and 0 where nothing is known.

    Args:
        logits_N2HW: Before the sigmoid: probabilities, and thresholds.

    Example:
        >>> import torch
        >>> one = torch.ones(1, 2, 2)
        >>> targets = Targets(one, one, 0.5 * one, one, 4, 0)
        >>> logits = torch.zeros(1, 2, 2, 2)
        >>> only = DifferentiableBinarization(probability=1, binary=0, threshold=0)
        >>> round(text_detection_loss(logits, targets, only).item(), 4)
        0.6931
    """
    if logits_N2HW.itemsize < 4:
        logits_N2HW = logits_N2HW.float()
    probability_NHW, threshold_NHW = logits_N2HW.sigmoid().unbind(dim=1)
    map_NHW = (loss.steepness * (probability_NHW - threshold_NHW)).sigmoid()
    return (
        loss.probability * balanced_cross_entropy(logits_N2HW[:, 0], targets, loss.negatives)
        + loss.binary * binary_dice(map_NHW, targets)
        + loss.threshold * threshold_error(threshold_NHW, targets)
    )


def balanced_cross_entropy(logits_NHW: Tensor, targets: Targets, negatives: float) -> Tensor:
    """Mean over the pixels of kernels and those outside that are predicted worst.

    Of the latter there are ``negatives`` for each of the former, and at least a hundredth of all, so that
    pictures without text teach something, too.

    Example:
        >>> import torch
        >>> zero = torch.zeros(1, 2, 2)
        >>> targets = Targets(zero, zero + 1, zero, zero, 0, 4)
        >>> logits = torch.tensor([[[0.0, -9.0], [-9.0, -9.0]]])
        >>> round(balanced_cross_entropy(logits, targets, 3.0).item(), 4)
        0.6931
    """
    from torch.nn.functional import binary_cross_entropy_with_logits

    losses_NHW = binary_cross_entropy_with_logits(logits_NHW, targets.kernels, reduction="none")
    wanted = max(int(negatives * targets.num_kernel), int(_LEAST_SHARE * targets.num_other), 1)
    num_other = min(wanted, targets.num_other)
    of_others = (losses_NHW * (targets.learned - targets.kernels)).reshape(-1)
    hard = of_others.topk(num_other, sorted=False).values
    total = (losses_NHW * targets.kernels).sum() + hard.sum()
    return total / max(targets.num_kernel + num_other, 1)


def binary_dice(map_NHW: Tensor, targets: Targets) -> Tensor:
    """``1 − (2 Σ b·k + 1) / (Σ b + Σ k + 1)`` over the pixels that matter; b is the map, k the kernels.

    Example:
        >>> import torch
        >>> one = torch.ones(1, 1, 2)
        >>> round(binary_dice(0.5 * one, Targets(one, one, one, one, 2, 0)).item(), 4)
        0.25
    """
    both = (map_NHW * targets.kernels).sum()
    either = (map_NHW * targets.learned).sum() + targets.kernels.sum()
    return 1.0 - (2.0 * both + 1.0) / (either + 1.0)


def threshold_error(threshold_NHW: Tensor, targets: Targets) -> Tensor:
    """Mean absolute error of the thresholds in texts and around them.

    Example:
        >>> import torch
        >>> one = torch.ones(1, 1, 2)
        >>> round(threshold_error(0.3 * one, Targets(one, one, 0.7 * one, one, 2, 0)).item(), 4)
        0.4
    """
    apart_NHW = (threshold_NHW - targets.thresholds).abs()
    return (apart_NHW * targets.bordering).sum() / targets.bordering.sum().clamp_min(1.0)
