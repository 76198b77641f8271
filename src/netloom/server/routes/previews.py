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
from netloom.server.preview_forms import output_preview, stored_sample
from netloom.server.schemas import previews as schemas
from netloom.server.schemas import tables
from netloom.server.table_forms import table_look
from netloom.workspace.output_previews import node_output
from netloom.workspace.stored_samples import StoredSamples
from netloom.workspace.table_looks import look_at_table

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


@router.get("/outputs/{output}/table")
def look_at_output(
    *,
    bench: Bench,
    run: ReadableRun,
    node: NodePath,
    output: OutputPath,
    rows: Annotated[int, Query(ge=0, le=500, description="How many of the first rows.")] = 50,
) -> tables.TableLook:
    """The first rows of a table that a node made, and how the values of each column are spread.

    Only some rows of a large table are looked at for that, evenly from all its files.
    """
    found = node_output(bench.workspace, run.id, NodeId(node), PortName(output))
    return table_look(look_at_table(bench.workspace, run.id, found, rows=rows))


WhichOutput = Annotated[
    str | None,
    Query(max_length=200, description="Which output; the first data set if not given."),
]


@router.get("/samples/{number}")
def get_stored_sample(
    bench: Bench,
    run: ReadableRun,
    node: NodePath,
    number: SampleNumber,
    output: WhichOutput = None,
) -> schemas.StoredSample:
    """A sample of a data set that a node made, with what is known about it, before transforms act on it."""
    port = PortName(output) if output is not None else None
    found = node_output(bench.workspace, run.id, NodeId(node), port, datasets_only=True)
    return stored_sample(StoredSamples.of(bench.workspace, run.record, found), number)


@router.get("/samples/{number}/image", response_class=Response, responses=PICTURE_RESPONSES)
def get_stored_image(
    *,
    bench: Bench,
    run: ReadableRun,
    node: NodePath,
    number: SampleNumber,
    output: WhichOutput = None,
    size: ImageSize = None,
    plain: Annotated[
        bool, Query(description="The picture as it is stored, without what is known about it.")
    ] = False,
    known: IfNoneMatch = None,
) -> Response:
    """A picture of a data set that a node made, before transforms act on it.

    Boxes, outlines and masks are drawn in; of a picture with a counterpart (a target, a depth map, normals)
    the second half is that of the counterpart.
    """
    port = PortName(output) if output is not None else None
    found = node_output(bench.workspace, run.id, NodeId(node), port, datasets_only=True)
    tag = picture_tag(f"{found.artifact[:20]}{'p' if plain else 'd'}-{number}", size)
    if is_known(tag, known):
        return unchanged(tag)
    samples = StoredSamples.of(bench.workspace, run.record, found)
    return picture(samples.image(number, size=size, plain=plain), tag=tag, name=f"{number}")
