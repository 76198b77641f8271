"""Trained models: found, registered, taken away, tried out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from netloom.accounts.permissions import Right
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import InvalidInput
from netloom.server import model_forms as forms
from netloom.server.auditing import note
from netloom.server.headers import SANDBOX
from netloom.server.hosting import Bench, Host
from netloom.server.identity import Author, Caller, Reader
from netloom.server.ownership import (
    OwnModel,
    ReadableModel,
    RunnableModel,
    WritableModel,
    checked_right,
    require,
)
from netloom.server.prediction_requests import asked, request_body
from netloom.server.schemas import models as schemas
from netloom.workspace import model_examples, model_package, model_registry
from netloom.workspace.model_registry import KnownModel, ModelQuery
from netloom.workspace.workbench import Workbench

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def list_models(
    *,
    bench: Bench,
    caller: Reader,
    text: Annotated[
        str, Query(max_length=200, description="Occurs in name, pipeline, description or a class.")
    ] = "",
    task: Annotated[str | None, Query(max_length=100)] = None,
    registered: Annotated[bool | None, Query(description="Only with, or without, a name.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> schemas.ModelPage:
    """The trained models of the runs one may see, and those that were registered."""
    query = ModelQuery(text=text, task=task, registered=registered, limit=limit, offset=offset)
    found, total = model_registry.models(bench, caller.actor, query)
    return forms.page(bench, found, total)


@router.post("", status_code=201)
def create_model(
    bench: Bench, caller: Author, request: Request, response: Response, body: schemas.NewModel
) -> schemas.Model:
    """Register a model: give it a name, and keep its package whatever becomes of its run."""
    model = _to_register(bench, caller, body)
    require(caller, ObjectKind.MODEL, model.right, Right.OWN)  # whoever registers it may share it
    kept = model_registry.register(
        bench, model, name=body.name, description=body.description, actor=caller.actor
    )
    note(request, kept.id, name=body.name, artifact=kept.artifact)
    response.headers["Location"] = f"/api/v1/models/{kept.id}"
    return forms.model(bench, caller.actor, kept)


@router.get("/{model}")
def get_model(bench: Bench, caller: Reader, model: ReadableModel) -> schemas.Model:
    """One model: what it is, how it was made, and how a pipeline uses it."""
    return forms.model(bench, caller.actor, model)


@router.patch("/{model}")
def update_model(
    bench: Bench, caller: Reader, model: WritableModel, body: schemas.ModelChange
) -> schemas.Model:
    """Rename or describe a registered model."""
    changed = model_registry.amend(bench, model, name=body.name, description=body.description)
    return forms.model(bench, caller.actor, changed)


@router.delete("/{model}", status_code=204)
def delete_model(bench: Bench, model: OwnModel) -> None:
    """Unregister a model. Its package stays as long as a kept run gave it out."""
    model_registry.unregister(bench, model)


@router.get(
    "/{model}/package",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The package."}},
)
def download_package(bench: Bench, model: ReadableModel) -> StreamingResponse:
    """The model package as a zip file, for `netloom.load` and `netloom predict`."""
    package = model_package.zipped(bench.workspace.artifacts.get(model.artifact))
    headers = {
        "Content-Disposition": f'attachment; filename="{model_package.file_name(model)}"',
        "Content-Security-Policy": SANDBOX,
    }
    if package.size_bytes is not None:
        headers["Content-Length"] = str(package.size_bytes)
    return StreamingResponse(package.content, media_type="application/zip", headers=headers)


@router.get("/{model}/examples")
def list_examples(
    bench: Bench,
    caller: Reader,
    model: ReadableModel,
    count: Annotated[int, Query(ge=1, le=100)] = 12,
) -> schemas.ModelExamples:
    """A few pictures of the data the model was trained with, for who may read its run or owns the model."""
    return forms.examples(model, model_examples.examples(bench, model, caller.actor, count=count))


@router.get(
    "/{model}/examples/{number}",
    response_class=Response,
    responses={
        200: {"content": {"image/png": {}, "image/jpeg": {}}, "description": "The picture."}
    },
)
def get_example(
    bench: Bench,
    caller: Reader,
    model: ReadableModel,
    number: Annotated[int, Path(ge=0, le=2**31 - 1)],
) -> Response:
    """The picture of an example, not larger than a screen shows."""
    content, media_type = model_examples.picture(bench, model, caller.actor, number)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": SANDBOX}
    return Response(content, media_type=media_type, headers=headers)


@router.post(
    "/{model}/predictions",
    openapi_extra=request_body(
        schemas.RowsBody, schemas.ExamplesBody, media_type="application/octet-stream"
    ),
)
async def predict(
    *,
    host: Host,
    caller: Reader,
    request: Request,
    model: RunnableModel,
    top: Annotated[int, Query(ge=1, le=1000, description="How many labels to tell.")] = 5,
) -> schemas.Predictions | schemas.TablePredictions:
    """Predict a picture or video, given its bytes, examples (JSON), or rows of a table (JSON)."""
    limit = host.settings.max_picture_bytes
    question = await asked(request, limit_bytes=limit, media=("image/", "video/"))
    if isinstance(question, schemas.RowsBody):
        rows = await run_in_threadpool(
            model_examples.predict_rows, host.bench, model, question.rows
        )
        return schemas.TablePredictions.model_validate(rows)
    if isinstance(question, schemas.ExamplesBody):
        found = await run_in_threadpool(
            model_examples.predict_examples,
            host.bench,
            model,
            caller.actor,
            question.examples,
            top=top,
        )
    else:
        found = await run_in_threadpool(
            model_examples.predict_picture, host.bench, model, question, top=top
        )
    return schemas.Predictions.model_validate(found)


def _to_register(bench: Workbench, caller: Caller, body: schemas.NewModel) -> KnownModel:
    if body.artifact is not None and body.run is None and body.node is None:
        return model_registry.find_model(bench, caller.actor, body.artifact)
    if body.artifact is None and body.run is not None and body.node is not None:
        checked_right(bench, caller, ObjectId(ObjectKind.RUN, body.run), Right.READ)
        return model_registry.find_output(bench, caller.actor, body.run, body.node)
    raise InvalidInput.of(
        "it is not clear which model to register",
        code="S110",
        expected="either artifact, or run and node",
        got=", ".join(sorted(body.model_fields_set - {"name", "description"})) or "neither",
    )
