"""HTTP messages on ASGI: reading a request's body within limits, and sending an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, NamedTuple

import msgspec

from netloom.core.errors import NetloomError
from netloom.serving.refusals import (
    PROBLEM_TYPE,
    ClientLeft,
    FarTooLong,
    Refused,
    TooLong,
    TooSlowlySent,
    problem_of,
    status_of,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_READ_ON = 8
"""So many times the limit is read and thrown away, so that the client gets to read the refusal."""

encode = msgspec.json.Encoder().encode
"""JSON as bytes; NaN and infinities become null."""


class Answer(NamedTuple):
    """What is sent back.

    Attributes:
        code: What metrics count it as, where that is not the status.
    """

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Sequence[tuple[str, str]] = ()
    code: int | None = None


def json_answer(value: Any, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(status, encode(value))


def problem_answer(error: NetloomError) -> Answer:
    """An error as a problem document."""
    headers = error.headers if isinstance(error, Refused) else ()
    return Answer(status_of(error), encode(problem_of(error)), PROBLEM_TYPE, headers)


async def send_answer(send: Send, answer: Answer, *, without_body: bool = False) -> None:
    """Send an answer, with headers that every answer has."""
    headers = [
        (b"content-type", answer.media_type.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode("latin-1")),
        *_ALWAYS,
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if without_body else answer.body})


_ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


def header(scope: Scope, name: bytes) -> str:
    """A header of the request; empty if it has none."""
    for each, value in scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return ""


async def read_body(scope: Scope, receive: Receive, *, limit_bytes: int, timeout_s: float) -> bytes:
    """The whole body of a request; memory holds no more than the limit.

    Raises:
        TooLong: It is longer than the limit; what is left of it was read and forgotten if that is not
            much more.
        TooSlowlySent: It did not come in time.
        ClientLeft: The client went away.
    """
    declared = header(scope, b"content-length")
    length = int(declared[:18]) if declared.isdecimal() and declared.isascii() else 0
    if length > limit_bytes * _READ_ON:
        raise FarTooLong.of("the request is too long", expected=f"at most {limit_bytes} bytes")
    try:
        async with asyncio.timeout(timeout_s):
            return await _joined(receive, limit_bytes, read_on=length > limit_bytes)
    except TimeoutError as error:
        raise TooSlowlySent.of(
            "the request did not arrive in time", expected=f"all of it within {timeout_s:g} s"
        ) from error


async def _joined(receive: Receive, limit_bytes: int, *, read_on: bool) -> bytes:
    """The chunks together; ``read_on`` says that they will be too long."""
    chunks: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunk: bytes = message.get("body", b"")
        length += len(chunk)
        if length > limit_bytes or read_on:
            chunks.clear()
        else:
            chunks.append(chunk)
        if length > limit_bytes * _READ_ON:
            raise FarTooLong.of("the request is too long", expected=f"at most {limit_bytes} bytes")
        if not message.get("more_body", False):
            break
    if length > limit_bytes:
        raise TooLong.of("the request is too long", expected=f"at most {limit_bytes} bytes")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
