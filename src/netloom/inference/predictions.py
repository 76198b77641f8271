"""Predictions as a file: written block by block in bounded memory, complete or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from netloom.core.files import writing
from netloom.inference.prediction_formats import PredictionFormat
from netloom.inference.row_blocks import blocks_of

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from netloom.data.datasets import Samples
    from netloom.inference.predictor import Predictor

Row = Mapping[str, Any]

_GROUP_ROWS = 20_000
_GROUP_BYTES = 32 << 20


class PredictionWriter(Protocol):
    """Takes rows of equal keys, any number of times. Equal rows give equal bytes."""

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows."""

    def finish(self) -> None:
        """Write what is still held back."""


@contextmanager
def writing_predictions(
    path: Path,
    *,
    form: PredictionFormat,
    names: Sequence[str],
    types: Mapping[str, pa.DataType] | None = None,
) -> Iterator[PredictionWriter]:
    """A writer of a prediction file, which replaces ``path`` when the block ends without an error.

    Nested values become a struct column in Parquet, objects in JSON, columns such as ``scores.cat`` in CSV.

    Args:
        names: The leading keys, which are texts or null, whatever the task.
        types: Of other keys, for Parquet; those that are not named are read off the first rows.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written. ``path`` is untouched.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "found.csv"
        ...     with writing_predictions(path, form="csv", names=["path"]) as writer:
        ...         writer.add([{"path": "a.png", "label": "cat", "scores": {"cat": 0.75}}])
        ...     path.read_text().split()
        ['path,label,scores.cat', 'a.png,cat,0.75']
    """
    with writing(path) as stream:
        writer: PredictionWriter
        if form == "parquet":
            writer = _ParquetWriter(stream, names, types or {})
        elif form == "jsonl":
            writer = _JsonLinesWriter(stream)
        else:
            writer = _CsvWriter(stream, names)
        yield writer
        writer.finish()


def write_predictions(
    path: Path,
    predictor: Predictor,
    samples: Samples,
    *,
    form: PredictionFormat = "parquet",
) -> None:
    """Predict samples and write ``id``, ``path``, ``truth`` (null if unlabelled) and the prediction's fields.

    Args:
        samples: From ``predictor.samples``.
    """
    truths = [*samples.label_names, None]  # the last one answers to −1, "unlabelled"
    names = ("id", "path", "truth")
    types = predictor.task.arrow_types()
    known = zip(samples.ids, samples.paths, samples.labels_N)
    rows = (
        {"id": id_, "path": file, "truth": truths[label], **prediction}
        for (id_, file, label), prediction in zip(known, predictor.predictions(samples))
    )
    with writing_predictions(path, form=form, names=names, types=types) as writer:
        for block in blocks_of(rows):
            writer.add(block)


class _ParquetWriter:
    """Row groups of many rows, so that a reader finds few and large pieces."""

    def __init__(
        self, stream: BinaryIO, names: Sequence[str], types: Mapping[str, pa.DataType]
    ) -> None:
        self._stream = stream
        self._names = frozenset(names)
        self._types = types
        self._schema: pa.Schema | None = None
        self._writer: pq.ParquetWriter | None = None
        self._held: list[pa.Table] = []

    def add(self, rows: Sequence[Row]) -> None:
        import pyarrow as pa

        if not rows:
            return
        fields = {name: pa.string() for name in rows[0] if name in self._names}
        fields.update(self._types)
        if self._schema is not None:
            fields = {field.name: field.type for field in self._schema}
        columns = {
            name: pa.array([row[name] for row in rows], fields.get(name)) for name in rows[0]
        }
        table = pa.table(columns)
        self._schema = table.schema
        self._held.append(table)
        num_rows = sum(table.num_rows for table in self._held)
        num_bytes = sum(table.nbytes for table in self._held)
        if num_rows >= _GROUP_ROWS or num_bytes >= _GROUP_BYTES:
            self._write()

    def finish(self) -> None:
        import pyarrow as pa

        if self._schema is None:
            self._schema = pa.schema([(name, pa.string()) for name in sorted(self._names)])
        self._write()
        assert self._writer is not None  # _write has made it
        self._writer.close()

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        assert self._schema is not None  # rows were added, or finish knows the columns
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._stream, self._schema, compression="zstd", store_schema=False
            )
        if self._held:
            group = pa.concat_tables(self._held).combine_chunks()
            self._writer.write_table(group, row_group_size=group.num_rows)
            self._held = []


class _JsonLinesWriter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, rows: Sequence[Row]) -> None:
        text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        self._stream.write(text.encode())

    def finish(self) -> None:
        """Nothing is held back."""


class _CsvWriter:
    """RFC 4180 in UTF-8, one header line; a null is an empty field."""

    def __init__(self, stream: BinaryIO, names: Sequence[str]) -> None:
        self._stream = stream
        self._names = names
        self._columns: list[str] | None = None

    def add(self, rows: Sequence[Row]) -> None:
        flat = [_flat(row) for row in rows]
        if not flat:
            return
        if self._columns is None:
            self._columns = list(flat[0])
            self._write([self._columns])
        self._write([[row.get(column) for column in self._columns or ()] for row in flat])

    def finish(self) -> None:
        if self._columns is None:
            self._write([list(self._names)])

    def _write(self, rows: Sequence[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._stream.write(text.getvalue().encode())


def _flat(row: Row, prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{prefix}{name}."))
        elif isinstance(value, list | tuple):
            found[prefix + name] = json.dumps(value, ensure_ascii=False)
        else:
            found[prefix + name] = value
    return found
