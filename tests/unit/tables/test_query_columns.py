"""Columns of an answer are known without asking: the same that the engine writes."""

from __future__ import annotations

import re
import sys
from typing import Any

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, columns_of
from netloom.tables.engines.engine import TableEngine
from netloom.tables.extraction import Extraction, query_of
from netloom.tables.known_table import UNKNOWN
from netloom.tables.query_columns import columns_of_query
from netloom.tables.table import TableFiles

COLUMNS = tuple(
    Column(name, kind)
    for name, kind in {
        "i": "integer",
        "x": "number",
        "money": "decimal(10, 2)",
        "t": "text",
        "flag": "boolean",
        "day": "date",
        "moment": "timestamp",
        "raw": "bytes",
        "l": "list<number>",
        "m": "map<text, number>",
    }.items()
)
NAMES = {"rows": "table_1"}


def known(sql: str, columns: tuple[Column, ...] = COLUMNS, **values: Any) -> Any:
    query = Extraction(sql=sql, values=values)
    return columns_of_query(query, NAMES, {"table_1": columns}, day="2026-01-31")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM rows",
        "SELECT i, COUNT(*) AS n, SUM(i) AS s, AVG(x) AS a, SUM(money) AS m, MAX(day) FROM rows GROUP BY i",
        "SELECT i + 1 AS a, i / 2 AS b, i // 2 AS c, i % 2 AS d, x * 2 AS e, money * 2 AS f FROM rows",
        "SELECT 1 AS a, 1.5 AS b, 'x' AS c, NULL AS d, TRUE AS e, 12345678901 AS f, 1e3 AS g FROM rows",
        "SELECT CAST(i AS TINYINT) AS a, CAST(i AS UBIGINT) AS b, CAST(x AS FLOAT) AS c FROM rows",
        "SELECT {date} AS a, day + INTERVAL 1 DAY AS b, moment - INTERVAL 1 HOUR AS c FROM rows",
        "SELECT moment - moment AS a, UNNEST(l) AS b FROM rows",
        "SELECT l[1] AS a, len(l) AS b, m['k'] AS c, map_keys(m) AS d, [i, i] AS e FROM rows",
        "SELECT list(t) AS a, string_agg(t, ',') AS b, any_value(raw) AS c, quantile_cont(x, 0.5) FROM rows",
        "WITH few AS (SELECT i, t FROM rows) SELECT f.*, r.x FROM few f JOIN rows r USING (i)",
        "SELECT i, row_number() OVER (PARTITION BY t ORDER BY x) AS n, lag(day) OVER (ORDER BY i) FROM rows",
        "SELECT CASE WHEN flag THEN i ELSE x END AS a, COALESCE(i, 0) AS b, t IS NULL AS c FROM rows",
        "SELECT i, i, x AS i FROM rows",
        "SELECT t AS a FROM rows UNION ALL SELECT CAST(i AS VARCHAR) FROM rows",
    ],
)
def test_columns_are_those_that_the_engine_gives(engine: TableEngine, sql: str) -> None:
    engine.bind("table_1", TableFiles((), COLUMNS))
    query = query_of(Extraction(sql=sql), NAMES, engine=engine, day="2026-01-31")
    schema = engine.describe(query)
    given = {field.name: field.type for field in schema}
    # A column of nothing but nulls is written as integers.
    plain = pa.schema(
        {name: pa.int64() if pa.types.is_null(kind) else kind for name, kind in given.items()}
    )
    assert known(sql) == columns_of(plain, name="the answer")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT mony FROM rows", "names a column 'mony' that no table has.*Did you mean 'money'"),
        ("SELECT r.mony FROM rows r", "names a column 'mony' that no table has"),
        (
            "SELECT i + m AS a FROM rows",
            "does not fit the tables: Binder Error: No function matches",
        ),
        ("SELECT nope(i) FROM rows", "does not fit the tables: Catalog Error"),
        ("SELECT i, COUNT(*) FROM rows", "does not fit the tables: Binder Error"),
        ("SELECT * FROM other", "reads other, which is not connected"),
        ("SELECT * FROM read_csv('/etc/passwd')", "which is not connected"),
        ("SELECT {'a': 1} AS s FROM rows", "types that tables cannot have: s: STRUCT"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(sql: str, message: str) -> None:
    with pytest.raises(InvalidData) as refused:
        columns_of_query(Extraction.model_construct(sql=sql), NAMES, {"table_1": COLUMNS}, day="")
    assert re.search(message, str(refused.value))


def test_without_types_only_names_are_told() -> None:
    half = (Column("i", "integer"), Column("z", UNKNOWN))
    assert known("SELECT i, z + 1 AS a FROM rows", half) == (
        Column("i", UNKNOWN),
        Column("a", UNKNOWN),
    )
    assert known("SELECT date_trunc('day', z) AS a FROM rows", half) is None
    with pytest.raises(InvalidData, match="'zz'"):
        known("SELECT zz FROM rows", half)


def test_columns_that_depend_on_rows_are_not_known() -> None:
    pivoted = "SELECT * FROM rows PIVOT (SUM(x) FOR t IN ('a', 'b') GROUP BY i)"
    assert known(pivoted) is None


def test_a_query_is_understood_and_not_computed() -> None:
    """It would fill the memory of whoever only looks."""
    endless = "SELECT list_sum(range(100000000000)) AS a, repeat('x', 100000000000) AS b FROM rows"
    assert known(endless) == (Column("a", "integer"), Column("b", "text"))
    assert sys.getsizeof(known(endless)) < 1000


def test_a_day_is_only_known_to_tables_that_have_one() -> None:
    dated = Extraction(sql="SELECT {date} AS d FROM rows")
    table = {"table_1": COLUMNS}
    assert columns_of_query(dated, NAMES, table, day=None) == (Column("d", "date"),)
    with pytest.raises(InvalidData, match="The table has no date"):
        columns_of_query(dated, NAMES, table, day="")
