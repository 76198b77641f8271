"""The history of a training as a table: one row per epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from netloom.core.files import writing

_COUNTS = ("epoch", "step")


def write_history(path: Path, rows: Sequence[Mapping[str, float]]) -> None:
    """Write a Parquet file; ``epoch`` and ``step`` are integers, the rest is double precision.

    Equal rows give equal bytes. Every row must have the columns of the first.

    Example:
        >>> import tempfile, pyarrow.parquet
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "history.parquet"
        ...     write_history(file, [{"epoch": 0.0, "step": 12.0, "loss": 0.5}])
        ...     pyarrow.parquet.read_table(file)["step"][0].as_py()
        12
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(rows[0]) if rows else [*_COUNTS, "loss"]
    columns = {
        name: pa.array(
            [int(row[name]) if name in _COUNTS else float(row[name]) for row in rows],
            type=pa.int64() if name in _COUNTS else pa.float64(),
        )
        for name in names
    }
    with writing(path) as stream:
        pq.write_table(pa.table(columns), stream)
