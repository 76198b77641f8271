from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData
from netloom.data.index import index_schema, index_table, read_index, with_parts, write_index


def small() -> pa.Table:
    return index_table(
        ids=["a", "花"], digests=["x", "y"], sizes=[(3, 2), (5, 4)], labels=[1, None], rows=[0, 1]
    )


def test_an_index_survives_its_file(tmp_path: Path) -> None:
    write_index(tmp_path / "index.parquet", small())
    found = read_index(tmp_path / "index.parquet")
    assert found.schema.names == index_schema().names
    assert found.to_pylist() == [
        {
            "id": "a",
            "digest": "x",
            "path": None,
            "row": 0,
            "label": 1,
            "part": None,
            "width": 3,
            "height": 2,
        },
        {
            "id": "花",
            "digest": "y",
            "path": None,
            "row": 1,
            "label": None,
            "part": None,
            "width": 5,
            "height": 4,
        },
    ]


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    table = small()
    write_index(tmp_path / "whole.parquet", table)
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    write_index(tmp_path / "pieces.parquet", pieces.replace_schema_metadata({"made": "now"}))
    again = digest_of_file(tmp_path / "pieces.parquet")
    assert digest_of_file(tmp_path / "whole.parquet") == again


def test_parts_are_replaced_and_unknown_columns_kept(tmp_path: Path) -> None:
    table = small().append_column("parent", pa.array(["p", "q"]))
    write_index(tmp_path / "index.parquet", with_parts(table, ["train", None]))
    found = read_index(tmp_path / "index.parquet")
    assert found["part"].to_pylist() == ["train", None]
    assert found["parent"].to_pylist() == ["p", "q"]
    assert found["label"].to_pylist() == [1, None]


def test_missing_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 and then nothing")
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "foreign.parquet")
    for name in ("missing", "damaged", "foreign"):
        with pytest.raises(InvalidData) as caught:
            read_index(tmp_path / f"{name}.parquet")
        assert caught.value.diagnostics[0].code == "I021"
    assert "has no column digest, path" in caught.value.diagnostics[0].message
