from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from netloom.tasks.image_enhancement.picture_measures import structural_similarity
from netloom.tasks.image_enhancement.restoration_losses import (
    Restoration,
    restoration_loss,
    structural_similarities,
)


def pictures(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("edges", [0.0, 0.5])
@pytest.mark.parametrize("distance", ["charbonnier", "l1", "l2"])
def test_losses_are_means_over_levels_and_over_neighbours(distance: str, edges: float) -> None:
    first, second = pictures(0, 2, 3, 4, 5), pictures(1, 2, 3, 4, 5)
    loss = Restoration.model_validate({"distance": distance, "edges": edges, "epsilon": 0.1})
    error = (first.double() - second.double()).numpy()
    measure = {
        "charbonnier": lambda d: math.sqrt(d * d + 0.01),
        "l1": abs,
        "l2": lambda d: d * d,
    }[distance]

    def mean(values: np.ndarray) -> float:
        return sum(measure(each) for each in values.ravel().tolist()) / values.size

    down = error[:, :, 1:] - error[:, :, :-1]
    across = error[..., 1:] - error[..., :-1]
    expected = mean(error) + edges * (mean(down) + mean(across)) / 2
    assert restoration_loss(first, second, loss).item() == pytest.approx(expected, rel=1e-5)


def test_the_similarity_is_that_of_the_evaluation() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (2, 1, 3, 20, 24), dtype=np.uint8)
    levels[1] = levels[0] // 2 + levels[1] // 8
    first, second = torch.from_numpy(levels / 255).float()
    expected = structural_similarity(*levels[:, 0].transpose(0, 2, 3, 1))
    assert structural_similarities(first, second).item() == pytest.approx(expected, abs=1e-5)


def test_similarity_is_added_with_its_weight() -> None:
    first, second = pictures(0, 1, 1, 16, 16), pictures(1, 1, 1, 16, 16)
    plain = restoration_loss(first, second, Restoration()).item()
    similarity = structural_similarities(first, second).mean().item()
    both = restoration_loss(first, second, Restoration(ssim=0.3)).item()
    assert both == pytest.approx(plain + 0.3 * (1 - similarity), rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 5, 30), (1, 1, 12, 1)])
def test_small_and_equal_pictures_have_finite_slopes(shape: tuple[int, ...]) -> None:
    levels = pictures(0, *shape).requires_grad_()
    loss = Restoration(ssim=1.0, edges=1.0)
    value = restoration_loss(levels, levels.detach().clone(), loss)
    value.backward()  # type: ignore[no-untyped-call]
    assert levels.grad is not None
    assert levels.grad.isfinite().all()


def test_losses_of_half_precision_are_computed_in_32_bits() -> None:
    levels = torch.full((1, 1, 12, 12), 60000.0, dtype=torch.float16)
    value = restoration_loss(
        levels, torch.zeros(1, 1, 12, 12), Restoration(distance="l2", ssim=0.1)
    )
    assert value.dtype == torch.float32
    assert value.isfinite()
