"""Auditing: every request that changes something leaves an entry, whatever its route forgot."""

from __future__ import annotations

import logging
import time
from typing import Any

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netloom.accounts.audit import AuditEntry
from netloom.core.errors import NetloomError
from netloom.server.hosting import bench_of
from netloom.server.operation_names import operation_id

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CHANGES_NOTHING = "authoring"
"""Tag of operations that take a body but change nothing: they read unsaved text."""
_KEPT_FAILURES = frozenset({"signIn", "signUp"})
"""Actions that are kept even if they were refused."""
_LOOKS = frozenset({"predictPictures", "predictDeployed"})
"""Actions that take a body but change nothing."""

log = logging.getLogger(__name__)


def note(request: Request, about: str = "", **details: Any) -> None:
    """Say what a change was about, for the log; never a secret."""
    request.state.audit_about = about
    request.state.audit_details = details


def call_it(request: Request, name: str) -> None:
    """Say what people call the object of a request: its id tells nobody anything once it is deleted."""
    request.state.audit_name = name


class Auditing:
    """Middleware that writes the entry before the answer leaves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _SAFE_METHODS:
            await self._app(scope, receive, send)
            return

        async def with_entry(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry = _entry(Request(scope), message["status"])
                if entry is not None:
                    await run_in_threadpool(_append, Request(scope), entry)
            await send(message)

        await self._app(scope, receive, with_entry)


def _entry(request: Request, status: int) -> AuditEntry | None:
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or CHANGES_NOTHING in route.tags:
        return None
    action = operation_id(route)
    if action in _LOOKS:
        return None
    if status >= 400 and action not in _KEPT_FAILURES:
        return None
    caller = getattr(request.state, "caller", None)
    path = request.scope.get("path_params", {})
    about = getattr(request.state, "audit_about", "") or "/".join(map(str, path.values()))
    details = getattr(request.state, "audit_details", {})
    name = getattr(request.state, "audit_name", "")
    return AuditEntry(
        time=time.time(),
        user=caller.user.name if caller else None,
        action=action,
        about=about[:500],
        status=status,
        address=request.client.host if request.client else "",
        details={"name": name[:200], **details} if name and name != about else details,
    )


def _append(request: Request, entry: AuditEntry) -> None:
    try:
        bench_of(request).audit.append(entry)
    except NetloomError as error:  # the change is made; not answering would only hide it
        log.error("an audit entry could not be written: %s (%s)", error, entry)
