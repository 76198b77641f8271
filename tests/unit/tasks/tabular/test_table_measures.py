"""Metrics of table models: those of scikit-learn wherever it has them, undefined where nothing is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as reference

from netloom.tasks.tabular.drawn_groups import drawn_groups
from netloom.tasks.tabular.levels import Levels, levels_of, merged, resampled_levels
from netloom.tasks.tabular.measures_binary import (
    binary_intervals,
    binary_thresholds,
    binary_values,
)
from netloom.tasks.tabular.measures_classes import (
    class_intervals,
    class_outcome,
    class_values,
    confusions,
)
from netloom.tasks.tabular.measures_labels import LabelOutcome, label_intervals, label_values
from netloom.tasks.tabular.measures_number import (
    median_interval,
    number_intervals,
    number_values,
)
from netloom.tasks.tabular.ranking import curve_points, gains, roc_area, roc_area_influences

Scores = NDArray[np.float32]
Truth = NDArray[np.bool_]


def sample(rows: int, seed: int, *, steps: int | None = None) -> tuple[Scores, Truth]:
    """Scores that say something about the truth; with ``steps`` many of them are equal."""
    random = np.random.default_rng(seed)
    truth = random.random(rows) < 0.3
    logits = random.normal(size=rows) + 1.3 * truth - 0.7
    scores = 1.0 / (1.0 + np.exp(-logits))
    if steps:
        scores = np.round(scores * steps) / steps
    return scores.astype(np.float32), truth


def values(scores: Scores, truth: Truth, threshold: float = 0.5) -> dict[str, float]:
    found = binary_values(levels_of(scores, truth), threshold=threshold)
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize(("rows", "steps"), [(2, None), (37, None), (500, None), (500, 12)])
def test_binary_metrics_equal_those_of_scikit_learn(rows: int, steps: int | None) -> None:
    scores, truth = sample(rows, seed=rows, steps=steps)
    truth[:2] = [True, False]
    called = scores >= 0.4
    found = values(scores, truth, threshold=0.4)
    false_alarms, recalls, _ = reference.roc_curve(truth, scores, drop_intermediate=False)
    precision, recall, _ = reference.precision_recall_curve(truth, scores)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    clipped = np.clip(scores.astype(np.float64), 1e-30, 1 - 2.0**-24)
    expected = {
        "auc": reference.roc_auc_score(truth, scores),
        "average_precision": reference.average_precision_score(truth, scores),
        "ks": float((recalls - false_alarms).max()),
        "log_loss": reference.log_loss(truth, clipped),
        "brier": reference.brier_score_loss(truth, scores.astype(float)),
        "base_rate": float(truth.mean()),
        "accuracy": reference.accuracy_score(truth, called),
        "precision": reference.precision_score(truth, called),
        "recall": reference.recall_score(truth, called),
        "f1": reference.f1_score(truth, called),
        "best_f1": float(f1.max()),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-9), name


def test_thresholds_are_where_gap_and_f1_are_largest() -> None:
    scores, truth = sample(400, seed=3, steps=50)
    found = binary_thresholds(levels_of(scores, truth))
    for name in ("ks_threshold", "best_f1_threshold"):
        assert found[name] in scores.astype(np.float64)
    at_gap = values(scores, truth, threshold=found["ks_threshold"])
    false_alarms = (scores[~truth] >= found["ks_threshold"]).mean()
    assert at_gap["recall"] - false_alarms == pytest.approx(at_gap["ks"])
    at_best = values(scores, truth, threshold=found["best_f1_threshold"])
    assert at_best["f1"] == at_best["best_f1"]


def test_the_calibration_error_is_the_weighted_gap_in_fifteen_ranges() -> None:
    scores, truth = sample(300, seed=5)
    total = 0.0
    for low in range(15):
        inside = (scores.astype(float) >= low / 15) & (scores.astype(float) < (low + 1) / 15)
        if inside.any():
            total += inside.sum() * abs(scores[inside].astype(float).mean() - truth[inside].mean())
    assert values(scores, truth)["calibration_error"] == pytest.approx(total / 300, abs=1e-12)


def test_gains_count_rows_of_equal_score_as_if_in_random_order() -> None:
    scores = np.array([0.9, 0.6, 0.6, 0.6, 0.6, 0.1], np.float32)
    truth = np.array([True, True, False, False, False, True])
    shares = np.array([1 / 6, 3 / 6, 5 / 6, 1.0])
    assert gains(levels_of(scores, truth), shares) == pytest.approx([1 / 3, 0.5, 2 / 3, 1.0])
    assert values(np.full(6, 0.5, np.float32), truth)["lift_10"] == pytest.approx(1.0)


def test_constant_scores_rank_by_chance() -> None:
    truth = np.array([True, False, False, True, False])
    found = values(np.full(5, 0.25, np.float32), truth)
    assert (found["auc"], found["ks"], found["average_precision"]) == (0.5, 0.0, 0.4)
    assert found["accuracy"] == 0.6
    assert math.isnan(found["precision"])
    assert math.isnan(binary_thresholds(levels_of(np.full(5, 0.25), truth))["ks_threshold"])


@pytest.mark.parametrize("truth", [True, False])
def test_one_row_says_nothing_about_ranking(truth: bool) -> None:
    levels = levels_of(np.array([0.75], np.float32), np.array([truth]))
    found = {name: float(value) for name, value in binary_values(levels, threshold=0.5).items()}
    for name in ("auc", "average_precision", "ks", "lift_10"):
        assert math.isnan(found[name]), name
    assert found["accuracy"] == float(truth)
    assert found["brier"] == (0.0625 if truth else 0.5625)
    ranges = binary_intervals(levels, found, threshold=0.5, draws=50, seed=0)
    assert math.isnan(ranges["auc"].low)
    assert ranges["accuracy"] == (found["accuracy"], found["accuracy"])


def test_no_rows_have_no_metrics() -> None:
    found = values(np.zeros(0, np.float32), np.zeros(0, np.bool_))
    assert all(math.isnan(value) for value in found.values())


def test_curves_begin_at_nothing_and_end_at_everything() -> None:
    scores, truth = sample(5000, seed=1)
    points = curve_points(levels_of(scores, truth), most=100)
    assert len(points.recall) <= 102
    assert (points.recall[0], points.false_alarms[0], points.called[0]) == (0.0, 0.0, 0.0)
    assert (points.recall[-1], points.false_alarms[-1], points.called[-1]) == (1.0, 1.0, 1.0)
    area = np.trapezoid(points.recall, points.false_alarms)
    assert area == pytest.approx(reference.roc_auc_score(truth, scores), abs=2e-3)


def test_merging_levels_keeps_thresholds_and_sums() -> None:
    scores, truth = sample(3000, seed=2)
    levels = levels_of(scores, truth)
    coarse = merged(levels, 50, levels.lowest_L >= 0.37)
    assert len(coarse.score_L) <= 51
    whole, rough = (binary_values(each, threshold=0.37) for each in (levels, coarse))
    for name in ("accuracy", "precision", "recall", "log_loss", "brier", "base_rate"):
        assert float(rough[name]) == pytest.approx(float(whole[name]), rel=1e-12), name
    assert float(rough["auc"]) == pytest.approx(float(whole["auc"]), abs=1e-3)


def drawn_rows(scores: Scores, truth: Truth, draws: int) -> dict[str, NDArray[np.float64]]:
    """The plain bootstrap, row by row."""
    random = np.random.default_rng(11)
    rows = [random.integers(0, len(scores), len(scores)) for _ in range(draws)]
    return {
        "auc": np.array([float(roc_area(levels_of(scores[row], truth[row]))) for row in rows]),
        "brier": np.array([np.square(scores[row] - truth[row]).mean() for row in rows]),
        "recall": np.array([(scores[row] >= 0.5)[truth[row]].mean() for row in rows]),
    }


@pytest.mark.parametrize("rows", [300, 4000])
def test_binary_intervals_are_those_of_resampled_rows(rows: int) -> None:
    scores, truth = sample(rows, seed=7)
    levels = levels_of(scores, truth)
    found = binary_intervals(levels, values(scores, truth), threshold=0.5, draws=1000, seed=0)
    for name, draws in drawn_rows(scores, truth, 150).items():
        low, high = np.quantile(draws, [0.025, 0.975])
        tolerance = 0.25 * (high - low)
        assert found[name].low == pytest.approx(low, abs=tolerance), name
        assert found[name].high == pytest.approx(high, abs=tolerance), name


def test_resampled_levels_keep_the_number_of_rows() -> None:
    scores, truth = sample(100, seed=9, steps=5)
    levels = levels_of(scores, truth)
    drawn: Levels = resampled_levels(levels, draws=20, seed=1)
    assert drawn.rows.tolist() == [100.0] * 20
    assert drawn.positives_L.shape == (20, len(levels.score_L))
    assert roc_area(drawn).std() > 0


def test_influences_tell_how_the_area_moves() -> None:
    scores, truth = sample(200, seed=4, steps=30)
    influences = roc_area_influences(scores, truth)
    assert influences.mean() == pytest.approx(0.0, abs=1e-12)
    area = float(roc_area(levels_of(scores, truth)))
    twice = np.append(np.arange(200), 17)
    moved = float(roc_area(levels_of(scores[twice], truth[twice])))
    assert moved - area == pytest.approx(influences[17] / 201, abs=2e-5)


def class_sample(rows: int, classes: int, seed: int) -> tuple[Scores, NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, rows)
    logits = random.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[truth]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return scores.astype(np.float32), truth


def test_metrics_of_classes_equal_those_of_scikit_learn() -> None:
    scores, truth = class_sample(400, 4, seed=1)
    outcome = class_outcome(scores, truth)
    found = class_values(outcome)
    predicted = scores.argmax(axis=1)
    normal = scores.astype(np.float64) / scores.sum(axis=1, keepdims=True, dtype=np.float64)
    assert confusions(outcome).tolist() == reference.confusion_matrix(truth, predicted).tolist()
    expected = {
        "accuracy": reference.accuracy_score(truth, predicted),
        "macro_accuracy": reference.balanced_accuracy_score(truth, predicted),
        "macro_f1": reference.f1_score(truth, predicted, average="macro"),
        "macro_auc": reference.roc_auc_score(truth, normal, multi_class="ovr"),
        "log_loss": reference.log_loss(truth, normal),
        "macro_average_precision": reference.average_precision_score(np.eye(4)[truth], scores),
    }
    for name, value in expected.items():
        assert found.overall[name] == pytest.approx(value, abs=1e-6), name
    by_class = reference.precision_recall_fscore_support(truth, predicted)
    for name, row in zip(("precision", "recall", "f1"), by_class, strict=False):
        assert found.by_class[name] == pytest.approx(row), name


def test_a_class_that_never_occurs_is_left_out_of_means() -> None:
    scores = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]], np.float32)
    outcome = class_outcome(scores, np.array([0, 1, 1]))
    found = class_values(outcome)
    assert found.overall["macro_accuracy"] == 0.75
    assert np.isnan(found.by_class["auroc"]).tolist() == [False, False, True]
    ranges = class_intervals(outcome, found, draws=100, seed=0)
    assert math.isnan(ranges.by_class["auroc"][0, 2])


def test_intervals_of_classes_are_those_of_resampled_rows() -> None:
    scores, truth = class_sample(3000, 3, seed=2)
    outcome = class_outcome(scores, truth)
    found = class_intervals(outcome, class_values(outcome), draws=1000, seed=0)
    random = np.random.default_rng(5)
    rows = [random.integers(0, 3000, 3000) for _ in range(80)]
    predicted = scores.argmax(axis=1)
    drawn = {
        "accuracy": [(predicted[row] == truth[row]).mean() for row in rows],
        "macro_auc": [
            np.mean([roc_area(levels_of(scores[row, k], truth[row] == k)) for k in range(3)])
            for row in rows
        ],
    }
    for name, draws in drawn.items():
        low, high = np.quantile(draws, [0.025, 0.975])
        tolerance = 0.3 * (high - low)
        assert found.overall[name].low == pytest.approx(low, abs=tolerance), name
        assert found.overall[name].high == pytest.approx(high, abs=tolerance), name


def test_metrics_of_numbers_equal_those_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    truth = random.normal(1e6, 20.0, 300)
    predicted = (truth + random.normal(1.0, 5.0, 300)).astype(np.float32)
    found = number_values(predicted, truth)
    assert found == pytest.approx(
        {
            "rmse": reference.root_mean_squared_error(truth, predicted),
            "mae": reference.mean_absolute_error(truth, predicted),
            "median_error": reference.median_absolute_error(truth, predicted),
            "r2": reference.r2_score(truth, predicted),
            "mape": reference.mean_absolute_percentage_error(truth, predicted),
            "bias": float((predicted.astype(float) - truth).mean()),
        },
        rel=1e-9,
    )


def test_what_is_undefined_of_numbers_is_nan() -> None:
    one = number_values(np.array([2.0]), np.array([0.0]))
    assert (one["rmse"], one["mae"], one["bias"]) == (2.0, 2.0, 2.0)
    assert math.isnan(one["r2"])
    assert math.isnan(one["mape"])
    constant = number_values(np.array([1.0, 4.0]), np.array([3.0, 3.0]))
    assert math.isnan(constant["r2"])
    assert constant["mape"] == pytest.approx(0.5)
    some_zero = number_values(np.array([1.0, 4.0]), np.array([0.0, 2.0]))
    assert some_zero["mape"] == 1.0


def test_intervals_of_numbers_hold_the_value_and_shrink_with_rows() -> None:
    random = np.random.default_rng(4)
    truth = random.normal(size=20_000)
    predicted = truth + random.normal(scale=0.5, size=20_000)
    widths = []
    for rows in (200, 20_000):
        found = number_values(predicted[:rows], truth[:rows])
        ranges = number_intervals(predicted[:rows], truth[:rows], found, draws=500, seed=0)
        assert all(ranges[name].low <= found[name] <= ranges[name].high for name in found)
        widths.append(ranges["rmse"].high - ranges["rmse"].low)
    assert widths[0] / widths[1] == pytest.approx(10.0, rel=0.35)


def test_the_interval_of_a_median_is_that_of_drawn_medians() -> None:
    random = np.random.default_rng(8)
    numbers = random.exponential(size=201)
    drawn = np.median(random.choice(numbers, (4000, 201)), axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert median_interval(numbers) == pytest.approx((low, high), abs=0.03)
    assert median_interval(np.array([3.0])) == (3.0, 3.0)


def test_metrics_of_labels_equal_those_of_scikit_learn() -> None:
    random = np.random.default_rng(6)
    holds = random.random((300, 3)) < [0.5, 0.2, 0.1]
    scores = np.clip(random.random((300, 3)) * 0.6 + 0.3 * holds, 0, 1).astype(np.float32)
    predicted = scores >= 0.5
    found = label_values(LabelOutcome(scores, holds, 0.5)).overall
    assert found == pytest.approx(
        {
            "subset_accuracy": reference.accuracy_score(holds, predicted),
            "hamming_loss": reference.hamming_loss(holds, predicted),
            "micro_f1": reference.f1_score(holds, predicted, average="micro"),
            "macro_f1": reference.f1_score(holds, predicted, average="macro"),
            "micro_auc": reference.roc_auc_score(holds, scores, average="micro"),
            "macro_auc": reference.roc_auc_score(holds, scores, average="macro"),
            "macro_average_precision": reference.average_precision_score(holds, scores),
            "log_loss": np.mean(
                [reference.log_loss(holds[:, k], scores[:, k].astype(float)) for k in range(3)]
            ),
        },
        rel=1e-9,
    )


def test_intervals_of_labels_hold_the_value() -> None:
    random = np.random.default_rng(6)
    holds = random.random((2500, 2)) < 0.3
    scores = (random.random((2500, 2)) * 0.6 + 0.3 * holds).astype(np.float32)
    outcome = LabelOutcome(scores, holds, 0.5)
    found = label_values(outcome)
    ranges = label_intervals(outcome, found, draws=300, seed=0)
    for name, value in found.overall.items():
        if name != "macro_average_precision":
            assert ranges.overall[name].low < value < ranges.overall[name].high, name


def test_groups_of_rows_are_of_one_size_and_random() -> None:
    groups = drawn_groups(10_001, seed=3, most=100)
    sizes = np.bincount(groups.group_N)
    assert (sizes.min(), sizes.max(), groups.number) == (100, 101, 100)
    assert np.abs(np.diff(groups.group_N[:50])).max() > 1
