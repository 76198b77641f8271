"""Losses of depth estimation: choices as settings, formulas as functions.

Shape legend: N samples, H height, W width, P pixels whose depth is known.

A network gives the logarithm of metres, so that every depth is positive and a mistake counts by its ratio.
Pixels of depth 0 (unknown) count nowhere. Every loss is computed in at least 32 bits, and is 0 for a batch of
which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from netloom.core.settings import Fraction
from netloom.core.tasks import DepthEstimation, LearningTasks, TaskSettings

if TYPE_CHECKING:
    from torch import Tensor

FARTHEST_LOG = 10.0
"""Logarithms are bounded to ±10 (0.05 mm to 22 km), so that no number overflows."""


class ScaleInvariantLog(TaskSettings):
    """How far logarithms of depth are off, forgiving in part what all pixels of a picture have in common.

    Eigen, Puhrsch and Fergus, 2014 (arXiv:1406.2283): mean of d² less λ times the squared mean of d, with d
    the difference of logarithms, picture by picture.

    Attributes:
        forgiven: λ: 0 counts the scale of a picture like everything else, 1 not at all. The paper's is 0.5.
    """

    learning_tasks: ClassVar[LearningTasks] = (DepthEstimation,)
    type: Literal["scale_invariant_log"] = "scale_invariant_log"
    forgiven: Fraction = 0.5


class AbsoluteDepth(TaskSettings):
    """Mean absolute difference in metres (L1): far pixels count most."""

    learning_tasks: ClassVar[LearningTasks] = (DepthEstimation,)
    type: Literal["absolute_depth"] = "absolute_depth"


class BerHu(TaskSettings):
    """Like the absolute difference near zero, and like the squared one beyond a threshold.

    The reverse Huber loss of Laina et al., 2016 (arXiv:1606.00373), in metres.

    Attributes:
        threshold: Share of the largest difference in the batch from which on squares count.
    """

    learning_tasks: ClassVar[LearningTasks] = (DepthEstimation,)
    type: Literal["berhu"] = "berhu"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.2


DepthLoss = Annotated[ScaleInvariantLog | AbsoluteDepth | BerHu, Field(discriminator="type")]


def depth_loss(logs_N1HW: Tensor, depths_N1HW: Tensor, loss: DepthLoss) -> Tensor:
    """The loss of a batch, a scalar.

    Args:
        logs_N1HW: Logarithms of metres.
        depths_N1HW: Metres, 0 where unknown.

    Example:
        >>> import torch
        >>> depths = torch.tensor([[[[1.0, 0.0, 4.0]]]])
        >>> round(depth_loss(torch.zeros(1, 1, 1, 3), depths, AbsoluteDepth()).item(), 4)
        1.5
    """
    if logs_N1HW.itemsize < 4:
        logs_N1HW = logs_N1HW.float()
    logs_N1HW = logs_N1HW.clamp(-FARTHEST_LOG, FARTHEST_LOG)
    is_known_N1HW = depths_N1HW > 0
    match loss:
        case ScaleInvariantLog(forgiven=forgiven):
            return _scale_invariant(logs_N1HW, depths_N1HW, forgiven=forgiven)
        case AbsoluteDepth():
            away_N1HW = (logs_N1HW.exp() - depths_N1HW).abs() * is_known_N1HW
            return away_N1HW.sum() / is_known_N1HW.sum().clamp_min(1)
        case BerHu(threshold=threshold):
            away_N1HW = (logs_N1HW.exp() - depths_N1HW).abs() * is_known_N1HW
            # Beyond c it is (x² + c²) / 2c, which meets x at c with the same slope.
            c = (threshold * away_N1HW.detach().max()).clamp_min(1e-6)
            bent_N1HW = away_N1HW.where(away_N1HW <= c, (away_N1HW**2 + c**2) / (2 * c))
            return bent_N1HW.sum() / is_known_N1HW.sum().clamp_min(1)


def _scale_invariant(logs_N1HW: Tensor, depths_N1HW: Tensor, *, forgiven: float) -> Tensor:
    is_known_N1HW = depths_N1HW > 0
    away_N1HW = (logs_N1HW - depths_N1HW.where(is_known_N1HW, 1.0).log()) * is_known_N1HW
    count_N = is_known_N1HW.sum(dim=(1, 2, 3)).clamp_min(1)
    mean_N = away_N1HW.sum(dim=(1, 2, 3)) / count_N
    square_N = away_N1HW.square().sum(dim=(1, 2, 3)) / count_N
    num_known = is_known_N1HW.any(dim=3).any(dim=2).sum().clamp_min(1)
    return (square_N - forgiven * mean_N.square()).sum() / num_known
