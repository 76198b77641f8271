"""Bodies that are one picture: read in pieces, and no further than they may be long."""

from __future__ import annotations

from fastapi import Request

from netloom.server.problems import TooLarge


async def picture_body(request: Request, limit: int) -> bytes:
    """The bytes of a request. Raises TooLarge as soon as there are more than may be."""
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > limit:
            raise TooLarge.of("this picture is too large", expected=f"at most {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)
