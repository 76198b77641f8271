from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.tables.engines.engine import TableEngine
from netloom.tables.extraction import Extraction, places, query_of, with_values
from netloom.tables.table import Table


def test_places_are_found_outside_texts_and_comments() -> None:
    sql = "SELECT '{{', \"{b}\", {c} -- {d}\n/* {e}\n */, {c}, {'f': 1}, { g }"
    assert list(places(sql)) == ["c", "c"]


@pytest.mark.parametrize(
    ("sql", "values", "message"),
    [
        ("SELECT {least}, {most}", {"leest": 1}, "places without a value: least, most"),
        ("SELECT 1", {"least": 1}, "values without a place in `sql`: least"),
        ("SELECT '{least}'", {"least": 1}, "take away the quotes"),
        ("", {}, "at least 1 character"),
    ],
)
def test_places_and_values_must_match(sql: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Extraction(sql=sql, values=values)


def test_values_are_literals_whatever_is_in_them() -> None:
    sql = with_values("SELECT {a}, {b}, {c}", {"a": "x'; DROP TABLE t --", "b": True, "c": -2})
    assert sql == "SELECT 'x''; DROP TABLE t --', TRUE, CAST('-2' AS BIGINT)"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM rows", "is not one SELECT"),
        ("SELECT 1; SELECT 2", "is not one SELECT"),
        ("COPY rows TO 'a'", "is not one SELECT"),
        ("SELECT * FROM other", "reads other, which is not connected"),
        ("SELECT * FROM read_csv('/etc/passwd')", "which is not connected"),
        ("SELECT * FROM 'a.parquet'", "which is not connected"),
        ("SELECT (SELECT 1 FROM hidden) FROM rows", "reads hidden"),
        ("SELECT * FROM main.rows", "which is not connected"),
        ("SELECT ((1 FROM rows", "cannot be understood"),
        ("SELECT {date} FROM rows", r"the place \{date\} in the SQL has no value"),
    ],
)
def test_only_one_select_on_what_is_connected(engine: TableEngine, sql: str, message: str) -> None:
    with pytest.raises(InvalidData) as caught:
        query_of(Extraction(sql=sql), {"rows": "view"}, engine=engine)

    assert re.search(message, str(caught.value), re.IGNORECASE), str(caught.value)


def test_tables_are_the_engines_views_and_the_day_is_known(
    engine: TableEngine, make_table: Callable[..., Table], resolve: Any
) -> None:
    table = make_table("users", {"id": [1, 2], "day": ["2026-01-30", "2026-01-31"]})
    engine.bind("table_1", table.files(resolve))
    sql = (
        "WITH new AS (SELECT * FROM Rows WHERE CAST(day AS DATE) >= {date}) "
        "SELECT new.id, r.id AS other, rows.day FROM new JOIN rows r ON new.id = r.id "
        "JOIN rows ON rows.id = r.id;"
    )
    query = query_of(Extraction(sql=sql), {"rows": "table_1"}, engine=engine, day="2026-01-31")
    assert engine.rows(query).to_pylist() == [{"id": 2, "other": 2, "day": "2026-01-31"}]
