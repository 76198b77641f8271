"""Every engine gives the same results: DuckDB and Spark on one table of everything that can go wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_spark import SMALL_SPARK, skip_without_spark

from netloom.core.errors import InvalidData
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import TableEngine, open_engine
from netloom.tables.extraction import Extraction, query_of
from netloom.tables.fill import FillRule, filling_query, fit_fill, rules_of_columns
from netloom.tables.merge import Merge
from netloom.tables.merge_columns import AsOf, MergedTable
from netloom.tables.split import splitting_query
from netloom.tables.statistics import TableProfile, drift_from, histogram_of, profile_of
from netloom.tables.table import Table, TableFiles, written_table

NAN, INF = float("nan"), float("inf")
TEXTS = ["a", "", None, "é", "中文", "a'b\\c", "\u0000x", " ", "A"]
NUMBERS = [0.0, NAN, INF, -INF, None, -0.0, 1e300, 0.1, 2.5]
ROWS = pa.table(
    {
        "id": [1, 2, 3, 4, 5, 6, 7, 8, 9],
        "big": [2**62, -(2**62), 2**53 + 1, 0, None, 1, 1, 1, 1],
        "small": pa.array([1, 2, 3, 4, 5, 6, 7, None, 9], pa.int8()),
        "x": NUMBERS,
        "single": pa.array([0.1, None, 1, 2, 3, 4, 5, 6, 7], pa.float32()),
        "t": TEXTS,
        "flag": [True, False, None, *[True] * 6],
        "day": pa.array([date(1, 1, 1), date(9999, 12, 31), None, *[date(2026, 1, 31)] * 6]),
        "time": pa.array(
            [
                datetime(1969, 12, 31, 23, 59, 59, 999_999),
                None,
                *[datetime(2026, 1, 31, 1, 2, 3, 4)] * 7,
            ],
            pa.timestamp("us"),
        ),
        "zoned": pa.array([datetime(2026, 1, 31)] * 9, pa.timestamp("us", tz="Asia/Shanghai")),
        "money": pa.array(
            [Decimal("0.01"), Decimal("-99999999.99"), None, *[Decimal("1.50")] * 6],
            pa.decimal128(10, 2),
        ),
        "raw": [b"\xff\x00", b"", None, *[b"a"] * 6],
        "l": pa.array([[1.0, None, NAN], [], None, *[[0.5]] * 6], pa.list_(pa.float32())),
        "m": pa.array(
            [[("é", 1.0), ("", INF)], [], None, *[[("k", None)]] * 6],
            pa.map_(pa.string(), pa.float64()),
        ),
    }
)

Engines = dict[str, TableEngine]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    skip_without_spark()
    scratch = tmp_path_factory.mktemp("engines")
    found = {
        name: open_engine(
            name,  # type: ignore[arg-type]
            memory_limit=600 << 20,
            threads=1,
            scratch=scratch / name,
            options=SMALL_SPARK,
        )
        for name in ("duckdb", "spark")
    }
    yield found
    for engine in found.values():
        engine.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows in a folder of partitions: one of everything, one without a value, one without rows."""
    folder = tmp_path_factory.mktemp("rows")
    parts = {
        "a b": ROWS.slice(0, 6),
        "__HIVE_DEFAULT_PARTITION__": ROWS.slice(6),
        "void": ROWS.slice(0, 0),
    }
    for name, rows in parts.items():
        (folder / f"p={name}").mkdir()
        pq.write_table(rows, folder / f"p={name}" / "a.parquet")
    return folder


@pytest.fixture(scope="module")
def table(folder: Path) -> Table:
    return written_table(f"path:{folder}", lambda _: folder, partitions=("p",))


@pytest.fixture(scope="module")
def bound(engines: Engines, table: Table, folder: Path) -> Engines:
    for engine in engines.values():
        engine.bind("rows", table.files(lambda _: folder))
    return engines


def same(value: Any) -> Any:
    """NaN equals NaN, a map is a mapping, and rows have an order."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            return {key: same(item) for key, item in value}
        return [same(item) for item in value]
    return value


def answers(engines: Engines, query: Callable[[TableEngine], str] | str) -> list[Any]:
    found = []
    for engine in engines.values():
        sql = query if isinstance(query, str) else query(engine)
        rows = engine.rows(sql).to_pylist()
        found.append(
            sorted(
                ({name: same(value) for name, value in row.items()} for row in rows),
                key=lambda row: (row.get("id", 0), str(row)),
            )
        )
    return found


def test_every_kind_of_value_is_read_alike(bound: Engines) -> None:
    duckdb, spark = answers(bound, "SELECT * FROM rows")
    assert duckdb == spark
    assert [row["x"] for row in duckdb] == [same(number) for number in NUMBERS]
    assert [row["t"] for row in duckdb] == TEXTS
    assert [row["big"] for row in duckdb] == ROWS["big"].to_pylist()
    assert [row["p"] for row in duckdb] == ["a b"] * 6 + [None] * 3
    assert duckdb[0]["zoned"] == datetime(2026, 1, 31)
    assert [row["small"] for row in duckdb] == ROWS["small"].to_pylist()


def test_every_kind_of_value_is_written_alike(bound: Engines, tmp_path: Path) -> None:
    tables = {}
    for name, engine in bound.items():
        assert engine.write("SELECT * FROM rows", tmp_path / name, metadata={"map": "é"}) == 9
        files = sorted((tmp_path / name).glob("*.parquet"))
        assert {pq.read_schema(file).metadata[b"map"].decode() for file in files} == {"é"}
        location = f"path:{tmp_path / name}"
        tables[name] = written_table(location, lambda location: Path(location[5:]))
    assert tables["duckdb"].columns == tables["spark"].columns
    # Each reads what the other wrote.
    bound["duckdb"].bind("copy", tables["spark"].files(lambda _: tmp_path / "spark"))
    bound["spark"].bind("copy", tables["duckdb"].files(lambda _: tmp_path / "duckdb"))
    duckdb, spark = answers(bound, "SELECT * FROM copy")
    assert duckdb == spark == answers({"duckdb": bound["duckdb"]}, "SELECT * FROM rows")[0]


def test_partitions_and_answers_without_rows_are_written_alike(
    bound: Engines, tmp_path: Path
) -> None:
    for name, engine in bound.items():
        engine.write("SELECT id, t, p FROM rows", tmp_path / name, partition_by=["p"])
        assert engine.write("SELECT id FROM rows WHERE FALSE", tmp_path / f"{name}_empty") == 0
    found = {
        name: sorted(
            path.relative_to(tmp_path / name).as_posix()
            for path in (tmp_path / name).rglob("*.parquet")
        )
        for name in bound
    }
    assert [path.rpartition("/")[0].replace("%20", " ") for path in found["duckdb"]] == [
        path.rpartition("/")[0].replace("%20", " ") for path in found["spark"]
    ]
    for name in bound:
        [file] = (tmp_path / f"{name}_empty").iterdir()
        assert pq.read_schema(file).names == ["id"]


def test_answers_are_streamed_alike(bound: Engines) -> None:
    for engine in bound.values():
        batches = list(engine.stream("SELECT id FROM rows", batch_rows=4))
        assert max(batch.num_rows for batch in batches) <= 4
        assert sorted(row for batch in batches for row in batch["id"].to_pylist()) == list(
            range(1, 10)
        )
        assert engine.describe("SELECT id, x FROM rows").names == ["id", "x"]


def test_a_table_without_files_has_columns_and_no_rows(bound: Engines, table: Table) -> None:
    for engine in bound.values():
        engine.bind("nothing", TableFiles((), table.columns))
        found = engine.rows("SELECT * FROM nothing")
        assert (found.num_rows, tuple(found.schema.names)) == (0, table.names)


def test_the_small_differences_of_dialects_are_hidden(bound: Engines) -> None:
    values = ["a'b\\c", "\n\t", True, 2**63 - 1, 10**30, -0.5, NAN, -INF, date(1, 1, 1)]
    values += [datetime(2026, 1, 31, 1, 2, 3, 4), Decimal("-1.50"), None]

    def query(engine: TableEngine) -> str:
        sql = engine.sql
        literals = [f"{sql.literal(value)} AS v{number}" for number, value in enumerate(values)]
        return (
            f"SELECT id, {', '.join(literals)}, {sql.hash32('t')} AS hash, {sql.is_nan('x')} AS nan, "
            f"{sql.is_finite('x')} AS finite, {sql.microseconds('time')} AS us, "
            f"{sql.try_cast('t', 'integer')} AS i, {sql.length('m', 'map<text, number>')} AS entries, "
            f"{sql.length('l', 'list<number>')} AS items FROM rows"
        )

    duckdb, spark = answers(bound, query)
    assert duckdb == spark
    first = duckdb[0]
    assert [first[f"v{number}"] for number in range(len(values))] == [same(v) for v in values]
    assert [row["finite"] for row in duckdb] == [
        v is not None and math.isfinite(v) for v in NUMBERS
    ]
    assert [row["entries"] for row in duckdb[:3]] == [2, 0, None]


def test_users_sql_gives_the_same_everywhere(bound: Engines) -> None:
    extraction = Extraction(
        sql="""
        SELECT t AS id, COUNT(*) AS n, SUM(big // 4) AS total, MAX(day) AS latest, {least} AS least,
               strftime(MAX(time), '%Y%m%d') AS stamp, COUNT(*) FILTER (WHERE x > {least}) AS above,
               LIST_SORT(LIST(id)) AS ids
        FROM rows WHERE t IS NOT NULL GROUP BY t ORDER BY n, t
        """,
        values={"least": 0.05},
    )
    duckdb, spark = answers(
        bound, lambda engine: query_of(extraction, {"rows": "rows"}, engine=engine)
    )
    assert duckdb == spark
    assert len(duckdb) == 8


def test_splits_are_the_same_everywhere(bound: Engines, table: Table) -> None:
    def query(engine: TableEngine) -> str:
        return splitting_query(
            "rows",
            table.columns,
            ["id", "t", "flag", "day", "time", "money"],
            valid=0.3,
            test=0.3,
            seed=1,
            column="part",
            engine=engine,
        )

    duckdb, spark = answers(bound, query)
    assert duckdb == spark
    assert len({row["part"] for row in duckdb}) > 1


def test_gaps_are_filled_alike(bound: Engines, table: Table) -> None:
    rules = (
        FillRule(columns=("x",), how="median", infinite=True, indicator=True),
        FillRule(columns=("t",), how="most_frequent", empty=True),
        FillRule(columns=("day",), how="largest"),
        FillRule(columns=("time",), how="smallest"),
        FillRule(types=("integer", "number", "decimal"), how="mean"),
        FillRule(types=("boolean",), value=False),
    )
    chosen = rules_of_columns(rules, table.columns, ("id", "big"))
    fitted = [fit_fill(chosen, table.columns, "rows", engine=engine) for engine in bound.values()]
    assert fitted[0] == fitted[1]
    duckdb, spark = answers(
        bound,
        lambda engine: filling_query(chosen, fitted[0], table.columns, "rows", engine=engine),
    )
    assert duckdb == spark


def test_statistics_are_the_same_everywhere(bound: Engines, table: Table, tmp_path: Path) -> None:
    columns = [column for column in table.columns if column.name in ("x", "t", "day", "m")]

    def profiled(name: str, sample: int) -> TableProfile:
        scratch = tmp_path / f"{name}_{sample}"
        engine = bound[name]
        return profile_of("rows", columns, 9, sample=sample, scratch=scratch, engine=engine)

    profile = profiled("duckdb", 100)
    assert profile.to_json() == profiled("spark", 100).to_json()
    assert profiled("duckdb", 4).to_json() == profiled("spark", 4).to_json()
    drift = [
        drift_from(profile, "rows", columns, 9, sample=100, scratch=tmp_path, engine=engine)
        for engine in bound.values()
    ]
    assert drift == [{"x": 0.0, "t": 0.0, "day": 0.0}] * 2
    column = next(column for column in table.columns if column.name == "single")
    known = {"quantiles": [0.1, 6.9]}
    histograms = [
        histogram_of(engine.sql.identifier("rows"), column, known, bars=4, engine=engine)
        for engine in bound.values()
    ]
    assert histograms[0] == histograms[1]


def test_merges_are_the_same_everywhere(bound: Engines, tmp_path: Path) -> None:
    def stored(name: str, columns: Any) -> Table:
        (tmp_path / name).mkdir()
        pq.write_table(pa.table(columns), tmp_path / name / "a.parquet")
        return written_table(f"path:{tmp_path / name}", lambda _: tmp_path / name)

    seed = stored(
        "seed",
        {"k": ["a", "", None, "é", "é"], "day": [date(2026, 1, 31)] * 5, "y": [1, 2, 3, 4, 5]},
    )
    one = stored(
        "one", {"k": ["", "é", "é"], "day": [date(2026, 1, 31)] * 3, "v": [NAN, None, 1.0]}
    )
    two = stored("two", {"k": ["a", "a", "é"], "amount": [1, 2, 3]})
    wishes = (
        MergedTable(prefix="one_"),
        MergedTable(
            query=Extraction(
                sql="SELECT k, DATE '2026-01-31' AS day, SUM(amount) AS total FROM rows GROUP BY k"
            )
        ),
    )
    merge = Merge(("k", "day"), wishes, on_null_keys="drop", on_duplicates="drop")
    found = []
    for name, engine in bound.items():
        work = tmp_path / f"job_{name}"

        def resolve(location: str, work: Path = work) -> Path:
            scheme, _, rest = location.partition(":")
            return work / rest if scheme == "work" else Path(rest)

        made, report = merge.run(seed, [one, two], engine=engine, resolve=resolve, scratch=work)
        engine.bind("made", made.files(resolve))
        found.append((made.columns, report, answers({name: engine}, "SELECT y AS id, * FROM made")))
    assert found[0] == found[1]
    assert found[0][1]["rows"] == 3


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_rows_as_of_a_moment_are_the_same_everywhere(
    bound: Engines, tmp_path: Path, kind: str
) -> None:
    def moments(*days: int) -> pa.Array:
        first = datetime(1970, 1, 1)
        found = [first + timedelta(days=day, microseconds=day) for day in days]
        if kind == "timestamp":
            return pa.array(found, pa.timestamp("us"))
        return pa.array([moment.date() for moment in found])

    def stored(name: str, columns: Any) -> Table:
        (tmp_path / name).mkdir()
        pq.write_table(pa.table(columns), tmp_path / name / "a.parquet")
        return written_table(f"path:{tmp_path / name}", lambda _: tmp_path / name)

    seed = stored("seed", {"k": ["é", "é", "", "b", None], "t": moments(-9, 4, 4, 40, 4)})
    table = stored(
        "table",
        {
            "id": ["é", "é", "é", "", "", "b"],
            "t": moments(-9, 3, 5, 4, 4, 20),
            "v": [NAN, 1, 2, 4, 3, 5],
        },
    )
    limits: tuple[dict[str, Any], ...] = (
        {},
        {"same_moment": False},
        {"at_most_days": 19},
    )
    wishes = [
        MergedTable(
            keys={"k": "id"},
            prefix=f"v{number}_",
            as_of=AsOf(column="t", seed_column="t", **said),
        )
        for number, said in enumerate(limits)
    ]
    merge = Merge(("k",), tuple(wishes), on_null_keys="drop", on_duplicates="drop")
    found = []
    for name, engine in bound.items():
        work = tmp_path / f"job_{name}"

        def resolve(location: str, work: Path = work) -> Path:
            scheme, _, rest = location.partition(":")
            return work / rest if scheme == "work" else Path(rest)

        made, report = merge.run(seed, [table] * 3, engine=engine, resolve=resolve, scratch=work)
        engine.bind("made", made.files(resolve))
        rows = engine.rows("SELECT k, v0_v, v1_v, v2_v FROM made ORDER BY k, t").to_pydict()
        found.append((made.columns, made.keys, report, str(rows)))
    assert found[0] == found[1]
    assert found[0][3] == str(
        {
            "k": ["", "b", "é", "é"],
            "v0_v": [3.0, 5.0, NAN, 1.0],
            "v1_v": [None, 5.0, None, 1.0],
            "v2_v": [3.0, None, NAN, 1.0],
        }
    )


def test_mistakes_are_the_same_kind_of_error_everywhere(bound: Engines, tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really PAR1")
    for engine in bound.values():
        for sql in (
            "SELECT nope FROM rows",
            "SELECT * FROM missing",
            "SELECT (",
            engine.sql.cast("'x'", "integer").join(("SELECT ", "")),
        ):
            with pytest.raises(InvalidData):
                engine.rows(sql)
        files = TableFiles((str(tmp_path / "bad.parquet"),), columns_of(ROWS.schema, name="a"))
        with pytest.raises(InvalidData):
            _read(engine, files)


def _read(engine: TableEngine, files: TableFiles) -> None:
    """A damaged file is noticed when it is bound or when it is read."""
    engine.bind("bad", files)
    engine.rows("SELECT * FROM bad")
