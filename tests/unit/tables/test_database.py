from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import NetloomError
from netloom.core.reporter import SilentReporter
from netloom.tables.columns import Column
from netloom.tables.sources.database import read_database
from netloom.tables.table import Table, read_head

Read = Callable[..., Table]
QUERY = "SELECT id, name FROM users"


@pytest.fixture
def read(tmp_path: Path, resolve: Any) -> Read:
    connection = sqlite3.connect(tmp_path / "users.db")
    connection.execute("CREATE TABLE users (id INTEGER, name TEXT, score REAL, mixed)")
    rows = [(1, "é", 0.5, 1), (2, None, None, "a")]
    connection.executemany("INSERT INTO users VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()

    def read(url: str, query: str, **settings: Any) -> Table:
        chosen = {"password_variable": None, "types": {}, **settings}
        return read_database(
            url,
            query,
            project=tmp_path,
            resolve=resolve,
            reporter=SilentReporter(tmp_path),
            **chosen,
        )

    return read


def test_the_answer_becomes_a_table(read: Read, resolve: Any) -> None:
    table = read("sqlite:///users.db", "SELECT id, name, score FROM users ORDER BY id")
    assert table.columns == (
        Column("id", "integer"),
        Column("name", "text"),
        Column("score", "number"),
    )
    assert read_head(table, resolve, rows=9).to_pylist() == [
        {"id": 1, "name": "é", "score": 0.5},
        {"id": 2, "name": None, "score": None},
    ]


@pytest.mark.parametrize(
    ("query", "got"),
    [
        ("DROP TABLE users", "DROP"),
        ("/* SELECT */ DELETE FROM users", "DELETE"),
        ("-- nothing", ""),
    ],
)
def test_only_what_reads_is_asked(read: Read, query: str, got: str) -> None:
    with pytest.raises(NetloomError) as caught:
        read("sqlite:///users.db", query)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.got) == ("T150", got)
    assert read("sqlite:///users.db", QUERY).rows == 2


def test_a_query_that_hides_a_change_changes_nothing(read: Read) -> None:
    with pytest.raises(NetloomError, match="readonly database"):
        read("sqlite:///users.db", "WITH one AS (SELECT 1) DELETE FROM users RETURNING id")
    assert read("sqlite:///users.db", QUERY).rows == 2


def test_a_driver_that_is_not_installed_is_told(read: Read) -> None:
    with pytest.raises(NetloomError) as caught:
        read("oracle://me@nowhere/db", "SELECT 1 AS a")
    (problem,) = caught.value.diagnostics
    assert problem.code == "T151"
    assert "No module named" in problem.message


def test_types_may_be_said(read: Read, resolve: Any) -> None:
    query = "SELECT mixed FROM users WHERE id < 3"
    table = read("sqlite:///users.db", query, types={"mixed": "text"})
    assert read_head(table, resolve, rows=9).to_pylist() == [{"mixed": "1"}, {"mixed": "a"}]
    empty = read_head_of_nothing(read, resolve)
    assert empty == []


def read_head_of_nothing(read: Read, resolve: Any) -> list[Any]:
    import shutil

    shutil.rmtree(resolve("work:rows"))
    table = read("sqlite:///users.db", "SELECT id FROM users WHERE id > 5")
    return list(read_head(table, resolve, rows=9).to_pylist())


@pytest.mark.parametrize(
    ("url", "query", "settings", "message"),
    [
        ("sqlite:///users.db", "SELECT mixed FROM users", {}, "'mixed' holds values of several"),
        ("sqlite:///users.db", "SELECT nope FROM users", {}, "database refuses: no such column"),
        ("sqlite:///users.db", "DELETE FROM users", {}, "Only a query that reads"),
        ("sqlite:///users.db", "SELECT id FROM users", {"types": {"x": "text"}}, "no column 'x'"),
        ("sqlite:///nope.db", "SELECT 1", {}, "nope.db does not exist"),
        ("nope://host/x", "SELECT 1", {}, "is no address of a database"),
        ("postgresql+pg8000://me:secret@host/x", "SELECT 1", {}, "has a password in it"),
        (
            "postgresql+pg8000://me@host/x",
            "SELECT 1",
            {"password_variable": "NOT_SET_ANYWHERE"},
            "variable NOT_SET_ANYWHERE is not set",
        ),
    ],
)
def test_what_cannot_be_asked_is_explained(
    read: Read, url: str, query: str, settings: Any, message: str
) -> None:
    with pytest.raises(NetloomError) as caught:
        read(url, query, **settings)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
