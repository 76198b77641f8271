"""What a node made, for a quick look: which output, and the first rows of its table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import Place, did_you_mean
from netloom.core.errors import NetloomError, NotFound
from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.core.values import FileCodec, JsonCodec
from netloom.data.codec import DatasetCodec
from netloom.execution.events import Output
from netloom.tables.codec import TableCodec
from netloom.tables.table import read_head

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

_ROWS = 8
_COLUMNS = 40
_LONGEST = 200
_MOST_VALUE_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Rows:
    """The first rows of a table; what is long in them is cut."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


def node_output(
    workspace: Workspace,
    run: RunId,
    node: NodeId,
    port: PortName | None,
    *,
    datasets_only: bool = False,
) -> Output:
    """A saved output of a node.

    Args:
        port: None takes the first.
        datasets_only: Leave out those that are no data sets.

    Raises:
        NotFound: There is none.
    """
    nodes = workspace.store.nodes(run)
    record = nodes.get(node)
    if record is None:
        raise NotFound.of(
            f"run {run} has no node {node[:100]!r}",
            place=Place(node=node[:100]),
            fix=did_you_mean(node[:100], nodes),
        )
    outputs = {
        name: output
        for name, output in record.outputs.items()
        if not datasets_only or output.media_type == DatasetCodec.media_type
    }
    found = next(iter(outputs.values()), None) if port is None else outputs.get(port)
    if found is None:
        raise NotFound.of(
            f"node {node} has no such output ({record.state})",
            place=Place(node=node),
            expected=", ".join(outputs) or "none",
            got=port and port[:100],
        )
    return found


def value_of(workspace: Workspace, output: Output) -> Any:
    """The value of an output that is kept as JSON; None if it is another kind, or long."""
    if output.media_type != JsonCodec.media_type:
        return None
    if "value" in output.preview:
        return output.preview["value"]
    file = workspace.artifacts.folder(output.artifact) / "value.json"
    try:
        if file.stat().st_size > _MOST_VALUE_BYTES:
            return None
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def file_of_output(workspace: Workspace, output: Output) -> tuple[str, bool] | None:
    """Name of the file in an output that is one, and whether it is a table."""
    if output.media_type != FileCodec.media_type:
        return None
    folder = workspace.artifacts.folder(output.artifact)
    try:
        description = json.loads((folder / "file.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    scheme, _, name = description["location"].partition(":")
    is_table = description["table"] or name.endswith(".parquet")
    return (name, is_table) if scheme == "self" else None


def first_rows(file: Path) -> Rows | None:
    """The first rows of a Parquet file; None if it is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as table:
            names = table.schema_arrow.names[:_COLUMNS]
            batch = next(table.iter_batches(batch_size=_ROWS, columns=names), None)
            rows = [] if batch is None else batch.to_pylist()
            total = table.metadata.num_rows
    except (OSError, pa.ArrowException):
        return None
    return Rows(
        columns=tuple(names),
        rows=tuple(tuple(_shown(row[name]) for name in names) for row in rows),
        total=total,
    )


def first_rows_of_table(workspace: Workspace, run: RunId, output: Output) -> Rows | None:
    """The first rows of a table that flows along an edge; None if its files changed, are gone or far away."""
    import pyarrow as pa

    project = Path(workspace.store.run(run).request.project)
    resolve = partial(workspace.artifacts.located, project=project)
    try:
        folder = workspace.artifacts.folder(output.artifact)
        table = TableCodec().load(folder, artifact=output.artifact)
        if "://" in table.location:
            return None
        head = read_head(table, resolve, rows=_ROWS)
    except (NetloomError, OSError, pa.ArrowException):
        return None
    names = table.names[:_COLUMNS]
    rows = head.select(names).to_pylist()
    return Rows(
        columns=names,
        rows=tuple(tuple(_shown(row[name]) for name in names) for row in rows),
        total=table.rows,
    )


def _shown(value: Any) -> Any:
    """A cell as JSON, short."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
