"""Owners and shares of objects, and the store protocol that keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from netloom.accounts.permissions import Access, Actor
from netloom.core.identifiers import UserName


class ObjectKind(StrEnum):
    """What can belong to somebody."""

    PIPELINE = "pipeline"
    RUN = "run"
    DATASET = "dataset"
    MODEL = "model"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class ObjectId:
    """An object that belongs to somebody."""

    kind: ObjectKind
    id: str


class AccessStore(Protocol):
    """Who may use what. Safe for several threads and processes; every method is one transaction."""

    def access(self, thing: ObjectId) -> Access:
        """Nobody's if nothing is recorded."""

    def put(self, thing: ObjectId, access: Access) -> None:
        """Replace what is recorded.

        Raises:
            NotFound: The owner or somebody it is shared with does not exist.
        """

    def forget(self, thing: ObjectId) -> None:
        """The object is gone. Idempotent."""

    def visible(self, kind: ObjectKind, actor: Actor) -> frozenset[str] | None:
        """Ids of the objects an actor may read; None if it is all of them."""

    def owned_by(self, kind: ObjectKind, owner: UserName) -> frozenset[str]:
        """Ids of a user's own objects."""
