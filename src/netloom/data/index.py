"""The list of samples behind a data set, as an Arrow table and a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.core.files import writing

if TYPE_CHECKING:
    import pyarrow as pa

INDEX_NAME = "index.parquet"


def index_schema() -> pa.Schema:
    """The columns that every index has; :class:`netloom.data.view.Dataset` explains them."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("digest", pa.string(), nullable=False),
            ("path", pa.string()),
            ("row", pa.int64()),
            ("label", pa.int32()),
            ("part", pa.string()),
            ("width", pa.int32()),
            ("height", pa.int32()),
        ]
    )


def index_table(
    *,
    ids: Sequence[str],
    digests: Sequence[str],
    sizes: Sequence[tuple[int, int]],
    labels: Sequence[int | None] | None = None,
    parts: Sequence[str | None] | None = None,
    paths: Sequence[str | None] | None = None,
    rows: Sequence[int] | None = None,
) -> pa.Table:
    """Build an index from columns; ``sizes`` are (width, height), a missing column is all null."""
    import pyarrow as pa

    nothing = [None] * len(ids)
    columns: dict[str, Sequence[Any]] = {
        "id": ids,
        "digest": digests,
        "path": nothing if paths is None else paths,
        "row": nothing if rows is None else rows,
        "label": nothing if labels is None else labels,
        "part": nothing if parts is None else parts,
        "width": [width for width, _ in sizes],
        "height": [height for _, height in sizes],
    }
    return pa.table(columns, schema=index_schema())


def with_parts(table: pa.Table, parts: Sequence[str | None]) -> pa.Table:
    """The same samples with their parts replaced; all other columns stay."""
    import pyarrow as pa

    position = table.schema.get_field_index("part")
    return table.set_column(position, "part", pa.array(parts, pa.string()))


def write_index(path: Path, table: pa.Table) -> None:
    """Write an index; equal tables give equal bytes.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written.
    """
    import pyarrow.parquet as pq

    plain = table.combine_chunks().replace_schema_metadata(None)
    with writing(path) as stream:
        # Everything that decides about bytes is spelt out, because defaults change between releases.
        pq.write_table(
            plain,
            stream,
            version="2.6",
            data_page_version="1.0",
            compression="zstd",
            compression_level=3,
            use_dictionary=["part", "label"],
            write_statistics=False,
            store_schema=False,
            row_group_size=1 << 20,
        )


def read_index(path: Path) -> pa.Table:
    """Read an index.

    Raises:
        InvalidData: The file is missing, is no Parquet file or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidData.of(
            f"the list of samples {path} cannot be read: {str(error).splitlines()[0]}",
            code="I021",
            fix="Run the source of the data set again",
        ) from error
    missing = [name for name in index_schema().names if name not in table.column_names]
    if missing:
        raise InvalidData.of(
            f"the list of samples {path} has no column {', '.join(missing)}",
            code="I021",
            expected=", ".join(index_schema().names),
            got=", ".join(table.column_names),
            fix="Run the source of the data set again",
        )
    return table
