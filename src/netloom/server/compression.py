"""Compression of answers: JSON of some length travels as a fraction of its size."""

from __future__ import annotations

import gzip

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST_BYTES = 1024
"""Less fits into one packet anyway."""
_LEVEL = 1
"""The fastest: a higher one takes several times as long and saves a tenth."""
_AT_ONCE_BYTES = 64 << 10
"""More takes milliseconds, in which others would wait."""
_JSON = ("application/json", "application/problem+json")


class Compression:
    """Middleware that compresses whole JSON answers.

    Streams, files, ranges and pictures pass as they are: they come in pieces, are compressed already, or are
    counted by their bytes. No answer holds a secret beside something that a stranger could choose, so its
    compressed length tells nobody anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            send = _Compressing(send)
        await self._app(scope, receive, send)


class _Compressing:
    """Holds the beginning of one answer back until it is known how long the answer is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_json(Headers(raw=message["headers"])):
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                message = await _compressed(start, message)
            await self._send(start)
        await self._send(message)


def _is_json(headers: Headers) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0]
    is_plain = "content-encoding" not in headers and "content-disposition" not in headers
    return media_type in _JSON and is_plain


async def _compressed(start: Message, message: Message) -> Message:
    """The body of an answer, and what changes in its headers."""
    body = message.get("body", b"")
    if len(body) < SHORTEST_BYTES:
        return message
    headers = MutableHeaders(raw=start["headers"])
    if len(body) < _AT_ONCE_BYTES:
        packed = gzip.compress(body, _LEVEL, mtime=0)
    else:
        packed = await run_in_threadpool(gzip.compress, body, _LEVEL, mtime=0)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(packed))
    headers.add_vary_header("Accept-Encoding")
    return {**message, "body": packed}
