"""Sessions of browsers, in SQL."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from netloom.accounts.sessions import Session
from netloom.accounts.users import User
from netloom.core.identifiers import UserName
from netloom.store.database import Database
from netloom.store.schema import sessions, users
from netloom.store.users import user_of


class SqlSessionStore:
    """The :class:`netloom.accounts.sessions.SessionStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, session: Session, digest: str) -> None:
        """Add a session; those that expired are removed meanwhile."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires <= session.created))
            connection.execute(
                insert(sessions).values(
                    id=session.id,
                    digest=digest,
                    user=session.user,
                    created=session.created,
                    expires=session.expires,
                    agent=session.agent,
                )
            )
            seen = update(users).where(users.c.name == session.user)
            connection.execute(seen.values(last_seen=session.created))

    def find(self, digest: str, *, now: float) -> tuple[Session, User] | None:
        """The live session with this digest and its user; None also if the user is not active."""
        query = (
            select(sessions.c.id, sessions.c.created.label("opened"), sessions.c.expires)
            .add_columns(sessions.c.agent, *users.c)
            .join_from(sessions, users, sessions.c.user == users.c.name)
            .where(sessions.c.digest == digest, sessions.c.expires > now, users.c.is_active)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        user = user_of(row)
        return Session(row.id, user.name, row.opened, row.expires, row.agent), user

    def prolong(self, session: str, *, expires: float) -> None:
        """Let a session live until ``expires``."""
        with self._database.writing() as connection:
            connection.execute(
                update(sessions).where(sessions.c.id == session).values(expires=expires)
            )

    def close(self, session: str) -> None:
        """End a session. Idempotent."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session))

    def close_all(self, user: UserName, *, but: str | None = None) -> None:
        """End every session of a user, except one."""
        query = delete(sessions).where(sessions.c.user == user)
        if but is not None:
            query = query.where(sessions.c.id != but)
        with self._database.writing() as connection:
            connection.execute(query)
