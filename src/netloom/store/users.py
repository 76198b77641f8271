"""Users and their passwords, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from netloom.accounts.permissions import Role
from netloom.accounts.users import User
from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import UserName
from netloom.store.database import Database
from netloom.store.schema import sessions, users


class SqlUserStore:
    """The :class:`netloom.accounts.users.UserStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: User, password_hash: str | None) -> None:
        """Raises Conflict if the name is taken."""
        with self._database.writing() as connection:
            insert_user(connection, user, password_hash)

    def user(self, name: UserName) -> User:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return _existing(connection, name)

    def users(self) -> Sequence[User]:
        """Everybody, by name."""
        with self._database.reading() as connection:
            return [
                user_of(row) for row in connection.execute(select(users).order_by(users.c.name))
            ]

    def password_hash(self, name: UserName) -> str | None:
        """None if there is no such user, they are not active, or they have no password."""
        query = select(users.c.password_hash).where(users.c.name == name, users.c.is_active)
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def set_password(self, name: UserName, password_hash: str) -> None:
        """Raises NotFound."""
        with self._database.writing() as connection:
            _existing(connection, name)
            connection.execute(
                update(users).where(users.c.name == name).values(password_hash=password_hash)
            )

    def change(
        self,
        name: UserName,
        *,
        role: Role | None = None,
        display_name: str | None = None,
        is_active: bool | None = None,
    ) -> User:
        """Change what is not None; an inactive user's sessions end."""
        wanted = {"role": role, "display_name": display_name, "is_active": is_active}
        changes = {column: value for column, value in wanted.items() if value is not None}
        with self._database.writing() as connection:
            before = _existing(connection, name)
            if changes:
                connection.execute(update(users).where(users.c.name == name).values(changes))
            after = _existing(connection, name)
            if _administers(before) and not _administers(after):
                _require_administrator(connection)
            if not after.is_active:
                connection.execute(delete(sessions).where(sessions.c.user == name))
        return after


def insert_user(connection: Connection, user: User, password_hash: str | None) -> None:
    """Add a user's row.

    Raises:
        Conflict: The name is taken; the transaction must end.
    """
    row = {
        "name": user.name,
        "display_name": user.display_name,
        "role": user.role,
        "is_active": user.is_active,
        "password_hash": password_hash,
        "created": user.created,
        "last_seen": user.last_seen,
    }
    try:
        connection.execute(insert(users).values(row))
    except IntegrityError as error:
        raise Conflict.of(
            f"the name {user.name!r} is taken", code="S107", fix="Choose another one"
        ) from error


def user_of(row: Row[Any]) -> User:
    """A user from the columns of their row."""
    return User(
        name=UserName(row.name),
        role=Role(row.role),
        created=row.created,
        display_name=row.display_name,
        is_active=row.is_active,
        has_password=row.password_hash is not None,
        last_seen=row.last_seen,
    )


def _existing(connection: Connection, name: UserName) -> User:
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        raise NotFound.of(f"there is no user {name!r}", fix="The name may be misspelt")
    return user_of(row)


def _administers(user: User) -> bool:
    return user.is_active and user.role is Role.ADMIN


def _require_administrator(connection: Connection) -> None:
    query = select(func.count()).where(users.c.role == Role.ADMIN, users.c.is_active)
    if not connection.execute(query).scalar():
        raise Conflict.of(
            "nobody would be left to administer this workspace",
            code="S121",
            fix="Make somebody else an administrator first",
        )
