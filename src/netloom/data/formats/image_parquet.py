"""Parquet tables of images as a source: rewritten once so that images can be picked by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.files import writing
from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.arrow_files import encoded_images, first_line
from netloom.data.codec import MEDIA_ARROW
from netloom.data.formats.inspection import InspectAll, inspecting
from netloom.data.formats.manifest import ColumnChoice, LabelColumn
from netloom.data.formats.rejects import OnBad
from netloom.data.formats.table_columns import TableColumns, table_columns
from netloom.data.formats.table_files import TableFile, TableFiles
from netloom.data.formats.table_rows import Rows, Sample, inspect_rows, write_rows
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_COLUMN = "image"
_BATCH = 256


def index_image_parquet(
    tables: TableFiles,
    root: Path,
    workdir: Path,
    *,
    reporter: Reporter,
    columns: ColumnChoice | None = None,
    labels: LabelColumn = "column",
    on_bad: OnBad = "error",
    threads: int = 1,
) -> Dataset[ImageClassification]:
    """Inspect every row, and write ``media.arrow`` and ``index.parquet`` below ``workdir``.

    Parquet has to unpack thousands of images to give one of them; Arrow's own file form gives it at once.

    Args:
        columns: Columns that were named; the others are found by their usual names.
        threads: Images decoded at the same time.

    Returns:
        A view; ids are file and row, e.g. ``train.parquet#7``.

    Raises:
        InvalidData: A file cannot be read, lacks columns or has other classes than the one before;
            or rows are bad, see :func:`netloom.data.formats.table_rows.write_rows`.
        StorageFailed: The disk is full.
    """
    rows = Rows()
    with inspecting(threads) as inspect, _image_writer(workdir / MEDIA_ARROW) as writer:
        files = _opened(tables, root, columns or ColumnChoice(), labels)
        done, total = 0, sum(table.metadata.num_rows for _, table, _ in files)
        for file, table, found in files:
            rows.agree_on_labels(found.label_names, _name(file, root))
            for num_rows in _copy_rows(
                table,
                found,
                file,
                rows=rows,
                writer=writer,
                name=_name(file, root),
                inspect=inspect,
            ):
                done += num_rows
                reporter.progress(done, total, unit="image")
    return write_rows(
        rows,
        workdir,
        media=f"work:{MEDIA_ARROW}",
        column=_COLUMN,
        reporter=reporter,
        on_bad=on_bad,
        remarks_before=tables.remarks,
    )


def _opened(
    tables: TableFiles, root: Path, chosen: ColumnChoice, labels: LabelColumn
) -> Sequence[tuple[TableFile, pq.ParquetFile, TableColumns]]:
    """All files with their columns: what is wrong with the last is known before the first is read."""
    import pyarrow.parquet as pq

    opened = []
    for file in tables.files:
        with _problems_of(_name(file, root)):
            table = pq.ParquetFile(file.below(root), memory_map=True)
        found = table_columns(table.schema_arrow, chosen, labels=labels, file=_name(file, root))
        opened.append((file, table, found))
    return opened


def _copy_rows(
    table: pq.ParquetFile,
    columns: TableColumns,
    file: TableFile,
    *,
    rows: Rows,
    writer: pa.RecordBatchWriter,
    name: str,
    inspect: InspectAll,
) -> Iterator[int]:
    """Copy the usable images of a file; gives the number of rows after each batch."""
    import pyarrow as pa

    first_row = 0
    with _problems_of(name):
        for batch in table.iter_batches(_BATCH, columns=columns.names, use_threads=False):
            inspected = inspect_rows(
                batch, columns, file, first_row=first_row, name=name, inspect=inspect
            )
            mask = []
            for entry in inspected:
                mask.append(isinstance(entry, Sample))
                if isinstance(entry, Sample):
                    rows.samples.append(replace(entry, path=None, row=len(rows.samples)))
                else:
                    rows.rejects.append(entry)
            images = encoded_images(batch.column(columns.image)).filter(pa.array(mask))
            writer.write_batch(pa.record_batch([images.cast(pa.large_binary())], [_COLUMN]))
            first_row += batch.num_rows
            yield batch.num_rows


@contextmanager
def _image_writer(path: Path) -> Iterator[pa.RecordBatchWriter]:
    import pyarrow as pa

    schema = pa.schema([(_COLUMN, pa.large_binary())])
    with writing(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        yield writer


@contextmanager
def _problems_of(name: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, ValueError) as error:
        raise InvalidData.of(
            f"the file cannot be read as Parquet: {first_line(error)}",
            code="I349",
            place=Place(setting="path", file=name),
            fix="Download or write it again",
        ) from error


def _name(file: TableFile, root: Path) -> str:
    return file.path or root.name
