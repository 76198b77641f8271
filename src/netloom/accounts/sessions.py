"""Sessions: browsers that are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from netloom.accounts.users import User
from netloom.core.identifiers import UserName


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. Times are seconds since the epoch.

    Attributes:
        agent: What the browser says of itself, for people to recognise it.
    """

    id: str
    user: UserName
    created: float
    expires: float
    agent: str = ""


class SessionStore(Protocol):
    """Keeps sessions by the digest of their secret. Safe for several threads and processes."""

    def open(self, session: Session, digest: str) -> None:
        """Add a session; those that expired are removed meanwhile."""

    def find(self, digest: str, *, now: float) -> tuple[Session, User] | None:
        """The live session with this digest and its user; None also if the user is not active."""

    def prolong(self, session: str, *, expires: float) -> None:
        """Let a session live until ``expires``."""

    def close(self, session: str) -> None:
        """End a session. Idempotent."""

    def close_all(self, user: UserName, *, but: str | None = None) -> None:
        """End every session of a user, except one."""
