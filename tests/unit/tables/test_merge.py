from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.tables.engines.engine import TableEngine
from netloom.tables.extraction import Extraction
from netloom.tables.merge import Merge
from netloom.tables.merge_columns import MergedTable
from netloom.tables.table import Table

MakeTable = Callable[..., Table]
Run = Callable[..., tuple[list[dict[str, Any]], Table, dict[str, Any]]]


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
def seed(make_table: MakeTable) -> Table:
    return make_table("seed", {"k": [1, 2, 3], "j": ["a", "b", "c"], "y": [0, 1, 0]})


def test_every_row_of_the_seed_gets_what_the_others_have(
    run: Run, seed: Table, make_table: MakeTable
) -> None:
    one = make_table("one", {"k": [2, 9], "j": ["b", "z"], "v": [0.5, 1.0]})
    two = make_table(
        "two", {"id": [1, 2, 3], "j": ["a", "b", "x"], "v": [10, 20, 30], "w": [1, 1, 1]}
    )
    sources = (MergedTable(), MergedTable(keys={"k": "id"}, columns=("v",), prefix="two_"))
    rows, table, report = run(Merge(("k", "j"), sources), seed, one, two)
    assert rows == [
        {"k": 1, "j": "a", "y": 0, "v": None, "two_v": 10},
        {"k": 2, "j": "b", "y": 1, "v": 0.5, "two_v": 20},
        {"k": 3, "j": "c", "y": 0, "v": None, "two_v": None},
    ]
    assert (table.keys, table.rows) == (("k", "j"), 3)
    assert report == {
        "rows": 3,
        "matched_1": pytest.approx(1 / 3),
        "matched_2": pytest.approx(2 / 3),
    }


def test_a_query_makes_of_a_table_what_is_joined(
    run: Run, seed: Table, make_table: MakeTable
) -> None:
    events = make_table(
        "events",
        {"k": [1, 1, 2], "amount": [5, 7, 1], "day": ["2026-01-30", "2026-01-31", "2026-01-31"]},
        date="2026-01-31",
        remarks=["data of 2026-01-31, 1 day late"],
    )
    query = Extraction(
        sql="SELECT k, SUM(amount) AS total, MAX({date}) AS day FROM rows WHERE amount > {least} GROUP BY k",
        values={"least": 1},
    )
    rows, table, _ = run(
        Merge(("k",), (MergedTable(query=query, columns=("total", "day")),)), seed, events
    )
    assert [(row["k"], row["total"], row["day"]) for row in rows] == [
        (1, 12, date(2026, 1, 31)),
        (2, None, None),
        (3, None, None),
    ]
    assert table.remarks == ("table 1: data of 2026-01-31, 1 day late",)


def test_rows_with_bad_keys_are_dropped_and_counted(run: Run, make_table: MakeTable) -> None:
    seed = make_table("seed", {"k": [1, 2, None, 2], "y": [0, 5, 1, 3]})
    one = make_table("one", {"k": [1, 1, None], "v": [2.0, 1.0, 3.0], "l": [[1], [2], None]})
    merge = Merge(("k",), on_null_keys="drop", on_duplicates="drop")
    rows, _, report = run(merge, seed, one)
    assert rows == [
        {"k": 1, "y": 0, "v": 1.0, "l": [2]},
        {"k": 2, "y": 3, "v": None, "l": None},
    ]
    assert report == {
        "dropped_null_keys_seed": 1,
        "dropped_duplicates_seed": 1,
        "dropped_null_keys_1": 1,
        "dropped_duplicates_1": 1,
        "rows": 2,
        "matched_1": 0.5,
    }


@pytest.mark.parametrize(
    ("columns", "wish", "message"),
    [
        ({"k": [1, 1], "v": [1, 2]}, {}, r"In table 1, .* has: 1, such as k = 1 \(2 rows\)"),
        ({"k": [1, None], "v": [1, 2]}, {}, "In table 1, rows with a null in k: 1"),
        ({"q": [1], "v": [1]}, {}, "able 1 has no column 'k'"),
        ({"k": ["1"], "v": [1]}, {}, "key 'k' of table 1 holds text, that of the seed integer"),
        ({"k": [1], "Y": [1]}, {}, "he seed and table 1 both have a column 'Y'"),
        ({"k": pa.array([], pa.int64())}, {}, "able 1 has no rows"),
        ({"k": [1]}, {"columns": ("nope",)}, "no column 'nope'"),
        ({"k": [1]}, {"query": Extraction(sql="SELECT x FROM rows")}, '"x" not found'),
        (
            {"k": [1]},
            {"query": Extraction(sql="SELECT k FROM rows WHERE k > 5")},
            "able 1 has no rows",
        ),
        (
            {"k": ["x"]},
            {"query": Extraction(sql="SELECT CAST(k AS BIGINT) k FROM rows")},
            "convert string",
        ),
    ],
)
def test_bad_tables_are_explained(
    run: Run, seed: Table, make_table: MakeTable, *, columns: Any, wish: Any, message: str
) -> None:
    one = make_table("one", columns)
    with pytest.raises(InvalidData, match=message):
        run(Merge(("k",), (MergedTable(**wish),)), seed, one)


def test_two_tables_with_one_name_for_a_column_are_both_named(
    run: Run, seed: Table, make_table: MakeTable
) -> None:
    tables = [make_table(name, {"k": [1], "v": [1]}) for name in ("one", "two")]
    with pytest.raises(InvalidData, match="able 1 and table 2 both have a column 'v'"):
        run(Merge(("k",)), seed, *tables)


def test_an_empty_table_may_be_allowed(run: Run, seed: Table, make_table: MakeTable) -> None:
    empty = make_table("one", {"k": pa.array([], pa.int64()), "v": pa.array([], pa.float64())})
    rows, _, report = run(Merge(("k",), (MergedTable(empty="allow"),)), seed, empty)
    assert [row["v"] for row in rows] == [None, None, None]
    assert report["matched_1"] == 0.0


@pytest.mark.parametrize(
    ("keys", "sources", "message"),
    [
        (("x",), (), "'x' cannot be a key: it holds number"),
        (("nope",), (), "he seed has no column 'nope'"),
        (("k",), (MergedTable(), MergedTable()), "something of 2 tables, but 1 are connected"),
    ],
)
def test_bad_settings_are_explained(
    run: Run, make_table: MakeTable, keys: tuple[str, ...], sources: Any, message: str
) -> None:
    seed = make_table("seed", {"k": [1], "x": [0.5]})
    with pytest.raises(InvalidData, match=message):
        run(Merge(keys, sources), seed, make_table("one", {"k": [1]}))
