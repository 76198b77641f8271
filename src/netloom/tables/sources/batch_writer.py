"""Writing Arrow batches of any number as a folder of Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.tables.columns import Column, arrow_schema
from netloom.tables.engines.engine import ROWS_PER_FILE
from netloom.tables.engines.written_folder import folder_written_at_once

if TYPE_CHECKING:
    import pyarrow as pa


def write_batches(
    batches: Iterable[pa.RecordBatch],
    columns: Sequence[Column],
    folder: Path,
    *,
    reporter: Reporter,
    rows_per_file: int = ROWS_PER_FILE,
) -> int:
    """Write some columns of all batches, in their canonical types; returns how many rows.

    Raises:
        InvalidData: A value does not fit its column's type.
        StorageFailed: The disk is full; nothing is left.
    """
    import pyarrow.parquet as pq

    schema = arrow_schema(columns)
    done = 0
    with folder_written_at_once(folder) as unfinished:
        unfinished.mkdir()
        writer: Any = None
        number, in_file = 0, 0
        try:
            for batch in batches:
                if writer is None or in_file >= rows_per_file:
                    if writer is not None:
                        writer.close()
                    writer = pq.ParquetWriter(
                        unfinished / f"{number}.parquet", schema, compression="zstd"
                    )
                    number, in_file = number + 1, 0
                writer.write_table(_cast(batch, schema))
                done += batch.num_rows
                in_file += batch.num_rows
                reporter.progress(done, None, unit="row")
            if writer is None:
                writer = pq.ParquetWriter(unfinished / "0.parquet", schema)
        finally:
            if writer is not None:
                writer.close()
    return done


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    table = pa.Table.from_batches([batch]).select(schema.names)
    try:
        return table.cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidData.of(f"a value does not fit its column: {error}", code="T106") from error
