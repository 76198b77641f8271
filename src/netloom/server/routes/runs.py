"""Runs: start, list, look at, stop, go on, start again, delete, compare."""

from __future__ import annotations

import shutil
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from netloom.accounts.permissions import Right
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import InvalidInput
from netloom.core.identifiers import NodeId, PipelineId, RunId, UserName
from netloom.execution.states import RunState
from netloom.server.auditing import note
from netloom.server.downloads import ZIP_RESPONSES, packed
from netloom.server.graph_forms import selection_of
from netloom.server.hosting import Bench
from netloom.server.identity import Caller, Reader, Runner
from netloom.server.ownership import (
    OwnedRun,
    OwnRun,
    ReadableRun,
    RunnableRun,
    WritableRun,
    checked_right,
)
from netloom.server.run_forms import finite_json, page_json, run_schema
from netloom.server.schemas import runs as schemas
from netloom.tracking.capsule import read_capsule
from netloom.tracking.run_table import RunQuery
from netloom.workspace.packed_capsule import packed_capsule
from netloom.workspace.submission import RunOptions
from netloom.workspace.workbench import Workbench

router = APIRouter(prefix="/runs", tags=["runs"])


@router.get("", response_model=schemas.RunPage)
def list_runs(
    *,
    bench: Bench,
    caller: Reader,
    pipeline: Annotated[str | None, Query(max_length=200)] = None,
    state: Annotated[list[RunState], Query(max_length=20)] = [],  # noqa: B006 - never changed
    owner: Annotated[str | None, Query(max_length=100)] = None,
    text: Annotated[
        str, Query(max_length=200, description="Occurs in id, pipeline or description.")
    ] = "",
    scratch: Annotated[
        Literal["without", "with", "only"], Query(description="What of scratch runs.")
    ] = "without",
    sort: Annotated[
        str,
        Query(
            max_length=300,
            description="created, started, finished, duration, pipeline, state, owner, or "
            "`metric:NODE.NAME`.",
        ),
    ] = "created",
    order: schemas.SortOrder = "descending",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """The table of runs one may see, with the last value of every metric and the settings that differ."""
    query = RunQuery(
        pipeline=pipeline,
        states=state,
        owner=UserName(owner) if owner is not None else None,
        text=text,
        scratch={"without": False, "with": None, "only": True}[scratch],
        sort=sort,
        descending=order == "descending",
        limit=limit,
        offset=offset,
    )
    page = bench.run_table.page(query, caller.actor)
    return Response(page_json(page, caller.actor), media_type="application/json")


@router.post("", status_code=201)
def create_run(
    bench: Bench, caller: Runner, request: Request, response: Response, body: schemas.NewRun
) -> schemas.Run:
    """Start a run; it belongs to whoever starts it and goes on without them."""
    text = _text_of(bench, caller, body)
    loaded = bench.load(text, variables=body.variables or None)
    options = RunOptions(
        description=body.description,
        scratch=body.scratch,
        priority=body.priority,
        stored_pipeline=body.pipeline,
        attended=False,
        engine=body.engine,
    )
    run = bench.submit(loaded, selection_of(body), options, actor=caller.actor)
    return _started(bench, caller, request, response, run)


@router.get("/{run}")
def get_run(bench: Bench, run: ReadableRun) -> schemas.Run:
    """One run with its graph and its nodes."""
    return _answer(bench, run)


@router.delete("/{run}", status_code=204)
def delete_run(bench: Bench, run: OwnRun) -> None:
    """Delete a run that has ended: its records, logs and checkpoints. Shared results remain."""
    workspace = bench.workspace
    with bench.queue.together():
        workspace.store.delete_run(run.id)
        bench.access.forget(ObjectId(ObjectKind.RUN, run.id))
    shutil.rmtree(workspace.layout.runs / run.id, ignore_errors=True)


@router.post("/{run}/cancel", status_code=202)
def cancel_run(bench: Bench, run: WritableRun) -> schemas.Run:
    """Ask a run to stop; its jobs save their checkpoints first."""
    bench.cancel(run.id)
    return _answer(bench, run)


@router.put("/{run}/priority")
def set_priority(bench: Bench, run: WritableRun, body: schemas.PriorityBody) -> schemas.Run:
    """Let the waiting jobs of a run get free devices earlier or later than others'."""
    bench.set_priority(run.id, body.priority)
    return _answer(bench, run)


@router.post("/{run}/retry", status_code=202)
def retry_run(bench: Bench, run: WritableRun) -> schemas.Run:
    """Run what did not succeed, from the checkpoints; the run keeps its id."""
    bench.retry(run.id)
    return _answer(bench, run)


@router.post("/{run}/rerun", status_code=201)
def rerun(
    *,
    bench: Bench,
    caller: Reader,
    request: Request,
    response: Response,
    run: RunnableRun,
    body: schemas.RerunBody,
) -> schemas.Run:
    """Start a run's pipeline again as a run of one's own; ``from`` and ``force`` begin at a node."""
    capsule = read_capsule(bench.workspace.layout.runs / run.id)
    options = RunOptions(
        description=body.description,
        scratch=body.scratch,
        priority=body.priority,
        retried_from=run.id,
        stored_pipeline=run.record.request.stored_pipeline,
        attended=False,
        engine=body.engine or run.record.request.engine,
    )
    loaded = bench.load(capsule.resolved)
    again = bench.submit(loaded, selection_of(body), options, actor=caller.actor)
    return _started(bench, caller, request, response, again)


@router.post("/{run}/answers", status_code=201)
def answer_node(bench: Bench, run: WritableRun, body: schemas.AnswerBody) -> schemas.AnswerReceipt:
    """Answer a node that waits for a person; the run goes on."""
    version = bench.answer(run.id, NodeId(body.node), body.answer)
    return schemas.AnswerReceipt(version=version)


@router.get("/{run}/capsule")
def get_capsule(bench: Bench, run: ReadableRun) -> schemas.Capsule:
    """What a run wrote down when it was submitted: text, provenance, environment."""
    capsule = read_capsule(bench.workspace.layout.runs / run.id)
    return schemas.Capsule(
        written=capsule.written,
        resolved=capsule.resolved,
        provenance=finite_json(capsule.provenance),
        environment=finite_json(capsule.environment),
        environment_changes=capsule.environment_changes(),
    )


@router.get("/{run}/capsule.zip", response_class=Response, responses=ZIP_RESPONSES)
def download_capsule(bench: Bench, run: ReadableRun) -> Response:
    """All of that as a zip file, with the operators' sources and a list of the run's other files."""
    return packed(packed_capsule(bench.workspace, run.id), name=f"{run.id}.capsule.zip")


@router.get("/{run}/comparison")
def compare_runs(
    bench: Bench,
    caller: Reader,
    run: ReadableRun,
    other: Annotated[str, Query(alias="with", max_length=100, description="Id of a run.")],
) -> schemas.RunComparison:
    """What differs between two runs: settings, data, code, metrics."""
    checked_right(bench, caller, ObjectId(ObjectKind.RUN, other), Right.READ)
    found = bench.workspace.diff(run.id, other)
    return schemas.RunComparison.model_validate(finite_json(found.to_json()))


def _text_of(bench: Workbench, caller: Caller, body: schemas.NewRun) -> str:
    if (body.text is None) == (body.pipeline is None):
        raise InvalidInput.of(
            "a run is of a text or of a stored pipeline",
            code="S110",
            expected="one of text and pipeline",
            got="neither" if body.text is None else "both",
        )
    if body.text is not None:
        return body.text
    pipeline = PipelineId(body.pipeline or "")
    checked_right(bench, caller, ObjectId(ObjectKind.PIPELINE, pipeline), Right.RUN)
    if body.version is not None:
        return bench.pipelines.version(pipeline, body.version).text
    return bench.pipelines.pipeline(pipeline).draft


def _started(
    bench: Workbench, caller: Caller, request: Request, response: Response, run: RunId
) -> schemas.Run:
    access, right = checked_right(bench, caller, ObjectId(ObjectKind.RUN, run), Right.READ)
    record = bench.workspace.store.run(run)
    note(request, run, pipeline=record.request.pipeline)
    response.headers["Location"] = f"/api/v1/runs/{run}"
    return _answer(bench, OwnedRun(record, access, right))


def _answer(bench: Workbench, run: OwnedRun) -> schemas.Run:
    workspace = bench.workspace
    result = workspace.result(run.id)
    implied = bench.connections.of(result.record, lambda: workspace.catalogue)
    return run_schema(run, result, workspace.store.nodes(run.id), implied)
