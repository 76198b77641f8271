"""Files of data: announced, sent in pieces, checked, surveyed, kept. Nothing in them is executed."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from netloom.accounts.permissions import Right
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import Conflict, NetloomError
from netloom.data.sample_list import SampleQuery, read_samples
from netloom.server.auditing import note
from netloom.server.bounded_body import bounded_body
from netloom.server.dataset_forms import (
    dataset_details,
    dataset_list,
    sample_page,
    visible_datasets,
)
from netloom.server.downloads import FILE_RESPONSES, download
from netloom.server.hosting import Bench, Host
from netloom.server.identity import Author, Caller, Reader
from netloom.server.ownership import (
    OwnDataset,
    OwnedDataset,
    ReadableDataset,
    WritableDataset,
)
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
from netloom.server.problems import TooLarge
from netloom.server.schemas import datasets as schemas
from netloom.workspace import surveys, uploads
from netloom.workspace.dataset_images import image_of, sample_of
from netloom.workspace.upload_contents import note_contents
from netloom.workspace.workbench import Workbench

router = APIRouter(prefix="/datasets", tags=["datasets"])

log = logging.getLogger(__name__)


@router.get("")
def list_datasets(
    host: Host,
    caller: Reader,
    text: Annotated[
        str, Query(max_length=200, description="Occurs in name, description or file name.")
    ] = "",
) -> schemas.DatasetList:
    """The files one may see, every version of each."""
    return schemas.DatasetList(
        datasets=dataset_list(host.bench, visible_datasets(host.bench, caller.actor), text=text),
        max_upload_bytes=host.settings.max_upload_bytes,
        chunk_bytes=host.settings.upload_chunk_bytes,
    )


@router.post("", status_code=201)
def create_dataset(
    *, host: Host, caller: Author, request: Request, response: Response, body: schemas.NewDataset
) -> schemas.DatasetDetails:
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
        description=body.description,
    )
    note(request, record.id, name=body.name, size_bytes=body.size_bytes)
    response.headers["Location"] = f"/api/v1/datasets/{record.id}"
    access = host.bench.access.access(ObjectId(ObjectKind.DATASET, record.id))
    return _answer(host.bench, caller, OwnedDataset(record, access, Right.OWN))


@router.get("/{dataset}")
def get_dataset(bench: Bench, caller: Reader, dataset: ReadableDataset) -> schemas.DatasetDetails:
    """A file and what its survey found, or how much of it has arrived: where to go on after a break."""
    return _answer(bench, caller, dataset)


@router.patch("/{dataset}")
def update_dataset(
    bench: Bench, caller: Reader, dataset: WritableDataset, body: schemas.DatasetChanges
) -> schemas.DatasetDetails:
    """Rename or describe a file. Its path in pipelines stays."""
    record = uploads.describe(
        bench,
        dataset.record,
        owner=dataset.access.owner,
        name=body.name,
        description=body.description,
    )
    return _answer(bench, caller, OwnedDataset(record, dataset.access, dataset.right))


@router.get("/{dataset}/content", response_class=FileResponse, responses=FILE_RESPONSES)
def download_dataset(bench: Bench, dataset: ReadableDataset) -> FileResponse:
    """The file as it was sent; ranges are possible."""
    return download(uploads.require_file(bench, dataset.record))


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
    caller: Reader,
    request: Request,
    dataset: WritableDataset,
    offset: Annotated[int, Query(ge=0, le=2**50, description="Bytes that have arrived before.")],
) -> schemas.DatasetDetails:
    """Send the next piece. 409 says where to go on if it does not follow what has arrived."""
    most = host.settings.upload_chunk_bytes
    refusal = TooLarge.of("this piece is too long", expected=f"at most {most} bytes")
    piece = await bounded_body(request, most, refusal)
    record = await run_in_threadpool(host.bench.uploads.upload, dataset.record.id)
    await run_in_threadpool(uploads.append, host.bench, record, piece, offset=offset)
    return await run_in_threadpool(_answer, host.bench, caller, dataset)


@router.post("/{dataset}/complete")
def complete_dataset(
    bench: Bench, caller: Reader, dataset: WritableDataset
) -> schemas.DatasetDetails:
    """The last piece was sent: check the file, keep it, and begin to look into it.

    What no pipeline can read is refused, and then the data set does not exist any more.
    """
    was_complete = dataset.record.is_complete
    kept = OwnedDataset(uploads.complete(bench, dataset.record), dataset.access, dataset.right)
    if not was_complete:
        note_contents(bench, kept.record)
    if not was_complete and surveys.can_be_surveyed(bench, kept.record):
        try:
            surveys.start_survey(bench, kept.record, actor=caller.actor, access=kept.access)
        except NetloomError as error:  # the file is kept all the same
            log.warning("data set %s is not surveyed: %s", kept.record.id, error)
    return _answer(bench, caller, kept)


@router.post("/{dataset}/survey", status_code=202)
def survey_dataset(
    bench: Bench, caller: Reader, dataset: WritableDataset
) -> schemas.DatasetDetails:
    """Look into a file (again). Nothing changes while a survey is on its way."""
    surveys.start_survey(bench, dataset.record, actor=caller.actor, access=dataset.access)
    return _answer(bench, caller, dataset)


@router.delete("/{dataset}", status_code=204)
def delete_dataset(
    *,
    bench: Bench,
    caller: Reader,
    dataset: OwnDataset,
    force: Annotated[bool, Query(description="Also if runs have read it.")] = False,
) -> None:
    """Delete a file. Results that were computed from it remain, but cannot be computed again."""
    if not force:
        _refuse_if_used(bench, caller, dataset)
    surveys.stop_survey(bench, dataset.record)
    uploads.remove(bench, dataset.record)


@router.get("/{dataset}/samples")
def list_samples(
    *,
    bench: Bench,
    dataset: ReadableDataset,
    label: Annotated[
        str | None, Query(max_length=500, description="Of this class; empty: without label.")
    ] = None,
    part: Annotated[
        str | None, Query(max_length=20, description="Of this part; empty: without part.")
    ] = None,
    text: Annotated[str, Query(max_length=200, description="Occurs in the path.")] = "",
    duplicates: Annotated[
        bool, Query(description="Only what occurs several times, group by group.")
    ] = False,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> schemas.SamplePage:
    """The images inside a surveyed file."""
    query = SampleQuery(
        label=label,
        part=part,
        text=text,
        only_duplicates=duplicates,
        offset=offset,
        limit=limit,
    )
    found, total = read_samples(surveys.require_samples(bench, dataset.record), query)
    return sample_page(found, total)


@router.get(
    "/{dataset}/samples/{number}/image", response_class=Response, responses=PICTURE_RESPONSES
)
def get_sample_image(
    *,
    bench: Bench,
    dataset: ReadableDataset,
    number: SampleNumber,
    size: ImageSize = None,
    known: IfNoneMatch = None,
) -> Response:
    """One of them: as it is, or small."""
    sample = sample_of(bench, dataset.record, number)
    tag = picture_tag(sample.digest, size)
    if is_known(tag, known):
        return unchanged(tag)
    image = image_of(bench, dataset.record, sample, size=size)
    return picture(image, tag=tag, name=sample.path.rpartition("/")[2])


def _refuse_if_used(bench: Workbench, caller: Caller, dataset: OwnedDataset) -> None:
    using = bench.uploads.used_by(dataset.record.id)
    if not using:
        return
    visible = bench.access.visible(ObjectKind.RUN, caller.actor)
    named = [run for run in using if visible is None or run in visible]
    hidden = len(using) - len(named)
    shown = [*named[:10], *([f"{len(named) - 10} more"] if len(named) > 10 else [])]
    raise Conflict.of(
        "runs have read this data set",
        code="S128",
        got=", ".join([*shown, *([f"{hidden} of other people"] if hidden else [])]),
        fix="Their results would remain, but could not be computed again: delete it with force "
        "if that is meant",
    )


def _answer(bench: Workbench, caller: Caller, dataset: OwnedDataset) -> schemas.DatasetDetails:
    visible = visible_datasets(bench, caller.actor, name=dataset.record.name)
    return dataset_details(bench, dataset, visible)
