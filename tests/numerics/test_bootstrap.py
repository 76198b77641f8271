"""Bootstrap intervals against brute force: resampling the samples and computing everything anew."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netloom.tasks import bootstrap
from netloom.tasks.bootstrap import Interval, mirrored_interval, percentile_interval, resampled
from netloom.tasks.image_classification import measures as classification_measures
from netloom.tasks.image_classification.measures import Outcome, intervals, measured


def outcome(count: int = 120, classes: int = 4, seed: int = 0, *, ties: bool = False) -> Outcome:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, count)
    scores = rng.dirichlet(np.ones(classes), count)
    scores[np.arange(count), true] += 0.6 * rng.random(count)
    if ties:
        scores = np.ceil(scores * 5)
    scores /= scores.sum(axis=1, keepdims=True)
    return Outcome.of(scores.astype(np.float32), true)


@pytest.mark.parametrize("ties", [False, True])
def test_every_interval_is_that_of_samples_drawn_and_measured_anew(ties: bool) -> None:
    found = outcome(ties=ties)
    values = measured(found)
    (weights,) = resampled(len(found), draws=60, seed=7)
    drawn = []
    for times in weights.T.astype(int):
        chosen = np.repeat(np.arange(len(found)), times)
        drawn.append(measured(Outcome.of(found.scores_NK[chosen], found.true_N[chosen])))
    ours = intervals(found, values, draws=60, seed=7)
    for name, interval in ours.overall.items():
        if name.endswith("calibration_error"):
            continue  # mirrored, and their bins stay those of the data; tested below
        expected = np.nanquantile([each.overall[name] for each in drawn], [0.025, 0.975])
        np.testing.assert_allclose(interval, expected, atol=2e-6, err_msg=name)
    for name, ends in ours.by_class.items():
        expected = np.nanquantile([each.by_class[name] for each in drawn], [0.025, 0.975], axis=0)
        np.testing.assert_allclose(ends, expected, atol=2e-6, err_msg=name)


def test_blocks_are_the_same_draws_however_many_fit_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = outcome()
    values = measured(found)
    whole = intervals(found, values, draws=50, seed=1)
    monkeypatch.setattr(bootstrap, "_MOST_NUMBERS", 7 * len(found))
    assert [block.shape[1] for block in resampled(len(found), draws=50, seed=1)] == [7] * 7 + [1]
    apart = intervals(found, values, draws=50, seed=1)
    for name, interval in whole.overall.items():
        np.testing.assert_allclose(apart.overall[name], interval, atol=1e-6)
    assert whole.overall != intervals(found, values, draws=50, seed=2).overall


def test_costly_areas_get_fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    found = outcome()
    values = measured(found)
    monkeypatch.setattr(classification_measures, "_MOST_AREA_STEPS", 1)
    monkeypatch.setattr(classification_measures, "_FEWEST_AREA_DRAWS", 25)
    few = intervals(found, values, draws=80, seed=1)
    expected = intervals(found, values, draws=25, seed=1).overall["macro_auroc"]
    assert few.overall["macro_auroc"] == expected
    assert few.overall["accuracy"] == intervals(found, values, draws=80, seed=1).overall["accuracy"]


def test_the_interval_of_the_accuracy_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(100):
        right = rng.random(150) < 0.8
        scores = np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]]).astype(np.float32)
        found = Outcome.of(scores, np.zeros(150, np.int64))
        (weights,) = resampled(150, draws=300, seed=seed)
        low, high = percentile_interval(found.right_N @ weights / 150)
        held += low <= 0.8 <= high
    assert 88 <= held <= 99


def test_the_interval_of_the_calibration_error_reaches_down_to_what_is_true() -> None:
    """A perfectly calibrated model: the true error is 0, the measured one is not."""
    rng = np.random.default_rng(3)
    sure = rng.uniform(0.5, 1.0, 400)
    true = (rng.random(400) >= sure).astype(np.int64)
    found = Outcome.of(np.stack([sure, 1 - sure], axis=1).astype(np.float32), true)
    values = measured(found)
    value = values.overall["calibration_error"]
    low, high = intervals(found, values, draws=300, seed=0).overall["calibration_error"]
    assert value > 0.02
    assert low <= 0.005
    assert low <= value <= high


def test_a_mirrored_interval_holds_the_value_and_nothing_below_zero() -> None:
    assert mirrored_interval(np.linspace(0.3, 0.5, 101), 0.1) == Interval(0.0, 0.1)
    low, high = mirrored_interval(np.linspace(0.1, 0.3, 101), 0.2)
    assert (low, high) == pytest.approx((0.105, 0.295))


def test_draws_where_a_metric_is_undefined_are_left_out() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 1.0], [3.0, np.nan]])
    ends = percentile_interval(values, level=0.5)
    assert ends[:, 0].tolist() == [1.5, 2.5]
    assert np.isnan(ends[:, 1]).all()
    with pytest.raises(ValueError, match="level"):
        percentile_interval(values, level=1.0)


def test_no_draws_give_no_intervals() -> None:
    found = outcome()
    ranges = intervals(found, measured(found), draws=0, seed=0)
    assert all(math.isnan(end) for interval in ranges.overall.values() for end in interval)
    assert np.isnan(ranges.by_class["f1"]).all()


def test_one_sample_is_enough() -> None:
    found = Outcome.of(np.array([[0.75, 0.25]], np.float32), np.array([0]))
    values = measured(found)
    ranges = intervals(found, values, draws=20, seed=0)
    assert ranges.overall["accuracy"] == (1.0, 1.0)
    assert math.isnan(ranges.overall["macro_auroc"].low)
