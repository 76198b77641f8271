"""What the workspace occupies, and freeing what no kept run needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from netloom.server.auditing import note
from netloom.server.hosting import Bench
from netloom.server.identity import Administrator
from netloom.server.schemas import storage as schemas
from netloom.workspace import storage as workspace_storage

router = APIRouter(prefix="/storage", tags=["server"])


@router.get("")
def get_storage(
    bench: Bench,
    caller: Administrator,
    keep_runs: Annotated[
        int, Query(ge=0, le=100_000, description="Newest runs of each pipeline to keep.")
    ] = 20,
) -> schemas.Storage:
    """What is occupied, and what a collection would free. Nothing is deleted."""
    found = workspace_storage.storage(bench, keep_runs=keep_runs)
    return schemas.Storage(
        parts=[schemas.StoragePart(name=name, size_bytes=n) for name, n in found.parts.items()],
        free_bytes=found.free_bytes,
        garbage=schemas.garbage_sums(found.garbage),
    )


@router.post("/collection")
def collect_garbage(
    bench: Bench, caller: Administrator, request: Request, body: schemas.CollectionBody
) -> schemas.Collection:
    """Delete what no kept run needs. Refused with the names of the jobs while any run."""
    report = workspace_storage.free(bench, keep_runs=body.keep_runs)
    note(request, "storage", keep_runs=body.keep_runs, freed_bytes=report.size_bytes)
    return schemas.Collection(
        freed_bytes=report.size_bytes,
        garbage=schemas.garbage_sums(workspace_storage.sums(report.items)),
    )
