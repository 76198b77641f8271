"""Losses against their formulas, written out sample by sample."""

from __future__ import annotations

import pytest
import torch

from netloom.tasks.losses import CrossEntropy, Focal, classification_loss

LOGITS = torch.randn((9, 4), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
CLASSES = torch.arange(9) % 4


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_smoothed_cross_entropy(smoothing: float) -> None:
    total = 0.0
    for row, label in zip(LOGITS.softmax(1), CLASSES, strict=True):
        target = torch.full((4,), smoothing / 4, dtype=torch.float64)
        target[label] += 1 - smoothing
        total += float(-(target * row.log()).sum())
    loss = classification_loss(LOGITS, CLASSES, CrossEntropy(label_smoothing=smoothing))
    assert loss.item() == pytest.approx(total / 9)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.5])
def test_focal(gamma: float) -> None:
    truth = LOGITS.softmax(1)[torch.arange(9), CLASSES]
    expected = sum(float(-((1 - p) ** gamma) * p.log()) for p in truth) / 9
    loss = classification_loss(LOGITS, CLASSES, Focal(gamma=gamma))
    assert loss.item() == pytest.approx(expected)


def test_focal_stays_finite_for_hopeless_and_certain_samples() -> None:
    logits = torch.tensor([[200.0, -200.0], [200.0, -200.0]], requires_grad=True)
    loss = classification_loss(logits, torch.tensor([0, 1]), Focal())
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
