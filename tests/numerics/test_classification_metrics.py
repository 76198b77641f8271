"""Classification metrics against scikit-learn, and the bootstrap against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from netloom.tasks.classification_metrics import (
    accuracy,
    bootstrap_accuracy,
    calibration_error,
    class_rows,
    confusion_matrix,
    macro_f1,
    reliability,
    top_k_accuracy,
)

RNG = np.random.default_rng(5)
CLASSES = 6
TRUE = RNG.integers(0, CLASSES, 400)
SCORES = RNG.dirichlet(np.ones(CLASSES), 400)
SCORES[np.arange(400), TRUE] += RNG.random(400)
SCORES /= SCORES.sum(axis=1, keepdims=True)
PREDICTED = SCORES.argmax(axis=1)


def test_accuracy_and_confusions() -> None:
    assert accuracy(PREDICTED, TRUE) == pytest.approx(reference.accuracy_score(TRUE, PREDICTED))
    ours = confusion_matrix(PREDICTED, TRUE, num_classes=CLASSES)
    assert ours.tolist() == reference.confusion_matrix(TRUE, PREDICTED).tolist()


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_k(k: int) -> None:
    expected = reference.top_k_accuracy_score(TRUE, SCORES, k=k)
    assert top_k_accuracy(SCORES, TRUE, k=k) == pytest.approx(expected)


def test_per_class_metrics() -> None:
    rows = class_rows(confusion_matrix(PREDICTED, TRUE, num_classes=CLASSES))
    expected = reference.precision_recall_fscore_support(TRUE, PREDICTED)
    np.testing.assert_allclose(np.array(rows).T, np.array(expected))
    assert macro_f1(rows) == pytest.approx(reference.f1_score(TRUE, PREDICTED, average="macro"))


def test_a_class_that_never_occurs_is_undefined_and_not_counted() -> None:
    rows = class_rows(confusion_matrix(np.array([0, 1]), np.array([0, 0]), num_classes=3))
    assert math.isnan(rows[2].precision)
    assert math.isnan(rows[2].f1)
    assert macro_f1(rows) == pytest.approx((2 / 3 + 0) / 2)


def test_calibration_error_by_its_definition() -> None:
    sure, right = SCORES.max(axis=1), PREDICTED == TRUE
    expected = 0.0
    for low in np.arange(10) / 10:
        inside = (sure >= low) & (sure < low + 0.1)
        if inside.any():
            gap = abs(sure[inside].mean() - right[inside].mean())
            expected += gap * inside.mean()
    assert calibration_error(reliability(SCORES, TRUE)) == pytest.approx(expected)


@pytest.mark.parametrize("count", [20, 400])
def test_the_bootstrap_interval_is_that_of_resampled_data(count: int) -> None:
    hits = (PREDICTED == TRUE)[:count]
    rng = np.random.default_rng(0)
    resampled = [hits[rng.integers(0, count, count)].mean() for _ in range(20_000)]
    expected = np.quantile(resampled, [0.025, 0.975])
    interval = bootstrap_accuracy(PREDICTED[:count], TRUE[:count], draws=20_000, seed=1)
    # One step of the grid of possible accuracies is the resolution of either estimate.
    np.testing.assert_allclose(interval, expected, atol=1.01 / count)


def test_the_bootstrap_is_seeded_and_tightens_with_certainty() -> None:
    def interval(seed: int) -> tuple[float, float]:
        return bootstrap_accuracy(PREDICTED, TRUE, draws=500, seed=seed)

    assert interval(3) == interval(3)
    assert bootstrap_accuracy(TRUE, TRUE, draws=100, seed=0) == (1.0, 1.0)
    assert all(map(math.isnan, bootstrap_accuracy(TRUE[:0], TRUE[:0], draws=9, seed=0)))


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="k must lie"):
        top_k_accuracy(SCORES, TRUE, k=7)
    with pytest.raises(ValueError, match="predictions for"):
        accuracy(PREDICTED[:3], TRUE)
    with pytest.raises(ValueError, match="level"):
        bootstrap_accuracy(PREDICTED, TRUE, draws=1, seed=0, level=1.0)
