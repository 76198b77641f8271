"""Pictures and their counterparts: two folders, called after their contents, with the same file names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from netloom.data.formats.annotated.annotated_images import ReadingNotes
from netloom.data.formats.annotated.problems import NO_PARTNER
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.listing import is_image_name
from netloom.data.formats.part_names import part_named
from netloom.data.view import Part

_ENDINGS = (
    "_mask", "-mask", "_label", "_seg", "_gt", "_depth", "_normal", "_normals",
    "_labelids", "_target", ".mask",
)  # fmt: skip
"""What people append to the names of counterparts."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture and the file that belongs to it."""

    picture: str
    counterpart: str
    part: Part | None


@dataclass(frozen=True, slots=True)
class _Member:
    path: str
    part: Part | None
    key: tuple[str, ...]
    is_counterpart: bool


def pairs_in(
    folder: SourceFolder,
    *,
    pictures: frozenset[str],
    counterparts: frozenset[str],
    suffixes: frozenset[str] = frozenset(),
    notes: ReadingNotes,
) -> list[Pair]:
    """Every picture with its counterpart; those without one are told.

    A file belongs to the side that the nearest folder above it is called after. Two files belong together if
    the rest of their paths is the same but for the suffix and endings such as ``_mask``.

    Args:
        pictures: Names of folders, in lower case.
        counterparts: Likewise.
        suffixes: Files that are counterparts although they are no images.
    """
    found = list(_members(folder, pictures, counterparts, suffixes))
    by_key: dict[tuple[str, ...], list[_Member]] = {}
    for member in found:
        if member.is_counterpart:
            by_key.setdefault(member.key, []).append(member)
    used: set[str] = set()
    pairs = []
    for member in found:
        if member.is_counterpart:
            continue
        alike = by_key.get(member.key, [])
        if len(alike) != 1:
            reason = "it has no counterpart of the same name"
            if alike:
                reason = f"it has {len(alike)} counterparts of the same name"
            notes.problem(NO_PARTNER, member.path, reason, file=member.path)
            continue
        used.add(alike[0].path)
        pairs.append(Pair(member.path, alike[0].path, member.part))
    for member in found:
        if member.is_counterpart and member.path not in used:
            reason = "it is the counterpart of no picture"
            notes.problem(NO_PARTNER, member.path, reason, file=member.path)
    return pairs


def has_sides(
    folder: SourceFolder, pictures: frozenset[str], counterparts: frozenset[str]
) -> tuple[str, str] | None:
    """The two folders, as they are called, if a data set has both."""
    names: dict[str, str] = {}
    for found in folder.files:
        for piece in found.path.split("/")[:-1]:
            names.setdefault(piece.lower(), piece)
    first = next((names[name] for name in sorted(names) if name in pictures), None)
    second = next((names[name] for name in sorted(names) if name in counterparts), None)
    return (first, second) if first and second else None


def _members(
    folder: SourceFolder,
    pictures: frozenset[str],
    counterparts: frozenset[str],
    suffixes: frozenset[str],
) -> Iterable[_Member]:
    for found in folder.files:
        pure = PurePosixPath(found.path)
        *above, name = pure.parts
        sides = [
            place for place, piece in enumerate(above) if piece.lower() in pictures | counterparts
        ]
        is_file_of_its_kind = is_image_name(name) or pure.suffix.lower() in suffixes
        if not sides or not is_file_of_its_kind:
            continue
        place = sides[-1]
        is_counterpart = above[place].lower() in counterparts
        if not is_counterpart and not is_image_name(name):
            continue
        rest = [*above[:place], *above[place + 1 :]]
        part = next((named for piece in rest if (named := part_named(piece))), None)
        yield _Member(found.path, part, (*rest, _key(pure.stem)), is_counterpart)


def _key(stem: str) -> str:
    text = stem.lower()
    for ending in _ENDINGS:
        if text.endswith(ending) and len(text) > len(ending):
            return text[: -len(ending)]
    return text
