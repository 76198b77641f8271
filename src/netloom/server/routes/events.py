"""Streams of events (SSE)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from netloom.accounts.permissions import Right, may
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import InvalidInput
from netloom.core.identifiers import RunId
from netloom.server.event_stream import EventStream
from netloom.server.hosting import Host, Hosting
from netloom.server.identity import Caller, Reader, caller_if_any
from netloom.server.ownership import ReadableRun

router = APIRouter(tags=["events"])

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events. `event` is the kind, `data` a JSON object of the schema, `id` "
        "the event's number where it can be repeated. Comments keep the connection alive.",
        "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/RunEvent"}}},
    }
}
_LARGEST = 2**63 - 1

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="Repeat what came after this; browsers send it."),
]
After = Annotated[
    int | None, Query(ge=0, le=_LARGEST, description="The same, for the first connection.")
]


@router.get("/events", response_class=StreamingResponse, responses=_RESPONSES)
def stream_events(
    host: Host,
    request: Request,
    caller: Reader,
    after: After = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """States and progress of all runs one may see, and changes of deployments, as they happen."""
    return _stream(host, request, caller, None, _position(last_event_id, after))


@router.get("/runs/{run}/events", response_class=StreamingResponse, responses=_RESPONSES)
def stream_run_events(
    *,
    host: Host,
    request: Request,
    caller: Reader,
    run: ReadableRun,
    after: After = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Everything that happens in one run, metrics too."""
    return _stream(host, request, caller, run.id, _position(last_event_id, after))


def _stream(
    host: Hosting, request: Request, caller: Caller, run: RunId | None, after: int | None
) -> StreamingResponse:
    stream = EventStream(
        hub=host.hub,
        store=host.bench.workspace.store,
        may_see=_visibility(host, caller),
        is_welcome=lambda: caller_if_any(request) is not None,
        heartbeat_s=host.settings.heartbeat_s,
        run=run,
        may_see_deployment=_visibility_of_deployments(host, caller),
    )
    headers = {"X-Accel-Buffering": "no"}  # proxies must pass events on as they come
    return StreamingResponse(stream.lines(after), media_type="text/event-stream", headers=headers)


def _visibility(host: Hosting, caller: Caller) -> Callable[[RunId], bool]:
    """Asked for every run that an event is about: shares may change while a stream is open."""

    def may_see(run: RunId) -> bool:
        access = host.bench.access.access(ObjectId(ObjectKind.RUN, run))
        return may(caller.actor, Right.READ, access)

    return may_see


def _visibility_of_deployments(host: Hosting, caller: Caller) -> Callable[[str], bool]:
    def may_see(deployment: str) -> bool:
        access = host.bench.access.access(ObjectId(ObjectKind.DEPLOYMENT, deployment))
        return may(caller.actor, Right.READ, access)

    return may_see


def _position(last_event_id: str | None, after: int | None) -> int | None:
    if last_event_id is None:
        return after
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19):
        raise InvalidInput.of(
            "the header Last-Event-ID is not the number of an event",
            code="S110",
            got=last_event_id[:100],
        )
    return int(last_event_id)
