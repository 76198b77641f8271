"""Columns of tables over HTTP, before anything runs; and which engine executes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.server.routes import machine

TEXT = """\
netloom: 1
name: daily
nodes:
  users: {op: tables.source, path: users.parquet}
  parts: {op: tables.split, table: users, keys: [user, town]}
  first: {op: small.number}
"""


@pytest.fixture
def project(site: Any) -> Path:
    folder: Path = site.hosting.bench.workspace.project
    columns = {"user": [1], "price": pa.array([1.5], pa.float32())}
    pq.write_table(pa.table(columns), folder / "users.parquet")
    return folder


def test_columns_of_each_port_are_told_with_what_will_go_wrong(site: Any, project: Path) -> None:
    told = site.post("ada", "/text/columns", {"text": TEXT}).json()
    users = [{"name": "user", "type": "integer"}, {"name": "price", "type": "number"}]
    assert told["nodes"] == {
        "users": {"inputs": {}, "outputs": {"out": {"columns": users, "keys": []}}},
        "parts": {
            "inputs": {"table": [{"columns": users, "keys": []}]},
            "outputs": {"out": {"columns": [*users, {"name": "part", "type": "text"}], "keys": []}},
        },
    }
    [problem] = told["diagnostics"]
    place = {"node": "parts", "setting": "keys", "line": 5}
    assert {name: problem["place"][name] for name in place} == place
    assert (problem["code"], problem["severity"]) == ("T103", "error")
    chinese = {"Accept-Language": "zh"}
    told = site.post("ada", "/text/columns", {"text": TEXT}, headers=chinese).json()
    assert told["diagnostics"][0]["message"] == "表格没有 `keys` 指定的列 'town'"


def test_who_may_not_run_a_source_is_not_told_what_is_in_it(site: Any, project: Path) -> None:
    for who in ("vera", "ada/read"):
        told = site.post(who, "/text/columns", {"text": TEXT}).json()
        assert told == {"nodes": {}, "diagnostics": []}


@pytest.mark.parametrize("text", ["", "nodes: [", "netloom: 1\nname: x\nnodes: {a: {op: no.such}}"])
def test_text_that_means_nothing_has_no_tables(site: Any, text: str) -> None:
    told = site.post("ada", "/text/columns", {"text": text})
    assert (told.status_code, told.json()) == (200, {"nodes": {}, "diagnostics": []})


def test_plans_and_runs_are_refused_for_what_will_go_wrong(site: Any, project: Path) -> None:
    for path in ("/text/plan", "/runs"):
        refused = site.post("ada", path, {"text": TEXT})
        assert refused.status_code == 422
        assert [each["code"] for each in refused.json()["diagnostics"]] == ["T103"]
    assert site.get("ada", "/runs").json()["total"] == 0
    assert site.post("ada", "/runs", {"text": TEXT, "to": ["users"]}).status_code == 201


def test_a_run_may_say_which_engine_executes_its_tables(site: Any, project: Path) -> None:
    def engine_of(run: str) -> str | None:
        engine: str | None = site.get("ada", f"/runs/{run}").json()["engine"]
        return engine

    plain = site.run("ada", TEXT, to=["users"])
    spark = site.run("ada", TEXT, to=["users"], engine="spark")
    again = site.post("ada", f"/runs/{spark}/rerun", {"to": ["users"]}).json()["id"]
    here = {"to": ["users"], "engine": "duckdb"}
    other = site.post("ada", f"/runs/{spark}/rerun", here).json()["id"]
    assert list(map(engine_of, (plain, spark, again, other))) == [None, "spark", "spark", "duckdb"]
    body = {"text": TEXT, "to": ["users"], "engine": "abacus"}
    assert site.post("ada", "/runs", body).status_code == 422


def test_the_server_tells_which_engines_it_has(
    site: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "installed_engines", lambda: ("duckdb",))
    told = site.get("vera", "/server").json()
    assert (told["engines"], told["engine"]) == (["duckdb"], "duckdb")
    (project / "netloom.toml").write_text('[tables]\nengine = "spark"\n')
    assert site.get("vera", "/server").json()["engine"] == "spark"
    (project / "netloom.toml").write_text("[tables]\nengine = 3\n")
    assert site.get("vera", "/server").json()["engine"] == "duckdb"
