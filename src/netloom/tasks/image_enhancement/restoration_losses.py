"""What image enhancement minimises: how far a picture is from the one that should come out.

Shape legend: N samples, C channels, H height, W width. Levels are 0…1; everything is computed in 32 bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from netloom.core.settings import NonNegativeFloat, PositiveFloat
from netloom.core.tasks import ImageEnhancement, LearningTasks, TaskSettings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WINDOW = 11
SIGMA = 1.5
_BRIGHTNESS = 0.01**2
_CONTRAST = 0.03**2


class Restoration(TaskSettings):
    """Distance of the levels, plus what blurs edges and changes structure if that is given a weight.

    Attributes:
        distance: Of two levels that differ by d: "charbonnier" √(d² + ε²), which is smooth and forgives
            large errors (Charbonnier et al. 1994); "l1" |d|; "l2" d², which makes the peak signal-to-noise
            ratio best and edges soft.
        epsilon: ε of "charbonnier".
        ssim: Weight of 1 − SSIM, the structural similarity (Wang et al. 2004).
        edges: Weight of the distance of the differences from each level to the next, across and down.
    """

    learning_tasks: ClassVar[LearningTasks] = (ImageEnhancement,)
    type: Literal["restoration"] = "restoration"
    distance: Literal["charbonnier", "l1", "l2"] = "charbonnier"
    epsilon: PositiveFloat = 1e-3
    ssim: NonNegativeFloat = 0.0
    edges: NonNegativeFloat = 0.0


RestorationLoss = Annotated[Restoration, Field()]


def restoration_loss(levels_NCHW: Tensor, targets_NCHW: Tensor, loss: Restoration) -> Tensor:
    """Mean loss of a batch.

    Args:
        levels_NCHW: What came out, 0…1, not cut off.
        targets_NCHW: What should have come out, 0…1.

    Example:
        >>> import torch
        >>> levels, targets = torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), 0.5)
        >>> restoration_loss(levels, targets, Restoration(distance="l2", edges=1.0)).item()
        0.25
    """
    levels_NCHW, targets_NCHW = levels_NCHW.float(), targets_NCHW.float()
    value = _distances(levels_NCHW - targets_NCHW, loss).mean()
    if loss.edges:
        value = value + loss.edges * _edge_distance(levels_NCHW - targets_NCHW, loss)
    if loss.ssim:
        value = value + loss.ssim * (
            1.0 - structural_similarities(levels_NCHW, targets_NCHW).mean()
        )
    return value


def structural_similarities(first_NCHW: Tensor, second_NCHW: Tensor) -> Tensor:
    """SSIM of two pictures with levels 0…1, ``(N,)``: −1…1, means over channels and places.

    Wang, Bovik, Sheikh and Simoncelli 2004: a Gaussian window of 11 × 11 with σ = 1.5, wherever it fits; the
    window of a smaller picture is cut to it.

    Example:
        >>> import torch
        >>> picture = torch.rand(1, 3, 16, 16)
        >>> structural_similarities(picture, picture).item()
        1.0
    """
    blurred = _Blurring(first_NCHW)
    mean_a, mean_b = blurred(first_NCHW), blurred(second_NCHW)
    # Rounding must not make a variance negative.
    variance_a = (blurred(first_NCHW.square()) - mean_a.square()).clamp_min(0.0)
    variance_b = (blurred(second_NCHW.square()) - mean_b.square()).clamp_min(0.0)
    covariance = blurred(first_NCHW * second_NCHW) - mean_a * mean_b
    brightness = (2 * mean_a * mean_b + _BRIGHTNESS) / (
        mean_a.square() + mean_b.square() + _BRIGHTNESS
    )
    structure = (2 * covariance + _CONTRAST) / (variance_a + variance_b + _CONTRAST)
    return (brightness * structure).mean(dim=(1, 2, 3))


def gaussian_window(length: int) -> tuple[float, ...]:
    """Weights of the window along one axis; they add up to 1.

    Example:
        >>> round(sum(gaussian_window(11)), 6), len(gaussian_window(5))
        (1.0, 5)
    """
    from math import exp

    middle = (length - 1) / 2
    weights = [exp(-((place - middle) ** 2) / (2 * SIGMA**2)) for place in range(length)]
    return tuple(weight / sum(weights) for weight in weights)


class _Blurring:
    """Weighted means over the window, wherever it lies inside."""

    def __init__(self, like_NCHW: Tensor) -> None:
        height, width = (min(WINDOW, int(side)) for side in like_NCHW.shape[2:])
        self._channels = int(like_NCHW.shape[1])
        self._down = _window_on(height, like_NCHW.device).view(1, 1, -1, 1)
        self._across = _window_on(width, like_NCHW.device).view(1, 1, 1, -1)

    def __call__(self, map_NCHW: Tensor) -> Tensor:
        from torch.nn.functional import conv2d

        shape = (self._channels, 1, -1, -1)
        down_NCHW = conv2d(map_NCHW, self._down.expand(shape), groups=self._channels)
        return conv2d(down_NCHW, self._across.expand(shape), groups=self._channels)


def _distances(differences: Tensor, loss: Restoration) -> Tensor:
    match loss.distance:
        case "charbonnier":
            return (differences.square() + loss.epsilon**2).sqrt()
        case "l1":
            return differences.abs()
        case "l2":
            return differences.square()


def _edge_distance(differences_NCHW: Tensor, loss: Restoration) -> Tensor:
    """Differences of neighbours of the error: linear, so the same as the error of the differences."""
    values = [
        _distances(differences_NCHW.diff(dim=axis), loss).mean()
        for axis in (2, 3)
        if int(differences_NCHW.shape[axis]) > 1
    ]
    return sum(values, start=differences_NCHW.new_zeros(())) / max(len(values), 1)


@lru_cache(maxsize=16)
def _window_on(length: int, device: torch.device) -> Tensor:
    import torch

    with torch.inference_mode(mode=False):  # or it could never be used in a training step again
        return torch.tensor(gaussian_window(length), device=device)
