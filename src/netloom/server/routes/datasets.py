"""Files of data: announced, sent in pieces, checked, kept. Nothing in them is executed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from netloom.accounts.permissions import Right, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.server.auditing import note
from netloom.server.hosting import Bench, Host
from netloom.server.identity import Author, Reader
from netloom.server.ownership import (
    OwnDataset,
    OwnedDataset,
    ReadableDataset,
    WritableDataset,
)
from netloom.server.problems import TooLarge
from netloom.server.schemas import datasets as schemas
from netloom.workspace import uploads
from netloom.workspace.workbench import Workbench

router = APIRouter(prefix="/datasets", tags=["datasets"])


@router.get("")
def list_datasets(host: Host, caller: Reader) -> schemas.DatasetList:
    """The files one may see."""
    bench = host.bench
    found = []
    for record in bench.uploads.uploads(
        among=bench.access.visible(ObjectKind.DATASET, caller.actor)
    ):
        access = bench.access.access(ObjectId(ObjectKind.DATASET, record.id))
        right = right_over(caller.actor, access)
        if right is not None:
            found.append(_answer(bench, OwnedDataset(record, access, right)))
    return schemas.DatasetList(
        datasets=found,
        max_upload_bytes=host.settings.max_upload_bytes,
        chunk_bytes=host.settings.upload_chunk_bytes,
    )


@router.post("", status_code=201)
def create_dataset(
    *, host: Host, caller: Author, request: Request, response: Response, body: schemas.NewDataset
) -> schemas.Dataset:
    """Announce a file; its pieces follow."""
    limit = host.settings.max_upload_bytes
    if body.size_bytes > limit:
        raise TooLarge.of(
            "this file is larger than the server takes",
            expected=f"at most {limit} bytes",
            got=f"{body.size_bytes} bytes",
            fix="An administrator can raise max_upload_bytes in netloom.toml",
        )
    record = uploads.begin(
        host.bench,
        name=body.name,
        file_name=body.file_name,
        size_bytes=body.size_bytes,
        sha256=body.sha256,
        owner=caller.user.name,
    )
    note(request, record.id, name=body.name, size_bytes=body.size_bytes)
    response.headers["Location"] = f"/api/v1/datasets/{record.id}"
    access = host.bench.access.access(ObjectId(ObjectKind.DATASET, record.id))
    return _answer(host.bench, OwnedDataset(record, access, Right.OWN))


@router.get("/{dataset}")
def get_dataset(bench: Bench, dataset: ReadableDataset) -> schemas.Dataset:
    """A file, or how much of it has arrived: where to go on after an interruption."""
    return _answer(bench, dataset)


@router.put(
    "/{dataset}/content",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def append_to_dataset(
    host: Host,
    request: Request,
    dataset: WritableDataset,
    offset: Annotated[int, Query(ge=0, le=2**50, description="Bytes that have arrived before.")],
) -> schemas.Dataset:
    """Send the next piece. 409 says where to go on if it does not follow what has arrived."""
    piece = await _body(request, host.settings.upload_chunk_bytes)
    record = await run_in_threadpool(host.bench.uploads.upload, dataset.record.id)
    await run_in_threadpool(uploads.append, host.bench, record, piece, offset=offset)
    return await run_in_threadpool(_answer, host.bench, dataset)


@router.post("/{dataset}/complete")
def complete_dataset(bench: Bench, dataset: WritableDataset) -> schemas.Dataset:
    """The last piece was sent: check the file and keep it."""
    record = uploads.complete(bench, dataset.record)
    return _answer(bench, OwnedDataset(record, dataset.access, dataset.right))


@router.delete("/{dataset}", status_code=204)
def delete_dataset(bench: Bench, dataset: OwnDataset) -> None:
    """Delete a file. Results that were computed from it remain."""
    uploads.remove(bench, dataset.record)


async def _body(request: Request, limit: int) -> bytes:
    """A whole piece, read no further than allowed."""
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > limit:
            raise TooLarge.of("this piece is too long", expected=f"at most {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _answer(bench: Workbench, dataset: OwnedDataset) -> schemas.Dataset:
    record = dataset.record
    return schemas.Dataset(
        id=record.id,
        name=record.name,
        file_name=record.file_name,
        size_bytes=record.size_bytes,
        received_bytes=uploads.received_bytes(bench, record),
        is_complete=record.is_complete,
        sha256=record.sha256,
        path=uploads.path_in_pipelines(bench, record) if record.is_complete else None,
        owner=dataset.access.owner,
        visibility=dataset.access.visibility,
        right=dataset.right,
        created=record.created,
        completed=record.completed,
    )
