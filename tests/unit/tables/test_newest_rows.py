"""Merging as of a moment: what was known then, and nothing that came later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.tables.engines.engine import TableEngine
from netloom.tables.merge import Merge
from netloom.tables.merge_columns import AsOf, MergedTable
from netloom.tables.table import Table

MakeTable = Callable[..., Table]
Run = Callable[..., tuple[list[dict[str, Any]], Table, dict[str, Any]]]
MIDNIGHT = datetime(2026, 1, 31)


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


@pytest.fixture
def run(engine: TableEngine, resolve: Any, tmp_path: Path) -> Run:
    def run(
        merge: Merge, seed: Table, *tables: Table
    ) -> tuple[list[dict[str, Any]], Table, dict[str, Any]]:
        made, report = merge.run(
            seed, tables, engine=engine, resolve=resolve, scratch=tmp_path / "extracted"
        )
        engine.bind("made", made.files(resolve))
        return engine.rows("SELECT * FROM made ORDER BY ALL").to_pylist(), made, report

    return run


@pytest.fixture
def clicks(make_table: MakeTable) -> Table:
    return make_table("clicks", {"user": [1, 1, 1, 2], "at": [at(1), at(5), at(9), at(5)]})


@pytest.fixture
def balances(make_table: MakeTable) -> Table:
    columns = {"user": [1, 1, 1, 9], "since": [at(2), at(5), at(30), at(0)], "v": [20, 50, 300, 0]}
    return make_table("balances", columns)


@pytest.mark.parametrize(
    ("limits", "values"),
    [
        ({}, [None, 50, 50, None]),
        ({"same_moment": False}, [None, 20, 50, None]),
        ({"at_most_seconds": 4 * 3600}, [None, 50, 50, None]),
        ({"at_most_seconds": 4 * 3600 - 1}, [None, 50, None, None]),
        ({"same_moment": False, "at_most_seconds": 3 * 3600}, [None, 20, None, None]),
        ({"at_most_days": 0}, [None, 50, None, None]),
    ],
)
def test_a_row_gets_what_was_true_at_its_moment(
    run: Run, clicks: Table, balances: Table, limits: dict[str, Any], values: list[int | None]
) -> None:
    wish = MergedTable(as_of=AsOf(column="since", seed_column="at", **limits))
    rows, table, report = run(Merge(("user",), (wish,)), clicks, balances)
    assert rows == [
        {"user": user, "at": moment, "v": value}
        for (user, moment), value in zip([(1, at(1)), (1, at(5)), (1, at(9)), (2, at(5))], values)
    ]
    assert table.keys == ("user", "at")
    known = sum(value is not None for value in values)
    assert report == {"rows": 4, "matched_1": pytest.approx(known / 4)}


def test_dates_are_found_like_moments_and_ages_are_days(run: Run, make_table: MakeTable) -> None:
    days = [date(2026, 1, day) for day in (1, 10, 20)]
    seed = make_table("seed", {"k": ["a"] * 3, "day": days})
    prices = make_table("prices", {"k": ["a"], "day": [days[0]], "price": [1.5]})
    as_of = AsOf(column="day", seed_column="day", at_most_days=9)
    wish = MergedTable(as_of=as_of, columns=("price", "day"), prefix="p_")
    rows, _, _ = run(Merge(("k",), (wish,)), seed, prices)
    assert [(row["p_price"], row["p_day"]) for row in rows] == [
        (1.5, days[0]),
        (1.5, days[0]),
        (None, None),
    ]


@pytest.mark.parametrize(("same", "most"), list(product((True, False), (None, 2))))
def test_rows_are_those_that_comparing_every_pair_finds(
    run: Run, make_table: MakeTable, same: bool, most: int | None
) -> None:
    chance = Random(7)
    moments = [at(hour) for hour in range(12)]
    asked = [pair for pair in product(range(5), moments) if chance.random() < 0.6]
    known = [pair for pair in product(range(5), moments) if chance.random() < 0.3]
    values = {pair: number for number, pair in enumerate(known)}
    seed = make_table("seed", {"k": [k for k, _ in asked], "t": [t for _, t in asked]})
    columns = {"k": [k for k, _ in known], "t": [t for _, t in known], "v": list(values.values())}

    def expected(k: int, t: datetime) -> int | None:
        fitting = [
            moment
            for key, moment in known
            if key == k
            and (moment < t or (same and moment == t))
            and (most is None or t - moment <= timedelta(hours=most))
        ]
        return values[k, max(fitting)] if fitting else None

    seconds = None if most is None else most * 3600
    as_of = AsOf(column="t", seed_column="t", same_moment=same, at_most_seconds=seconds)
    merge = Merge(("k",), (MergedTable(as_of=as_of),))
    rows, _, _ = run(merge, seed, make_table("other", columns))
    assert rows == [{"k": k, "t": t, "v": expected(k, t)} for k, t in asked]


def test_of_several_rows_of_one_moment_none_is_taken_silently(
    run: Run, clicks: Table, make_table: MakeTable
) -> None:
    twice = make_table("twice", {"user": [1, 1], "since": [at(2)] * 2, "v": [2, 1]})
    wish = MergedTable(as_of=AsOf(column="since", seed_column="at"))
    with pytest.raises(
        InvalidData, match="In table 1, rows with a key that an earlier one has: 1, such as"
    ):
        run(Merge(("user",), (wish,)), clicks, twice)
    rows, _, report = run(Merge(("user",), (wish,), on_duplicates="drop"), clicks, twice)
    assert [row["v"] for row in rows] == [None, 1, 1, None]
    assert report["dropped_duplicates_1"] == 1


def test_tables_with_and_without_a_moment_are_merged_together(
    run: Run, clicks: Table, balances: Table, make_table: MakeTable
) -> None:
    names = make_table("names", {"user": [1, 2], "name": ["a", "b"]})
    wishes = (MergedTable(), MergedTable(as_of=AsOf(column="since", seed_column="at")))
    rows, _, _ = run(Merge(("user",), wishes), clicks, names, balances)
    assert [(row["name"], row["v"]) for row in rows] == [
        ("a", None),
        ("a", 50),
        ("a", 50),
        ("b", None),
    ]


@pytest.mark.parametrize(
    ("as_of", "message"),
    [
        ({"column": "sinse", "seed_column": "at"}, "has no column 'sinse'"),
        ({"column": "since", "seed_column": "att"}, "he seed has no column 'att'"),
        ({"column": "v", "seed_column": "at"}, "'v' holds integer, 'at' of the seed timestamp"),
        ({"column": "day", "seed_column": "at"}, "'day' holds date"),
        ({"column": "day", "seed_column": "day", "at_most_seconds": 5}, "age has no seconds"),
    ],
)
def test_columns_that_are_no_moments_are_refused(
    run: Run, make_table: MakeTable, as_of: dict[str, Any], message: str
) -> None:
    seed = make_table("seed", {"k": [1], "at": [at(0)], "day": [date(2026, 1, 1)]})
    columns = {"k": [1], "since": [at(0)], "v": [1], "day": pa.array([date(2026, 1, 1)])}
    wish = MergedTable(as_of=AsOf(**as_of), prefix="t_")
    with pytest.raises(InvalidData, match=message):
        run(Merge(("k",), (wish,)), seed, make_table("table", columns))


def test_only_one_limit_of_age_can_be_said() -> None:
    with pytest.raises(ValidationError, match="not both"):
        AsOf(column="a", seed_column="b", at_most_days=1, at_most_seconds=1)
