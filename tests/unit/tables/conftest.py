"""Small tables in a folder, and an engine on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netloom.core.locations import Resolve
from netloom.tables.engines.engine import TableEngine, open_engine
from netloom.tables.table import Table, written_table

MakeTable = Callable[..., Table]


@pytest.fixture
def resolve(tmp_path: Path) -> Resolve:
    """``work:`` and ``path:`` locations below the temporary folder."""
    return lambda location: tmp_path / location.partition(":")[2]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[TableEngine]:
    engine = open_engine(memory_limit=200 << 20, threads=1, scratch=tmp_path / "scratch")
    yield engine
    engine.close()


@pytest.fixture
def make_table(tmp_path: Path, resolve: Resolve) -> MakeTable:
    """Writes columns as the only file of a table called ``name``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def make(name: str, columns: Any, **facts: Any) -> Table:
        (tmp_path / name).mkdir()
        pq.write_table(pa.table(columns), tmp_path / name / "a.parquet")
        return written_table(f"work:{name}", resolve, **facts)

    return make


@pytest.fixture
def rows_of(engine: TableEngine) -> Callable[[str], list[dict[str, Any]]]:
    return lambda sql: engine.rows(sql).to_pylist()
