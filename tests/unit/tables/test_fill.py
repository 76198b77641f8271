from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine
from netloom.tables.fill import FillRule, as_scalar, filling_query, fit_fill, rules_of_columns
from netloom.tables.table import Table

NAN, INF = float("nan"), float("inf")
COLUMNS = {
    "id": [1, 2, 3, 4],
    "x": [1.0, NAN, None, 4.0],
    "n": [1, None, 4, None],
    "money": pa.array([Decimal("1.00"), None, Decimal("2.50"), None], pa.decimal128(10, 2)),
    "t": ["b", "", None, "b"],
    "day": pa.array([date(2026, 1, 31), None, None, None]),
    "l": [[1.0], None, [], None],
}

Fill = Callable[..., tuple[dict[str, list[Any]], dict[str, Any]]]


@pytest.fixture
def fill(engine: TableEngine, make_table: Callable[..., Table], resolve: Any) -> Fill:
    def fill(
        *rules: FillRule, exclude: tuple[str, ...] = (), fitted: dict[str, Any] | None = None
    ) -> tuple[dict[str, list[Any]], dict[str, Any]]:
        table = make_table("rows", COLUMNS)
        engine.bind("rows", table.files(resolve))
        chosen = rules_of_columns(rules, table.columns, exclude)
        values = fitted or fit_fill(chosen, table.columns, "rows", engine=engine)
        sql = filling_query(chosen, values, table.columns, "rows", engine=engine)
        return engine.rows(f"SELECT * FROM ({sql}) ORDER BY id").to_pydict(), values

    return fill


def test_rules_for_columns_come_before_rules_for_types(fill: Fill) -> None:
    filled, values = fill(
        FillRule(types=("number", "integer", "decimal"), how="mean"),
        FillRule(columns=("n",), value=-1, indicator=True),
        FillRule(types=("text",), how="most_frequent", empty=True),
        FillRule(types=("date",), value="2000-01-01"),
        exclude=("id",),
    )
    assert values == {"x": 2.5, "n": -1, "money": 1.75, "t": "b", "day": "2000-01-01"}
    assert filled == {
        **COLUMNS,
        "x": [1.0, 2.5, 2.5, 4.0],
        "n": [1, -1, 4, -1],
        "money": [Decimal("1.00"), Decimal("1.75"), Decimal("2.50"), Decimal("1.75")],
        "t": ["b", "b", "b", "b"],
        "day": [date(2026, 1, 31), *[date(2000, 1, 1)] * 3],
        "n_missing": [False, True, False, True],
    }


def test_nan_and_empty_texts_stay_unless_they_count_as_missing(fill: Fill) -> None:
    filled, values = fill(
        FillRule(columns=("x",), how="median", not_a_number=False),
        FillRule(columns=("t",), value="?"),
        FillRule(columns=("n",), how="largest"),
        FillRule(columns=("day",), how="smallest"),
    )
    assert values == {"x": 2.5, "t": "?", "n": 4, "day": "2026-01-31"}
    assert str(filled["x"]) == "[1.0, nan, 2.5, 4.0]"
    assert filled["t"] == ["b", "", "?", "b"]
    assert filled["n"] == [1, 4, 4, 4]


def test_values_of_an_earlier_day_are_put_in_as_they_are(fill: Fill) -> None:
    filled, _ = fill(FillRule(types=("number",), how="mean"), fitted={"x": 100.0, "other": 1})
    assert filled["x"] == [1.0, 100.0, 100.0, 4.0]


@pytest.mark.parametrize(
    ("rules", "exclude", "message"),
    [
        ([FillRule(columns=("nope",), value=1)], (), "no column 'nope'"),
        ([FillRule(columns=("n",), value=1.5)], (), "1.5 cannot be put into 'n'"),
        ([FillRule(columns=("n",), value=True)], (), "True cannot be put into 'n'"),
        ([FillRule(columns=("day",), value="soon")], (), "'soon' cannot be put into 'day'"),
        ([FillRule(columns=("money",), value=1e12)], (), "cannot be put into 'money'"),
        ([FillRule(columns=("t",), how="mean")], (), "'t' holds text, which has no mean"),
        ([FillRule(columns=("l",), value=1)], (), "'l' holds list<number>, which cannot be filled"),
        ([FillRule(columns=("n", "n"), value=1)], (), "everal rules name n"),
        ([FillRule(columns=("n",), value=1)], ("n",), "is named by a rule and excluded"),
    ],
)
def test_rules_that_do_not_fit_are_explained(
    fill: Fill, rules: list[FillRule], exclude: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidData, match=message):
        fill(*rules, exclude=exclude)


def test_values_that_cannot_be_found_are_explained(
    engine: TableEngine, make_table: Callable[..., Table], resolve: Any
) -> None:
    table = make_table("rows", {"x": pa.array([NAN, INF, None]), "x_missing": [1, 2, 3]})
    engine.bind("rows", table.files(resolve))
    rule = FillRule(types=("number",), how="mean", indicator=True)
    with pytest.raises(InvalidData, match="'x' has no value from which its mean"):
        fit_fill({"x": rule}, table.columns, "rows", engine=engine)
    with pytest.raises(InvalidData, match="have none for 'x'"):
        filling_query({"x": rule}, {}, table.columns, "rows", engine=engine)
    with pytest.raises(InvalidData, match="has a column 'x_missing' already"):
        rules_of_columns([rule], table.columns, ())


@pytest.mark.parametrize(
    "settings",
    [{"value": 1}, {"columns": ("a",)}, {"columns": ("a",), "how": "mean", "value": 1}],
)
def test_incomplete_rules_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FillRule(**settings)


def test_values_become_those_of_their_column() -> None:
    assert as_scalar("2026-01-31 12:00", Column("a", "timestamp")) == datetime(2026, 1, 31, 12)
    assert as_scalar(2, Column("a", "number")) == 2.0
    assert as_scalar("1.005", Column("a", "decimal(10, 2)")) == Decimal("1.00")
    assert as_scalar(True, Column("a", "boolean")) is True
