from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import Conflict, InvalidData
from netloom.core.reporter import SilentReporter
from netloom.tables.engines.engine import TableEngine
from netloom.tables.table import Table
from netloom.tables.tfrecord.examples import batches_of_records
from netloom.tables.tfrecord.records import read_records
from netloom.tables.writing import write_out

PLAIN = {"id": [1, 2, 3], "x": [0.5, float("nan"), None], "t": ["é", 'a,"b"', None]}
RICH = {
    **PLAIN,
    "day": [date(2026, 1, 31), None, None],
    "time": [datetime(2026, 1, 31, 1, 2, 3, 4), None, None],
    "money": [Decimal("1.50"), None, None],
    "l": [[1.0], [], None],
    "m": pa.array([[("a", 1.0)], [], None], pa.map_(pa.string(), pa.float64())),
}

Write = Callable[..., dict[str, Any]]


@pytest.fixture
def write(
    engine: TableEngine, make_table: Callable[..., Table], resolve: Any, tmp_path: Path
) -> Write:
    number = 0

    def write(path: str, columns: Any = PLAIN, **settings: Any) -> dict[str, Any]:
        nonlocal number
        number += 1
        chosen = {
            "form": "parquet",
            "partition_by": (),
            "rows_per_file": 1000,
            "if_exists": "error",
            "success_file": "_SUCCESS",
            **settings,
        }
        return write_out(
            make_table(f"rows_{number}", columns),
            path,
            engine=engine,
            resolve=resolve,
            scratch=tmp_path / f"job_{number}",
            project=tmp_path,
            reporter=SilentReporter(tmp_path),
            **chosen,
        )

    return write


def test_parquet_may_be_in_partitions(write: Write, tmp_path: Path) -> None:
    report = write("out/users", partition_by=("t",))
    assert (report["path"], report["rows"], report["files"]) == (str(tmp_path / "out/users"), 3, 3)
    names = sorted(path.name for path in (tmp_path / "out/users").iterdir())
    assert names == ["_SUCCESS", "t=%C3%A9", "t=__HIVE_DEFAULT_PARTITION__", "t=a%2C%22b%22"]


def test_csv_has_a_header_and_quotes(write: Write, tmp_path: Path) -> None:
    report = write("out", {"id": [1, 2, 3], "t": ["é", 'a,"b"', None]}, form="csv", rows_per_file=2)
    assert report["files"] == 2
    assert (tmp_path / "out/part-00000.csv").read_text() == '"id","t"\n1,"é"\n2,"a,""b"""\n'
    assert (tmp_path / "out/part-00001.csv").read_text() == '"id","t"\n3,\n'


def test_json_lines_have_texts_for_what_json_lacks(write: Write, tmp_path: Path) -> None:
    write("out", RICH, form="jsonl")
    lines = (tmp_path / "out/part-00000.jsonl").read_text(encoding="utf-8").splitlines()
    first, second, third = map(json.loads, lines)
    assert first == {
        "id": 1,
        "x": 0.5,
        "t": "é",
        "day": "2026-01-31",
        "time": "2026-01-31T01:02:03.000004",
        "money": "1.50",
        "l": [1.0],
        "m": {"a": 1.0},
    }
    assert (second["x"], second["m"], third["m"]) == (None, {}, None)


def test_tfrecord_files_are_cut_at_the_wanted_number(write: Write, tmp_path: Path) -> None:
    assert write("out", form="tfrecord", rows_per_file=2)["files"] == 2
    found = []
    for path in sorted((tmp_path / "out").glob("*.tfrecord")):
        with path.open("rb") as stream:
            records = list(read_records(stream, name=path.name))
        _, batches = batches_of_records(records, name="a", sample=9, types={}, batch_rows=9)
        found.append([row["id"] for row in next(batches).to_pylist()])
    assert found == [[1, 2], [3]]


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "tfrecord"])
def test_a_table_without_rows_gives_one_file(write: Write, tmp_path: Path, form: str) -> None:
    report = write("out", {"id": pa.array([], pa.int64())}, form=form, success_file=None)
    assert (report["rows"], report["files"]) == (0, 1)
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_an_existing_folder_is_replaced_only_if_said(write: Write, tmp_path: Path) -> None:
    write("out")
    (tmp_path / "out" / "old").touch()
    with pytest.raises(Conflict, match="exists already"):
        write("out")
    write("out", {"id": [9]}, if_exists="replace")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "_SUCCESS",
        "part-00000.parquet",
    ]
    assert pq.read_table(tmp_path / "out").to_pydict() == {"id": [9]}
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_url_gets_the_success_file_last(write: Write) -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    try:
        write("memory://bucket/out")
        write("memory://bucket/out", {"id": [9]}, if_exists="replace")
        assert sorted(store.find("/bucket")) == [
            "/bucket/out/_SUCCESS",
            "/bucket/out/part-00000.parquet",
        ]
    finally:
        store.store.clear()


@pytest.mark.parametrize(
    ("columns", "settings", "message"),
    [
        (RICH, {"form": "csv"}, "SV cannot hold l, m"),
        (PLAIN, {"form": "jsonl", "partition_by": ("t",)}, "nly Parquet is written in partitions"),
        (PLAIN, {"partition_by": ("nope",)}, "no column 'nope'"),
    ],
)
def test_what_cannot_be_written_is_refused(
    write: Write, tmp_path: Path, columns: Any, settings: Any, message: str
) -> None:
    with pytest.raises(InvalidData, match=message):
        write("out", columns, **settings)
    assert not (tmp_path / "out").exists()
