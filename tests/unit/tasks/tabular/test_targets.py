from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.models.tabular.spec import Scale, Target
from netloom.tables.columns import Column
from netloom.tasks.tabular.label_counts import (
    LabelCounts,
    class_weights,
    fitted_target,
    label_problems,
)
from netloom.tasks.tabular.targets import label_array, target_problems

NAN = float("nan")


def read(target: Target, values: Any, type: Any = None) -> list[Any]:
    column = pa.chunked_array([values[:1], values[1:]], type=type or pa.array(values).type)
    return label_array(target, column).tolist()


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([True, None, False], ("false", "true")),
        ([1, None, 0], ("0", "1")),
        ([1.0, NAN, 0.0], ("0", "1")),
        (["yes", None, "no"], ("no", "yes")),
    ],
)
def test_a_binary_label_is_one_where_it_is_the_second_class(
    values: list[Any], classes: tuple[str, str]
) -> None:
    found = read(Target(column="y", type="binary", classes=classes), values)
    np.testing.assert_array_equal(found, [1.0, NAN, 0.0])


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([7, None, -1], ("-1", "7")),
        ([Decimal("0.5"), None, Decimal("2.0")], ("2.0", "0.5")),
        (
            [dt.date(2026, 1, 2), None, dt.date(2025, 1, 1)],
            ("2025-01-01", "2026-01-02"),
        ),
        ([2.0, float("inf"), 0.5], ("0.5", "2")),
    ],
)
def test_classes_are_told_apart_by_their_texts(values: list[Any], classes: tuple[str, str]) -> None:
    assert read(Target(column="y", type="classes", classes=classes), values) == [1, -1, 0]


def test_numbers_keep_their_unit_and_lists_become_memberships() -> None:
    found = read(Target(column="y", type="number"), [2.5, None, float("-inf"), NAN])
    np.testing.assert_array_equal(found, [2.5, NAN, NAN, NAN])
    assert read(Target(column="y", type="number"), [Decimal("1.50")]) == [1.5]
    target = Target(column="y", type="labels", classes=("a", "b"))
    values = [["b"], None, [], ["b", "a", None], ["a", "a"]]
    found = read(target, values, pa.list_(pa.string()))
    np.testing.assert_array_equal(found, [[0, 1], [NAN, NAN], [0, 0], [1, 1], [1, 0]])


def test_a_class_that_nobody_knows_is_named() -> None:
    with pytest.raises(InvalidData, match="'z'"):
        read(Target(column="y", type="classes", classes=("a", "b")), ["a", "z"])


def test_targets_are_columns_of_fitting_types() -> None:
    columns = [Column("n", "number"), Column("t", "text"), Column("l", "list<text>"),
               Column("m", "map<text, number>"), Column("d", "decimal(5, 2)")]  # fmt: skip
    fitting = [("n", "number"), ("d", "number"), ("t", "classes"), ("t", "binary"), ("l", "labels")]
    assert [target_problems([Target(column=c, type=t)], columns) for c, t in fitting] == [[]] * 5
    wrong = [("t", "number"), ("l", "classes"), ("m", "labels"), ("n", "labels")]
    found = [target_problems([Target(column=c, type=t)], columns) for c, t in wrong]
    assert [[p.code for p in problems] for problems in found] == [["T332"]] * 4


def counted(target: Target, *pieces: list[Any]) -> LabelCounts:
    counts = LabelCounts(target)
    for piece in pieces:
        counts.add(pa.chunked_array([pa.array(piece)]), name_row=lambda place: f"row {place}")
    return counts


def test_what_is_counted_in_pieces_is_what_is_counted_at_once() -> None:
    numbers = [3.0, None, 1e6, 4.5, NAN, -2.0, 0.25]
    whole = counted(Target(column="y", type="number"), numbers)
    pieces = counted(Target(column="y", type="number"), numbers[:2], numbers[2:3], numbers[3:])
    known = [n for n in numbers if n is not None and n == n]  # noqa: PLR0124
    for counts in (whole, pieces):
        assert (counts.rows, counts.missing, counts.first_missing) == (7, 2, "row 1")
        assert counts.mean == pytest.approx(np.mean(known))
        assert counts.deviation == pytest.approx(np.std(known))
    classes = counted(Target(column="y", type="labels"), [["a"], []], [["b", "a"], None])
    assert classes.to_json() == {"rows": 4, "missing": 1, "classes": {"a": 2, "b": 1}}


@pytest.mark.parametrize(
    ("target", "values", "classes"),
    [
        (Target(column="y", type="binary"), [1, 0], ("0", "1")),
        (Target(column="y", type="binary"), [True, False], ("false", "true")),
        (Target(column="y", type="binary", positive="a"), ["b", "a"], ("b", "a")),
        (Target(column="y", type="classes"), [10, 9, -1], ("-1", "9", "10")),
        (Target(column="y", type="classes"), ["b", "a"], ("a", "b")),
        (Target(column="y", type="classes", classes=("c", "b", "a")), ["b", "a"], ("c", "b", "a")),
    ],
)
def test_classes_have_an_order_that_people_expect(
    target: Target, values: list[Any], classes: tuple[str, ...]
) -> None:
    assert fitted_target(target, counted(target, values)).classes == classes


def test_numbers_that_only_look_different_have_no_deviation() -> None:
    target = Target(column="y", type="number")
    counts = counted(target, [0.1 + 0.2, 0.3], [0.3])
    assert fitted_target(target, counts).scale == Scale(mean=counts.mean, std=1.0)
    (problem,) = label_problems([counts], [LabelCounts(target)], drops_missing=False)
    assert problem.code == "T335"


def test_weights_of_classes_are_balanced_or_as_given() -> None:
    target = Target(column="y", type="classes", classes=("a", "b", "c"))
    assert class_weights(target, {"a": 1}) is None
    given = target.model_copy(update={"class_weights": {"b": 3.0}})
    assert class_weights(given, {}) == (1.0, 3.0, 1.0)
    balanced = target.model_copy(update={"class_weights": "balanced"})
    assert class_weights(balanced, {"a": 6, "b": 2}) == (8 / 12, 8 / 4, 0.0)
