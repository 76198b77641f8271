"""Losses of the estimation of normals: choices as settings, formulas as functions.

Shape legend: N samples, H height, W width.

Vectors of length 0 are unknown and count nowhere. Every loss is computed in at least 32 bits, and is 0 for a
batch of which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from netloom.core.tasks import LearningTasks, NormalEstimation, TaskSettings

if TYPE_CHECKING:
    from torch import Tensor

_SHORTEST = 1e-6


class CosineDistance(TaskSettings):
    """One less the cosine of the angle between the predicted and the true normal."""

    learning_tasks: ClassVar[LearningTasks] = (NormalEstimation,)
    type: Literal["cosine"] = "cosine"


class AbsoluteNormals(TaskSettings):
    """Mean absolute difference of the three numbers of unit vectors: large angles count less."""

    learning_tasks: ClassVar[LearningTasks] = (NormalEstimation,)
    type: Literal["absolute_normals"] = "absolute_normals"


NormalLoss = Annotated[CosineDistance | AbsoluteNormals, Field(discriminator="type")]


def normal_loss(vectors_N3HW: Tensor, normals_N3HW: Tensor, loss: NormalLoss) -> Tensor:
    """The loss of a batch, a scalar.

    Args:
        vectors_N3HW: Of any length.
        normals_N3HW: Unit vectors, 0 where unknown.

    Example:
        >>> import torch
        >>> vectors = torch.tensor([1.0, 1.0, 0.0]).view(1, 3, 1, 1)
        >>> normals = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
        >>> round(normal_loss(vectors, normals, CosineDistance()).item(), 4)
        0.2929
    """
    from torch.nn.functional import normalize

    if vectors_N3HW.itemsize < 4:
        vectors_N3HW = vectors_N3HW.float()
    is_known_NHW = normals_N3HW.any(dim=1)
    units_N3HW = normalize(vectors_N3HW, dim=1, eps=_SHORTEST)
    match loss:
        case CosineDistance():
            losses_NHW = 1 - (units_N3HW * normals_N3HW).sum(dim=1)
        case AbsoluteNormals():
            losses_NHW = (units_N3HW - normals_N3HW).abs().sum(dim=1)
    return (losses_NHW * is_known_NHW).sum() / is_known_NHW.sum().clamp_min(1)
