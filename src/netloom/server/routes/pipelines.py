"""Pipelines kept in the workspace: drafts with optimistic locking, versions, differences."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from netloom.accounts.permissions import Right, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.graph.graph import Graph
from netloom.server.auditing import note
from netloom.server.graph_forms import edits_of, sketch_schema
from netloom.server.hosting import Bench
from netloom.server.identity import Author, Reader
from netloom.server.ownership import (
    OwnedPipeline,
    OwnPipeline,
    ReadablePipeline,
    WritablePipeline,
)
from netloom.server.preconditions import SeenRevision, etag
from netloom.server.schemas import pipelines as schemas
from netloom.tracking.pipeline_store import PipelineRecord, PipelineVersion
from netloom.workspace import authoring, pipeline_keeping
from netloom.workspace.workbench import Workbench

router = APIRouter(prefix="/pipelines", tags=["pipelines"])

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
def list_pipelines(bench: Bench, caller: Reader) -> schemas.PipelineList:
    """The pipelines one may see."""
    visible = bench.access.visible(ObjectKind.PIPELINE, caller.actor)
    found = []
    for record in bench.pipelines.pipelines(among=visible):
        access = bench.access.access(ObjectId(ObjectKind.PIPELINE, record.id))
        right = right_over(caller.actor, access)
        if right is not None:
            owned = OwnedPipeline(record, access, right)
            found.append(schemas.PipelineSummary(**_summary(owned)))
    return schemas.PipelineList(pipelines=found)


@router.post("", status_code=201)
def create_pipeline(
    bench: Bench, caller: Author, request: Request, response: Response, body: schemas.NewPipeline
) -> schemas.Pipeline:
    """Keep a pipeline; it belongs to whoever makes it."""
    record = pipeline_keeping.keep(
        bench, body.text, owner=caller.user.name, visibility=body.visibility
    )
    note(request, record.id, name=record.name)
    response.headers["Location"] = f"/api/v1/pipelines/{record.id}"
    access = bench.access.access(ObjectId(ObjectKind.PIPELINE, record.id))
    right = right_over(caller.actor, access) or Right.OWN
    return _answer(response, OwnedPipeline(record, access, right))


@router.get("/{pipeline}")
def get_pipeline(response: Response, pipeline: ReadablePipeline) -> schemas.Pipeline:
    """A pipeline with its draft; the ``ETag`` is what changes need as ``If-Match``."""
    return _answer(response, pipeline)


@router.get("/{pipeline}/sketch")
def get_sketched_pipeline(
    bench: Bench, response: Response, pipeline: ReadablePipeline
) -> schemas.SketchedPipeline:
    """A pipeline with its draft and what that means: what an editor needs to open it."""
    sketch = authoring.sketch(bench.workspace, pipeline.record.draft)
    return schemas.SketchedPipeline(
        pipeline=_answer(response, pipeline), sketch=sketch_schema(sketch)
    )


@router.put("/{pipeline}/draft")
def save_draft(
    *,
    bench: Bench,
    caller: Reader,
    response: Response,
    pipeline: WritablePipeline,
    seen: SeenRevision,
    body: schemas.DraftBody,
) -> schemas.Pipeline:
    """Replace the draft. 412 if somebody else changed it meanwhile; then nothing is saved."""
    saved = pipeline_keeping.save_draft(
        bench, pipeline.record, body.text, revision=seen, author=caller.user.name
    )
    return _answer(response, OwnedPipeline(saved, pipeline.access, pipeline.right))


@router.post("/{pipeline}/edits")
def edit_draft(
    *,
    bench: Bench,
    caller: Reader,
    response: Response,
    pipeline: WritablePipeline,
    seen: SeenRevision,
    body: schemas.EditsBody,
) -> schemas.SketchedPipeline:
    """Apply edits to the draft, keeping its comments; all of them or none."""
    text = authoring.edited(bench.workspace, pipeline.record.draft, edits_of(body.edits))
    sketch = authoring.sketch(bench.workspace, text)
    saved = pipeline_keeping.save_draft(
        bench, pipeline.record, text, revision=seen, author=caller.user.name, known=sketch
    )
    answer = _answer(response, OwnedPipeline(saved, pipeline.access, pipeline.right))
    return schemas.SketchedPipeline(pipeline=answer, sketch=sketch_schema(sketch))


@router.delete("/{pipeline}", status_code=204)
def delete_pipeline(bench: Bench, pipeline: OwnPipeline) -> None:
    """Delete a pipeline with all its versions. Its runs remain."""
    pipeline_keeping.forget(bench, pipeline.record.id)


@router.get("/{pipeline}/versions")
def list_versions(bench: Bench, pipeline: ReadablePipeline) -> schemas.VersionList:
    """The versions that were kept."""
    found = bench.pipelines.versions(pipeline.record.id)
    summaries = [schemas.VersionSummary(**_version_summary(version)) for version in found]
    return schemas.VersionList(versions=summaries)


@router.post("/{pipeline}/versions", status_code=201)
def create_version(
    *,
    bench: Bench,
    caller: Reader,
    request: Request,
    pipeline: WritablePipeline,
    seen: SeenRevision,
    body: schemas.NewVersion,
) -> schemas.Version:
    """Keep the present draft as a version that never changes."""
    made = bench.pipelines.add_version(
        pipeline.record.id,
        revision=seen,
        message=body.message,
        author=caller.user.name,
        now=time.time(),
    )
    note(request, pipeline.record.id, version=made.number)
    return _version(made)


@router.get("/{pipeline}/versions/{number}")
def get_version(bench: Bench, pipeline: ReadablePipeline, number: VersionNumber) -> schemas.Version:
    """One version."""
    return _version(bench.pipelines.version(pipeline.record.id, number))


@router.get("/{pipeline}/diff")
def diff_versions(
    bench: Bench,
    pipeline: ReadablePipeline,
    before: Annotated[int, Query(ge=1, le=2**31 - 1, description="Number of a version.")],
    after: Annotated[
        int | Literal["draft"], Query(description="Number of a version, or the draft.")
    ] = "draft",
) -> schemas.PipelineDiff:
    """What differs between two versions, or a version and the draft: nodes, values, text."""
    first = bench.pipelines.version(pipeline.record.id, before).text
    second = pipeline.record.draft
    if isinstance(after, int):
        second = bench.pipelines.version(pipeline.record.id, min(max(after, 0), 2**31 - 1)).text
    graphs = [_graph_in(bench, text) for text in (first, second)]
    names = (str(before), str(after))
    return schemas.PipelineDiff(
        before=names[0],
        after=names[1],
        nodes=[
            schemas.NodeDifference.model_validate(asdict(each))
            for each in pipeline_keeping.graph_differences(*graphs)
        ],
        text=pipeline_keeping.text_differences(first, second, names),
    )


def _graph_in(bench: Workbench, text: str) -> Graph:
    pipeline = authoring.sketch(bench.workspace, text).pipeline
    return pipeline.graph if pipeline else Graph()


def _answer(response: Response, pipeline: OwnedPipeline) -> schemas.Pipeline:
    response.headers["ETag"] = etag(pipeline.record.revision)
    return schemas.Pipeline(**_summary(pipeline), text=pipeline.record.draft)


def _summary(pipeline: OwnedPipeline) -> dict[str, object]:
    record: PipelineRecord = pipeline.record
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "revision": record.revision,
        "num_versions": record.num_versions,
        "owner": pipeline.access.owner,
        "visibility": pipeline.access.visibility,
        "right": pipeline.right,
        "created": record.created,
        "changed": record.changed,
        "changed_by": record.changed_by,
    }


def _version_summary(version: PipelineVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "message": version.message,
        "author": version.author,
        "created": version.created,
    }


def _version(version: PipelineVersion) -> schemas.Version:
    return schemas.Version(**_version_summary(version), text=version.text)
