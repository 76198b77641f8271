"""Outputs of nodes → their previews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.core.values import FileCodec, JsonCodec
from netloom.data.codec import DatasetCodec
from netloom.data.derived.remarks import Remarks
from netloom.execution.events import Output
from netloom.server.run_forms import finite_json
from netloom.server.schemas import previews as schemas
from netloom.server.schemas.datasets import ClassCount
from netloom.tables.codec import TableCodec
from netloom.workspace.output_previews import (
    Rows,
    file_of_output,
    first_rows,
    first_rows_of_table,
    value_of,
)
from netloom.workspace.stored_samples import StoredSamples
from netloom.workspace.workspace import Workspace

_NO_PART = "none"
_THUMBNAIL = 160
_SIZES = (("small", 32), ("medium", 96))


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
    elif output.media_type == TableCodec.media_type:
        rows = first_rows_of_table(workspace, run, output)
        fields = {"kind": "table" if rows else "other", "table": _table_head(rows)}
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
        "num_pairs": summary.get("pairs"),
        "objects": _objects(summary.get("objects")),
        "texts": _texts(summary.get("texts")),
        "images": [
            schemas.PreviewImage(**example, url=f"{image}/{example['number']}/image?{query}")
            for example in summary.get("examples", ())
        ],
    }


def _objects(counts: Mapping[str, Any] | None) -> schemas.ObjectCounts | None:
    if counts is None:
        return None
    sizes = dict.fromkeys(("small", "medium", "large"), 0)
    for band in counts["box_sizes"]:
        below = band["below_px"]
        name = next((size for size, end in _SIZES if below is not None and below <= end), "large")
        sizes[name] += band["objects"]
    return schemas.ObjectCounts(
        num_objects=sum(counts["objects"].values()),
        num_annotated=sum(counts["annotated"].values()),
        per_image=counts["objects_per_image"],
        classes=[
            schemas.ObjectCount(
                name=name,
                num_objects=sum(found["objects"].values()),
                num_images=sum(found["samples"].values()),
            )
            for name, found in counts["classes"].items()
        ],
        sizes=schemas.ObjectSizes(**sizes),
    )


def _texts(counts: Mapping[str, int] | None) -> schemas.TextCounts | None:
    if counts is None:
        return None
    return schemas.TextCounts(num_texts=counts["texts"], num_characters=counts["characters"])


def stored_sample(samples: StoredSamples, number: int) -> schemas.StoredSample:
    """One sample with what is known about it.

    Raises:
        NotFound: There is none.
        InvalidData: It cannot be read.
    """
    sample, known = samples.sample(number), samples.annotations(number)
    label = sample.label
    objects, num_objects = ([], 0) if known is None else known.objects()
    return schemas.StoredSample(
        number=number,
        id=sample.id,
        label=None if label is None else samples.view.labels[label],
        part=sample.part,
        width=sample.width,
        height=sample.height,
        kind="class" if known is None else known.answer,
        is_annotated=label is not None if known is None else known.is_known,
        text=None if known is None else known.text,
        objects=[
            schemas.SampleObject(**{**each._asdict(), "box": list(each.box)}) for each in objects
        ],
        num_objects=num_objects,
        areas=[]
        if known is None
        else [schemas.SampleArea(**each._asdict()) for each in known.areas()],
        **_remarks(samples.remarks(number)),
    )


def _remarks(remarks: Remarks) -> dict[str, Any]:
    """What stages have added to a sample."""
    origin = remarks.origin
    return {
        "origin": None
        if origin is None
        else schemas.SampleOrigin(
            parent=origin.parent,
            box=None if origin.box is None else list(origin.box),
            **{name: origin.about.get(name) for name in ("coarse", "score", "source")},
        ),
        "found": [
            schemas.FoundObject(
                label=each["label"],
                score=each["score"],
                box=each["box"],
                outlines=[[number for corner in each["polygon"] for number in corner]]
                if "polygon" in each
                else [],
            )
            for each in remarks.found
        ],
        "num_found": remarks.num_found,
        "found_label": remarks.label,
        "found_score": remarks.score,
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
        "table": _table_head(rows),
    }


def _table_head(rows: Rows | None) -> schemas.TableHead | None:
    if rows is None:
        return None
    return schemas.TableHead(
        columns=list(rows.columns),
        rows=[finite_json(list(row)) for row in rows.rows],
        num_rows=rows.total,
    )


def _without_none(counts: Mapping[str, int]) -> dict[str, int]:
    """Only real parts."""
    return {part: number for part, number in counts.items() if part != _NO_PART}
