"""What concerns one engine or none; that all give equal results is shown in tests/contracts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import Conflict, InvalidData, InvalidInput, StorageFailed
from netloom.tables.engines.duckdb import DuckDBEngine, canonical_type
from netloom.tables.engines.engine import Layout, TableEngine
from netloom.tables.engines.settings import TableSettings, read_table_settings
from netloom.tables.engines.written_folder import folder_written_at_once, rows_in


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("HUGEINT", "BIGINT"),
        ("UBIGINT[]", "DECIMAL(20, 0)[]"),
        ("UINTEGER", "BIGINT"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        ("TIMESTAMP_NS", "TIMESTAMP"),
        ("ENUM('a', 'b')", "VARCHAR"),
        ("MAP(VARCHAR, HUGEINT)", "MAP(VARCHAR, BIGINT)"),
        ("DOUBLE", "DOUBLE"),
    ],
)
def test_types_that_only_duckdb_has_are_replaced(kind: str, expected: str) -> None:
    assert canonical_type(kind) == expected


def test_a_failed_answer_leaves_no_folder(engine: TableEngine, tmp_path: Path) -> None:
    with pytest.raises(InvalidData):
        engine.write("SELECT CAST(t AS BIGINT) FROM (VALUES ('1'), ('x')) v(t)", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"]


def test_a_folder_is_never_written_twice(engine: TableEngine, tmp_path: Path) -> None:
    engine.write("SELECT 1 AS a", tmp_path / "out")
    with pytest.raises(Conflict):
        engine.write("SELECT 2 AS a", tmp_path / "out")
    assert rows_in(tmp_path / "out") == 1


@pytest.mark.parametrize("given", [{}, {"rows_per_file": 2048}, {"partition_by": ("part",)}])
def test_files_are_laid_out_as_wished_and_their_rows_counted(
    engine: TableEngine, tmp_path: Path, given: dict[str, Any]
) -> None:
    import pyarrow.parquet as pq

    layout = Layout(rows_per_group=2048, compression="lz4")
    rows = engine.write(
        "SELECT i AS n, i % 2 AS part FROM range(5000) t(i)",
        tmp_path / "out",
        layout=layout,
        **given,
    )
    footers = [pq.read_metadata(path) for path in (tmp_path / "out").rglob("*.parquet")]
    groups = [footer.row_group(n) for footer in footers for n in range(footer.num_row_groups)]
    assert rows == sum(group.num_rows for group in groups) == 5000
    assert max(group.num_rows for group in groups) == 2048
    assert {group.column(0).compression for group in groups} == {"LZ4"}


def test_of_an_answer_without_rows_none_are_counted(engine: TableEngine, tmp_path: Path) -> None:
    nothing = "SELECT 1 AS n WHERE FALSE"
    assert engine.write(nothing, tmp_path / "one") == 0
    assert engine.write(nothing, tmp_path / "several", rows_per_file=10) == 0
    assert rows_in(tmp_path / "one") == rows_in(tmp_path / "several") == 0


def test_files_are_numbered_in_order(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with folder_written_at_once(tmp_path / "out") as folder:
        folder.mkdir()
        for number in (0, 2, 10):
            pq.write_table(pa.table({"n": [number]}), folder / f"data_{number}.parquet")
        (folder / ".part.crc").touch()
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"part-0000{number}.parquet" for number in range(3)]
    numbers = [pq.read_table(tmp_path / "out" / name)["n"][0].as_py() for name in names]
    assert numbers == [0, 2, 10]


def test_more_than_memory_goes_through_the_scratch_folder(tmp_path: Path) -> None:
    engine = DuckDBEngine(memory_limit=40 << 20, threads=1, scratch=tmp_path / "scratch")
    sql = "SELECT md5(CAST(i AS VARCHAR)) AS t, i FROM range(600000) r(i) ORDER BY t"
    assert engine.write(sql, tmp_path / "out") == 600_000
    engine.close()


def test_equal_answers_give_equal_bytes_whatever_the_threads_do(tmp_path: Path) -> None:
    engine = DuckDBEngine(memory_limit=400 << 20, threads=4, scratch=tmp_path / "scratch")
    sql = "SELECT i, hash(i) % 1000 AS h FROM range(800000) r(i) WHERE i % 7 <> 3"
    for name in ("one", "two"):
        engine.write(sql, tmp_path / name)
    engine.close()
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert first == second


def test_too_little_memory_and_a_full_disk_are_told_apart(tmp_path: Path) -> None:
    import duckdb

    engine = DuckDBEngine(memory_limit=200 << 20, threads=1, scratch=tmp_path / "scratch")
    memory = engine._explained(duckdb.OutOfMemoryException("failed to allocate"))
    disk = engine._explained(duckdb.IOException("Could not write: No space left on device"))
    assert (type(memory), memory.diagnostics[0].code) == (InvalidData, "T111")
    assert (type(disk), disk.diagnostics[0].code) == (StorageFailed, "W508")
    engine.close()


def test_answers_of_any_size_come_in_batches(
    engine: TableEngine, rows_of: Callable[[str], Any]
) -> None:
    batches = list(engine.stream("SELECT i FROM range(5000) r(i)", batch_rows=2048))
    assert sum(batch.num_rows for batch in batches) == 5000
    assert max(batch.num_rows for batch in batches) <= 2048
    assert rows_of("SELECT SUM(i) AS s FROM range(3) r(i)") == [{"s": 3}]
    assert str(engine.describe("SELECT SUM(1) AS s").field("s").type) == "int64"


def test_the_project_chooses_the_engine(tmp_path: Path) -> None:
    assert read_table_settings(tmp_path) == TableSettings()
    file = tmp_path / "netloom.toml"
    file.write_text(
        '[project]\nname = "a"\n[tables]\nengine = "spark"\nspark = {"spark.master" = "yarn"}\n'
    )
    assert read_table_settings(tmp_path) == TableSettings(
        engine="spark", spark={"spark.master": "yarn"}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [('[tables]\nengine = "sparc"\n', "tables.engine"), ("[tables\n", "cannot be read")],
)
def test_a_wrong_choice_is_explained(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "netloom.toml").write_text(text)
    with pytest.raises(InvalidInput, match=message):
        read_table_settings(tmp_path)
