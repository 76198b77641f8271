"""Outputs of nodes → their previews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.core.values import FileCodec, JsonCodec
from netloom.data.codec import DatasetCodec
from netloom.execution.events import Output
from netloom.server.run_forms import finite_json
from netloom.server.schemas import previews as schemas
from netloom.server.schemas.datasets import ClassCount
from netloom.workspace.output_previews import file_of_output, first_rows, value_of
from netloom.workspace.workspace import Workspace

_NO_PART = "none"
_THUMBNAIL = 160


def output_preview(
    workspace: Workspace, run: RunId, node: NodeId, port: PortName, output: Output
) -> schemas.OutputPreview:
    """What is worth showing of an output."""
    summary = dict(output.preview)
    fields: dict[str, Any] = {"kind": "other"}
    if output.media_type == DatasetCodec.media_type:
        fields = _of_dataset(run, node, port, summary)
    elif output.media_type == JsonCodec.media_type:
        fields = {"kind": "value"}
        summary["value"] = value_of(workspace, output)
    elif output.media_type == FileCodec.media_type:
        fields = _of_file(workspace, run, output)
    return schemas.OutputPreview(
        artifact=output.artifact,
        media_type=output.media_type,
        size_bytes=output.size_bytes,
        summary=finite_json(summary),
        **fields,
    )


def _of_dataset(
    run: RunId, node: NodeId, port: PortName, summary: Mapping[str, Any]
) -> dict[str, Any]:
    image = f"/api/v1/runs/{run}/nodes/{quote(node)}/samples"
    query = f"size={_THUMBNAIL}&output={quote(port)}"
    return {
        "kind": "dataset",
        "num_samples": summary.get("samples"),
        "parts": _without_none(summary.get("parts", {})),
        "classes": [
            ClassCount(name=name, num_images=sum(counts.values()), parts=_without_none(counts))
            for name, counts in summary.get("classes", {}).items()
        ],
        "images": [
            schemas.PreviewImage(**example, url=f"{image}/{example['number']}/image?{query}")
            for example in summary.get("examples", ())
        ],
    }


def _of_file(workspace: Workspace, run: RunId, output: Output) -> dict[str, Any]:
    found = file_of_output(workspace, output)
    if found is None:
        return {"kind": "file"}
    name, is_table = found
    rows = first_rows(workspace.artifacts.folder(output.artifact) / name) if is_table else None
    return {
        "kind": "table" if rows else "file",
        "file": f"/api/v1/runs/{run}/artifacts/{output.artifact}/files/{quote(name)}",
        "table": schemas.TableHead(
            columns=list(rows.columns),
            rows=[finite_json(list(row)) for row in rows.rows],
            num_rows=rows.total,
        )
        if rows
        else None,
    }


def _without_none(counts: Mapping[str, int]) -> dict[str, int]:
    """Only real parts."""
    return {part: number for part, number in counts.items() if part != _NO_PART}
