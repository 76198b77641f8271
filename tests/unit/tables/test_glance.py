"""A glance: first rows of a table, and pictures of its columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from netloom.tables import glance as glance_module
from netloom.tables.cells import cell_json
from netloom.tables.columns import Column
from netloom.tables.glance import Glance, glance_at
from netloom.tables.spread import BARS, Spread, spread_of
from netloom.tables.table import TableFiles, written_table


def look(folder: Path, columns: dict[str, Any], *, rows: int = 5) -> Glance:
    pq.write_table(pa.table(columns), folder / "a.parquet", row_group_size=10)
    table = written_table("work:rows", lambda _: folder)
    return glance_at(table.files(lambda _: folder), rows=rows)


def spread(values: Any, type: str) -> Spread:
    return spread_of(pa.chunked_array([values]), Column("c", type))


def test_missing_not_a_number_and_empty_are_told_apart() -> None:
    numbers = spread(pa.array([None, float("nan"), float("inf"), 1.0, 2.0]), "number")
    assert (numbers.missing, numbers.not_a_number, numbers.mean) == (1, 2, 1.5)
    assert (numbers.low, numbers.high, sum(numbers.bars)) == (1.0, 2.0, 2)
    texts = spread(pa.array(["b", "", None, "b", "a", ""]), "text")
    assert (texts.missing, texts.empty, texts.distinct) == (1, 2, 3)
    assert texts.values == (("", 2), ("b", 2), ("a", 1))


def test_whole_numbers_and_days_share_ranges_evenly() -> None:
    assert spread(pa.array([0, 1, 1, 3]), "integer").bars == (1, 2, 0, 1)
    many = spread(pa.array(range(1000)), "integer").bars
    assert len(many) <= BARS
    assert set(many[:-1]) == {42}
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=day) for day in range(31)]
    found = spread(pa.array(days), "date")
    assert (found.low, found.high) == ("2026-01-01", "2026-01-31")
    assert set(found.bars[:-1]) == {2}


def test_every_type_has_a_spread() -> None:
    assert spread(pa.array([True, None, True]), "boolean").values == (("true", 2),)
    assert spread(pa.array([Decimal("0.25")]), "decimal(3, 2)").mean == 0.25
    assert spread(pa.array([b"", b"ab"]), "bytes") == Spread(missing=0, empty=1)
    moments = spread(pa.array([dt.datetime(2026, 1, 1, 12)]), "timestamp")
    assert (moments.low, moments.bars) == ("2026-01-01 12:00:00", (1,))
    lists = spread(pa.array([[1.0], [], None, [1.0, 2.0, 3.0]]), "list<number>")
    assert (lists.of, lists.missing, lists.empty, lists.high) == ("lengths", 1, 1, 3.0)
    maps = pa.array([[("a", 1.0)], None, []], pa.map_(pa.string(), pa.float64()))
    assert spread(maps, "map<text, number>").bars == (1, 1)
    assert spread(pa.array([None], pa.string()), "text") == Spread(missing=1, distinct=0)
    assert spread(pa.array([None], pa.float64()), "number").bars == ()


def test_a_table_in_order_is_looked_at_evenly(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(glance_module, "_MOST_GROUPS", 5)
    found = look(tmp_path, {"n": range(1000)})
    assert found.looked_at == 50
    assert (found.spreads[0].low, found.spreads[0].high) == (0.0, 999.0)  # type: ignore[union-attr]
    assert found.head.column("n").to_pylist() == [0, 1, 2, 3, 4]


def test_small_tables_are_looked_at_whole(tmp_path: Path) -> None:
    found = look(tmp_path, {"n": range(25), "s": ["x"] * 25}, rows=50)
    assert (found.looked_at, found.head.num_rows) == (25, 25)
    assert [each and each.distinct for each in found.spreads] == [25, 1]


def test_large_rows_end_the_look_early(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(glance_module, "_MOST_BYTES", 1)
    monkeypatch.setattr(glance_module, "_BATCH", 4)
    assert look(tmp_path, {"n": range(25)}).looked_at == 4 + 4 + 4  # a batch of each row group


def test_a_table_without_files_shows_its_columns() -> None:
    found = glance_at(TableFiles((), (Column("x", "number"),)), rows=5)
    assert (found.head.num_rows, found.spreads, found.looked_at) == (0, (None,), 0)


def test_partitions_are_shown_but_not_counted(tmp_path: Path) -> None:
    (tmp_path / "dt=1").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "dt=1" / "a.parquet")
    table = written_table("work:rows", lambda _: tmp_path, partitions=["dt"])
    found = glance_at(table.files(lambda _: tmp_path), rows=5)
    assert found.head.to_pylist() == [{"x": 1, "dt": "1"}]
    assert found.spreads[1] is None


def test_cells_say_what_they_are() -> None:
    cells = [True, None, 3, -(2**53) - 1, 0.1, float("-inf"), "", "x" * 300, b"\x01\xff", b""]
    assert list(map(cell_json, cells)) == [
        True, None, 3, "-9007199254740993", 0.1, "-Infinity", "", "x" * 200 + "…", "01 ff", "",
    ]  # fmt: skip
    assert cell_json([0.1, [None, True]]) == "[0.1, [null, true]]"
    assert cell_json({"a": "b"}) == '{"a": "b"}'
    assert cell_json([("k", float("nan"))]) == '{"k": NaN}'
    assert cell_json(dt.datetime(2026, 1, 2, 3)) == "2026-01-02 03:00:00"
    assert cell_json(Decimal("1.50")) == "1.50"
    assert len(cell_json(list(range(10_000)))) == 201
