"""Losses of single-label classification: choices as settings, formulas as functions.

Shape legend: N samples, K classes. Class indices are int64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from netloom.core.settings import NonNegativeFloat, Settings

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(Settings):
    """Cross-entropy between the predicted and the true class.

    Attributes:
        label_smoothing: Share of the target spread evenly over all classes (Szegedy et al. 2015,
            arXiv:1512.00567); makes a network less sure of itself.
    """

    type: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0


class Focal(Settings):
    """Focal loss: cross-entropy that counts samples less the better they are predicted.

    Attributes:
        gamma: How fast easy samples lose weight; 0 is plain cross-entropy.
    """

    type: Literal["focal"] = "focal"
    gamma: NonNegativeFloat = 2.0


ClassificationLoss = Annotated[CrossEntropy | Focal, Field(discriminator="type")]


def classification_loss(logits_NK: Tensor, classes_N: Tensor, loss: ClassificationLoss) -> Tensor:
    """Mean loss of a batch.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
        >>> round(classification_loss(logits, torch.tensor([0, 1]), CrossEntropy()).item(), 4)
        0.41
    """
    match loss:
        case CrossEntropy(label_smoothing=smoothing):
            from torch.nn.functional import cross_entropy

            return cross_entropy(logits_NK, classes_N, label_smoothing=smoothing)
        case Focal(gamma=gamma):
            return focal(logits_NK, classes_N, gamma=gamma)


def focal(logits_NK: Tensor, classes_N: Tensor, *, gamma: float) -> Tensor:
    """Mean of ``−(1 − p)^γ · log p`` with p the probability of the true class.

    Lin et al. 2017, arXiv:1708.02002.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
        >>> round(focal(logits, torch.tensor([0, 1]), gamma=2.0).item(), 4)
        0.0875
    """
    log_p_N = logits_NK.log_softmax(dim=1).gather(1, classes_N.unsqueeze(1)).squeeze(1)
    weight_N = (1.0 - log_p_N.exp()) ** gamma
    return -(weight_N * log_p_N).mean()
