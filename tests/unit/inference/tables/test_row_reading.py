"""Rows as JSON has them become columns, or everything that is wrong with them is told at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.inference.tables.row_reading import MOST_PROBLEMS, rows_as_columns, written
from netloom.tables.features.asked_columns import AskedColumn, value_type


def column(column_type: str, *, name: str = "x", required: bool = True) -> AskedColumn:
    kind = value_type(column_type)
    return AskedColumn(name=name, type=kind, column_type=column_type, required=required)


def read(column_type: str, *cells: Any) -> list[Any]:
    found = rows_as_columns([{"x": cell} for cell in cells], [column(column_type)])
    values: list[Any] = found["x"].to_pylist()
    return values


@pytest.mark.parametrize(
    ("column_type", "cells", "values"),
    [
        ("integer", [3, None, -(2**63), 4.0], [3, None, -(2**63), 4]),
        ("number", [1, 2.5, None, "Infinity", 2**53 + 1], [1.0, 2.5, None, float("inf"), 2.0**53]),
        ("text", ["", "中文", None], ["", "中文", None]),
        ("boolean", [True, None, False], [True, None, False]),
        ("date", ["2026-01-31", None], [dt.date(2026, 1, 31), None]),
        (
            "timestamp",
            ["2026-01-31T12:30:00.25", "2026-01-31T12:30:00+02:00", "2026-01-31T12:30:00Z"],
            [
                dt.datetime(2026, 1, 31, 12, 30, 0, 250_000),
                dt.datetime(2026, 1, 31, 10, 30),
                dt.datetime(2026, 1, 31, 12, 30),
            ],
        ),
        ("decimal(10, 2)", [1, 2.5, "3.25", None], [*map(Decimal, ("1", "2.5", "3.25")), None]),
        ("bytes", ["aGk=", None], [b"hi", None]),
        ("list<integer>", [[1, None, 2.0], [], None], [[1, None, 2], [], None]),
        ("map<text, number>", [{"a": 1, "b": None}, None], [[("a", 1.0), ("b", None)], None]),
    ],
)
def test_values_of_every_type_are_read(
    column_type: str, cells: list[Any], values: list[Any]
) -> None:
    assert read(column_type, *cells) == values


@pytest.mark.parametrize(
    ("column_type", "cell"),
    [
        ("integer", 1.5), ("integer", True), ("integer", "1"), ("integer", 2**63), ("integer", 2.0**60),
        ("number", "1"), ("number", True), ("number", 10**400), ("number", [1]),
        ("text", 1), ("text", "\ud800"), ("boolean", 1), ("boolean", "true"),
        ("date", "2026-02-30"), ("date", "31.01.2026"), ("date", 20260131), ("timestamp", "noon"),
        ("decimal(4, 2)", "100"), ("decimal(4, 2)", 1.234), ("decimal(4, 2)", "NaN"), ("decimal(4, 2)", "x"),
        ("bytes", "a?"), ("list<integer>", 1), ("list<integer>", ["a"]), ("list<text>", "ab"),
        ("map<text, number>", {"a": "b"}), ("map<text, number>", [["a", 1]]), ("text", {}),
    ],
)  # fmt: skip
def test_a_cell_of_another_kind_is_told_with_its_row_and_column(
    column_type: str, cell: Any
) -> None:
    with pytest.raises(InvalidData) as caught:
        read(column_type, None, cell)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.setting) == ("T441", "rows.1.x")
    assert problem.expected == f"{written(column_type)}; null where the value is missing"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    columns = [column("integer", name="a.b"), column("text", name="c"), column("date", name="d")]
    with pytest.raises(InvalidData) as caught:
        rows_as_columns(
            [{"c": "x", "d": "?"}, {"a.b": "y", "c": 2, "d": None}, {"c": "z"}], columns
        )
    told = [(each.code, each.place.setting, each.got) for each in caught.value.diagnostics]
    assert told == [
        ("T440", "rows.0.a.b", "2 rows without it"),
        ("T441", "rows.1.a.b", '"y"'),
        ("T441", "rows.1.c", "2"),
        ("T440", "rows.2.d", None),
        ("T441", "rows.0.d", '"?"'),
    ]


def test_not_more_is_told_than_anybody_reads() -> None:
    with pytest.raises(InvalidData) as caught:
        read("integer", *["x" * 1000] * 500)
    problems = caught.value.diagnostics
    assert len(problems) == MOST_PROBLEMS + 1
    assert (problems[-1].code, problems[-1].message) == ("T442", "450 more things are wrong")
    assert max(len(str(problem)) for problem in problems) < 300


def test_keys_may_be_absent_and_other_columns_are_not_looked_at() -> None:
    columns = [column("integer", name="id", required=False), column("text", name="c")]
    found = rows_as_columns([{"c": "x", "other": object()}, {"id": 3, "c": None}], columns)
    assert {name: values.to_pylist() for name, values in found.items()} == {
        "id": [None, 3],
        "c": ["x", None],
    }
