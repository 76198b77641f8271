"""Folders that people may look into to choose what a setting names: names and sizes, never contents."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from netloom.core.errors import NotFound

MOST_NAMES = 20_000
"""Names read of one folder; whoever keeps more in it knows what it is called."""
MOST_ENTRIES = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or file in a folder.

    Attributes:
        path: As a setting names it.
        size_bytes: None for folders, and for files that went away.
    """

    name: str
    path: str
    is_folder: bool
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a folder.

    Attributes:
        path: As a setting names it.
        parent: None where one may not go further up.
        entries: Folders first, each sorted by name.
        is_complete: Whether these are all.
    """

    path: str
    parent: str | None
    entries: tuple[Entry, ...]
    is_complete: bool


class ReadableFolders:
    """Some folders with all that is below them, except what is hidden.

    Names that begin with a dot are hidden, and so is the workspace: what lies there belongs to
    somebody. Links lead only to where one may look anyway.
    """

    def __init__(self, project: Path, roots: Sequence[str], *, workspace: Path) -> None:
        """Relative roots start at the project folder."""
        self._project = project.resolve()
        self._roots = tuple((project / root).resolve() for root in roots)
        self._workspace = workspace.resolve()

    @property
    def roots(self) -> tuple[str, ...]:
        """Where one may begin."""
        return tuple(map(self._written, self._roots))

    def listing(self, path: str = "") -> Listing:
        """What is in a folder; of a file, what is beside it.

        Args:
            path: As a setting names it; empty takes the first root.

        Raises:
            NotFound: It does not exist, or one may not look into it: which, is not said.
        """
        folder = self._found(path)
        try:
            with os.scandir(folder) as found:
                shown = [each for each in islice(found, MOST_NAMES) if self._is_shown(each)]
                is_complete = next(found, None) is None and len(shown) <= MOST_ENTRIES
        except OSError as error:
            raise self._refusal(path) from error
        ordered = sorted((not each.is_dir(), each.name.casefold(), each.name) for each in shown)
        return Listing(
            path=self._written(folder),
            parent=None if folder in self._roots else self._written(folder.parent),
            entries=tuple(self._entries(folder, ordered[:MOST_ENTRIES])),
            is_complete=is_complete,
        )

    def _found(self, path: str) -> Path:
        if not self._roots:
            raise self._refusal(path)
        try:
            wanted = (self._project / path).resolve() if path else self._roots[0]
            folder = wanted if wanted.is_dir() else wanted.parent
            is_there = wanted.exists() and self._may_look(wanted)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
            raise self._refusal(path) from error
        if not is_there or not self._may_look(folder):
            raise self._refusal(path)
        return folder

    def _is_shown(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return not entry.name.startswith(".") and Path(entry.path) != self._workspace
        try:
            target = Path(entry.path).resolve()
            return not entry.name.startswith(".") and target.exists() and self._may_look(target)
        except (OSError, RuntimeError):  # RuntimeError: links in a circle
            return False

    def _may_look(self, path: Path) -> bool:
        """Whether a path without links is below a root, and nothing on the way is hidden."""
        if path.is_relative_to(self._workspace):
            return False
        below = (path.relative_to(root) for root in self._roots if path.is_relative_to(root))
        return any(not any(part.startswith(".") for part in rest.parts) for rest in below)

    def _entries(self, folder: Path, ordered: list[tuple[bool, str, str]]) -> Iterator[Entry]:
        for is_file, _, name in ordered:
            size_bytes = _size_bytes(folder / name) if is_file else None
            yield Entry(name, self._written(folder / name), not is_file, size_bytes)

    def _written(self, path: Path) -> str:
        """A path as a setting names it: from the project folder if it is in there."""
        inside = path.is_relative_to(self._project)
        return path.relative_to(self._project).as_posix() if inside else path.as_posix()

    def _refusal(self, path: str) -> NotFound:
        return NotFound.of(
            f"there is no folder {path[:200]!r} that may be looked into",
            code="S130",
            expected=", ".join(self.roots) or "nothing: the server's settings open no folder",
            fix="Choose another folder, or type the path",
        )


def _size_bytes(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None
