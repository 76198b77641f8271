"""Failures of signing in, in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select

from netloom.accounts.throttle import Failures
from netloom.store.database import Database
from netloom.store.schema import sign_in_failures


class SqlFailureStore:
    """The :class:`netloom.accounts.throttle.FailureStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def failures(self, keys: Sequence[str]) -> Mapping[str, Failures]:
        """What is known of these keys."""
        query = select(sign_in_failures).where(sign_in_failures.c.key.in_(keys))
        with self._database.reading() as connection:
            return {row.key: Failures(row.number, row.last) for row in connection.execute(query)}

    def count(self, keys: Sequence[str], *, now: float, since: float) -> None:
        """Count one more for each key; what is not newer than ``since`` is forgotten, of all keys."""
        table = sign_in_failures
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.last <= since))
            recent = select(table.c.key, table.c.number).where(table.c.key.in_(keys))
            known: dict[str, int] = {row.key: row.number for row in connection.execute(recent)}
            connection.execute(delete(table).where(table.c.key.in_(keys)))
            rows = [{"key": key, "number": known.get(key, 0) + 1, "last": now} for key in keys]
            connection.execute(insert(table), rows)

    def forget(self, keys: Sequence[str]) -> None:
        """Forget these keys."""
        with self._database.writing() as connection:
            connection.execute(delete(sign_in_failures).where(sign_in_failures.c.key.in_(keys)))
