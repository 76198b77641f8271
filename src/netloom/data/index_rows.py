"""Single rows of stored indexes, read in blocks that stay in memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq

from netloom.core.errors import InvalidData, NotFound

_BLOCK = 1024


def index_row(index: str, number: int) -> pa.Table:
    """One row of an index with all its columns.

    Args:
        index: Path of the list of samples, part of an artifact.

    Raises:
        NotFound: There is no such sample.
        InvalidData: The list cannot be read.
    """
    block = _whole_block(index, number // _BLOCK)
    place = number % _BLOCK
    if block is None or place >= len(block):
        raise NotFound.of(f"there is no sample {number}")
    return block.slice(place, 1)


def index_block(
    index: str, number: int, *, rows: int, columns: Sequence[str] | None = None
) -> pa.Table | None:
    """The ``number``-th block of so many rows; None behind the end.

    Args:
        columns: Only these; None reads all.

    Raises:
        InvalidData: The list cannot be read.
    """
    chosen = None if columns is None else list(columns)
    try:
        with pq.ParquetFile(index) as table:
            # Rows come in the order of the file; those before the block are passed over, not kept.
            for place, batch in enumerate(table.iter_batches(rows, columns=chosen)):
                if place == number:
                    return pa.Table.from_batches([batch])
    except (OSError, pa.ArrowException) as error:
        raise InvalidData.of(
            f"the list of samples cannot be read: {str(error).splitlines()[0]}",
            code="I021",
            fix="Run the source of the data set again",
        ) from error
    return None


@lru_cache(maxsize=8)
def _whole_block(index: str, number: int) -> pa.Table | None:
    """Artifacts never change, so what was read once stays true."""
    return index_block(index, number, rows=_BLOCK)
