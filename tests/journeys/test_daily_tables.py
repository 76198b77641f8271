"""Tables of a day, merged, filled and divided; run again when nothing, and when something, has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidInput, InvalidPipeline
from netloom.workspace.submission import RunOptions, Selection

PIPELINE = """
users:  {op: tables.source, path: "users/dt={date}", date: "2026-01-31", shift_days: -1}
orders: {op: tables.source, path: "orders/dt={date}", date: "2026-01-31", degrade_days: 3, COMPLETE}
merged: {op: tables.merge, seed: users, tables: [orders], keys: [user], sources: [{query: QUERY}]}
filled: {op: tables.fill, table: merged.table, rules: [{columns: [total], value: 0}]}
parts:  {op: tables.split, table: filled.table, keys: [user], test: 0.5, valid: 0.0}
look:   {op: tables.statistics, table: parts}
out:    {op: tables.write, table: parts, path: "out/{date}"}
"""
COMPLETE = "success_file: _SUCCESS"
SQL = "SELECT user, SUM(amount) AS total FROM rows WHERE amount >= {least} GROUP BY user"


def nodes(sql: str) -> str:
    query = f'{{sql: "{sql}", values: {{least: 2}}}}'
    return PIPELINE.replace("QUERY", query).replace("COMPLETE", COMPLETE)


def put(folder: Path, columns: dict[str, list[Any]], *, is_complete: bool = True) -> None:
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "a.parquet")
    if is_complete:
        (folder / "_SUCCESS").touch()


@pytest.fixture
def daily(project: Any) -> Any:
    put(project.folder / "users" / "dt=2026-01-30", {"user": ["a", "b", "c"], "age": [20, 30, 40]})
    orders = {"user": ["a", "a", "b", "z"], "amount": [2, 3, 1, 9]}
    put(project.folder / "orders" / "dt=2026-01-29", orders)
    project.pipeline(nodes(SQL))
    return project


def ran(result: Any) -> set[str]:
    return {name for name, node in result.require_success().nodes.items() if node.state != "cached"}


def test_a_day_is_computed_once_and_again_when_newer_data_arrive(daily: Any) -> None:
    result = daily.run()
    assert ran(result) == {"users", "orders", "merged", "filled", "parts", "look", "out"}
    assert result.value("orders").remarks == ("data of 2026-01-29, 2 days late",)
    assert result.value("merged.report") == {"rows": 3, "matched_1": pytest.approx(1 / 3)}
    written = pq.read_table(daily.folder / "out" / "2026-01-30").sort_by("user").to_pydict()
    assert written.pop("part") == ["train", "test", "train"]
    assert written == {"user": ["a", "b", "c"], "age": [20, 30, 40], "total": [5, 0, 0]}

    # The engine is no part of what a result depends on: nothing is computed, and no Spark started.
    workspace = daily.open()
    pipeline = workspace.load(daily.folder / "main.yaml")
    assert ran(workspace.run(pipeline, Selection(), RunOptions(engine="spark"))) == set()

    put(
        daily.folder / "orders" / "dt=2026-01-31", {"user": ["b"], "amount": [7]}, is_complete=False
    )
    assert ran(daily.run(to=["look"])) == set()
    (daily.folder / "orders" / "dt=2026-01-31" / "_SUCCESS").touch()
    newer = daily.run(to=["look"])
    assert ran(newer) == {"orders", "merged", "filled", "parts", "look"}
    assert newer.value("orders").date == "2026-01-31"


def test_what_is_wrong_is_said_before_anything_is_queued(daily: Any) -> None:
    workspace = daily.open()
    daily.pipeline(nodes(SQL.replace("{least}", "{lesat}")))
    with pytest.raises(InvalidPipeline, match="places without a value: lesat"):
        workspace.plan(workspace.load(daily.folder / "main.yaml"))
    daily.pipeline(nodes(SQL).replace("degrade_days: 3", "degrade_days: 1"))
    with pytest.raises(InvalidInput, match=r"no complete data of 2026-01-31 or the day before"):
        daily.run()
    assert list(workspace.runs()) == []
