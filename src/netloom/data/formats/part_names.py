"""What people call parts: names of folders, of splits on a hub, and in a column."""

from __future__ import annotations

from netloom.data.view import Part

PART_OF_NAME: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}


def part_named(name: str) -> Part | None:
    """The part that a name stands for, in any case; None if it stands for none.

    >>> len([name for name in ("Train", "val", "extra") if part_named(name)])
    2
    """
    return PART_OF_NAME.get(name.strip().lower())
