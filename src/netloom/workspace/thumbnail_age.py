"""Which small pictures may go: old ones, and the oldest of too many. They are made again when looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netloom.workspace.layout import Layout

KEPT_FOR_S = 30 * 24 * 3600.0
MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """One file of the cache."""

    path: Path
    size_bytes: int
    made: float


def folder_of_thumbnails(layout: Layout) -> Path:
    """Where they lie. Operators keep what they download beside it: that stays."""
    return layout.root / "cache" / "thumbnails"


def dispensable_thumbnails(
    layout: Layout, *, now: float, most_bytes: int = MOST_BYTES
) -> list[KeptPicture]:
    """Those that may go, newest first."""
    room = most_bytes
    dispensable = []
    for picture in sorted(_pictures(layout), key=lambda picture: -picture.made):
        room -= picture.size_bytes
        if room < 0 or now - picture.made > KEPT_FOR_S:
            dispensable.append(picture)
    return dispensable


def _pictures(layout: Layout) -> list[KeptPicture]:
    found = []
    for path in folder_of_thumbnails(layout).glob("*/*"):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        found.append(KeptPicture(path, status.st_size, status.st_mtime))
    return found
