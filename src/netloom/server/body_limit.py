"""A limit on the length of requests."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netloom.server.problems import TooLarge, response_to


class BodyLimit:
    """Middleware that refuses requests longer than a limit, before or while they are read."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared[:18]) > self._limit_bytes:
            await response_to(self._refusal())(scope, receive, send)
            return
        length = 0

        async def limited() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > self._limit_bytes:
                raise self._refusal()
            return message

        await self._app(scope, limited, send)

    def _refusal(self) -> TooLarge:
        return TooLarge.of("the request is too long", expected=f"at most {self._limit_bytes} bytes")
