"""Every loss of classification against sums written out by hand, and against torch's own."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor
from torch.nn import functional

from netloom.tasks.losses import (
    BinaryCrossEntropy,
    Blend,
    ClassificationLoss,
    CrossEntropy,
    Focal,
    classification_loss,
)

KINDS: tuple[type[Any], ...] = typing.get_args(typing.get_args(ClassificationLoss)[0])
WEIGHTS = (0.5, 2.0, 0.0, 1.25)

GENERATOR = torch.Generator().manual_seed(2)
LOGITS = torch.randn((9, 4), generator=GENERATOR, dtype=torch.float64)
CLASSES = torch.arange(9) % 4
PARTNERS = (torch.arange(9) * 3 + 1) % 4
SHARES = torch.rand(9, generator=GENERATOR)


def losses() -> Iterator[Any]:
    for smoothing, weights in product((0.0, 0.1, 0.5), (None, WEIGHTS)):
        common = {"label_smoothing": smoothing, "class_weights": weights}
        yield CrossEntropy(**common)
        yield BinaryCrossEntropy(**common)
        for gamma in (0.0, 0.5, 1.0, 2.5):
            yield Focal(gamma=gamma, **common)


every_loss = pytest.mark.parametrize("loss", list(losses()), ids=str)


def slow(row: np.ndarray, label: int, loss: Any) -> tuple[float, float]:
    """Weighted loss and weight of one sample, number by number."""
    k = len(row)
    weights = [1.0] * k if loss.class_weights is None else list(loss.class_weights)
    target = [
        loss.label_smoothing / k + (1 - loss.label_smoothing) * (c == label) for c in range(k)
    ]
    total = 0.0
    if isinstance(loss, BinaryCrossEntropy):
        for q, z in zip(target, row, strict=True):
            p = 1 / (1 + np.exp(-z))
            total += weights[label] * (-q * np.log(p) - (1 - q) * np.log(1 - p)) / k
        return total, weights[label]
    p_k = np.exp(row) / np.exp(row).sum()
    gamma = loss.gamma if isinstance(loss, Focal) else 0.0
    for w, q, p in zip(weights, target, p_k, strict=True):
        total += w * q * (1 - p) ** gamma * -np.log(p)
    return total, weights[label]


def slow_mean(labels: Tensor, loss: Any, *, partners: Tensor, shares: Tensor) -> float:
    over = under = 0.0
    for row, a, b, share in zip(LOGITS.numpy(), labels, partners, shares.double(), strict=True):
        for label, part in ((int(a), float(share)), (int(b), 1 - float(share))):
            value, weight = slow(row, label, loss)
            over, under = over + part * value, under + part * weight
    return over / under


@every_loss
def test_it_is_the_weighted_mean_of_its_formula(loss: ClassificationLoss) -> None:
    expected = slow_mean(CLASSES, loss, partners=CLASSES, shares=torch.ones(9))
    assert classification_loss(LOGITS, CLASSES, loss).item() == pytest.approx(expected, rel=1e-12)


@every_loss
def test_a_blended_sample_counts_as_two_in_proportion(loss: ClassificationLoss) -> None:
    expected = slow_mean(CLASSES, loss, partners=PARTNERS, shares=SHARES)
    blended = classification_loss(LOGITS, CLASSES, loss, blend=Blend(PARTNERS, SHARES))
    assert blended.item() == pytest.approx(expected, rel=1e-6)


@every_loss
def test_its_gradient_is_that_of_finite_differences(loss: ClassificationLoss) -> None:
    logits = LOGITS.clone().requires_grad_()
    blend = Blend(PARTNERS, SHARES.double())
    for given in (None, blend):
        assert torch.autograd.gradcheck(
            lambda z, b=given: classification_loss(z, CLASSES, loss, blend=b), (logits,)
        )


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_cross_entropy_is_torchs(smoothing: float, weights: tuple[float, ...] | None) -> None:
    loss = CrossEntropy(label_smoothing=smoothing, class_weights=weights)
    tensor = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    expected = functional.cross_entropy(LOGITS, CLASSES, weight=tensor, label_smoothing=smoothing)
    torch.testing.assert_close(classification_loss(LOGITS, CLASSES, loss), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_focal_without_gamma_is_cross_entropy(
    smoothing: float, weights: tuple[float, ...] | None
) -> None:
    common: dict[str, Any] = {"label_smoothing": smoothing, "class_weights": weights}
    torch.testing.assert_close(
        classification_loss(LOGITS, CLASSES, Focal(gamma=0.0, **common)),
        classification_loss(LOGITS, CLASSES, CrossEntropy(**common)),
    )


def test_binary_cross_entropy_is_torchs_on_one_hot_targets() -> None:
    one_hot = functional.one_hot(CLASSES, 4).double()
    torch.testing.assert_close(
        classification_loss(LOGITS, CLASSES, BinaryCrossEntropy()),
        functional.binary_cross_entropy_with_logits(LOGITS, one_hot),
    )


def test_binary_cross_entropy_of_a_blend_is_that_of_blended_targets() -> None:
    a, b = (functional.one_hot(classes, 4).double() for classes in (CLASSES, PARTNERS))
    shares = SHARES.double().unsqueeze(1)
    torch.testing.assert_close(
        classification_loss(
            LOGITS, CLASSES, BinaryCrossEntropy(), blend=Blend(PARTNERS, SHARES.double())
        ),
        functional.binary_cross_entropy_with_logits(LOGITS, shares * a + (1 - shares) * b),
    )


@every_loss
@pytest.mark.parametrize("scale", [1e-30, 90.0, 1e4])
def test_extreme_outputs_give_finite_losses_and_gradients(
    loss: ClassificationLoss, scale: float
) -> None:
    rows = torch.tensor([[1.0, -1.0, -1.0, 0.0], [-1.0, 1.0, -1.0, 0.0]] * 2) * scale
    logits = rows.requires_grad_()
    value = classification_loss(logits, torch.tensor([0, 0, 1, 3]), loss)
    value.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(value)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_32_bits(
    loss: ClassificationLoss, dtype: torch.dtype
) -> None:
    half = LOGITS.to(dtype)
    value = classification_loss(half, CLASSES, loss)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, classification_loss(half.float(), CLASSES, loss))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_without_weight_costs_nothing(kind: type[Any]) -> None:
    loss = kind(class_weights=(0.0, 1.0, 1.0, 1.0))
    logits = LOGITS[:3].clone().requires_grad_()
    value = classification_loss(logits, torch.zeros(3, dtype=torch.int64), loss)
    value.backward()  # type: ignore[no-untyped-call]
    assert value.item() == 0.0
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("kind", KINDS)
def test_weights_may_be_first_used_without_gradients(kind: type[Any]) -> None:
    loss = kind(class_weights=(3.0, 1.0, 7.0, 1.0))
    with torch.inference_mode():
        classification_loss(LOGITS, CLASSES, loss)
    logits = LOGITS.clone().requires_grad_()
    classification_loss(logits, CLASSES, loss).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None


@pytest.mark.parametrize("kind", KINDS)
def test_balanced_weights_must_be_fitted_first(kind: type[Any]) -> None:
    with pytest.raises(ValueError, match="must be fitted"):
        classification_loss(LOGITS, CLASSES, kind(class_weights="balanced"))


@pytest.mark.parametrize("kind", KINDS)
def test_its_settings_survive_json(kind: type[Any]) -> None:
    adapter: TypeAdapter[ClassificationLoss] = TypeAdapter(ClassificationLoss)
    for weights in (None, "balanced", WEIGHTS):
        loss = kind(class_weights=weights, label_smoothing=0.25)
        assert adapter.validate_json(loss.model_dump_json()) == loss


def test_weights_that_count_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one class"):
        CrossEntropy(class_weights=(0.0, 0.0))
