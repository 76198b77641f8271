from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from netloom.tables.engines.engine import TableEngine
from netloom.tables.statistics import (
    DECILES,
    SHARES,
    TableProfile,
    drift_from,
    histogram_of,
    profile_of,
    stability_index,
)
from netloom.tables.table import Table
from netloom.tasks.table_report import constant_columns, report_on_table

NAN, INF = float("nan"), float("inf")
X = [0.0, NAN, INF, -INF, None, 3.0, 1.0, 2.0]
COLUMNS = {
    "x": X,
    "n": [5, 5, 5, 5, 5, 5, 5, 5],
    "t": ["b", "a", "", None, "b", "a", "c", "b"],
    "day": pa.array([date(2026, 1, 31)] * 7 + [None]),
    "l": [[1], [], None, [1], [1], [1], [1], [1]],
    "m": pa.array([[("a", 1.0)], [], *[None] * 6], pa.map_(pa.string(), pa.float64())),
    "b": [True] * 3 + [False] * 5,
}

Bind = Callable[..., Table]


@pytest.fixture
def bind(engine: TableEngine, make_table: Callable[..., Table], resolve: Any) -> Bind:
    def bind(name: str, columns: Any) -> Table:
        table = make_table(name, columns)
        engine.bind(name, table.files(resolve))
        return table

    return bind


def test_counts_and_quantiles_are_those_of_numpy(
    engine: TableEngine, bind: Bind, tmp_path: Path
) -> None:
    table = bind("rows", COLUMNS)
    profile = profile_of(
        "rows", table.columns, table.rows, sample=100, scratch=tmp_path, engine=engine
    )
    finite = [0.0, 3.0, 1.0, 2.0]
    x = dict(profile.columns["x"])
    assert x.pop("quantiles") == pytest.approx(np.quantile(finite, SHARES).tolist())
    assert x.pop("edges") == pytest.approx(np.quantile(finite, DECILES).tolist())
    assert x.pop("deviation") == pytest.approx(np.std(finite))
    # Missing are null and NaN; -inf is in the first range, inf in the last.
    assert x.pop("shares") == [n / 8 for n in (2, 2, 0, 0, 1, 0, 0, 1, 0, 0, 2)]
    assert x == {
        "type": "number",
        "nulls": 1,
        "zeros": 1,
        "not_a_number": 1,
        "infinite": 2,
        "smallest": 0.0,
        "largest": 3.0,
        "mean": 1.5,
        "distinct": 7,
    }
    assert profile.columns["t"] == {
        "type": "text",
        "nulls": 1,
        "empty": 1,
        "values": [["b", 3], ["a", 2], ["", 1], ["c", 1]],
        "shares": [1 / 8, 3 / 8, 2 / 8, 1 / 8, 1 / 8, 0.0],
        "distinct": 4,
    }
    assert profile.columns["day"]["smallest"] == "2026-01-31"
    assert profile.columns["l"] == {"type": "list<integer>", "nulls": 1, "empty": 1}
    assert profile.columns["m"] == {"type": "map<text, number>", "nulls": 6, "empty": 1}
    assert profile.columns["b"]["values"] == [["false", 5], ["true", 3]]
    assert constant_columns(profile) == ["n"]
    assert TableProfile.from_json(profile.to_json()) == profile


def test_a_table_without_rows_has_a_profile(
    engine: TableEngine, bind: Bind, tmp_path: Path
) -> None:
    table = bind("rows", {"x": pa.array([], pa.float64()), "t": pa.array([], pa.string())})
    profile = profile_of("rows", table.columns, 0, sample=100, scratch=tmp_path, engine=engine)
    assert profile.columns["x"]["quantiles"] == [None] * len(SHARES)
    assert profile.columns["x"]["mean"] is None
    assert report_on_table(profile, bars={}).metrics["rows"] == 0


def test_drift_is_the_stability_index_of_the_shares(
    engine: TableEngine, bind: Bind, tmp_path: Path
) -> None:
    before = bind("before", {"x": list(range(100)), "t": ["a", "b"] * 50, "old": [1] * 100})
    reference = profile_of(
        "before", before.columns, 100, sample=1000, scratch=tmp_path, engine=engine
    )
    after = bind(
        "after", {"x": [95] * 50 + [None] * 50, "t": ["a"] * 90 + ["new"] * 10, "y": [1] * 100}
    )
    found = drift_from(
        reference, "after", after.columns, 100, sample=1000, scratch=tmp_path, engine=engine
    )
    assert set(found) == {"x", "t"}
    expected = stability_index([0.0, 0.5, 0.5, 0.0], [0.0, 0.9, 0.0, 0.1])
    assert found["t"] == pytest.approx(expected)
    assert found["x"] > 1
    same = drift_from(
        reference, "before", before.columns, 100, sample=1000, scratch=tmp_path, engine=engine
    )
    assert same == {"x": 0.0, "t": 0.0, "old": 0.0}


def test_the_stability_index_is_computed_as_defined() -> None:
    assert stability_index([0.2, 0.8], [0.4, 0.6]) == pytest.approx(
        0.2 * math.log(2) - 0.2 * math.log(0.75)
    )
    assert stability_index([1.0, 0.0], [1.0, 0.0001]) == 0.0


def test_of_many_rows_a_sample_is_looked_at_but_all_are_counted(
    engine: TableEngine, bind: Bind, tmp_path: Path
) -> None:
    table = bind("rows", {"id": list(range(4000)), "t": [None, "a"] * 2000})
    profile = profile_of("rows", table.columns, 4000, sample=1000, scratch=tmp_path, engine=engine)
    assert profile.columns["t"]["nulls"] == 2000
    assert 900 < profile.columns["id"]["distinct"] < 1100
    assert profile.columns["id"]["quantiles"][3] == pytest.approx(2000, rel=0.1)


def test_the_histogram_counts_between_the_outer_quantiles(
    engine: TableEngine, bind: Bind, tmp_path: Path
) -> None:
    table = bind("rows", {"x": [float(number) for number in range(101)]})
    known = profile_of(
        "rows", table.columns, 101, sample=1000, scratch=tmp_path, engine=engine
    ).columns["x"]
    found = histogram_of('"rows"', table.columns[0], known, bars=2, engine=engine)
    assert found == (1.0, 99.0, [49, 50])
    constant = {**known, "quantiles": [1.0] * 7}
    assert histogram_of('"rows"', table.columns[0], constant, bars=2, engine=engine) is None


def test_the_report_says_what_stands_out(engine: TableEngine, bind: Bind, tmp_path: Path) -> None:
    table = bind("rows", {"n": [1, 1], "e": pa.array([None, None], pa.string())})
    profile = profile_of("rows", table.columns, 2, sample=10, scratch=tmp_path, engine=engine)
    evaluation = report_on_table(profile, bars={"n": [("1 – 2", 2)]}, drift={"n": 0.3})
    assert evaluation.remarks == (
        "Always the same: n, e.",
        "No value at all: e.",
        "Spread much differently than before: n.",
    )
    assert evaluation.metrics["missing"] == 0.5
    assert evaluation.metrics["drift"] == {"n": 0.3}
    [gallery] = [section for section in evaluation.sections if section.title == "Distributions"]
    assert b"1 \xe2\x80\x93 2: 2</title>" in gallery.pictures[0].content  # type: ignore[union-attr]
