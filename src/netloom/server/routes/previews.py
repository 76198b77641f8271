"""Small looks into what the nodes of a run made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from netloom.core.identifiers import NodeId, PortName
from netloom.server.hosting import Bench
from netloom.server.ownership import ReadableRun
from netloom.server.pictures import (
    PICTURE_RESPONSES,
    IfNoneMatch,
    ImageSize,
    SampleNumber,
    is_known,
    picture,
    picture_tag,
    unchanged,
)
from netloom.server.preview_forms import output_preview
from netloom.server.schemas import previews as schemas
from netloom.workspace.output_previews import node_output
from netloom.workspace.stored_samples import StoredSamples

router = APIRouter(prefix="/runs/{run}/nodes/{node:path}", tags=["run files"])

NodePath = Annotated[str, Path(max_length=500, description="Node id, as `component/node`.")]
OutputPath = Annotated[str, Path(max_length=200, description="Name of an output of the node.")]


@router.get("/outputs/{output}/preview")
def preview_output(
    bench: Bench, run: ReadableRun, node: NodePath, output: OutputPath
) -> schemas.OutputPreview:
    """What is worth showing of an output: pictures and classes, rows, numbers."""
    found = node_output(bench.workspace, run.id, NodeId(node), PortName(output))
    return output_preview(bench.workspace, run.id, NodeId(node), PortName(output), found)


@router.get("/samples/{number}/image", response_class=Response, responses=PICTURE_RESPONSES)
def get_stored_image(
    *,
    bench: Bench,
    run: ReadableRun,
    node: NodePath,
    number: SampleNumber,
    output: Annotated[
        str | None,
        Query(max_length=200, description="Which output; the first data set if not given."),
    ] = None,
    size: ImageSize = None,
    known: IfNoneMatch = None,
) -> Response:
    """A picture of a data set that a node made, as it is stored: before transforms act on it."""
    port = PortName(output) if output is not None else None
    found = node_output(bench.workspace, run.id, NodeId(node), port, datasets_only=True)
    tag = picture_tag(f"{found.artifact[:24]}-{number}", size)
    if is_known(tag, known):
        return unchanged(tag)
    samples = StoredSamples.of(bench.workspace, run.record, found)
    return picture(samples.image(number, size=size), tag=tag, name=f"{number}")
