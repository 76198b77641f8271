"""Losses of single-label classification: choices as settings, formulas as functions.

Shape legend: N samples, K classes. Class indices are int64.

Every loss is a weighted mean over the samples of a batch, ``Σ w_y · L(x, y) / Σ w_y``, with the weight of
each sample's class; without class weights that is the plain mean. A sample that is blended with a partner
(mixup, CutMix) counts as two, in proportion to their shares. Half-precision outputs are
converted to 32 bits first; wider ones keep their width.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, Protocol

from pydantic import AfterValidator, Field

from netloom.core.settings import NonNegativeFloat
from netloom.core.tasks import (
    ImageClassification,
    LearningTasks,
    SemanticSegmentation,
    TaskSettings,
    VideoClassification,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Smoothing = Annotated[float, Field(ge=0.0, lt=1.0)]


def _some_class_counts(
    weights: Literal["balanced"] | tuple[float, ...] | None,
) -> Literal["balanced"] | tuple[float, ...] | None:
    if isinstance(weights, tuple) and not any(weights):
        raise ValueError("at least one class needs a weight above 0")
    return weights


ClassWeights = Annotated[
    Literal["balanced"] | tuple[NonNegativeFloat, ...] | None, AfterValidator(_some_class_counts)
]


class ClassWeighted(TaskSettings):
    """What all losses of classification have.

    Attributes:
        label_smoothing: Share of the target spread evenly over all classes (Szegedy et al. 2015,
            arXiv:1512.00567); makes a network less sure of itself.
        class_weights: How much the samples of each class count: one number per class in the order of
            the label space, or ``balanced``: n / (K · nₖ) for n training samples, nₖ of them of this
            class and K classes that occur. None counts all samples alike.
    """

    label_smoothing: Smoothing = 0.0
    class_weights: ClassWeights = None


class CrossEntropy(ClassWeighted):
    """Cross-entropy between the predicted and the true class.

    With weights and smoothing as torch has it: the smoothed part of class c counts with the weight of c.
    """

    learning_tasks: ClassVar[LearningTasks] = (
        ImageClassification,
        SemanticSegmentation,
        VideoClassification,
    )
    type: Literal["cross_entropy"] = "cross_entropy"


class Focal(ClassWeighted):
    """Cross-entropy that counts samples less the better they are predicted.

    Lin et al. 2017, arXiv:1708.02002.

    Attributes:
        gamma: How fast easy samples lose weight; 0 is plain cross-entropy.
    """

    learning_tasks: ClassVar[LearningTasks] = (
        ImageClassification,
        SemanticSegmentation,
        VideoClassification,
    )
    type: Literal["focal"] = "focal"
    gamma: NonNegativeFloat = 2.0


class BinaryCrossEntropy(ClassWeighted):
    """One yes-or-no question per class, each learned on its own; the mean over the classes.

    Smoothing gives every class ``label_smoothing / K`` (Wightman et al. 2021, arXiv:2110.00476).
    """

    learning_tasks: ClassVar[LearningTasks] = (ImageClassification, VideoClassification)
    type: Literal["binary_cross_entropy"] = "binary_cross_entropy"


ClassificationLoss = Annotated[
    CrossEntropy | Focal | BinaryCrossEntropy, Field(discriminator="type")
]


class Blend(NamedTuple):
    """What the samples of a batch are blended with.

    Attributes:
        classes_N: Classes of the partners.
        shares_N: Share of each sample itself, in [0, 1].
    """

    classes_N: Tensor
    shares_N: Tensor


def classification_loss(
    logits_NK: Tensor, classes_N: Tensor, loss: ClassificationLoss, *, blend: Blend | None = None
) -> Tensor:
    """Weighted mean loss of a batch; 0 if nothing in it has weight.

    Raises:
        ValueError: ``balanced`` was not turned into numbers (see :meth:`Task.fitted_loss`).

    Example:
        >>> import torch
        >>> logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
        >>> round(classification_loss(logits, torch.tensor([0, 1]), CrossEntropy()).item(), 4)
        0.41
    """
    if logits_NK.itemsize < 4:
        logits_NK = logits_NK.float()
    if isinstance(loss, CrossEntropy) and blend is None and loss.class_weights is None:
        from torch.nn.functional import cross_entropy

        return cross_entropy(logits_NK, classes_N, label_smoothing=loss.label_smoothing)
    weights_K = class_weights_on(loss, logits_NK)
    losses_N = _sample_losses(logits_NK, classes_N, loss, weights_K)
    weights_N = None if weights_K is None else weights_K[classes_N]
    if blend is not None:
        partners_N = _sample_losses(logits_NK, blend.classes_N, loss, weights_K)
        losses_N = partners_N.lerp(losses_N, blend.shares_N.to(losses_N))
        if weights_K is not None and weights_N is not None:
            weights_N = weights_K[blend.classes_N].lerp(weights_N, blend.shares_N.to(weights_N))
    return _mean(losses_N, weights_N)


def focal_losses(
    logits_NK: Tensor, targets_NK: Tensor, *, gamma: float, weights_K: Tensor | None = None
) -> Tensor:
    """``Σ_c w_c · q_c · (1 − p_c)^γ · (−log p_c)`` per sample, for target shares q: ``(N,)``.

    With q all on one class this is the focal loss of Lin et al. 2017; with γ = 0 it is cross-entropy.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
        >>> round(focal_losses(logits, torch.eye(2), gamma=2.0).mean().item(), 4)
        0.0875
    """
    import torch

    log_p_NK = logits_NK.log_softmax(dim=1)
    # At p = 1 the power's slope may be infinite; the bound keeps 0 · ∞ out of the gradient.
    rest_NK = (-log_p_NK.expm1()).clamp_min(torch.finfo(log_p_NK.dtype).tiny)
    terms_NK = targets_NK * rest_NK**gamma * -log_p_NK
    return (terms_NK if weights_K is None else terms_NK * weights_K).sum(dim=1)


def binary_losses(logits_NK: Tensor, targets_NK: Tensor) -> Tensor:
    """``−q · log σ(z) − (1 − q) · log σ(−z)``, averaged over the classes: ``(N,)``.

    Targets may have any number of ones per row (several labels), or shares.

    Example:
        >>> import torch
        >>> round(binary_losses(torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 1.0]])).item(), 4)
        0.6931
    """
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(logits_NK, targets_NK, reduction="none").mean(dim=1)


def balanced_weights(counts_K: tuple[int, ...]) -> tuple[float, ...]:
    """``n / (K · nₖ)`` with K the classes that occur, so that the mean over all samples is 1.

    Classes without samples get 0.

    Example:
        >>> balanced_weights((30, 10, 0))[1]
        2.0
    """
    present = sum(count > 0 for count in counts_K)
    total = sum(counts_K)
    return tuple(total / (present * count) if count else 0.0 for count in counts_K)


def _sample_losses(
    logits_NK: Tensor, classes_N: Tensor, loss: ClassificationLoss, weights_K: Tensor | None
) -> Tensor:
    """Losses already multiplied by the class weights, ``(N,)``."""
    match loss:
        case CrossEntropy(label_smoothing=smoothing):
            from torch.nn.functional import cross_entropy

            return cross_entropy(
                logits_NK,
                classes_N,
                weight=weights_K,
                label_smoothing=smoothing,
                reduction="none",
            )
        case Focal(gamma=gamma, label_smoothing=smoothing):
            targets_NK = _targets(logits_NK, classes_N, smoothing)
            return focal_losses(logits_NK, targets_NK, gamma=gamma, weights_K=weights_K)
        case BinaryCrossEntropy(label_smoothing=smoothing):
            losses_N = binary_losses(logits_NK, _targets(logits_NK, classes_N, smoothing))
            return losses_N if weights_K is None else losses_N * weights_K[classes_N]


def _targets(logits_NK: Tensor, classes_N: Tensor, smoothing: float) -> Tensor:
    import torch

    targets_NK = torch.full_like(logits_NK, smoothing / logits_NK.shape[1], requires_grad=False)
    return targets_NK.scatter_add_(
        1, classes_N.unsqueeze(1), targets_NK.new_full((len(classes_N), 1), 1.0 - smoothing)
    )


def _mean(losses_N: Tensor, weights_N: Tensor | None) -> Tensor:
    import torch

    if weights_N is None:
        return losses_N.mean()
    return losses_N.sum() / weights_N.sum().clamp_min(torch.finfo(weights_N.dtype).tiny)


class HasClassWeights(Protocol):
    """A loss that can count classes differently."""

    @property
    def class_weights(self) -> ClassWeights: ...


def class_weights_on(loss: HasClassWeights, logits_NK: Tensor) -> Tensor | None:
    """The fitted class weights beside the logits, kept there; None if all classes count alike.

    Raises:
        ValueError: ``balanced`` was not turned into numbers (see :meth:`Task.fitted_loss`).
    """
    if loss.class_weights is None:
        return None
    if loss.class_weights == "balanced":
        raise ValueError("balanced class weights must be fitted to the training part first")
    return _weights_on(loss.class_weights, logits_NK.device, logits_NK.dtype)


@lru_cache(maxsize=16)
def _weights_on(
    weights: tuple[float, ...], device: torch.device, dtype: torch.dtype
) -> Tensor:  # kept, because a copy to the device in every step would make it wait
    import torch

    with torch.inference_mode(mode=False):  # or it could never be used in a training step again
        return torch.tensor(weights, device=device, dtype=dtype)
