"""Columns of tables, and what is wrong with them, before anything runs or is queued."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged, NodeNoted
from netloom.execution.states import RunState
from netloom.graph.foresight import Foresight
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.codec import MAP_FILE
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings
from netloom.tables.known_table import KnownTable
from netloom.tables.table import TableFiles
from netloom.workspace.authoring import load_text
from netloom.workspace.submission import RunOptions, Selection, submit
from netloom.workspace.workspace import Workspace

SOURCES = """
users:  {op: tables.source, path: users}
orders: {op: tables.source, path: orders.csv, format: {type: csv}}
"""
COUNT = "query: {sql: 'SELECT user, COUNT(*) AS n, SUM(amount) AS total FROM rows GROUP BY user'}"
MERGED = SOURCES + (
    "merged: {op: tables.merge, seed: users, tables: [orders], keys: [user], sources: [{%s}]}\n"
)
OWN = '''
from netloom import Needs, operator
from netloom.tables.table import Table


@operator(group="own", job=Needs(cpus=0))
def changed(table: Table) -> Table:
    """Nobody knows what it does."""
    return table
'''
Foresee = Callable[..., Foresight]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "netloom.toml").touch()
    (tmp_path / "users").mkdir()
    users = {"user": [1, 2], "age": [20.0, None], "city": ["a", None], "bought": [True, False]}
    pq.write_table(pa.table(users), tmp_path / "users" / "a.parquet")
    (tmp_path / "orders.csv").write_text("user,amount,day\n1,2.5,2026-01-31\n")
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "own.py").write_text(OWN)
    return Workspace.open(tmp_path / ".netloom", project=tmp_path)


def text_of(nodes: str) -> str:
    lines = "".join(f"  {line}\n" for line in nodes.strip().splitlines())
    return f"netloom: 1\nname: daily\nnodes:\n{lines}"


@pytest.fixture
def foresee(workspace: Workspace) -> Foresee:
    def foresee(nodes: str, **options: Any) -> Foresight:
        return workspace.foresee(load_text(workspace, text_of(nodes)), **options)

    return foresee


def columns(found: Foresight, node: str, port: str = "out") -> dict[str, str]:
    table = found.outputs[node][port]  # type: ignore[index]
    assert isinstance(table, KnownTable)
    return {column.name: column.type for column in table.columns}


def problems(found: Foresight) -> list[tuple[Any, ...]]:
    return [
        (each.code, each.place.line, each.place.node, each.place.setting or each.place.port)
        for each in found.problems
    ]


def test_columns_follow_from_files_through_the_whole_pipeline(foresee: Foresee) -> None:
    found = foresee(
        MERGED % COUNT
        + """
filled:  {op: tables.fill, table: merged.table, rules: [{types: [number], how: mean, indicator: true}]}
parts:   {op: tables.split, table: filled.table}
map:     {op: tables.fit_features, table: parts, labels: [bought]}
encoded: {op: tables.encode, table: parts, features: map, keep: [city]}
asked:   {op: tables.query, tables: [encoded], query: {sql: "SELECT len(default_ids) AS w FROM rows"}}
"""
    )
    assert found.problems == ()
    assert columns(found, "orders") == {"user": "integer", "amount": "number", "day": "date"}
    assert columns(found, "parts") == {
        "user": "integer",
        "age": "number",
        "city": "text",
        "bought": "boolean",
        "n": "integer",
        "total": "number",
        "age_missing": "boolean",
        "total_missing": "boolean",
        "part": "text",
    }
    assert columns(found, "encoded") == {
        "user": "integer",
        "bought": "boolean",
        "city": "text",
        "part": "text",
        "default_numbers": "list<number>",
        "default_ids": "list<integer>",
    }
    assert found.outputs["encoded"]["out"].keys == ("user",)  # type: ignore[index]
    assert columns(found, "asked") == {"w": "integer"}


PROBLEMS = [
    ("a: {op: tables.source, path: users, columns: [usr]}", ("T103", 4, "a", "columns")),
    (MERGED % "columns: [amuont]", ("T103", 6, "merged", "sources.0.columns")),
    (MERGED % "keys: {user: usr}", ("T103", 6, "merged", "sources.0.keys")),
    (MERGED % "keys: {usr: user}", ("T167", 6, "merged", "sources.0.keys")),
    (MERGED % "keys: {user: amount}", ("T162", 6, "merged", "sources.0.keys")),
    (MERGED % "prefix: ''}, {prefix: x", ("T160", 6, "merged", "sources")),
    (
        MERGED % "query: {sql: 'SELECT usr FROM rows'}",
        ("T145", 6, "merged", "sources.0.query.sql"),
    ),
    (
        MERGED % "query: {sql: 'SELECT user, day + amount FROM rows'}",
        ("T144", 6, "merged", "sources.0.query.sql"),
    ),
    (
        MERGED % "query: {sql: 'SELECT user, 1 AS age FROM rows'}",
        ("T163", 6, "merged", "sources.0"),
    ),
    (
        MERGED % "as_of: {column: day, seed_column: age}",
        ("T168", 6, "merged", "sources.0.as_of.column"),
    ),
    (
        SOURCES
        + "q: {op: tables.query, tables: [users], query: {sql: SELECT age FROM rows}, keys: [user]}",
        ("T103", 6, "q", "keys"),
    ),
    (
        SOURCES + "f: {op: tables.fill, table: users, rules: [{columns: [ctiy], value: x}]}",
        ("T103", 6, "f", "rules.0.columns"),
    ),
    (
        SOURCES + "f: {op: tables.fill, table: users, rules: [{columns: [age], value: x}]}",
        ("T174", 6, "f", "rules.0"),
    ),
    (SOURCES + "s: {op: tables.split, table: users}", ("T177", 6, "s", "keys")),
    (SOURCES + "s: {op: tables.split, table: users, keys: [age]}", ("T161", 6, "s", "keys")),
    (
        SOURCES + "s: {op: tables.split, table: users, keys: [user], column: City}",
        ("T173", 6, "s", "column"),
    ),
    (
        SOURCES + "w: {op: tables.write, table: users, path: out, partition_by: [town]}",
        ("T103", 6, "w", "partition_by"),
    ),
    (
        SOURCES + "m: {op: tables.fit_features, table: users, labels: [buoght]}",
        ("T103", 6, "m", "labels"),
    ),
    (
        SOURCES + "m: {op: tables.fit_features, table: users, buckets: [{name: b, columns: [x*]}]}",
        ("T305", 6, "m", "buckets.0"),
    ),
    (
        SOURCES + "m: {op: tables.fit_features, table: users, "
        "buckets: [{name: b, columns: [city], encoding: {type: number}}]}",
        ("T306", 6, "m", "buckets.0"),
    ),
    (
        SOURCES + "m: {op: tables.fit_features, table: users, labels: [bought]}\n"
        "e: {op: tables.encode, table: orders, features: m}",
        ("T311", 7, "e", "table"),
    ),
    (
        SOURCES + "m: {op: tables.fit_features, table: users, labels: [bought]}\n"
        "e: {op: tables.encode, table: users, features: m, keep: [cty]}",
        ("T103", 7, "e", "keep"),
    ),
]

LEARNED = SOURCES + (
    "map: {op: tables.fit_features, table: users, keys: [user], labels: [LABELS]}\n"
    "coded: {op: tables.encode, table: users, features: map}\n"
    "net: {op: tables.mlp, targets: [{column: bought, type: TYPE}]}\n"
    "fit: {op: tables.train, model: net, table: TABLE, features: map}\n"
)
OTHER = (
    "map2: {op: tables.fit_features, table: users, keys: [user], labels: [bought, age]}\n"
    "coded2: {op: tables.encode, table: users, features: map2}\n"
    "net2: {op: tables.mlp, targets: [{column: COLUMN}]}\n"
    "fit2: {op: tables.train, model: net2, table: coded2, features: map2}\n"
    "v: {op: tables.compare, model_a: fit.model, model_b: fit2.model, part: null, table: "
)
PROBLEMS_OF_MODELS = [
    ({}, []),
    ({"bought, type": "buoght, type"}, [("T331", 9, "fit", "table")]),
    ({"LABELS": "age"}, [("T400", 9, "fit", "features")]),
    ({"TYPE": "labels"}, [("T332", 9, "fit", "table")]),
    ({"TABLE": "users"}, [("T345", 9, "fit", "table")]),
    ({"tables.mlp, ": "tables.dcn_v2, experts: 2, "}, [("T325", 8, "net", "experts")]),
    ({"tables.mlp, ": "tables.ft_transformer, heads: 5, "}, [("T326", 8, "net", "heads")]),
    ({"keys: [user], ": ""}, [("T344", 9, "fit", "part_column")]),
    ({"table: TABLE": "part_column: city, table: TABLE"}, [("T348", 9, "fit", "part_column")]),
    (
        {"NEXT": "p: {op: tables.predict, model: fit.model, table: users, keep: [twon]}"},
        [("T103", 10, "p", "keep")],
    ),
    (
        {"NEXT": "p: {op: tables.predict, model: fit.model, table: users, keep: [bought]}"},
        [("T363", 10, "p", "keep")],
    ),
    (
        {"NEXT": "p: {op: tables.predict, model: fit.model, table: orders}"},
        [("T311", 10, "p", "table")],
    ),
    (
        {"NEXT": "v: {op: tables.evaluate, model: fit.model, table: coded, part: test}"},
        [("T352", 10, "v", "part_column")],
    ),
    (
        {
            "NEXT": "v: {op: tables.evaluate, model: fit.model, table: users, part: null, slices: [x]}"
        },
        [("T353", 10, "v", "slices")],
    ),
    (
        {"NEXT": "v: {op: tables.compare, model_a: fit.model, model_b: fit.model, table: coded}"},
        [("T352", 10, "v", "part_column")],
    ),
    ({"NEXT": OTHER + "users}", "COLUMN": "bought, type: binary"}, []),
    (
        {"NEXT": OTHER + "users}", "COLUMN": "age, type: number"},
        [("T355", 14, "v", "model_b")],
    ),
    (
        {"NEXT": OTHER + "coded}", "COLUMN": "bought, type: binary"},
        [("T461", 14, "v", "table")],
    ),
    (
        {"NEXT": "v: {op: tables.evaluate, model: fit.model, table: orders, part: null}"},
        [("T331", 10, "v", "table"), ("T311", 10, "v", "table")],
    ),
]


@pytest.mark.parametrize(("changes", "told"), PROBLEMS_OF_MODELS)
def test_labels_and_tables_of_models_are_checked_before_anything_is_trained(
    foresee: Foresee, changes: dict[str, str], told: list[tuple[Any, ...]]
) -> None:
    nodes = LEARNED + changes.get("NEXT", "")
    usual = {"LABELS": "bought", "TYPE": "binary", "TABLE": "coded"}
    for place, value in {**changes, **usual}.items():
        nodes = nodes.replace(place, changes.get(place, value))
    assert problems(foresee(nodes)) == told


def test_a_table_that_another_map_encoded_is_told_to_train_and_to_predict(
    foresee: Foresee, workspace: Workspace
) -> None:
    fitted(workspace.project, "mine", labels=("bought",))
    fitted(workspace.project, "other", labels=("bought", "age"))
    found = foresee(
        SOURCES
        + """
mine:   {op: tables.feature_map, file: mine}
other:  {op: tables.feature_map, file: other}
coded:  {op: tables.encode, table: users, features: mine}
wrong:  {op: tables.encode, table: users, features: other}
net:    {op: tables.mlp, targets: [{column: bought, type: binary}]}
fit:    {op: tables.train, model: net, table: coded, features: mine}
unfit:  {op: tables.train, model: net, table: wrong, features: mine}
scored: {op: tables.predict, model: fit.model, table: wrong}
tested: {op: tables.evaluate, model: fit.model, table: wrong, part: null}
sound:  {op: tables.predict, model: fit.model, table: coded}
"""
    )
    assert problems(found) == [
        ("T345", 13, "unfit", "table"),
        ("T314", 14, "scored", "table"),
        ("T314", 15, "tested", "table"),
    ]


def fitted(project: Path, name: str, *, labels: tuple[str, ...]) -> None:
    """Keep a feature map of the users."""
    path = project / "users" / "a.parquet"
    files = TableFiles((str(path),), columns_of(pq.read_schema(path), name="users"))
    engine = open_engine(memory_limit=None, threads=1, scratch=project / "scratch")
    settings = FeatureSettings(keys=("user",), labels=labels)
    feature_map = fit_features(engine, files, settings, rows=2).feature_map
    engine.close()
    (project / name).mkdir()
    (project / name / MAP_FILE).write_text(feature_map.to_text())


def test_columns_of_predictions_are_known_before_a_model_is(foresee: Foresee) -> None:
    nodes = LEARNED + "p: {op: tables.predict, model: fit.model, table: users, keep: [city]}"
    for place, value in {"LABELS": "bought", "TYPE": "binary", "TABLE": "coded"}.items():
        nodes = nodes.replace(place, value)
    assert columns(foresee(nodes), "p") == {
        "user": "integer",
        "city": "text",
        "bought": "boolean",
        "bought_score": "number",
    }


@pytest.mark.parametrize(("nodes", "problem"), PROBLEMS, ids=[p[0] + p[3] for _, p in PROBLEMS])
def test_problems_are_told_with_their_line_and_setting(
    foresee: Foresee, nodes: str, problem: tuple[Any, ...]
) -> None:
    assert problems(foresee(nodes)) == [problem]


def test_a_misspelt_column_is_told_with_close_names(foresee: Foresee) -> None:
    [problem] = foresee(MERGED % "columns: [amuont]").problems
    assert str(problem) == (
        "6: merged.sources.0.columns: Table 1 has no column 'amuont', which `columns` names. "
        "Expected user, amount, day. Did you mean 'amount'?"
    )


def test_a_column_that_changed_its_type_is_told_before_a_frozen_map_meets_it(
    foresee: Foresee, workspace: Workspace
) -> None:
    other = {"user": [1], "age": ["20"], "city": ["a"], "bought": [True]}
    pq.write_table(pa.table(other), workspace.project / "other.parquet")
    found = foresee(
        SOURCES
        + """
other:   {op: tables.source, path: other.parquet}
map:     {op: tables.fit_features, table: users, keys: [user], labels: [bought]}
encoded: {op: tables.encode, table: other, features: map}
"""
    )
    [problem] = found.problems
    assert (problem.code, problem.expected, problem.got) == ("T312", "number", "text")


def test_nothing_is_concluded_from_what_nobody_knows(foresee: Foresee) -> None:
    found = foresee(
        SOURCES
        + """
dark:   {op: own.changed, table: users}
gone:   {op: tables.source, path: nowhere}
base:   {op: tables.database, url: "sqlite:///x.db", query: SELECT 1}
merged: {op: tables.merge, seed: dark, tables: [orders, gone, base], keys: [whatever]}
filled: {op: tables.fill, table: merged.table, rules: [{columns: [x], value: 1}]}
parts:  {op: tables.split, table: filled.table}
map:    {op: tables.fit_features, table: parts, labels: [y]}
coded:  {op: tables.encode, table: users, features: map}
asked:  {op: tables.query, tables: [base], query: {sql: SELECT z FROM rows}}
out:    {op: tables.write, table: parts, path: out, format: csv}
"""
    )
    assert found.problems == ()
    assert {node for node, ports in found.outputs.items() if ports} == {"users", "orders"}


def test_sources_are_not_looked_at_for_who_may_not_run_them(foresee: Foresee) -> None:
    found = foresee(MERGED % "columns: [amuont]", looks_outside=False)
    assert (found.problems, found.outputs["users"]) == ((), {})  # type: ignore[index]


def test_data_are_looked_at_again_when_they_change(foresee: Foresee, workspace: Workspace) -> None:
    before = columns(foresee(SOURCES), "users")
    (workspace.project / "users" / "a.parquet").unlink()
    pq.write_table(pa.table({"user": ["x"]}), workspace.project / "users" / "a.parquet")
    assert (list(before), columns(foresee(SOURCES), "users")) == (
        ["user", "age", "city", "bought"],
        {"user": "text"},
    )


def test_damaged_and_empty_files_are_told_before_a_run(
    foresee: Foresee, workspace: Workspace
) -> None:
    (workspace.project / "bad.parquet").write_bytes(b"PAR1 no")
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), workspace.project / "empty.parquet")
    found = foresee(
        "bad: {op: tables.source, path: bad.parquet}\n"
        "empty: {op: tables.source, path: empty.parquet}\n"
        "none: {op: tables.source, path: empty.parquet, min_rows: 0}"
    )
    assert problems(found) == [("T128", 4, "bad", None), ("T120", 5, "empty", None)]
    assert found.problems[0].message.startswith("bad.parquet is damaged or is no Parquet file")
    assert columns(found, "none") == {"a": "integer"}


def test_a_plan_and_a_run_are_refused_with_everything_that_is_known_to_be_wrong(
    workspace: Workspace,
) -> None:
    pipeline = load_text(
        workspace,
        text_of(
            MERGED % "columns: [amuont]"
            + "parts: {op: tables.split, table: users, keys: [usr]}\n"
            + "gone: {op: tables.source, path: nowhere}"
        ),
    )
    for attempt in (
        lambda: workspace.plan(pipeline),
        lambda: submit(workspace, pipeline, Selection(), RunOptions()),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        told = [(each.code, each.place.node) for each in refused.value.diagnostics]
        assert told == [("T120", "gone"), ("T103", "merged"), ("T103", "parts")]
    assert workspace.runs() == []
    plan = workspace.plan(pipeline, Selection.of(to=["users", "orders"]))
    assert list(plan.nodes) == ["users", "orders"]


def test_what_planning_and_running_find_has_its_line_too(workspace: Workspace) -> None:
    missing = load_text(workspace, text_of("a: {op: tables.source, path: nowhere}"))
    for find in (
        lambda: workspace.plan(missing),
        lambda: submit(workspace, missing, Selection(), RunOptions()),
    ):
        with pytest.raises(InvalidInput) as caught:
            find()
        assert [(each.code, each.place.line) for each in caught.value.diagnostics] == [("T120", 4)]
    problem = Diagnostic("T166", "no", Place(node="a"))
    changed = NodeChanged(RunId("r"), NodeId("a"), RunState.FAILED, 0.0, diagnostics=(problem,))
    told = missing.located_in(changed)
    assert isinstance(told, NodeChanged)
    assert [each.place.line for each in told.diagnostics] == [4]
    noted = NodeNoted(RunId("r"), NodeId("a"), 0.0, "hello")
    assert missing.located_in(noted) is noted
