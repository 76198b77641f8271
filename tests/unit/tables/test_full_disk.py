"""A disk that is full while tables go through it: one clear error, and nothing half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import StorageFailed
from netloom.tables.engines.duckdb import DuckDBEngine

SORTED = "SELECT md5(CAST(i AS VARCHAR)) AS t, i FROM range(600000) r(i) ORDER BY t"


def test_a_disk_that_is_full_while_spilling_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    engine = DuckDBEngine(memory_limit=40 << 20, threads=1, scratch=tmp_path / "scratch")
    engine._execute("SET max_temp_directory_size = '2MB'")  # as if no more were free
    try:
        with pytest.raises(StorageFailed) as failed:
            engine.write(SORTED, tmp_path / "out")
    finally:
        engine.close()
    [problem] = failed.value.diagnostics
    assert problem.code == "W508"
    assert problem.message.startswith("the disk is full: ")
    assert "finished work is kept" in (problem.fix or "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch"]
    assert list((tmp_path / "scratch").iterdir()) == []
