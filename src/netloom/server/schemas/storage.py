"""What the workspace occupies, and what may go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from netloom.server.schemas.wire import Answer, Body
from netloom.workspace.storage import GarbageSum


class StoragePart(Answer):
    """One part of the workspace."""

    name: Literal["artifacts", "runs", "datasets", "cache", "bundles", "deployments"]
    size_bytes: int


class Garbage(Answer):
    """How much of one kind may go, or went."""

    kind: Literal["run", "artifact", "staging", "orphan", "thumbnails", "bundle"]
    """``staging``: left by jobs that died; ``orphan``: folders of runs that are not known."""
    number: int
    size_bytes: int


class Storage(Answer):
    """What the workspace occupies."""

    parts: list[StoragePart]
    free_bytes: int
    """On the disk the workspace lies on."""
    garbage: list[Garbage]
    """What a collection would free."""


class CollectionBody(Body):
    """What to keep."""

    keep_runs: Annotated[int, Field(ge=0, le=100_000)] = 20
    """Newest runs of each pipeline. Trial runs always go."""


class Collection(Answer):
    """What was freed."""

    freed_bytes: int
    garbage: list[Garbage]


def garbage_sums(found: Iterable[GarbageSum]) -> list[Garbage]:
    """The wire form of what may go."""
    return [
        Garbage.model_validate(
            {"kind": each.kind, "number": each.number, "size_bytes": each.size_bytes}
        )
        for each in found
    ]
