"""Pipelines to start from."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response

from netloom.server.identity import Reader
from netloom.server.schemas import templates as schemas
from netloom.server.translation import language_of
from netloom.workspace.template_list import TEMPLATES

router = APIRouter(prefix="/templates", tags=["pipelines"])


@router.get("")
def list_templates(
    caller: Reader,
    response: Response,
    lang: Annotated[
        Literal["en", "zh"] | None, Query(description="Instead of `Accept-Language`.")
    ] = None,
    accepted: Annotated[str, Header(alias="Accept-Language", description="`en` or `zh`.")] = "en",
) -> schemas.TemplateList:
    """What a new pipeline can start from, simplest first. Each runs as it is, or after one path is set."""
    chosen = lang or language_of(accepted)
    response.headers["Content-Language"] = chosen
    return schemas.TemplateList(
        language=chosen,
        templates=[
            schemas.Template(
                id=template.id,
                title=template.title[chosen],
                summary=template.summary[chosen],
                icon=template.icon,
                minutes=template.minutes,
                needs=template.needs,
                fill=template.fill,
                text=template.text,
            )
            for template in TEMPLATES
        ],
    )
