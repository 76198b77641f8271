"""Classification metrics against scikit-learn, on random cases and on the edges."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from netloom.tasks.calibration import (
    ReliabilityBin,
    calibration_error,
    equal_mass_bins,
    equal_width_bins,
    reliability,
)
from netloom.tasks.image_classification.measures import Outcome, measured
from netloom.tasks.image_classification.metrics import (
    Counts,
    accuracy,
    averaged,
    balanced_accuracy,
    brier,
    cohen_kappa,
    confusion_matrix,
    counts_of,
    f1,
    log_loss,
    matthews,
    precision,
    rank_of_truth,
    recall,
    top_k_accuracy,
)
from netloom.tasks.image_classification.ranking_metrics import areas, curve, ranking


def case(
    count: int, classes: int, *, seed: int, ties: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are better than chance, and the truth."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, count)
    scores = rng.dirichlet(np.ones(classes), count)
    scores[np.arange(count), true] += rng.random(count)
    if ties:
        scores = np.ceil(scores * 6)
    return scores / scores.sum(axis=1, keepdims=True), true


# Few examples, each of a hundred numbers: most of the time is scikit-learn's.
few = settings(max_examples=40)
cases = st.builds(
    case,
    st.integers(1, 60),
    st.integers(2, 6),
    seed=st.integers(0, 10**6),
    ties=st.booleans(),
)


def counts(scores: np.ndarray, true: np.ndarray) -> Counts:
    classes = scores.shape[1]
    return counts_of(confusion_matrix(scores.argmax(axis=1), true, num_classes=classes))


@few
@given(cases)
def test_decisions_agree_with_scikit_learn(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    scores, true = drawn
    classes = range(scores.shape[1])
    predicted = scores.argmax(axis=1)
    ours = counts(scores, true)
    assert accuracy(predicted, true) == pytest.approx(reference.accuracy_score(true, predicted))
    assert (
        confusion_matrix(predicted, true, num_classes=len(classes)).tolist()
        == reference.confusion_matrix(true, predicted, labels=classes).tolist()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = reference.precision_recall_fscore_support(
            true, predicted, labels=classes, zero_division=np.nan
        )
        kappa = reference.cohen_kappa_score(true, predicted, labels=classes)
        balanced = reference.balanced_accuracy_score(true, predicted)
        correlation = reference.matthews_corrcoef(true, predicted)
    np.testing.assert_allclose(precision(ours), expected[0])
    np.testing.assert_allclose(recall(ours), expected[1])
    np.testing.assert_allclose(f1(ours), expected[2])
    np.testing.assert_allclose(ours.support, expected[3])
    assert float(cohen_kappa(ours)) == pytest.approx(kappa, nan_ok=True)
    assert float(matthews(ours)) == pytest.approx(correlation)
    assert float(balanced_accuracy(ours)) == pytest.approx(balanced)


@few
@given(cases)
def test_averages_over_classes_agree_with_scikit_learn(
    drawn: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, true = drawn
    ours = counts(scores, true)
    names = {
        "precision": (precision(ours), reference.precision_score),
        "recall": (recall(ours), reference.recall_score),
        "f1": (f1(ours), reference.f1_score),
    }
    for values, expected in names.values():
        for how in ("macro", "weighted"):
            theirs = expected(true, scores.argmax(axis=1), average=how, zero_division=np.nan)
            mean = float(averaged(values, ours, how=how))
            if math.isnan(mean):  # no class that occurs was ever predicted
                assert (how, theirs) == ("weighted", 0.0)
            else:
                assert mean == pytest.approx(theirs)
        micro = expected(true, scores.argmax(axis=1), average="micro")
        assert accuracy(scores.argmax(axis=1), true) == pytest.approx(micro)


@few
@given(cases)
def test_areas_agree_with_scikit_learn(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    scores, true = drawn
    for index in range(scores.shape[1]):
        positive = true == index
        found = areas(
            ranking(scores[:, index], positive),
            np.ones((len(true), 1)),
            np.array([float(len(true))]),
        )
        if positive.all() or not positive.any():
            assert np.isnan(found.auroc)
            assert np.isnan(found.average_precision)
            continue
        auroc = reference.roc_auc_score(positive, scores[:, index])
        average = reference.average_precision_score(positive, scores[:, index])
        assert found.auroc[0] == pytest.approx(auroc)
        assert found.average_precision[0] == pytest.approx(average)


@few
@given(cases, st.integers(0, 10**6))
def test_areas_of_counted_samples_are_those_of_repeated_samples(
    drawn: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    scores, true = drawn
    times = np.random.default_rng(seed).integers(0, 4, len(true))
    positive = true == 0
    found = areas(
        ranking(scores[:, 0], positive),
        times[:, None].astype(float),
        np.array([float(times.sum())]),
    )
    positive, column = np.repeat(positive, times), np.repeat(scores[:, 0], times)
    if positive.all() or not positive.any():
        assert np.isnan(found.auroc)
        return
    assert found.auroc[0] == pytest.approx(reference.roc_auc_score(positive, column))
    average = reference.average_precision_score(positive, column)
    assert found.average_precision[0] == pytest.approx(average)


@few
@given(cases)
def test_curves_agree_with_scikit_learn(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    scores, true = drawn
    positive = true == 0
    if positive.all() or not positive.any():
        return
    found = curve(scores[:, 0], positive)
    false, hit, _ = reference.roc_curve(positive, scores[:, 0], drop_intermediate=False)
    np.testing.assert_allclose(found.false_alarms, false)
    np.testing.assert_allclose(found.recall, hit)
    sharp, back, _ = reference.precision_recall_curve(positive, scores[:, 0])
    np.testing.assert_allclose(found.precision[::-1], sharp)
    np.testing.assert_allclose(found.recall[::-1], back)


def test_a_thinned_curve_keeps_its_ends() -> None:
    scores, true = case(3000, 2, seed=0)
    found = curve(scores[:, 1], true == 1, most_points=50)
    assert len(found.recall) == 51
    assert (found.recall[0], found.recall[-1], found.false_alarms[-1]) == (0.0, 1.0, 1.0)


@few
@given(cases)
def test_scores_agree_with_scikit_learn(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    scores, true = drawn
    classes = list(range(scores.shape[1]))
    scores = 0.9 * scores + 0.1 / len(classes)  # no score is 0, where the conventions differ
    expected = reference.log_loss(true, scores, labels=classes)
    assert log_loss(scores, true).mean() == pytest.approx(expected)
    expected = reference.brier_score_loss(true, scores, labels=classes, scale_by_half=False)
    assert brier(scores, true).mean() == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_k(k: int) -> None:
    scores, true = case(400, 6, seed=1)
    expected = reference.top_k_accuracy_score(true, scores, k=k)
    assert top_k_accuracy(scores, true, k=k) == pytest.approx(expected)


@few
@given(cases)
def test_the_rank_of_the_truth_is_its_place_in_a_stable_sort(
    drawn: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, true = drawn
    order = np.argsort(-scores, axis=1, kind="stable")
    expected = [list(row).index(label) for row, label in zip(order, true, strict=True)]
    assert rank_of_truth(scores, true).tolist() == expected


@few
@given(cases)
def test_everything_at_once_is_everything_by_itself(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    scores, true = drawn
    scores = scores.astype(np.float32)
    found = measured(Outcome.of(scores, true)).overall
    ours = counts(scores, true)
    right = scores.argmax(axis=1) == true
    confidence = scores.max(axis=1).astype(float)
    bins = {
        "calibration_error": equal_width_bins(confidence, bins=15),
        "adaptive_calibration_error": equal_mass_bins(confidence, bins=15),
    }
    expected = {
        "accuracy": right.mean(),
        "balanced_accuracy": float(balanced_accuracy(ours)),
        "macro_precision": float(averaged(precision(ours), ours, how="macro")),
        "macro_f1": float(averaged(f1(ours), ours, how="macro")),
        "weighted_precision": float(averaged(precision(ours), ours, how="weighted")),
        "weighted_f1": float(averaged(f1(ours), ours, how="weighted")),
        "matthews": float(matthews(ours)),
        "cohen_kappa": float(cohen_kappa(ours)),
        "cross_entropy": log_loss(scores, true).mean(),
        "brier": brier(scores, true).mean(),
        **{
            name: calibration_error(reliability(confidence, right, each))
            for name, each in bins.items()
        },
    }
    if scores.shape[1] > 5:
        expected["top_5_accuracy"] = top_k_accuracy(scores, true, k=5)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, nan_ok=True, abs=1e-7), name
    assert set(found) - set(expected) == {"macro_auroc", "macro_average_precision"}


def test_the_macro_areas_are_scikit_learns_one_against_the_rest() -> None:
    scores, true = case(300, 4, seed=3)
    found = measured(Outcome.of(scores, true)).overall
    auroc = reference.roc_auc_score(true, scores, multi_class="ovr", average="macro")
    average = reference.average_precision_score(np.eye(4)[true], scores, average="macro")
    assert found["macro_auroc"] == pytest.approx(auroc)
    assert found["macro_average_precision"] == pytest.approx(average)


def test_two_classes_have_one_area() -> None:
    scores, true = case(100, 2, seed=4)
    found = measured(Outcome.of(scores, true)).overall["macro_auroc"]
    assert found == pytest.approx(reference.roc_auc_score(true, scores[:, 1]))


def test_a_class_that_never_occurs_is_undefined_and_not_counted() -> None:
    ours = counts_of(confusion_matrix(np.array([0, 1]), np.array([0, 0]), num_classes=3))
    assert math.isnan(precision(ours)[2])
    assert math.isnan(recall(ours)[1])
    assert math.isnan(f1(ours)[2])
    assert float(averaged(f1(ours), ours, how="macro")) == pytest.approx((2 / 3 + 0) / 2)


def test_one_class_alone_has_no_area_and_no_kappa() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.2]])
    found = measured(Outcome.of(scores, np.array([0, 0]))).overall
    assert math.isnan(found["macro_auroc"])
    assert math.isnan(found["cohen_kappa"])
    assert found["matthews"] == 0.0
    assert found["accuracy"] == found["macro_f1"] == 1.0


def test_a_score_of_zero_for_the_truth_keeps_the_loss_finite() -> None:
    loss = log_loss(np.array([[1.0, 0.0]], np.float32), np.array([1]))
    assert loss[0] == pytest.approx(87.34, abs=0.01)


def test_calibration_error_by_its_definition() -> None:
    scores, true = case(400, 6, seed=5)
    sure, right = scores.max(axis=1), scores.argmax(axis=1) == true
    expected = 0.0
    for low in np.arange(10) / 10:
        inside = (sure >= low) & (sure < low + 0.1)
        if inside.any():
            expected += abs(sure[inside].mean() - right[inside].mean()) * inside.mean()
    bins = reliability(sure, right, equal_width_bins(sure, bins=10))
    assert calibration_error(bins) == pytest.approx(expected)
    assert math.isnan(calibration_error([]))


def test_bins_of_equal_mass_hold_equally_many() -> None:
    confidence = np.random.default_rng(0).random(150) ** 0.1
    assert np.bincount(equal_mass_bins(confidence, bins=15)).tolist() == [10] * 15
    assert set(equal_mass_bins(np.ones(9), bins=3).tolist()) == {0}
    bins = reliability(confidence, confidence > 2, equal_mass_bins(confidence, bins=3))
    assert [type(each) for each in bins] == [ReliabilityBin] * 3


def test_impossible_arguments_are_refused() -> None:
    scores, true = case(10, 3, seed=0)
    with pytest.raises(ValueError, match="k must lie"):
        top_k_accuracy(scores, true, k=4)
    with pytest.raises(ValueError, match="predictions for"):
        accuracy(true[:3], true)
    assert math.isnan(accuracy(true[:0], true[:0]))
    assert math.isnan(top_k_accuracy(scores[:0], true[:0], k=1))
