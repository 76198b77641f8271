"""Who may use a pipeline, a run, a dataset, a model or a deployment."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request

from netloom.accounts.permissions import Access, Right
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.accounts.users import user_name
from netloom.core.errors import InvalidInput
from netloom.server.auditing import note
from netloom.server.hosting import Bench
from netloom.server.ownership import (
    OwnDataset,
    OwnDeployment,
    OwnedDataset,
    OwnedDeployment,
    OwnedPipeline,
    OwnedRun,
    OwnModel,
    OwnPipeline,
    OwnRun,
    ReadableDataset,
    ReadableDeployment,
    ReadableModel,
    ReadablePipeline,
    ReadableRun,
)
from netloom.server.schemas import accounts as schemas
from netloom.workspace.model_registry import KnownModel, registered
from netloom.workspace.workbench import Workbench

router = APIRouter(tags=["sharing"])

_Owned = OwnedPipeline | OwnedRun | OwnedDataset | OwnedDeployment | KnownModel


@router.get("/pipelines/{pipeline}/access")
def get_pipeline_access(pipeline: ReadablePipeline) -> schemas.Access:
    """Who may use a pipeline."""
    return _access(pipeline)


@router.put("/pipelines/{pipeline}/access")
def share_pipeline(
    bench: Bench, request: Request, pipeline: OwnPipeline, body: schemas.AccessChange
) -> schemas.Access:
    """Make a pipeline private, share it with named users, or let everybody read and run it."""
    return _shared(
        bench, request, ObjectId(ObjectKind.PIPELINE, pipeline.record.id), pipeline, body
    )


@router.get("/runs/{run}/access")
def get_run_access(run: ReadableRun) -> schemas.Access:
    """Who may use a run."""
    return _access(run)


@router.put("/runs/{run}/access")
def share_run(
    bench: Bench, request: Request, run: OwnRun, body: schemas.AccessChange
) -> schemas.Access:
    """Make a run private, share it with named users, or let everybody read it and start it again."""
    return _shared(bench, request, ObjectId(ObjectKind.RUN, run.id), run, body)


@router.get("/datasets/{dataset}/access")
def get_dataset_access(dataset: ReadableDataset) -> schemas.Access:
    """Who may use a dataset."""
    return _access(dataset)


@router.put("/datasets/{dataset}/access")
def share_dataset(
    bench: Bench, request: Request, dataset: OwnDataset, body: schemas.AccessChange
) -> schemas.Access:
    """Make a dataset private, share it with named users, or let everybody see it."""
    return _shared(bench, request, ObjectId(ObjectKind.DATASET, dataset.record.id), dataset, body)


@router.get("/models/{model}/access")
def get_model_access(model: ReadableModel) -> schemas.Access:
    """Who may use a model; one that is not registered is shared with its run."""
    return _access(model)


@router.put("/models/{model}/access")
def share_model(
    bench: Bench, request: Request, model: OwnModel, body: schemas.AccessChange
) -> schemas.Access:
    """Make a registered model private, share it with named users, or let everybody predict with it."""
    return _shared(bench, request, ObjectId(ObjectKind.MODEL, registered(model).id), model, body)


@router.get("/deployments/{deployment}/access")
def get_deployment_access(deployment: ReadableDeployment) -> schemas.Access:
    """Who may use a deployment through the workbench; its address is open to whoever reaches it."""
    return _access(deployment)


@router.put("/deployments/{deployment}/access")
def share_deployment(
    bench: Bench, request: Request, deployment: OwnDeployment, body: schemas.AccessChange
) -> schemas.Access:
    """Make a deployment private, share it with named users, or let everybody see and try it."""
    return _shared(
        bench, request, ObjectId(ObjectKind.DEPLOYMENT, deployment.record.id), deployment, body
    )


def _shared(
    bench: Workbench, request: Request, thing: ObjectId, owned: _Owned, body: schemas.AccessChange
) -> schemas.Access:
    before = owned.access
    shares = {user_name(name): right for name, right in body.shares.items()}
    if Right.OWN in shares.values():
        raise InvalidInput.of(
            "an object has one owner", code="S110", expected="the right read, run or write"
        )
    if before.owner is not None:
        shares.pop(before.owner, None)
    access = Access(before.owner, body.visibility, shares)
    bench.access.put(thing, access)
    withdrawn = sorted(before.shares.keys() - shares.keys())
    taken = {"withdrawn": withdrawn} if withdrawn else {}
    note(request, thing.id, shares=shares, **taken, visibility=body.visibility)
    return _access(replace(owned, access=access))


def _access(owned: _Owned) -> schemas.Access:
    """Only who can change the shares learns of them."""
    access = owned.access
    return schemas.Access(
        owner=access.owner,
        visibility=access.visibility,
        shares=dict(access.shares) if owned.right is Right.OWN else {},
        right=owned.right,
    )
