from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import Conflict, InvalidData, StorageFailed
from netloom.inference.tables.partitions import Partition, Piece, plan_partitions
from netloom.inference.tables.predicting import Predicted, predict_partitions
from netloom.inference.tables.resuming import (
    PREDICTION_KEY,
    PredictionFiles,
    files_beside,
    install,
)
from netloom.tables.table import TableFiles

SCHEMA = pa.schema([("id", pa.int64()), ("y", pa.float32())])
ROWS = 40


@pytest.fixture
def table(tmp_path: Path) -> TableFiles:
    """Forty rows in files of ten; four row groups of at most four rows in each."""
    folder = tmp_path / "table"
    folder.mkdir()
    paths = tuple(str(folder / f"{number}.parquet") for number in range(4))
    for number, path in enumerate(paths):
        rows = pa.table({"id": range(10 * number, 10 * number + 10)})
        pq.write_table(rows, path, row_group_size=4)
    return TableFiles(paths, (), folder=str(folder))


def plan(files: TableFiles) -> tuple[Partition, ...]:
    return plan_partitions(files, rows_per_partition=8)


class Halving:
    """Predicts half of the id, and remembers which partitions it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, partitions: tuple[Partition, ...], files: PredictionFiles) -> Iterator[int]:
        for each in partitions:
            self.asked.append(each.number)
            yield from files.writing(each, SCHEMA, self.batches(each))

    def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
        for piece in partition.pieces:
            with pq.ParquetFile(piece.path) as file:
                for batch in file.iter_batches(3, row_groups=range(piece.first, piece.stop)):
                    ids = batch["id"].to_numpy()
                    yield pa.record_batch([pa.array(ids), pa.array(ids / 2, pa.float32())], SCHEMA)


def predict(
    table: TableFiles, output: Path, *, job: str = "one", predicting: Any = None
) -> Predicted:
    partitions = plan(table)
    with files_beside(output, job=job, model="m") as files:
        done = predict_partitions(
            partitions, files, predicting or Halving(), progress=lambda done, total: None
        )
        install(files, output)
    return done


def rows_in(output: Path) -> list[tuple[int, float]]:
    rows = pq.read_table(output).to_pylist()
    return sorted((row["id"], row["y"]) for row in rows)


ALL = [(number, number / 2) for number in range(ROWS)]


def test_every_partition_is_a_file_that_says_what_it_answers(
    table: TableFiles, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    seen: list[tuple[int, int]] = []
    partitions = plan(table)
    with files_beside(out, job="j", model="m") as files:
        predict_partitions(
            partitions, files, Halving(), progress=lambda done, total: seen.append((done, total))
        )
        assert not out.exists()
        install(files, out)
    assert rows_in(out) == ALL
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["out", "table"]
    assert sorted(path.name for path in out.iterdir()) == [
        "_SUCCESS",
        *(f"part-{number:05d}.parquet" for number in range(len(partitions))),
    ]
    second = pq.read_metadata(out / "part-00001.parquet")
    assert second.num_row_groups == 1
    assert json.loads(second.metadata[PREDICTION_KEY.encode()]) == {
        "format": 1,
        "job": "j",
        "model": "m",
        "number": 1,
        "rows": 6,
        "source": partitions[1].source,
        "row_groups": [
            {"file": "0.parquet", "first": 2, "stop": 3, "rows": 2},
            {"file": "1.parquet", "first": 0, "stop": 1, "rows": 4},
        ],
    }
    assert seen[0] == (0, ROWS)
    assert seen[-1] == (ROWS, ROWS)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_only_texts_are_kept_in_dictionaries(tmp_path: Path) -> None:
    columns = {
        "id": [7, 8],
        "grade": ["good", "good"],
        "grade_score": pa.array([0.25, 0.5], pa.float32()),
        "likes": [["a"], []],
        "likes_score": [[0.75], []],
    }
    rows = pa.record_batch(columns)
    files = PredictionFiles(tmp_path, "j", "m")
    piece = Piece("/t/0.parquet", "0.parquet", "1 1", 0, 1, 0, 2, True)
    assert list(files.writing(Partition(0, (piece,), "s"), rows.schema, [rows])) == [2]
    assert pq.read_table(files.file(0)).to_pydict() == rows.to_pydict()
    written = pq.read_metadata(files.file(0)).row_group(0)
    found = [written.column(number) for number in range(written.num_columns)]
    assert [each.path_in_schema for each in found if each.has_dictionary_page] == [
        "grade",
        "likes.list.element",
    ]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_resuming import Halving, plan, predict
from netloom.tables.table import TableFiles

class Killed(Halving):
    def batches(self, partition):
        for batch in super().batches(partition):
            yield batch
            if partition.number == 2:  # some of its rows are predicted, and others are done
                os.kill(os.getpid(), signal.SIGKILL)

paths = tuple(sys.argv[3:])
table = TableFiles(paths, (), folder=str(Path(paths[0]).parent))
predict(table, Path(sys.argv[2]), predicting=Killed())
"""


def test_a_killed_job_goes_on_and_every_row_is_there_once(
    table: TableFiles, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(out), *table.paths],
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    left = sorted(path.name for path in (tmp_path / "out.parts").glob("*.parquet"))
    assert left == ["part-00000.parquet", "part-00001.parquet"]
    again = Halving()
    assert predict(table, out, predicting=again) == Predicted(ROWS, resumed=14, partitions=6)
    assert again.asked == [2, 3, 4, 5]
    assert rows_in(out) == ALL
    assert not list(tmp_path.glob("**/.part*"))  # what the killed job had begun


def stopped_after(count: int) -> Halving:
    class Stopped(Halving):
        def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
            if partition.number == count:
                raise KeyboardInterrupt
            yield from super().batches(partition)

    return Stopped()


def test_predictions_of_another_model_or_other_rows_are_never_mixed(
    table: TableFiles, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        predict(table, out, job="old", predicting=stopped_after(3))
    new = Halving()
    assert predict(table, out, job="new", predicting=new).resumed == 0
    assert new.asked == [0, 1, 2, 3, 4, 5]
    with pytest.raises(KeyboardInterrupt):
        predict(table, out, job="new", predicting=stopped_after(3))
    assert rows_in(out) == ALL  # those of before, until the new ones are complete
    rows = pa.table({"id": range(100, 110)})
    pq.write_table(rows, table.paths[1], row_group_size=4)
    changed = Halving()
    assert (
        predict(table, out, job="new", predicting=changed).resumed == 8
    )  # only the first partition
    assert changed.asked == [1, 2, 3, 4, 5]
    expected = [*range(10), *range(20, 40), *range(100, 110)]
    assert [number for number, _ in rows_in(out)] == expected


def test_a_file_that_is_not_whole_is_predicted_again(table: TableFiles, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        predict(table, out, predicting=stopped_after(3))
    parts = tmp_path / "out.parts"
    content = (parts / "part-00001.parquet").read_bytes()
    (parts / "part-00001.parquet").write_bytes(content[:-9])
    (parts / "part-00077.parquet").write_bytes(content)
    again = Halving()
    predict(table, out, predicting=again)
    assert again.asked == [1, 3, 4, 5]
    assert rows_in(out) == ALL


def test_damage_in_the_middle_keeps_what_is_finished_and_says_so(
    table: TableFiles, tmp_path: Path
) -> None:
    class Damaged(Halving):
        def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
            if partition.number == 4:
                raise InvalidData.of("3.parquet is damaged", code="T128")
            yield from super().batches(partition)

    out = tmp_path / "out"
    with pytest.raises(InvalidData) as caught:
        predict(table, out, predicting=Damaged())
    assert [each.message for each in caught.value.diagnostics] == [
        "3.parquet is damaged",
        "4 of 6 partitions are predicted and kept",
    ]
    again = Halving()
    assert predict(table, out, predicting=again).resumed == 28
    assert again.asked == [4, 5]
    assert rows_in(out) == ALL


def test_a_full_disk_keeps_what_is_finished_and_says_so(
    table: TableFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    synced = os.fsync
    calls = []

    def full_at_the_third(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", full_at_the_third)
    with pytest.raises(StorageFailed) as caught:
        predict(table, out)
    problem, kept = caught.value.diagnostics
    assert problem.code == "W508"
    assert kept.message == "2 of 6 partitions are predicted and kept"
    monkeypatch.undo()
    assert predict(table, out).resumed == 14
    assert rows_in(out) == ALL


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="there is no /dev/full")
def test_a_disk_that_is_full_while_rows_are_written_is_told(
    table: TableFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(**given: Any) -> tuple[int, str]:
        return os.open("/dev/full", os.O_WRONLY), str(tmp_path / "unwritten")

    monkeypatch.setattr(tempfile, "mkstemp", nowhere)
    with pytest.raises(StorageFailed) as caught:
        predict(table, tmp_path / "out")
    assert [each.code for each in caught.value.diagnostics] == ["W508", "T365"]


def test_rows_that_are_missing_or_too_many_are_noticed(table: TableFiles, tmp_path: Path) -> None:
    class Forgetful(Halving):
        def batches(self, partition: Partition) -> Iterator[pa.RecordBatch]:
            found = list(super().batches(partition))
            yield from found[1:] if partition.number == 1 else found

    with pytest.raises(InvalidData) as caught:
        predict(table, tmp_path / "out", predicting=Forgetful())
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.expected, problem.got) == ("T360", "6 rows", "4 rows")


def test_two_programs_do_not_write_one_table(table: TableFiles, tmp_path: Path) -> None:
    with files_beside(tmp_path / "out", job="j", model="m"):
        with pytest.raises(Conflict, match="Another program is writing"):
            predict(table, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


def test_a_folder_with_something_else_is_left_alone(table: TableFiles, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("42")
    with pytest.raises(Conflict, match="is no table of predictions"):
        predict(table, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "42"
    with pytest.raises(Conflict, match="is no table of predictions"):
        predict(table, tmp_path / "out" / "thesis.txt")


def test_no_rows_give_a_file_without_rows(tmp_path: Path) -> None:
    assert predict(TableFiles((), ()), tmp_path / "out") == Predicted(0, resumed=0, partitions=1)
    assert pq.read_table(tmp_path / "out").schema.names == ["id", "y"]
