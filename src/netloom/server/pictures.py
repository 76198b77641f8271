"""Images as answers: kept by the browser, never part of our own pages."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, Path, Query, Response

from netloom.data.thumbnail import SHOWN, EncodedImage
from netloom.server.headers import SANDBOX

ImageSize = Annotated[
    int | None,
    Query(
        ge=16,
        le=640,
        description="Pixels the longer side should have, of images that are larger; the image itself "
        "if not given.",
    ),
]
SampleNumber = Annotated[int, Path(ge=0, le=2**31 - 1, description="Number of a sample, from 0.")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]

PICTURE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The image.",
    },
    304: {"description": "As it was."},
}
_KEPT = "private, max-age=86400"
"""Longer would outlive a share that was withdrawn."""


def picture_tag(digest: str, size: int | None) -> str:
    """The ETag of an image at a size; equal contents have equal ones."""
    return f'"{digest[:32]}-{size or "whole"}"'


def is_known(tag: str, known: str | None) -> bool:
    """Whether a client has this image already."""
    return known is not None and tag in {
        each.strip().removeprefix("W/") for each in known.split(",")
    }


def unchanged(tag: str) -> Response:
    """The answer to a client that has the image."""
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": _KEPT})


def picture(image: EncodedImage, *, tag: str, name: str) -> Response:
    """An image; kinds that browsers do not show are sent as attachments.

    Args:
        name: What to call it when it is saved.
    """
    kind = "inline" if image.media_type in SHOWN else "attachment"
    return Response(
        image.content,
        media_type=image.media_type,
        headers={
            "ETag": tag,
            "Cache-Control": _KEPT,
            "Content-Security-Policy": SANDBOX,
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='', errors='replace')}",
        },
    )
