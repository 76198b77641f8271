"""Data sets that the Hugging Face ``datasets`` library saved, as a source: read where they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.arrow_files import open_arrow
from netloom.data.formats.inspection import inspecting
from netloom.data.formats.manifest import ColumnChoice, LabelColumn
from netloom.data.formats.rejects import OnBad
from netloom.data.formats.table_columns import TableColumns, table_columns
from netloom.data.formats.table_files import TableFile, TableFiles
from netloom.data.formats.table_rows import Rows, Sample, inspect_rows, write_rows
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 256


def index_image_arrow(
    tables: TableFiles,
    root: Path,
    workdir: Path,
    *,
    media: str,
    reporter: Reporter,
    columns: ColumnChoice | None = None,
    labels: LabelColumn = "column",
    on_bad: OnBad = "error",
    threads: int = 1,
) -> Dataset[ImageClassification]:
    """Inspect every row where it is and write ``workdir/index.parquet``.

    Args:
        media: Location of ``root`` for later readers.
        columns: Columns that were named; the others are found by their usual names.
        threads: Images decoded at the same time.

    Returns:
        A view; ids are file and row, e.g. ``train/data-00000-of-00001.arrow#7``.

    Raises:
        InvalidData: A file cannot be read, lacks columns, or has other columns or classes than the
            one before; or rows are bad, see :func:`netloom.data.formats.table_rows.write_rows`.
    """
    chosen = columns or ColumnChoice()
    opened = [_opened(file, root, chosen, labels) for file in tables.files]
    image = opened[0][2].image
    rows = Rows()
    done, total = 0, sum(table.num_rows for _, table, _ in opened)
    with inspecting(threads) as inspect:
        for file, table, found in opened:
            name = _name(file, root)
            _check_column(found.image, image, name)
            rows.agree_on_labels(found.label_names, name)
            for first_row, batch in _batches(table.select(found.names)):
                entries = inspect_rows(
                    batch, found, file, first_row=first_row, name=name, inspect=inspect
                )
                try:
                    for entry in entries:
                        if isinstance(entry, Sample):
                            rows.samples.append(entry)
                        else:
                            rows.rejects.append(entry)
                except ValueError as error:
                    raise _damaged(name, error) from error
                done += batch.num_rows
                reporter.progress(done, total, unit="image")
    return write_rows(
        rows,
        workdir,
        media=media,
        column=image,
        reporter=reporter,
        on_bad=on_bad,
        remarks_before=tables.remarks,
    )


def _opened(
    file: TableFile, root: Path, chosen: ColumnChoice, labels: LabelColumn
) -> tuple[TableFile, pa.Table, TableColumns]:
    name = _name(file, root)
    try:
        table = open_arrow(file.below(root))
    except (OSError, ValueError) as error:
        raise _damaged(name, error) from error
    found = table_columns(table.schema, chosen, labels=labels, file=name, features=file.features)
    return file, table, found


def _batches(table: pa.Table) -> Iterator[tuple[int, pa.RecordBatch]]:
    first_row = 0
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield first_row, batch
        first_row += batch.num_rows


def _check_column(column: str, expected: str, name: str) -> None:
    if column != expected:
        raise InvalidData.of(
            "the files of the table keep their images in different columns",
            code="I348",
            place=Place(setting="image_column", file=name),
            expected=expected,
            got=column,
            fix="Read them with one source each",
        )


def _damaged(name: str, error: Exception) -> InvalidData:
    return InvalidData.of(
        f"the file cannot be read as Arrow: {error}",
        code="I349",
        place=Place(setting="path", file=name),
        fix="Download or save it again",
    )


def _name(file: TableFile, root: Path) -> str:
    return file.path or root.name
