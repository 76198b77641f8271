"""A closer look at a table that a node made: its first rows, and how its columns are spread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData, NotFound
from netloom.core.identifiers import RunId
from netloom.execution.events import Output
from netloom.tables.cells import cell_json
from netloom.tables.codec import TableCodec
from netloom.tables.columns import Column, logical_type
from netloom.tables.glance import Glance, glance_at
from netloom.tables.table import Table, TableFiles
from netloom.workspace.output_previews import file_of_output

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TableLook:
    """What is shown of a table.

    Attributes:
        table: What it says of itself.
        rows: The first ones, as JSON.
        glance: None if the files are too far away to look at in passing.
    """

    table: Table
    rows: tuple[tuple[Any, ...], ...] = ()
    glance: Glance | None = None


def look_at_table(workspace: Workspace, run: RunId, output: Output, *, rows: int) -> TableLook:
    """Look at an output that is a table, or a file with one.

    Raises:
        NotFound: It is no table, or its files are gone.
        InvalidData: Its files changed, or cannot be read.
    """
    import pyarrow as pa

    table, files = _found(workspace, run, output)
    if files is None:
        return TableLook(table)
    try:
        glance = glance_at(files, rows=rows)
        cells = [_column_cells(glance.head.column(column.name)) for column in glance.columns]
    except (OSError, pa.ArrowException) as error:
        raise InvalidData.of(
            f"the files of the table cannot be read: {error}",
            code="T108",
            fix="Run the node that made the table again",
        ) from error
    finally:
        pa.default_memory_pool().release_unused()  # a server is asked seldom, and keeps running
    return TableLook(table, tuple(zip(*cells, strict=True)), glance)


def _found(workspace: Workspace, run: RunId, output: Output) -> tuple[Table, TableFiles | None]:
    if output.media_type == TableCodec.media_type:
        project = Path(workspace.store.run(run).request.project)
        folder = workspace.artifacts.folder(output.artifact)
        table = TableCodec().load(folder, artifact=output.artifact)
        if "://" in table.location:
            return table, None
        return table, table.files(partial(workspace.artifacts.located, project=project))
    name, is_table = file_of_output(workspace, output) or ("", False)
    if not is_table:
        raise NotFound.of("this output is no table", got=output.media_type)
    path = workspace.artifacts.folder(output.artifact) / name
    table = _table_of_file(path)
    return table, TableFiles((str(path),), table.columns, folder=str(path.parent))


def _table_of_file(path: Path) -> Table:
    """A Parquet file as a table; columns of types that tables cannot have keep the file's own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        raise NotFound.of(f"{path.name} is no table that can be looked at") from error
    columns = tuple(
        Column(field.name, logical_type(field.type) or str(field.type))
        for field in footer.schema.to_arrow_schema()
    )
    return Table(f"path:{path}", columns, rows=footer.num_rows)


def _column_cells(values: Any) -> list[Any]:
    return [cell_json(value) for value in values.to_pylist()]
