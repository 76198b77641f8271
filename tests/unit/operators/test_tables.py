from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.execution.context import RunContext
from netloom.operators.table_engine import engine_of, memory_of_tables
from netloom.operators.tables import database, source
from netloom.operators.tables_out import statistics, write
from netloom.operators.tables_shaping import fill, merge, query, split
from netloom.tables.engines.duckdb import DuckDBEngine
from netloom.tables.extraction import Extraction
from netloom.tables.fill import FillRule
from netloom.tables.merge_columns import MergedTable
from netloom.tables.table import Table, read_head

Job = Callable[..., RunContext]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    number = 0

    def make() -> RunContext:
        nonlocal number
        number += 1
        return RunContext.in_process(tmp_path / f"job_{number}", project=tmp_path)

    return make


@pytest.fixture
def users(tmp_path: Path, job: Job) -> Table:
    columns = {"id": [1, 2, 3], "age": [20.0, None, 40.0], "city": ["a", "b", ""]}
    (tmp_path / "users" / "dt=2026-01-30").mkdir(parents=True)
    pq.write_table(pa.table(columns), tmp_path / "users" / "dt=2026-01-30" / "a.parquet")
    return source(
        path="users/dt={date}", date="2026-01-31", degrade_days=1, keep="in_place", run=job()
    )


def rows(table: Table, run: RunContext) -> list[dict[str, Any]]:
    return sorted(
        read_head(table, run.resolve, rows=99).to_pylist(), key=lambda row: str(row["id"])
    )


def test_tables_go_from_files_through_a_merge_to_files(
    users: Table, tmp_path: Path, job: Job
) -> None:
    assert (users.date, users.remarks) == ("2026-01-30", ("data of 2026-01-30, 1 day late",))
    asked = job()
    counted = query(
        [users],
        query=Extraction(sql="SELECT id, COUNT(*) AS n, {date} AS day FROM rows GROUP BY id"),
        keys=("id",),
        run=asked,
    )
    assert (counted.keys, counted.date, counted.rows) == (("id",), "2026-01-30", 3)
    # A table of one job is an artifact for the next one; here its folder simply stays.
    inputs = Table(f"path:{asked.resolve(counted.location)}", counted.columns, rows=3)
    merged_in = job()
    merged = merge(
        users,
        [inputs],
        keys=("id",),
        sources=(MergedTable(prefix="c_"),),
        run=merged_in,
    )
    assert merged.report == {"rows": 3, "matched_1": 1.0}
    assert merged.table.names == ("id", "age", "city", "c_n", "c_day")
    assert merged.table.remarks == users.remarks
    there = Table(f"path:{merged_in.resolve('work:rows')}", merged.table.columns, rows=3)
    report = write(there, path="out", format="jsonl", run=job())
    assert (report["rows"], report["files"]) == (3, 1)
    assert len((tmp_path / "out" / "part-00000.jsonl").read_text().splitlines()) == 3


def test_gaps_are_filled_as_on_the_first_day(users: Table, job: Job) -> None:
    rules = (
        FillRule(types=("number",), how="mean"),
        FillRule(types=("text",), value="?", empty=True),
    )
    first = job()
    filled = fill(users, rules=rules, run=first)
    assert filled.fitted == {"age": 30.0, "city": "?"}
    assert [(row["age"], row["city"]) for row in rows(filled.table, first)] == [
        (20.0, "a"),
        (30.0, "b"),
        (40.0, "?"),
    ]
    second = job()
    again = fill(users, {"age": 1.0, "city": "x"}, rules=rules, run=second)
    assert [row["age"] for row in rows(again.table, second)] == [20.0, 1.0, 40.0]


def test_a_split_needs_keys(users: Table, job: Job) -> None:
    run = job()
    table = split(users, keys=("id",), test=0.5, run=run)
    assert {row["part"] for row in rows(table, run)} <= {"train", "valid", "test"}
    assert (table.date, table.names[-1]) == ("2026-01-30", "part")
    with pytest.raises(InvalidData, match="no keys to divide it by"):
        split(users, run=job())


def test_statistics_compare_with_a_table_or_its_profile(users: Table, job: Job) -> None:
    run = job()
    described = statistics(users, run=run)
    assert described.metrics["rows"] == 3
    assert "drift" not in described.metrics
    html = (run.workdir / "report.html").read_text()
    assert "Missing values" in html
    assert html.count("data:image/svg+xml") == 3
    with_table = statistics(users, users, run=job())
    with_profile = statistics(users, None, described.profile, run=job())
    assert with_table.metrics == with_profile.metrics
    assert with_table.metrics["drift"] == {"id": 0.0, "age": 0.0, "city": 0.0}


def test_sources_have_an_identity_before_anything_runs(users: Table, tmp_path: Path) -> None:
    assert source.identity is not None
    assert database.identity is not None
    settings = source.settings_type(path="users")
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    assert len(str(source.identity(**values, project=tmp_path))) == 64
    assert database.identity(url="sqlite:///a", query="SELECT 1", project=tmp_path) is None
    with pytest.raises(InvalidData, match="nowhere: does not exist"):
        source.identity(**{**values, "path": "nowhere"}, project=tmp_path)


def test_the_engine_is_that_of_the_run_or_the_project(tmp_path: Path, job: Job) -> None:
    with engine_of(job()) as engine:
        assert isinstance(engine, DuckDBEngine)
    run = job()
    run.memory_mb = 1000
    assert memory_of_tables(run) == 600 << 20
