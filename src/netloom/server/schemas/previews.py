"""A small look into what a node made."""

from __future__ import annotations

from typing import Literal

from netloom.server.schemas.datasets import ClassCount
from netloom.server.schemas.wire import Answer, JsonValue


class PreviewImage(Answer):
    """A sample to show."""

    number: int
    label: str | None
    part: str | None
    url: str
    """Where its thumbnail is."""


class TableHead(Answer):
    """The first rows of a table."""

    columns: list[str]
    rows: list[list[JsonValue]]
    num_rows: int


class OutputPreview(Answer):
    """What is worth showing of an output on the canvas; what does not apply to its kind is empty."""

    kind: Literal["dataset", "table", "file", "value", "other"]
    artifact: str
    media_type: str
    size_bytes: int
    summary: dict[str, JsonValue]
    """As in the run: what its kind says of itself."""
    num_samples: int | None = None
    parts: dict[str, int] = {}
    classes: list[ClassCount] = []
    images: list[PreviewImage] = []
    """At most eight, of different classes."""
    table: TableHead | None = None
    file: str | None = None
    """Of a file: where it can be downloaded."""
