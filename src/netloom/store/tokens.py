"""API tokens and invitations, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from netloom.accounts.permissions import Role, Scope
from netloom.accounts.tokens import ApiToken, Invitation
from netloom.accounts.users import User
from netloom.core.errors import NotFound
from netloom.core.identifiers import UserName
from netloom.store.database import Database
from netloom.store.schema import api_tokens, invitations, users
from netloom.store.users import insert_user, user_of

_USE_NOTED_EVERY_S = 60.0


class SqlTokenStore:
    """The :class:`netloom.accounts.tokens.TokenStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: ApiToken, digest: str) -> None:
        """Keep a token."""
        with self._database.writing() as connection:
            connection.execute(insert(api_tokens).values(**asdict(token), digest=digest))

    def find(self, digest: str, *, now: float) -> tuple[ApiToken, User] | None:
        """The live token with this digest and its active user; notes that it was used."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(api_tokens).where(api_tokens.c.digest == digest)
            ).one_or_none()
            if row is None or (row.expires is not None and row.expires <= now):
                return None
            owner = connection.execute(
                select(users).where(users.c.name == row.user, users.c.is_active)
            ).one_or_none()
        if owner is None:
            return None
        if row.last_used is None or row.last_used < now - _USE_NOTED_EVERY_S:
            with self._database.writing() as connection:
                used = update(api_tokens).where(api_tokens.c.id == row.id)
                connection.execute(used.values(last_used=now))
        return _token(row), user_of(owner)

    def tokens(self, user: UserName) -> Sequence[ApiToken]:
        """A user's tokens, newest first, expired ones too."""
        query = select(api_tokens).where(api_tokens.c.user == user)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(api_tokens.c.created.desc(), api_tokens.c.id))
            return [_token(row) for row in found]

    def remove(self, user: UserName, token: str) -> None:
        """Raises NotFound."""
        query = delete(api_tokens).where(api_tokens.c.user == user, api_tokens.c.id == token)
        with self._database.writing() as connection:
            if not connection.execute(query).rowcount:
                raise NotFound.of(f"there is no token {token!r}", fix="It may be revoked already")


class SqlInvitationStore:
    """The :class:`netloom.accounts.tokens.InvitationStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, invitation: Invitation, digest: str) -> None:
        """Keep an invitation."""
        with self._database.writing() as connection:
            connection.execute(insert(invitations).values(**asdict(invitation), digest=digest))

    def invitations(self) -> Sequence[Invitation]:
        """All, newest first."""
        query = select(invitations).order_by(invitations.c.created.desc(), invitations.c.id)
        with self._database.reading() as connection:
            return [_invitation(row) for row in connection.execute(query)]

    def redeem(self, digest: str, user: User, password_hash: str, *, now: float) -> User:
        """Make the user with the invitation's role, and use it up; both or neither."""
        with self._database.writing() as connection:
            row = connection.execute(
                select(invitations).where(
                    invitations.c.digest == digest,
                    invitations.c.expires > now,
                    invitations.c.used_by.is_(None),
                )
            ).one_or_none()
            if row is None:
                raise NotFound.of(
                    "this invitation is not valid: it was used, has expired or never existed",
                    code="S106",
                    fix="Ask an administrator for another one",
                )
            invited = replace(user, role=Role(row.role))
            insert_user(connection, invited, password_hash)
            used = update(invitations).where(invitations.c.id == row.id)
            connection.execute(used.values(used_by=user.name))
        return replace(invited, has_password=True)

    def remove(self, invitation: str) -> None:
        """Raises NotFound."""
        query = delete(invitations).where(invitations.c.id == invitation)
        with self._database.writing() as connection:
            if not connection.execute(query).rowcount:
                raise NotFound.of(f"there is no invitation {invitation!r}")


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        user=UserName(row.user),
        name=row.name,
        scope=Scope(row.scope),
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
    )


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.id,
        role=Role(row.role),
        created_by=UserName(row.created_by),
        created=row.created,
        expires=row.expires,
        note=row.note,
        used_by=None if row.used_by is None else UserName(row.used_by),
    )
