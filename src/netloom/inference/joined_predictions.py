"""Prediction files after one another as one file, in bounded memory."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from netloom.core.files import writing
from netloom.inference.prediction_formats import PredictionFormat

if TYPE_CHECKING:
    import pyarrow as pa


def join_parts(parts: Sequence[Path], output: Path, *, form: PredictionFormat) -> None:
    """Write the rows of several prediction files of one format as one file, which appears whole.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written. ``output`` is untouched.
    """
    with writing(output) as stream:
        if form == "parquet":
            _join_parquet(parts, stream)
        elif form == "csv":
            _join_csv(parts, stream)
        else:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, stream)


def _join_csv(parts: Sequence[Path], stream: BinaryIO) -> None:
    """One header, that of the first part with rows."""
    filled = [part for part in parts if _has_rows(part)] or list(parts[:1])
    for number, part in enumerate(filled):
        with part.open("rb") as source:
            if number:
                source.readline()
            shutil.copyfileobj(source, stream)


def _has_rows(part: Path) -> bool:
    with part.open("rb") as source:
        source.readline()
        return bool(source.read(1))


def _join_parquet(parts: Sequence[Path], stream: BinaryIO) -> None:
    import pyarrow.parquet as pq

    # There may be more of them than a program may have open.
    filled = [part for part in parts if pq.read_metadata(part).num_rows] or list(parts[:1])
    schema: pa.Schema = pq.read_schema(filled[0])
    with pq.ParquetWriter(stream, schema, compression="zstd", store_schema=False) as writer:
        for part in filled:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group).cast(schema))
