from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import Resolve
from netloom.tables.codec import TableCodec
from netloom.tables.columns import Column
from netloom.tables.table import OuterFile, Table, TableFiles, head_of_files, read_head

ARTIFACT = ArtifactId("a" * 64)


def test_a_written_table_becomes_an_artifact(
    make_table: Callable[..., Table], tmp_path: Path, resolve: Resolve
) -> None:
    table = make_table("rows", {"id": [1, 2], "t": ["a", None]}, keys=["id"], date="2026-01-31")
    folder = tmp_path / "artifact"
    folder.mkdir()
    assert TableCodec().save(table, folder, workdir=tmp_path) == ()
    loaded = TableCodec().load(folder, artifact=ARTIFACT)
    assert loaded == Table(
        location=f"artifact:{ARTIFACT}/rows",
        columns=(Column("id", "integer"), Column("t", "text")),
        keys=("id",),
        rows=2,
        date="2026-01-31",
    )
    assert not (tmp_path / "rows").exists()
    head = read_head(loaded, lambda _: folder / "rows", rows=1)
    assert head.to_pylist() == [{"id": 1, "t": "a"}]
    preview = TableCodec().preview(folder)
    assert preview.pop("size_bytes") > 0
    assert preview == {
        "rows": 2,
        "columns": [["id", "integer"], ["t", "text"]],
        "keys": ["id"],
        "partitions": [],
        "files": 1,
        "date": "2026-01-31",
        "location": "",
        "remarks": [],
    }


def test_a_table_in_another_artifact_keeps_it_alive(tmp_path: Path) -> None:
    table = Table(f"artifact:{ARTIFACT}/rows", (Column("id", "integer"),))
    assert TableCodec().save(table, tmp_path, workdir=tmp_path) == (ARTIFACT,)
    assert TableCodec().load(tmp_path, artifact=ArtifactId("b" * 64)) == table


def test_a_folder_that_was_not_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="did not write: 'rows'"):
        TableCodec().save(Table("work:rows", ()), tmp_path, workdir=tmp_path)


def test_a_damaged_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.json").write_text('{"rows": 1}')
    with pytest.raises(InvalidData, match="description of a table cannot be read"):
        TableCodec().load(tmp_path, artifact=ARTIFACT)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_file_that_changed_outside_is_noticed(tmp_path: Path, is_gone: bool) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [1]}), path)
    status = path.stat()
    outer = (OuterFile("a.parquet", status.st_size, str(status.st_mtime_ns)),)
    table = Table("path:.", (Column("id", "integer"),), rows=1, outer=outer)
    assert table.files(lambda _: tmp_path).paths == (str(path),)
    if is_gone:
        path.unlink()
    else:
        os.utime(path, ns=(1, 1))
    with pytest.raises(InvalidData, match="is gone since" if is_gone else "changed since"):
        table.files(lambda _: tmp_path)


def test_the_head_has_columns_of_partitions(tmp_path: Path) -> None:
    folder = tmp_path / "dt=2026-01-31"
    folder.mkdir()
    pq.write_table(pa.table({"id": [1]}), folder / "a.parquet")
    columns = (Column("id", "integer"), Column("dt", "text"))
    files = TableFiles((str(folder / "a.parquet"),), columns, ("dt",), str(tmp_path))
    assert head_of_files(files, rows=5).to_pylist() == [{"id": 1, "dt": "2026-01-31"}]


def test_a_table_without_files_has_an_empty_head() -> None:
    head = head_of_files(TableFiles((), (Column("m", "map<text, number>"),)), rows=5)
    assert head.schema == pa.schema([("m", pa.map_(pa.string(), pa.float64()))])
    assert head.num_rows == 0
