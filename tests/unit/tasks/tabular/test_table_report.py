"""What evaluations of table models say to people and programs."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from netloom.models.tabular.spec import Target
from netloom.reports.page import render_report
from netloom.tasks.sections import DensitySection, TableSection
from netloom.tasks.tabular.comparison import compared
from netloom.tasks.tabular.comparison_report import comparison_evaluation, statement
from netloom.tasks.tabular.gains_table import tenths
from netloom.tasks.tabular.levels import levels_of
from netloom.tasks.tabular.measures import TargetRows, measured, target_rows
from netloom.tasks.tabular.report import table_evaluation
from netloom.tasks.tabular.report_binary import reliability_bins
from netloom.tasks.tabular.slices import Slicing, slice_measures, slicing_of

BINARY = Target(column="clicked", type="binary", classes=("false", "true"))
NUMBER = Target(column="spent", type="number")
KINDS = Target(column="kind", type="classes", classes=("a", "b", "c"))
TAGS = Target(column="tags", type="labels", classes=("x", "y"))


def binary(rows: int = 1000, noise: float = 1.0, seed: int = 0) -> TargetRows:
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(99).random(rows) < 0.2
    logits = 2.0 * truth - 1.5 + noise * random.normal(size=rows)
    scores = (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)
    return target_rows(BINARY, scores, truth.astype(np.float32))


def one_of_each() -> list[TargetRows]:
    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 200)
    scores = random.dirichlet(np.ones(3), 200).astype(np.float32)
    spent = random.gamma(2.0, 10.0, 200)
    holds = (random.random((200, 2)) < 0.3).astype(np.float32)
    return [
        binary(200),
        target_rows(KINDS, scores, truth),
        target_rows(NUMBER, (spent + random.normal(size=200)).astype(np.float32), spent),
        target_rows(TAGS, random.random((200, 2)).astype(np.float32), holds),
    ]


def titles(rows: TargetRows, slicings: tuple[Slicing, ...] = ()) -> list[str]:
    found = table_evaluation([rows], slicings, bootstrap=10)
    return [section.title for section in found.sections]


def test_the_first_tenth_is_said_in_words() -> None:
    scores = np.linspace(1.0, 0.0, 100).astype(np.float32)
    truth = np.zeros(100, np.float32)
    truth[[0, 2, 4, 6, 50]] = 1.0
    found = table_evaluation([target_rows(BINARY, scores, truth)], bootstrap=0)
    assert found.summary.startswith(
        "Of the 10 % highest scored, 40.0 % are positive: 8.0 × the average of 5.0 %. They hold 80.0 % of all"
    )
    assert [round(each["positives"], 6) for each in found.metrics["tenths"]][:6] == [
        4.0,
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
    ]


def test_tenths_are_shares_of_all_rows_whatever_their_number() -> None:
    random = np.random.default_rng(5)
    scores, truth = random.random(23).round(1), random.random(23) < 0.4
    found = tenths(levels_of(scores, truth))
    assert sum(each.positives for each in found) == pytest.approx(truth.sum())
    assert found[-1].found == pytest.approx(1.0)
    assert found[-1].lift_so_far == pytest.approx(1.0)
    assert [each.lowest for each in found] == sorted((e.lowest for e in found), reverse=True)
    assert tenths(levels_of(scores, np.ones(23, np.bool_))) == ()


def test_reliability_is_the_share_of_positives_in_each_range() -> None:
    rows = binary(500)
    bins = reliability_bins(levels_of(rows.scores, rows.labels > 0.5))
    assert sum(each.num_samples for each in bins) == 500
    inside = (rows.scores.astype(float) * 15).astype(int) == 3
    (fourth,) = [each for each in bins if 3 / 15 <= each.confidence < 4 / 15]
    assert fourth.num_samples == inside.sum()
    assert fourth.accuracy == pytest.approx(rows.labels[inside].mean())


def test_every_kind_of_target_has_its_sections() -> None:
    kinds = [titles(rows) for rows in one_of_each()]
    assert kinds[0] == [
        "Tenths by score",
        "Cumulative gain",
        "Reliability",
        "ROC curve",
        "Precision and recall",
        "Thresholds",
        "Scores",
        "All metrics",
    ]
    assert kinds[1] == [
        "Classes",
        "Confusions",
        "Most frequent confusions",
        "Reliability",
        "All metrics",
    ]
    assert kinds[2] == ["Predicted and true", "Residuals", "Sizes of errors", "All metrics"]
    assert kinds[3] == ["Labels", "All metrics"]


def test_several_targets_have_a_section_each_and_metrics_by_column() -> None:
    rows = one_of_each()
    found = table_evaluation(rows, bootstrap=20)
    assert found.metrics["clicked/auc"] == measured(rows[0]).overall["auc"]
    assert found.metrics["spent/rmse"] == measured(rows[2]).overall["rmse"]
    assert found.metrics["targets"]["kind"]["rows"] == 200
    assert [figure.name for figure in found.figures] == [
        "clicked: AUC",
        "kind: Macro accuracy",
        "spent: RMSE",
        "tags: Macro AUC",
    ]
    assert {section.title.split(":")[0] for section in found.sections} == {
        "clicked",
        "kind",
        "spent",
        "tags",
    }
    json.dumps(found.metrics, allow_nan=False)
    page = render_report(found, title="All")
    assert page.count("<section") == len(found.sections)


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("kind", [0, 1, 2, 3])
def test_no_rows_and_one_row_give_a_report_too(kind: int, rows: int) -> None:
    few = one_of_each()[kind].among(np.arange(200) < rows)
    found = table_evaluation([few], bootstrap=20)
    json.dumps(found.metrics, allow_nan=False)
    render_report(found, title="Few")
    assert found.metrics["rows"] == rows
    assert found.remarks


def test_one_class_only_is_said_and_what_follows_is_undefined() -> None:
    rows = target_rows(BINARY, np.array([0.2, 0.9], np.float32), np.ones(2, np.float32))
    found = table_evaluation([rows], bootstrap=20)
    assert found.metrics["auc"] is None
    assert found.metrics["intervals"]["auc"] is None
    assert found.remarks[0].startswith("All rows are positive: AUC, average precision, KS")
    assert found.sections[0].title == "Thresholds"


def test_scores_of_one_value_and_scores_the_wrong_way_round_are_said() -> None:
    truth = np.array([1.0, 0.0] * 30, np.float32)
    same = table_evaluation([target_rows(BINARY, np.full(60, 0.3, np.float32), truth)], bootstrap=0)
    assert "All rows have one score, 0.3: the model does not tell them apart." in same.remarks
    wrong = table_evaluation([target_rows(BINARY, 1.0 - truth, truth)], bootstrap=0)
    assert any("below 50 %" in remark for remark in wrong.remarks)
    right = table_evaluation([target_rows(BINARY, truth, truth)], bootstrap=20)
    assert right.metrics["intervals"]["auc"] == [1.0, 1.0]
    assert any("resampling cannot show" in remark for remark in right.remarks)


def test_residuals_are_counted_in_cells_of_the_target_s_unit() -> None:
    random = np.random.default_rng(2)
    truth = random.normal(100.0, 10.0, 4000)
    rows = target_rows(NUMBER, (truth + random.normal(size=4000)).astype(np.float32), truth)
    residuals = table_evaluation([rows], bootstrap=0).sections[1]
    assert isinstance(residuals, DensitySection)
    inside = sum(map(sum, residuals.counts))
    assert inside >= 0.98 * 4000
    assert len(residuals.counts) == len(residuals.y_edges) - 1
    middle = np.array(residuals.y_edges).mean()
    assert abs(middle) < 0.5
    constant = target_rows(NUMBER, np.full(5, 7.0, np.float32), np.full(5, 7.0))
    render_report(table_evaluation([constant], bootstrap=0), title="Constant")


def column(values: list[object]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


def test_texts_are_sliced_by_value_and_numbers_by_ranges() -> None:
    found = slicing_of("city", column(["b", "a", None, "b"]))
    assert (found.names, found.index_N.tolist()) == (("b", "a", "(missing)"), [0, 1, 2, 0])
    many = slicing_of("zip", column([f"z{number % 30:02d}" for number in range(60)]))
    assert len(many.names) == 21
    assert many.names[-1] == "(others)"
    assert np.bincount(many.index_N).tolist() == [2] * 20 + [20]
    numbers = slicing_of("age", column([*range(100), None]))
    assert numbers.names == (
        "0 to below 19",
        "19 to below 39",
        "39 to below 59",
        "59 to below 79",
        "79 to 99",
        "(missing)",
    )
    assert np.bincount(numbers.index_N).tolist() == [19, 20, 20, 20, 21, 1]
    skewed = slicing_of("n", column([0.0] * 80 + [float(number) for number in range(1, 31)]))
    assert np.bincount(skewed.index_N).sum() == 110
    assert len(skewed.names) == len(set(skewed.names))
    flags = slicing_of("flag", column([True, False, True]))
    assert flags.names == ("true", "false")


def test_the_worst_slice_comes_first_with_its_own_interval() -> None:
    good, bad = binary(600, noise=0.8), binary(600, noise=4.0, seed=1)
    rows = target_rows(
        BINARY,
        np.concatenate([good.scores, bad.scores]),
        np.concatenate([good.labels, bad.labels]),
    )
    slicing = slicing_of("source", column(["old"] * 600 + ["new"] * 600))
    found = slice_measures(rows, [slicing], threshold=0.5, draws=100, seed=0)
    assert [(each.name, each.rows) for each in found] == [("new", 600), ("old", 600)]
    for each, part in zip(found, (bad, good), strict=True):
        assert each.values.overall["auc"] == measured(part).overall["auc"]
        assert each.ranges.overall["auc"].low < each.values.overall["auc"]
    report = table_evaluation([rows], [slicing], bootstrap=100)
    (section,) = [each for each in report.sections if each.title == "Slices"]
    assert isinstance(section, TableSection)
    assert [row[0] for row in section.rows] == ["source: new", "source: old"]
    assert [row[2].tone for row in section.rows if not isinstance(row[2], str)] == ["bad", "good"]
    assert report.remarks == ("AUC is clearly worse than for all rows in the slices source: new.",)


def test_slices_only_count_rows_with_a_label() -> None:
    labels = np.array([1.0, np.nan, 0.0, 1.0], np.float32)
    rows = target_rows(BINARY, np.array([0.9, 0.5, 0.1, 0.3], np.float32), labels)
    slicing = slicing_of("city", column(["a", "a", "a", "b"]))
    found = slice_measures(rows, [slicing], threshold=0.5, draws=0, seed=0)
    assert [(each.name, each.rows) for each in found] == [("a", 2), ("b", 1)]
    assert math.isnan(found[1].values.overall["auc"])


def drawn_difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float]:
    random = np.random.default_rng(3)
    rows = random.integers(0, len(a), (2000, len(a)))
    low, high = np.quantile((b - a)[rows].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def test_differences_have_the_interval_of_paired_draws() -> None:
    first, second = binary(noise=1.6), binary(noise=1.0, seed=4)
    found = compared(first, second, threshold=0.5, draws=2000, seed=0)
    squares = [np.square(rows.scores.astype(float) - rows.labels) for rows in (first, second)]
    expected = drawn_difference(*squares)
    assert found.ranges["brier"] == pytest.approx(expected, abs=0.1 * (expected[1] - expected[0]))
    assert found.verdict == "b"
    assert statement(found).startswith("B is better: B − A is +")
    assert statement(compared(second, first, threshold=0.5, draws=200, seed=0)).startswith(
        "A is better: B − A is −"
    )


def test_a_comparison_names_both_and_what_they_differ_in() -> None:
    rows = one_of_each()
    pairs = [compared(each, each, threshold=0.5, draws=20, seed=0) for each in rows]
    report = comparison_evaluation(pairs)
    assert report.summary.count("No clear difference") == 4
    assert report.metrics["clicked/auc_difference"] == 0.0
    assert report.metrics["targets"]["spent"]["better"] == "unclear"
    json.dumps(report.metrics, allow_nan=False)
    assert render_report(report, title="Both").count("<section") == 6
