"""Losses of segmentation against sums over pixels, one by one."""

from __future__ import annotations

import math

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from netloom.tasks.losses import CrossEntropy, Focal
from netloom.tasks.semantic_segmentation.losses import (
    Combined,
    Dice,
    SegmentationLoss,
    segmentation_loss,
)

WEIGHTS = (0.5, 2.0, 1.0)


def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn((2, 3, 4, 5), generator=generator) * 2
    masks = torch.randint(0, 3, (2, 4, 5), generator=generator, dtype=torch.uint8)
    masks[0, 0] = 255
    masks[1, :, 2] = 255
    return logits, masks


def pixels(logits: Tensor, masks: Tensor) -> list[tuple[list[float], int]]:
    """Probabilities and class of every known pixel."""
    flat = logits.double().softmax(dim=1).permute(0, 2, 3, 1).reshape(-1, logits.shape[1])
    return [
        (row, true)
        for row, true in zip(flat.tolist(), masks.reshape(-1).tolist(), strict=True)
        if true != 255
    ]


def slow_cross_entropy(weights: tuple[float, ...], gamma: float = 0.0) -> float:
    total = weight = 0.0
    for shares, true in pixels(*batch()):
        p = shares[true]
        total += weights[true] * (1 - p) ** gamma * -math.log(p)
        weight += weights[true]
    return total / weight


def slow_dice(smooth: float) -> float:
    both, predicted, true = [0.0] * 3, [0.0] * 3, [0.0] * 3
    for shares, actual in pixels(*batch()):
        both[actual] += shares[actual]
        true[actual] += 1
        predicted = [a + b for a, b in zip(predicted, shares, strict=True)]
    ratios = [(2 * both[k] + smooth) / (predicted[k] + true[k] + smooth) for k in range(3)]
    return sum(1 - ratio for ratio in ratios) / 3


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (CrossEntropy(), slow_cross_entropy((1, 1, 1))),
        (CrossEntropy(class_weights=WEIGHTS), slow_cross_entropy(WEIGHTS)),
        (Focal(gamma=2.0), slow_cross_entropy((1, 1, 1), gamma=2.0)),
        (Focal(gamma=1.5, class_weights=WEIGHTS), slow_cross_entropy(WEIGHTS, gamma=1.5)),
        (Dice(smooth=0.0), slow_dice(0.0)),
        (Dice(smooth=3.0), slow_dice(3.0)),
        (
            Combined(cross_entropy=0.5, focal=2.0, dice=3.0, gamma=1.0, class_weights=WEIGHTS),
            0.5 * slow_cross_entropy(WEIGHTS)
            + 2 * slow_cross_entropy(WEIGHTS, gamma=1.0)
            + 3 * slow_dice(1.0),
        ),
        (Combined(cross_entropy=0.0), slow_dice(1.0)),
    ],
)
def test_losses_are_those_of_their_formulas(loss: SegmentationLoss, expected: float) -> None:
    assert segmentation_loss(*batch(), loss).item() == pytest.approx(expected, rel=1e-5)


ALL = (CrossEntropy(), CrossEntropy(class_weights=WEIGHTS), Focal(), Dice(), Combined(focal=1.0))


@pytest.mark.parametrize("loss", ALL)
def test_unknown_pixels_get_no_gradient(loss: SegmentationLoss) -> None:
    logits, masks = batch()
    logits.requires_grad_()
    segmentation_loss(logits, masks, loss).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    unknown = (masks == 255).unsqueeze(1).expand_as(logits)
    assert not logits.grad[unknown].any()
    assert logits.grad[~unknown].any()


@pytest.mark.parametrize("loss", ALL)
def test_a_batch_of_which_nothing_is_known_has_loss_zero(loss: SegmentationLoss) -> None:
    logits, masks = batch()
    logits.requires_grad_()
    value = segmentation_loss(logits, torch.full_like(masks, 255), loss)
    value.backward()  # type: ignore[no-untyped-call]
    assert value.item() == 0.0
    assert logits.grad is not None
    assert not logits.grad.any()


@pytest.mark.parametrize("loss", ALL)
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_extreme_outputs_give_finite_losses_of_32_bits(
    loss: SegmentationLoss, dtype: torch.dtype
) -> None:
    logits, masks = batch()
    extreme = (logits.sign() * 6e4).to(dtype).requires_grad_()
    value = segmentation_loss(extreme, masks, loss)
    value.backward()  # type: ignore[no-untyped-call]
    assert value.dtype == torch.float32
    assert extreme.grad is not None
    assert torch.isfinite(value)
    assert torch.isfinite(extreme.grad).all()


def test_a_class_that_does_not_occur_is_no_part_of_the_dice_loss() -> None:
    logits = torch.zeros(1, 3, 1, 2)
    masks = torch.tensor([[[0, 0]]], dtype=torch.uint8)
    expected = 1 - 2 * (2 / 3) / (2 / 3 + 2)
    assert segmentation_loss(logits, masks, Dice(smooth=0.0)).item() == pytest.approx(expected)


def test_balanced_weights_have_to_be_fitted_first() -> None:
    with pytest.raises(ValueError, match="fitted"):
        segmentation_loss(*batch(), CrossEntropy(class_weights="balanced"))


def test_a_combination_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="weight above 0"):
        Combined(cross_entropy=0, focal=0, dice=0)
