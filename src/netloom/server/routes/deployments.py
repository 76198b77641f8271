"""Deployments: what is served on this machine; and bundles to serve elsewhere."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from netloom.accounts.permissions import Right
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import NotFound
from netloom.core.identifiers import RunId
from netloom.server import deployment_forms as forms
from netloom.server.auditing import note
from netloom.server.downloads import ZIP_RESPONSES, packed
from netloom.server.headers import SANDBOX
from netloom.server.hosting import Bench, Host
from netloom.server.identity import Author, Caller, Reader
from netloom.server.ownership import (
    OwnDeployment,
    OwnedDeployment,
    ReadableDeployment,
    ReadableRun,
    RunnableDeployment,
    WritableDeployment,
    checked_right,
)
from netloom.server.prediction_requests import asked, request_body
from netloom.server.schemas import deployments as schemas
from netloom.server.schemas.models import ExamplesBody, Predictions, RowsBody, TablePredictions
from netloom.tracking.deployment_states import DeploymentState
from netloom.tracking.records import RunRecord
from netloom.workspace.deployments import corrections, predictions, verbs
from netloom.workspace.deployments.files import log_of
from netloom.workspace.deployments.verbs import DeploymentQuery
from netloom.workspace.workbench import Workbench

router = APIRouter(tags=["deployments"])

RevisionPath = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of a revision.")]


@router.get("/deployments")
def list_deployments(
    *,
    bench: Bench,
    caller: Reader,
    text: Annotated[
        str, Query(max_length=200, description="Occurs in name, note or pipeline.")
    ] = "",
    state: DeploymentState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> schemas.DeploymentPage:
    """The deployments one may see, newest first."""
    query = DeploymentQuery(text=text, state=state, limit=limit, offset=offset)
    found, total = verbs.deployments(bench, caller.actor, query)
    return forms.page(bench, found, total)


@router.post("/deployments", status_code=201)
def create_deployment(
    *,
    bench: Bench,
    caller: Author,
    request: Request,
    response: Response,
    body: schemas.NewDeployment,
) -> schemas.MadeDeployment:
    """Serve what a run trained, on this machine, from now on. Its bundle is made in the background."""
    run = _run(bench, caller, body.run)
    record, token = verbs.deploy(
        bench,
        run,
        name=body.name,
        owner=caller.actor.name,
        note=body.note,
        port=body.port,
        is_protected=body.protected,
    )
    note(request, record.id, name=record.name, run=run.id, protected=body.protected)
    response.headers["Location"] = f"/api/v1/deployments/{record.id}"
    response.headers["Cache-Control"] = "no-store"
    access, right = checked_right(bench, caller, _thing(record.id), Right.OWN)
    return forms.made_deployment(bench, OwnedDeployment(record, access, right), token)


@router.get("/deployments/{deployment}")
def get_deployment(bench: Bench, deployment: ReadableDeployment) -> schemas.Deployment:
    """One deployment with its revisions."""
    return forms.deployment(bench, deployment)


@router.patch("/deployments/{deployment}")
def update_deployment(
    bench: Bench, deployment: WritableDeployment, body: schemas.DeploymentChange
) -> schemas.Deployment:
    """Rename or describe a deployment."""
    known = verbs.known_deployment(bench, deployment.record, deployment.access, deployment.right)
    changed = verbs.describe(bench, known, name=body.name, note=body.note)
    return forms.deployment(bench, deployment, changed)


@router.delete("/deployments/{deployment}", status_code=204)
def delete_deployment(bench: Bench, deployment: OwnDeployment) -> None:
    """Stop and forget a deployment, with its log and its corrections."""
    verbs.delete(bench, deployment.record)


@router.post("/deployments/{deployment}/start")
def start_deployment(bench: Bench, deployment: WritableDeployment) -> schemas.Deployment:
    """Let it run; also once more after it failed."""
    return forms.deployment(bench, deployment, verbs.start(bench, deployment.record))


@router.post("/deployments/{deployment}/stop")
def stop_deployment(bench: Bench, deployment: WritableDeployment) -> schemas.Deployment:
    """Let it answer what has come, and end."""
    return forms.deployment(bench, deployment, verbs.stop(bench, deployment.record))


@router.post("/deployments/{deployment}/revisions", status_code=201)
def create_revision(
    bench: Bench,
    caller: Reader,
    request: Request,
    deployment: WritableDeployment,
    body: schemas.NewRevision,
) -> schemas.Deployment:
    """Let the models of another run take over once they are ready; callers notice nothing."""
    run = _run(bench, caller, body.run)
    made = verbs.renew(bench, deployment.record, run, by=caller.actor.name)
    note(request, deployment.record.id, run=run.id, revision=made.number)
    return forms.deployment(bench, deployment, bench.deployments.deployment(deployment.record.id))


@router.post("/deployments/{deployment}/revisions/{number}/activate")
def activate_revision(
    bench: Bench, deployment: WritableDeployment, number: RevisionPath
) -> schemas.Deployment:
    """Let a revision take over that was made before: roll back, or forward again."""
    changed = verbs.activate(bench, deployment.record, number)
    return forms.deployment(bench, deployment, changed)


@router.get("/deployments/{deployment}/log")
def read_deployment_log(
    bench: Bench,
    deployment: ReadableDeployment,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="A byte; the newest lines if not given.")
    ] = None,
    limit_bytes: Annotated[int, Query(ge=1, le=1 << 20)] = 64 << 10,
) -> schemas.DeploymentLog:
    """What its processes wrote, and what happened to them."""
    log = log_of(bench.workspace.layout, deployment.record.id)
    if after is None:
        piece = log.tail(limit_bytes=limit_bytes)
    else:
        piece = log.read(after, limit_bytes=limit_bytes)
    return schemas.DeploymentLog(
        text=piece.content.decode("utf-8", "replace"),
        offset=piece.offset,
        next_offset=piece.next_offset,
    )


@router.get("/deployments/{deployment}/numbers")
def get_numbers(bench: Bench, deployment: ReadableDeployment) -> schemas.NumbersHistory:
    """How it did in the last fifteen minutes."""
    name, keeper = deployment.record.id, bench.numbers
    return forms.history(keeper.history(name), keeper.latest(name), every_s=keeper.every_s)


@router.post(
    "/deployments/{deployment}/predict",
    openapi_extra=request_body(RowsBody, media_type="application/octet-stream"),
)
async def predict_deployed(
    *,
    host: Host,
    request: Request,
    deployment: RunnableDeployment,
    top: Annotated[int, Query(ge=1, le=1000, description="How many labels to tell.")] = 5,
) -> Predictions | TablePredictions:
    """Send a picture (its bytes) or rows (JSON) through the deployment, as one of its callers would."""
    limit = host.settings.max_picture_bytes
    question = await asked(request, limit_bytes=limit, media=("image/",))
    if isinstance(question, RowsBody):
        rows = await run_in_threadpool(
            predictions.predict_rows, host.bench, deployment.record, question.rows
        )
        return TablePredictions.model_validate(rows)
    if isinstance(question, ExamplesBody):
        raise HTTPException(415)
    found = await run_in_threadpool(
        predictions.predict, host.bench, deployment.record, question, top=top
    )
    return Predictions.model_validate(found)


@router.post("/deployments/{deployment}/corrections", status_code=201)
def create_correction(
    *,
    bench: Bench,
    caller: Reader,
    request: Request,
    deployment: RunnableDeployment,
    body: schemas.NewCorrection,
) -> schemas.SavedCorrection:
    """Keep a picture with what it really shows, as a sample to train with."""
    answer = body.model_dump(include={"label", "text", "objects"}, exclude_none=True)
    kept = corrections.keep(bench, deployment.record, body.picture, answer, by=caller.actor.name)
    note(request, deployment.record.id, correction=kept.number)
    total = bench.deployments.num_corrections([deployment.record.id])
    return schemas.SavedCorrection(number=kept.number, total=total[deployment.record.id])


@router.get(
    "/deployments/{deployment}/corrections.zip", response_class=Response, responses=ZIP_RESPONSES
)
def download_corrections(bench: Bench, deployment: WritableDeployment) -> Response:
    """All corrections as a data set: what `netloom data import` reads."""
    content = corrections.zipped(bench, deployment.record)
    return packed(content, name=f"corrections-{deployment.record.id}.zip")


@router.get(
    "/runs/{run}/bundle",
    response_class=FileResponse,
    responses={
        **ZIP_RESPONSES,
        202: {"model": schemas.BundleProgress, "description": "It is being made; ask again."},
    },
)
def download_bundle(bench: Bench, run: ReadableRun) -> Response:
    """A run's models as a zip file that serves by itself; the first to ask lets it be made."""
    work = bench.bundles.prepare(run.record)
    if work.problem is not None:
        raise work.problem
    if work.bundle is None:
        progress = schemas.BundleProgress(
            state="preparing" if work.state == "preparing" else "waiting",
            seconds=round(time.monotonic() - work.asked, 1),
            step=work.step,
        )
        return JSONResponse(progress.model_dump(), 202, {"Retry-After": "1"})
    return FileResponse(
        work.bundle.file,
        media_type="application/zip",
        filename=f"{work.bundle.name}.zip",
        headers={"Content-Security-Policy": SANDBOX},
    )


def _thing(deployment: str) -> ObjectId:
    return ObjectId(ObjectKind.DEPLOYMENT, deployment)


def _run(bench: Workbench, caller: Caller, run: str) -> RunRecord:
    """A run whose models may be served. Raises NotFound if the caller may not see it."""
    checked_right(bench, caller, ObjectId(ObjectKind.RUN, run), Right.READ)
    record = bench.workspace.store.run(RunId(run))
    if record.id != run:  # the store also takes "last" and beginnings of ids
        raise NotFound.of(f"there is no run {run!r}", fix="Give the whole id")
    return record
