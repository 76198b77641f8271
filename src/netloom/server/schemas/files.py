"""Folders that people may look into to choose what a setting names."""

from __future__ import annotations

from netloom.server.schemas.wire import Answer


class FileEntry(Answer):
    """A folder or a file."""

    name: str
    path: str
    """As a setting names it: from the project folder, or absolute."""
    is_folder: bool
    size_bytes: int | None
    """Of a file."""


class FileListing(Answer):
    """What is in one folder."""

    path: str
    """As a setting names it; `.` is the project folder."""
    parent: str | None
    """Null where one may not go further up."""
    roots: list[str]
    """Where one may begin."""
    entries: list[FileEntry]
    """Folders first, each sorted by name."""
    is_complete: bool
    """Whether these are all; very long folders are cut."""
