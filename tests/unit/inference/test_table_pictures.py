from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData, NotFound
from netloom.inference.file_prediction import EncodedPicture
from netloom.inference.table_pictures import SeveralPictures, TablePictures


def table(folder: Path, **columns: Any) -> Path:
    path = folder / "t.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_bytes_in_rows_are_pictures_named_by_table_and_row(tmp_path: Path) -> None:
    path = table(tmp_path, id=[1, 2], image=[b"one", b"two"])
    pictures = TablePictures.opened(path)

    expected = [
        EncodedPicture(tmp_path / "t.parquet#0", b"one"),
        EncodedPicture(tmp_path / "t.parquet#1", b"two"),
    ]
    assert (len(pictures), list(pictures), list(pictures)) == (2, expected, expected)


def test_pictures_as_the_datasets_library_keeps_them_and_empty_ones(tmp_path: Path) -> None:
    rows = [{"bytes": b"one", "path": "a.png"}, {"bytes": None, "path": "b.png"}, None]
    path = table(tmp_path, image=pa.array(rows))

    assert list(TablePictures.opened(path)) == [
        EncodedPicture(tmp_path / "t.parquet#0", b"one"),
        Path("b.png"),
        EncodedPicture(tmp_path / "t.parquet#2", b""),
    ]


def test_paths_in_rows_are_files(tmp_path: Path) -> None:
    path = table(tmp_path, image=[1, 2], path=["a.png", "b/c.png"])

    several = SeveralPictures([[Path("first.png")], TablePictures.opened(path)])

    assert list(several) == [Path("first.png"), Path("a.png"), Path("b/c.png")]
    assert len(several) == 3


def test_many_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = table(tmp_path, bytes=[str(number).encode() for number in range(200)])

    found = list(TablePictures.opened(path))

    assert [
        (each.path.name, each.content) for each in found if isinstance(each, EncodedPicture)
    ] == [(f"t.parquet#{number}", str(number).encode()) for number in range(200)]


def test_what_is_no_table_of_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        TablePictures.opened(tmp_path / "nowhere.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(InvalidData, match="no Parquet file"):
        TablePictures.opened(tmp_path / "text.parquet")
    with pytest.raises(InvalidData, match="no column of images"):
        TablePictures.opened(table(tmp_path, id=[1], label=["cat"]))
