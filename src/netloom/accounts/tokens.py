"""API tokens and invitations: secrets that are shown once and kept as digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from netloom.accounts.permissions import Role, Scope
from netloom.accounts.users import User
from netloom.core.identifiers import UserName


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's way in, on behalf of a user. Times are seconds since the epoch.

    Attributes:
        name: What the user calls it.
        expires: None for one that does not.
        last_used: To within a minute.
    """

    id: str
    user: UserName
    name: str
    scope: Scope
    created: float
    expires: float | None = None
    last_used: float | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """The right to sign up once.

    Attributes:
        role: Of the user that will be.
        note: For whom it is.
        used_by: Who signed up with it.
    """

    id: str
    role: Role
    created_by: UserName
    created: float
    expires: float
    note: str = ""
    used_by: UserName | None = None


class TokenStore(Protocol):
    """Keeps tokens by the digest of their secret. Safe for several threads and processes."""

    def add(self, token: ApiToken, digest: str) -> None: ...

    def find(self, digest: str, *, now: float) -> tuple[ApiToken, User] | None:
        """The live token with this digest and its active user; notes that it was used."""

    def tokens(self, user: UserName) -> Sequence[ApiToken]:
        """A user's tokens, newest first, expired ones too."""

    def remove(self, user: UserName, token: str) -> None:
        """Raises NotFound."""


class InvitationStore(Protocol):
    """Keeps invitations by the digest of their secret. Safe for several threads and processes."""

    def add(self, invitation: Invitation, digest: str) -> None: ...

    def invitations(self) -> Sequence[Invitation]:
        """All, newest first."""

    def redeem(self, digest: str, user: User, password_hash: str, *, now: float) -> User:
        """Make the user with the invitation's role, and use it up; both or neither.

        Raises:
            NotFound: There is no such invitation, it expired or was used.
            Conflict: The name is taken.
        """

    def remove(self, invitation: str) -> None:
        """Raises NotFound."""
