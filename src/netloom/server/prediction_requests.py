"""Requests to predict: a picture or video as bytes, or JSON that names examples or holds rows of a table."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Discriminator, Tag, TypeAdapter, ValidationError

from netloom.server.bounded_body import picture_body
from netloom.server.schemas.models import ExamplesBody, RowsBody

PICTURE = {"schema": {"type": "string", "format": "binary"}}


def _kind(document: Any) -> str:
    return "rows" if isinstance(document, dict) and "rows" in document else "examples"


_EITHER: TypeAdapter[RowsBody | ExamplesBody] = TypeAdapter(
    Annotated[
        Annotated[RowsBody, Tag("rows")] | Annotated[ExamplesBody, Tag("examples")],
        Discriminator(_kind),
    ]
)


def request_body(*forms: type[RowsBody | ExamplesBody], media_type: str) -> dict[str, Any]:
    """The description of a body that is a file of a media type, or JSON in one of these forms."""
    schemas = [form.model_json_schema() for form in forms]
    content = {media_type: PICTURE, "application/json": {"schema": {"anyOf": schemas}}}
    return {"requestBody": {"required": True, "content": content}}


async def asked(
    request: Request, *, limit_bytes: int, media: tuple[str, ...]
) -> bytes | RowsBody | ExamplesBody:
    """What a request asks for; bytes are a picture or a video.

    Args:
        media: Beginnings of the media types of files that are taken, beside bytes of an unknown type.

    Raises:
        TooLarge: The body is longer than it may be.
        RequestValidationError: Its JSON has another form.
        HTTPException: The media type is not taken (415).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await picture_body(request, limit_bytes)
    if kind == "application/octet-stream" or kind.startswith(media):
        return content
    if kind != "application/json":
        raise HTTPException(415)
    try:
        return _EITHER.validate_json(content)
    except ValidationError as error:
        found: list[Any] = [{**each, "loc": ("body", *each["loc"][1:])} for each in error.errors()]
        raise RequestValidationError(found) from error
