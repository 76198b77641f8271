from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.inference.tables.partitions import open_piece, plan_partitions
from netloom.tables.table import TableFiles

Piece = tuple[str, int, int, int, int, bool]


def table(folder: Path, *sizes: int, row_group_size: int = 4) -> TableFiles:
    paths = []
    for number, rows in enumerate(sizes):
        paths.append(str(folder / f"{number}.parquet"))
        pq.write_table(pa.table({"x": range(rows)}), paths[-1], row_group_size=row_group_size)
    return TableFiles(tuple(paths), (), folder=str(folder))


def pieces(files: TableFiles, **given: Any) -> list[list[Piece]]:
    return [
        [
            (piece.name, piece.first, piece.stop, piece.start, piece.rows, piece.is_whole)
            for piece in each.pieces
        ]
        for each in plan_partitions(files, **given)
    ]


def test_row_groups_that_follow_one_another_make_partitions_of_bounded_size(tmp_path: Path) -> None:
    assert pieces(table(tmp_path, 10, 3, 0, 9), rows_per_partition=8) == [
        [("0.parquet", 0, 2, 0, 8, False)],
        [("0.parquet", 2, 3, 8, 2, False), ("1.parquet", 0, 1, 0, 3, True)],
        [("3.parquet", 0, 2, 0, 8, False)],
        [("3.parquet", 2, 3, 8, 1, False)],
    ]


def test_a_row_group_is_never_divided_and_a_file_only_if_wanted(tmp_path: Path) -> None:
    files = table(tmp_path, 10, 3, 1)
    assert [each.rows for each in plan_partitions(files, rows_per_partition=1)] == [4, 4, 2, 3, 1]
    assert pieces(files, rows_per_partition=5, whole_files=True) == [
        [("0.parquet", 0, 3, 0, 10, True)],
        [("1.parquet", 0, 1, 0, 3, True), ("2.parquet", 0, 1, 0, 1, True)],
    ]


def test_no_rows_are_one_partition_without_pieces(tmp_path: Path) -> None:
    (nothing,) = plan_partitions(table(tmp_path, 0))
    (no_files,) = plan_partitions(TableFiles((), ()))
    assert nothing == no_files
    assert (nothing.number, nothing.pieces, nothing.rows) == (0, (), 0)


def test_the_plan_depends_on_the_files_and_on_where_they_are_only_relative_to_the_table(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").mkdir()
    files = table(tmp_path / "a", 9, 9)
    plan = plan_partitions(files, rows_per_partition=5)
    assert plan_partitions(files, rows_per_partition=5) == plan
    (tmp_path / "a").rename(tmp_path / "b")
    moved = TableFiles(
        tuple(path.replace("/a/", "/b/") for path in files.paths), (), folder=str(tmp_path / "b")
    )
    again = plan_partitions(moved, rows_per_partition=5)
    assert [each.source for each in again] == [each.source for each in plan]
    assert len({each.source for each in plan}) == len(plan)
    os.utime(tmp_path / "b" / "1.parquet", ns=(1, 1))
    touched = plan_partitions(moved, rows_per_partition=5)
    changed = [a.source != b.source for a, b in zip(touched, plan, strict=True)]
    assert changed == [any(piece.name == "1.parquet" for piece in each.pieces) for each in plan]


def test_damaged_and_changed_files_are_named(tmp_path: Path) -> None:
    files = table(tmp_path, 9)
    (partition,) = plan_partitions(files)
    path = Path(files.paths[0])
    os.utime(path, ns=(1, 1))
    with pytest.raises(InvalidData, match=f"{path} changed since the table was looked at"):
        open_piece(partition.pieces[0])
    path.write_bytes(b"PAR1 nothing else")
    with pytest.raises(InvalidData, match=f"{path} is damaged or is no Parquet file"):
        plan_partitions(files)
    path.unlink()
    with pytest.raises(InvalidData, match=f"{path} is gone since the table was looked at"):
        open_piece(partition.pieces[0])
