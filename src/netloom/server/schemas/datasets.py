"""Files of data that people send."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from netloom.accounts.permissions import Right, Visibility
from netloom.server.schemas.wire import Answer, Body, Name, Seconds


class NewDataset(Body):
    """A file to send: announce it, send its pieces in order, then complete it."""

    name: Name
    file_name: Annotated[str, Field(min_length=1, max_length=255, examples=["flowers.zip"])]
    size_bytes: Annotated[int, Field(ge=1, le=2**50)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None
    """If given, the file is refused when it was damaged on its way."""


class Dataset(Answer):
    """A file that was announced, and perhaps has arrived."""

    id: str
    name: str
    file_name: str
    size_bytes: int
    received_bytes: int
    """Where the next piece begins."""
    is_complete: bool
    sha256: str | None
    path: str | None
    """How a pipeline names the file, as ``path`` of ``data.image_zip``; null until it is complete."""
    owner: str | None
    visibility: Visibility
    right: Right
    created: Seconds
    completed: Seconds | None


class DatasetList(Answer):
    """What one may see, newest first."""

    datasets: list[Dataset]
    max_upload_bytes: int
    """Largest file the server takes."""
    chunk_bytes: int
    """Longest piece it takes."""
