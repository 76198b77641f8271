"""Folders of the server's machine, for choosing what a setting names."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from netloom.server.hosting import Host
from netloom.server.identity import Author
from netloom.server.schemas import files as schemas
from netloom.workspace.readable_folders import ReadableFolders

router = APIRouter(tags=["authoring"])


@router.get("/files")
def list_folder(
    host: Host,
    caller: Author,
    path: Annotated[
        str, Query(max_length=4096, description="Folder, as a setting names it; or a file in it.")
    ] = "",
) -> schemas.FileListing:
    """What is in a folder: names and sizes. Only folders that the server's settings open (`browse`)."""
    workspace = host.bench.workspace
    folders = ReadableFolders(
        workspace.project, host.settings.browse, workspace=workspace.layout.root
    )
    found = folders.listing(path)
    return schemas.FileListing(
        path=found.path,
        parent=found.parent,
        roots=list(folders.roots),
        entries=[schemas.FileEntry(**asdict(each)) for each in found.entries],
        is_complete=found.is_complete,
    )
