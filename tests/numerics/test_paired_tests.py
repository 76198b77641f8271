"""McNemar's exact test and paired intervals against scipy and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from netloom.tasks.bootstrap import resampled
from netloom.tasks.image_classification.comparison import compared
from netloom.tasks.image_classification.measures import Outcome
from netloom.tasks.paired_tests import mcnemar_exact


@pytest.mark.parametrize(
    ("first", "second"), [(0, 0), (0, 1), (3, 3), (2, 10), (10, 2), (0, 12), (400, 470)]
)
def test_the_exact_test_is_a_binomial_test(first: int, second: int) -> None:
    expected = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert mcnemar_exact(first, second) == pytest.approx(expected)


def two_outcomes() -> tuple[Outcome, Outcome]:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 90)
    scores = rng.dirichlet(np.ones(3), 90)
    better = scores.copy()
    better[np.arange(90), true] += rng.random(90)
    return tuple(  # type: ignore[return-value]
        Outcome.of((each / each.sum(axis=1, keepdims=True)).astype(np.float32), true)
        for each in (scores, better)
    )


def test_both_models_are_resampled_together() -> None:
    first, second = two_outcomes()
    found = compared(first, second, draws=80, seed=3)
    (weights,) = resampled(90, draws=80, seed=3)
    differences = [
        (second.right_N @ times - first.right_N @ times) / 90 for times in weights.T.astype(int)
    ]
    expected = np.quantile(differences, [0.025, 0.975])
    np.testing.assert_allclose(found.ranges.overall["accuracy"], expected, atol=1e-6)
    assert found.both == int(np.sum(first.right_N & second.right_N))
    assert found.agreement == np.mean(first.predicted_N == second.predicted_N)
    assert found.p_value == mcnemar_exact(len(found.only_first), len(found.only_second))


def test_a_model_against_itself_does_not_differ() -> None:
    first, _ = two_outcomes()
    found = compared(first, first, draws=40, seed=0)
    assert found.ranges.overall["accuracy"] == (0.0, 0.0)
    assert found.p_value == 1.0
