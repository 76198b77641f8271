"""Pipelines to start from."""

from __future__ import annotations

from typing import Literal

from netloom.server.schemas.wire import Answer


class Template(Answer):
    """A pipeline that runs as it is, or after one path was filled in."""

    id: str
    title: str
    summary: str
    icon: str
    """Name of an icon, such as ``digits``."""
    minutes: float
    """How long a run takes on two processor cores, roughly."""
    needs: Literal["nothing", "images", "table"]
    """``images``: a zip file of pictures; its ``path`` is the setting named in ``fill``."""
    fill: str | None
    """``node.setting`` to fill in before the first run; null if nothing is needed."""
    text: str
    """The pipeline file."""


class TemplateList(Answer):
    """What a new pipeline can start from, simplest first."""

    language: str
    templates: list[Template]
