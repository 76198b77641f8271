"""Errors as HTTP: every refusal is a problem document (RFC 9457) that carries diagnostics."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from netloom.accounts.refusals import NotAllowed, SignInRequired, TooManyAttempts
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import (
    ArtifactDamaged,
    Conflict,
    InvalidInput,
    NetloomError,
    NotFound,
    StorageFailed,
)
from netloom.server.phrasebook import TITLES
from netloom.server.reader_language import phrases
from netloom.tracking.pipeline_store import Outdated
from netloom.workspace.prediction_desk import PredictionUnavailable

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class PreconditionMissing(NetloomError):
    """A change needs ``If-Match``, so that nobody overwrites what they have not seen."""

    default_code = "S111"


class TooLarge(NetloomError):
    """The request is longer than the server takes."""

    default_code = "S115"


_STATUS: tuple[tuple[type[NetloomError], int, str], ...] = (
    (Outdated, 412, "Changed meanwhile"),
    (PreconditionMissing, 428, "If-Match is missing"),
    (TooLarge, 413, "Too large"),
    (InvalidInput, 422, "Not valid"),
    (NotFound, 404, "Not found"),
    (Conflict, 409, "Not possible now"),
    (SignInRequired, 401, "Sign in first"),
    (NotAllowed, 403, "Not allowed"),
    (TooManyAttempts, 429, "Too many attempts"),
    (PredictionUnavailable, 503, "Not available now"),
    (StorageFailed, 507, "Storage failed"),
    (ArtifactDamaged, 409, "Stored data is damaged"),
)

_MEANINGS = {
    400: ("S110", "the request cannot be read"),
    404: ("S113", "there is nothing at this address"),
    405: ("S114", "this address does not take that method"),
    413: ("S115", "the request is too long"),
    415: ("S116", "the server does not take this media type"),
    416: ("S117", "the file has no such range"),
}


def problem_response(
    status: int,
    diagnostics: Sequence[Diagnostic],
    *,
    kind: str,
    title: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document, in the reader's language."""
    said = phrases()
    diagnostics = [said.diagnostic(each) for each in diagnostics]
    document = {
        "type": f"urn:netloom:problem:{kind}",
        "title": said.said(title, TITLES),
        "status": status,
        "detail": _printable(said.detail(diagnostics)),
        "diagnostics": [_printable(d.to_json()) for d in diagnostics],
    }
    return JSONResponse(document, status, dict(headers or {}), MEDIA_TYPE)


def response_to(error: NetloomError) -> JSONResponse:
    """What a client is told of an error."""
    status, title = next(
        ((status, title) for kind, status, title in _STATUS if isinstance(error, kind)),
        (422, "Not possible"),
    )
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    headers = {}
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = f"{error.wait_s:.0f}"
    if status == 503:
        headers["Retry-After"] = "2"
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="netloom"'
    return problem_response(status, error.diagnostics, kind=kind, title=title, headers=headers)


def install(app: FastAPI) -> None:
    """Let an application answer errors so."""
    app.add_exception_handler(NetloomError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_defect)


async def _on_refusal(request: Request, error: Exception) -> JSONResponse:
    return response_to(cast("NetloomError", error))


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    return problem_response(
        422, [_invalid(problem) for problem in found], kind="invalid-request", title="Not valid"
    )


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    error = cast("HTTPException", error)
    status = error.status_code
    code, message = _MEANINGS.get(status, ("S110", str(error.detail)))
    return problem_response(
        status,
        [Diagnostic(code, message, got=f"{request.method} {request.url.path}")],
        kind=HTTPStatus(status).phrase.lower().replace(" ", "-"),
        title=HTTPStatus(status).phrase,
        headers=error.headers,
    )


async def _on_defect(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    diagnostic = Diagnostic(
        "S199",
        "Netloom itself failed to answer this request",
        fix="This is a defect; the server's log says where it happened",
    )
    return problem_response(500, [diagnostic], kind="defect", title="A defect")


def _invalid(problem: Mapping[str, Any]) -> Diagnostic:
    """One of pydantic's findings; the place is the field, as ``body.edits.0.node``."""
    where = ".".join(str(step) for step in problem["loc"] if step != "body") or "body"
    given = problem.get("input")
    return Diagnostic(
        code="S110",
        message=f"{where}: {problem['msg']}",
        place=Place(setting=where),
        got=None if given is None or isinstance(given, dict | list) else repr(given)[:120],
    )


def _printable(value: Any) -> Any:
    """What clients sent may hold half of a character; it cannot be sent back as it is."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    return value
