"""The application: routes, errors, headers, and what starts and stops with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

import netloom
from netloom.server import pages, problems
from netloom.server.auditing import Auditing
from netloom.server.body_limit import BodyLimit
from netloom.server.compression import Compression
from netloom.server.event_hub import EventHub
from netloom.server.headers import SecurityHeaders
from netloom.server.hosting import Hosting, StartLink
from netloom.server.operation_names import operation_id
from netloom.server.reader_language import ReaderLanguage
from netloom.server.routes import (
    authoring,
    datasets,
    deployments,
    events,
    files,
    machine,
    models,
    operators,
    people,
    pipelines,
    previews,
    run_files,
    runs,
    session,
    sharing,
    storage,
    templates,
)
from netloom.server.schemas.diagnostics import Problem
from netloom.server.schemas.events import DeploymentChanged, RunEvent
from netloom.server.settings import ServerSettings
from netloom.workspace.workbench import Workbench
from netloom.workspace.workspace import Workspace

PREFIX = "/api/v1"
_THREADS = 12
"""Requests worked on at a time; the database has connections for as many."""
_QUIET_S = 5.0
"""After so long the first page is there: what the first curve needs can be loaded beside it."""

_TAGS = {
    "session": "Signing in, up and out.",
    "users": "Administration: users, invitations, the audit log.",
    "tokens": "One's own API tokens.",
    "operators": "What a pipeline can be made of.",
    "authoring": "Unsaved text: check, plan, edit. Changes nothing.",
    "pipelines": "Pipelines kept in the workspace.",
    "runs": "Starting, watching and comparing runs.",
    "run files": "Logs, metrics, files and artifacts of a run.",
    "models": "Trained models: registered, shared, tried out.",
    "deployments": "Models that are served on this machine.",
    "datasets": "Files of data: sent in pieces, checked, kept.",
    "events": "Streams of what happens (SSE).",
    "sharing": "Who may use what.",
    "server": "The server, the queue, the devices.",
}


def create_app(
    workspace: Workspace,
    settings: ServerSettings = ServerSettings(),
    *,
    serves_runs: bool = True,
    front_end: Path = pages.FRONT_END,
) -> FastAPI:
    """The workbench as an ASGI application. One to a process.

    Args:
        serves_runs: Take the workspace's runs and deployments forward in threads of this process.
        front_end: Folder of the built front end.
    """
    hub = EventHub()
    hosting = Hosting(
        bench=Workbench(
            workspace,
            hub.publish,
            on_deployment=hub.tell_of_deployment,
            deployment_host=settings.deployment_host,
        ),
        settings=settings,
        hub=hub,
        link=StartLink() if settings.is_loopback else None,
        started=time.time(),
    )
    app = FastAPI(
        title="Netloom",
        version=netloom.__version__,
        summary="Deep-learning pipelines: one graph from data to a trained, evaluated model.",
        description="Errors are problem documents (RFC 9457) with diagnostics. Changes that a browser "
        "makes with its session cookie need the header `X-CSRF-Token`, from `GET /session`.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        generate_unique_id_function=operation_id,
        separate_input_output_schemas=False,
        lifespan=_lifespan(hosting, serves_runs=serves_runs),
    )
    app.state.hosting = hosting
    app.state.front_end = front_end
    problems.install(app)
    longest = max(settings.max_body_bytes, settings.upload_chunk_bytes, settings.max_picture_bytes)
    app.add_middleware(Compression)
    app.add_middleware(BodyLimit, limit_bytes=longest)
    app.add_middleware(Auditing)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(ReaderLanguage)
    app.include_router(_api(), prefix=PREFIX)
    app.include_router(pages.router)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _api() -> APIRouter:
    api = APIRouter()
    for module in (
        session,
        people,
        operators,
        authoring,
        templates,
        files,
        pipelines,
        datasets,
        models,
        deployments,
        events,
        runs,
        previews,
        run_files,
        sharing,
        machine,
        storage,
    ):
        api.include_router(module.router)
    return api


def _lifespan(
    hosting: Hosting, *, serves_runs: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        loop = asyncio.get_running_loop()
        hosting.hub.attach(loop)
        later = loop.call_later(
            _QUIET_S, lambda: loop.run_in_executor(None, import_module, "numpy")
        )
        if serves_runs:
            hosting.bench.service.start()
            hosting.bench.start_deployments()
        try:
            yield
        finally:
            later.cancel()
            hosting.hub.close()
            await anyio.to_thread.run_sync(hosting.bench.close)

    return lifespan


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: every operation may answer with a problem."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            separate_input_output_schemas=False,
        )
        components = document.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            components.pop(name, None)
        _add_schema(components, Problem)
        _add_schema(components, RunEvent)
        _add_schema(components, DeploymentChanged)
        refusal = {
            "description": "Refused; the document says why and what to do.",
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = refusal
        app.openapi_schema = document
    return app.openapi_schema


def _add_schema(components: dict[str, Any], model: type[Any]) -> None:
    schema = model.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    for name, inner in schema.pop("$defs", {}).items():
        components.setdefault(name, inner)
    components[model.__name__] = schema
