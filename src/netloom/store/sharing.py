"""Owners and shares of objects, in SQL."""

from __future__ import annotations

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError

from netloom.accounts.permissions import NOBODYS, Access, Actor, Right, Role, Visibility
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import NotFound
from netloom.core.identifiers import UserName
from netloom.store.database import Database
from netloom.store.schema import object_access, shares


class SqlAccessStore:
    """The :class:`netloom.accounts.sharing.AccessStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def access(self, thing: ObjectId) -> Access:
        """Nobody's if nothing is recorded."""
        found = object_access.c
        with self._database.reading() as connection:
            row = connection.execute(
                select(object_access).where(found.kind == thing.kind, found.object == thing.id)
            ).one_or_none()
            if row is None:
                return NOBODYS
            shared = connection.execute(
                select(shares.c.user, shares.c.right)
                .where(shares.c.kind == thing.kind, shares.c.object == thing.id)
                .order_by(shares.c.user)
            )
            return Access(
                owner=None if row.owner is None else UserName(row.owner),
                visibility=Visibility(row.visibility),
                shares={UserName(share.user): Right(share.right) for share in shared},
            )

    def put(self, thing: ObjectId, access: Access) -> None:
        """Replace what is recorded."""
        key = {"kind": thing.kind, "object": thing.id}
        rows = [{**key, "user": user, "right": right} for user, right in access.shares.items()]
        try:
            with self._database.writing() as connection:
                _remove(connection, thing)
                connection.execute(
                    insert(object_access).values(
                        **key, owner=access.owner, visibility=access.visibility
                    )
                )
                if rows:
                    connection.execute(insert(shares), rows)
        except IntegrityError as error:
            named = ", ".join(filter(None, [access.owner, *access.shares]))
            raise NotFound.of(
                f"not all of these users exist: {named}", fix="Check how the names are written"
            ) from error

    def forget(self, thing: ObjectId) -> None:
        """The object is gone. Idempotent."""
        with self._database.writing() as connection:
            _remove(connection, thing)

    def visible(self, kind: ObjectKind, actor: Actor) -> frozenset[str] | None:
        """Ids of the objects an actor may read; None if it is all of them."""
        if actor.role is Role.ADMIN:
            return None
        with self._database.reading() as connection:
            return frozenset(
                row.object for row in connection.execute(visible_ids(kind, actor.name))
            )

    def owned_by(self, kind: ObjectKind, owner: UserName) -> frozenset[str]:
        """Ids of a user's own objects."""
        query = select(object_access.c.object).where(
            object_access.c.kind == kind, object_access.c.owner == owner
        )
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())


def visible_ids(kind: ObjectKind, user: UserName) -> Select[tuple[str]]:
    """Ids of a kind that a user who is no administrator may read.

    Says in SQL what :func:`netloom.accounts.permissions.right_over` says of one object; a test compares them.
    """
    own = object_access.c
    shared = shares.alias()
    return (
        select(own.object)
        .outerjoin(
            shared,
            and_(shared.c.kind == kind, shared.c.object == own.object, shared.c.user == user),
        )
        .where(
            own.kind == kind,
            or_(
                own.owner == user,
                own.visibility == Visibility.PUBLIC,
                and_(own.visibility == Visibility.SHARED, shared.c.user.is_not(None)),
            ),
        )
    )


def _remove(connection: Connection, thing: ObjectId) -> None:
    for table in (shares, object_access):
        connection.execute(
            delete(table).where(table.c.kind == thing.kind, table.c.object == thing.id)
        )
