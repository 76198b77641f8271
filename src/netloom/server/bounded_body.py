"""Bodies of requests: read in pieces, and no further than they may be long."""

from __future__ import annotations

from fastapi import Request

from netloom.server.problems import TooLarge


async def bounded_body(request: Request, limit: int, refusal: TooLarge) -> bytes:
    """The bytes of a request. Raises the refusal as soon as there are more than may be."""
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > limit:
            raise refusal
        pieces.append(piece)
    return b"".join(pieces)


async def picture_body(request: Request, limit: int) -> bytes:
    """The bytes of a request that is one picture. Raises TooLarge if there are more than may be."""
    refusal = TooLarge.of("this picture is too large", expected=f"at most {limit} bytes")
    return await bounded_body(request, limit, refusal)
