"""The audit log, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select

from netloom.accounts.audit import AuditEntry
from netloom.core.identifiers import UserName
from netloom.store.database import Database
from netloom.store.documents import dump, load
from netloom.store.schema import audit_log


class SqlAuditLog:
    """The :class:`netloom.accounts.audit.AuditLog` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entry: AuditEntry) -> None:
        """Add an entry."""
        row = {
            "time": entry.time,
            "user": entry.user,
            "action": entry.action,
            "about": entry.about,
            "status": entry.status,
            "address": entry.address,
            "details": dump(entry.details),
        }
        with self._database.writing() as connection:
            connection.execute(insert(audit_log).values(row))

    def entries(
        self,
        *,
        before: int | None = None,
        user: UserName | None = None,
        action: str | None = None,
        limit: int = 100,
    ) -> Sequence[AuditEntry]:
        """Entries with ``number < before``, newest first."""
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_log.c.number < before)
        if user is not None:
            query = query.where(audit_log.c.user == user)
        if action is not None:
            query = query.where(audit_log.c.action == action)
        with self._database.reading() as connection:
            return [
                AuditEntry(
                    time=row.time,
                    user=None if row.user is None else UserName(row.user),
                    action=row.action,
                    about=row.about,
                    status=row.status,
                    address=row.address,
                    details=load(row.details),
                    number=row.number,
                )
                for row in connection.execute(query)
            ]
