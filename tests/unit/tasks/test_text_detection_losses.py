from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.objects import ObjectColumn, Objects, objects_column
from netloom.tasks.text_detection.losses import (
    DifferentiableBinarization,
    Targets,
    targets_on,
    text_detection_loss,
)

LOSS = DifferentiableBinarization()


def objects(*boxes: Box, crowd: bool = False) -> Objects:
    texts = [ObjectAnnotation(box=box, is_crowd=crowd) for box in boxes]
    return ObjectColumn(objects_column([texts], {})).at(0)


def random_case(seed: int = 0) -> tuple[Tensor, Targets]:
    logits = torch.randn(2, 2, 14, 18, generator=torch.Generator().manual_seed(seed))
    there = [objects(Box(2, 2, 16, 9)), objects(Box(0, 5, 9, 13), Box(10, 1, 17, 8))]
    return logits, targets_on(logits, there, torch.tensor([True, True]))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def slow_loss(logits: Tensor, targets: Targets, loss: DifferentiableBinarization) -> float:
    """The paper's formulas, pixel by pixel."""
    rows: list[Any] = [
        tensor.reshape(-1).tolist()
        for tensor in (
            logits[:, 0],
            logits[:, 1],
            targets.kernels,
            targets.learned,
            targets.thresholds,
            targets.bordering,
        )
    ]
    inside, outside, both, black, white, apart, border = [], [], 0.0, 0.0, 0.0, 0.0, 0
    for raw, raw_threshold, kernel, learned, wanted, bordering in zip(*rows):
        probability, threshold = sigmoid(raw), sigmoid(raw_threshold)
        if kernel:
            inside.append(-math.log(probability))
        elif learned:
            outside.append(-math.log(1 - probability))
        if learned:
            binary = sigmoid(loss.steepness * (probability - threshold))
            both, black, white = both + binary * kernel, black + binary, white + kernel
        if bordering:
            apart, border = apart + abs(threshold - wanted), border + 1
    number = max(int(loss.negatives * len(inside)), len(outside) // 100, 1)
    hard = sorted(outside)[::-1][:number]
    entropy = (sum(inside) + sum(hard)) / (len(inside) + len(hard))
    dice = 1 - (2 * both + 1) / (black + white + 1)
    return loss.probability * entropy + loss.binary * dice + loss.threshold * apart / border


@pytest.mark.parametrize(
    "loss",
    [
        LOSS,
        DifferentiableBinarization(probability=1, binary=0, threshold=0),
        DifferentiableBinarization(probability=0, binary=1, threshold=0, steepness=7),
        DifferentiableBinarization(probability=0, binary=0, threshold=1),
        DifferentiableBinarization(negatives=0.5),
    ],
)
def test_the_loss_is_that_of_the_formulas(loss: DifferentiableBinarization) -> None:
    logits, targets = random_case()
    found = text_detection_loss(logits, targets, loss)
    assert found.item() == pytest.approx(slow_loss(logits, targets, loss), rel=1e-5)


def test_nothing_is_learned_where_nobody_could_read() -> None:
    logits = torch.randn(1, 2, 14, 18, generator=torch.Generator().manual_seed(1))
    logits.requires_grad_()
    targets = targets_on(logits, [objects(Box(2, 2, 16, 9), crowd=True)], torch.tensor([True]))
    text_detection_loss(logits, targets, LOSS).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert not logits.grad[:, :, 2:9, 2:16].any()
    assert logits.grad[:, 0].any()


def test_unknown_pictures_give_no_gradient() -> None:
    logits = torch.randn(1, 2, 8, 8, requires_grad=True)
    targets = targets_on(logits, [objects()], torch.tensor([False]))
    loss = text_detection_loss(logits, targets, LOSS)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_pictures_without_text_teach_that_there_is_none() -> None:
    logits = torch.zeros(2, 2, 20, 20, requires_grad=True)
    targets = targets_on(logits, [objects(), objects()], torch.tensor([True, True]))
    text_detection_loss(logits, targets, LOSS).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert (logits.grad[:, 0] > 0).any()
    assert (logits.grad[:, 0] >= 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_outputs_give_a_finite_loss_of_32_bits(dtype: torch.dtype, size: float) -> None:
    logits = torch.full((1, 2, 14, 18), size, dtype=dtype, requires_grad=True)
    targets = targets_on(logits, [objects(Box(2, 2, 16, 9))], torch.tensor([True]))
    loss = text_detection_loss(logits, targets, LOSS)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_counts_of_pixels_are_those_of_the_targets() -> None:
    _, targets = random_case()
    assert targets.num_kernel == int(targets.kernels.sum())
    assert targets.num_other == int((targets.learned - targets.kernels).sum())
    assert np.count_nonzero(targets.bordering.numpy()) > targets.num_kernel
