"""Files of predictions, one for each partition, so that a job that was killed goes on where it stopped.

A file is written aside and renamed. It says in its footer which rows it answers, in which state they were,
and what they were predicted with. A job that is started again keeps the files that say what it would write
itself, and removes all others. So every row is there exactly once, however often the job was killed, and what
two models or two states of a table gave is never mixed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import Conflict, InvalidData
from netloom.core.files import storage_errors, writing
from netloom.inference.resumable_prediction import alone
from netloom.inference.tables.partitions import Partition

if TYPE_CHECKING:
    import pyarrow as pa

PREDICTION_KEY = "netloom.prediction"
"""Key in the footer of every file of predictions: which rows it answers, and by what."""
_ROWS_PER_GROUP = 122_880
_FORMAT = 1
_READABLE = 0o644
"""By whoever reads the table, as files that engines write are."""
_SUCCESS = "_SUCCESS"


@dataclass(frozen=True, slots=True)
class PredictionFiles:
    """The files of one table of predictions while they are made.

    Attributes:
        folder: Reachable from all machines that predict.
        job: Digest of what decides the predictions besides the rows.
        model: Digest of the model's package.
    """

    folder: Path
    job: str
    model: str

    def file(self, number: int) -> Path:
        """The file of a partition."""
        return self.folder / f"part-{number:05d}.parquet"

    def remaining(self, partitions: Sequence[Partition]) -> tuple[Partition, ...]:
        """The partitions without a file; what is no file of any of them is removed.

        Raises:
            StorageFailed: The folder cannot be made or cleared.
        """
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            wanted = {self.file(each.number): each for each in partitions}
            finished = set()
            for path in self.folder.iterdir():
                each = wanted.get(path)
                if each is not None and described(path) == self._description(each):
                    finished.add(each.number)
                elif path.name.endswith(".parquet") or path.name.startswith("."):
                    path.unlink()
        return tuple(each for each in partitions if each.number not in finished)

    def writing(
        self, partition: Partition, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> Iterator[int]:
        """Write the predictions of a partition, and say how many rows each batch had.

        The file appears after the last batch, when it has all of them. A thread writes a row group while the
        next one is predicted.

        Raises:
            StorageFailed: The disk is full.
            InvalidData: There is not one prediction for each row.
        """
        import pyarrow.parquet as pq

        rows = 0
        about = json.dumps(self._description(partition), ensure_ascii=False)
        with writing(self.file(partition.number)) as stream:
            with (
                pq.ParquetWriter(
                    stream, schema, compression="zstd", use_dictionary=_texts(schema)
                ) as writer,
                ThreadPoolExecutor(1, "predictions-writer") as thread,
            ):
                groups = _RowGroups(writer, schema, thread)
                for batch in batches:
                    groups.add(batch)
                    rows += batch.num_rows
                    yield batch.num_rows
                groups.finish()
                writer.add_key_value_metadata({PREDICTION_KEY: about})
            if rows != partition.rows:
                raise InvalidData.of(
                    f"partition {partition.number} gave another number of predictions than it has rows",
                    code="T360",
                    expected=f"{partition.rows} rows",
                    got=f"{rows} rows",
                    fix="Run again; if a file changed meanwhile, the source has to look at it anew",
                )
        self.file(partition.number).chmod(_READABLE)

    def _description(self, partition: Partition) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "job": self.job,
            "model": self.model,
            "number": partition.number,
            "rows": partition.rows,
            "source": partition.source,
            "row_groups": [
                {"file": piece.name, "first": piece.first, "stop": piece.stop, "rows": piece.rows}
                for piece in partition.pieces
            ],
        }


def described(path: Path) -> dict[str, Any] | None:
    """What a file of predictions says of itself; None if it is none, or is not whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
        found = json.loads((footer.metadata or {})[PREDICTION_KEY.encode()])
    except (pa.ArrowInvalid, OSError, KeyError, ValueError):
        return None
    is_whole = isinstance(found, dict) and found.get("rows") == footer.num_rows
    return found if is_whole else None


@contextmanager
def files_beside(output: Path, *, job: str, model: str) -> Iterator[PredictionFiles]:
    """The files of a table that shall become the folder ``output``: they lie beside it until :func:`install`.

    Raises:
        Conflict: Another program writes this table right now, or the folder holds something else.
        StorageFailed: The folder cannot be written.
    """
    refuse_other(output)
    folder = output.with_name(f"{output.name}.parts")
    with storage_errors(output):
        folder.mkdir(parents=True, exist_ok=True)
    with alone(folder, output):
        try:
            yield PredictionFiles(folder, job, model)
        finally:
            if folder.is_dir() and not any(folder.glob("part-*.parquet")):
                shutil.rmtree(folder, ignore_errors=True)


def refuse_other(output: Path) -> None:
    """Raise Conflict if something exists that is no table of predictions."""
    if not output.exists():
        return
    found = [path for path in output.iterdir() if path.name != _SUCCESS] if output.is_dir() else []
    if not output.is_dir() or not all(described(path) for path in found):
        raise Conflict.of(
            f"{output} exists already, and is no table of predictions",
            code="T361",
            fix="Name another folder; one of earlier predictions is replaced",
        )


def install(files: PredictionFiles, output: Path) -> None:
    """Make the files the folder ``output``, in place of earlier predictions.

    Raises:
        StorageFailed: The folder cannot be written.
    """
    with storage_errors(output):
        for path in files.folder.iterdir():
            if not path.name.startswith("part-"):
                path.unlink()
        (files.folder / _SUCCESS).touch()
        earlier = output.with_name(f".{output.name}.earlier")
        shutil.rmtree(earlier, ignore_errors=True)
        if output.exists():
            os.replace(output, earlier)
        os.replace(files.folder, output)
        shutil.rmtree(earlier, ignore_errors=True)


def _texts(schema: pa.Schema) -> list[str]:
    """Columns of which dictionaries are made: numbers and scores hardly occur twice."""
    import pyarrow as pa

    def is_text(type: pa.DataType) -> bool:
        return bool(pa.types.is_string(type) or pa.types.is_large_string(type))

    lists = [field for field in schema if pa.types.is_list(field.type)]
    return [
        *(field.name for field in schema if is_text(field.type)),
        *(f"{field.name}.list.element" for field in lists if is_text(field.type.value_type)),
    ]


class _RowGroups:
    """Batches that a thread writes once they make a row group of a good size for whoever reads them."""

    def __init__(self, writer: Any, schema: pa.Schema, thread: ThreadPoolExecutor) -> None:
        self._writer = writer
        self._schema = schema
        self._thread = thread
        self._written: Future[None] | None = None
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= _ROWS_PER_GROUP:
            self._start_writing()

    def finish(self) -> None:
        """Write what is left."""
        self._start_writing()
        self._wait()

    def _start_writing(self) -> None:
        import pyarrow as pa

        self._wait()  # so that no more than two row groups are in memory
        if self._rows:
            table = pa.Table.from_batches(self._held, self._schema)
            self._written = self._thread.submit(
                self._writer.write_table, table, row_group_size=self._rows
            )
        self._held, self._rows = [], 0

    def _wait(self) -> None:
        if self._written is not None:
            self._written.result()
        self._written = None
