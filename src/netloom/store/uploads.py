"""Files of data that people sent, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from netloom.accounts.sharing import ObjectKind
from netloom.core.errors import NotFound
from netloom.core.identifiers import RunId, UserName
from netloom.store.database import Database
from netloom.store.schema import object_access, runs, uploads
from netloom.tracking.upload_store import UploadRecord


class SqlUploadStore:
    """The :class:`netloom.tracking.upload_store.UploadStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, upload: UploadRecord) -> None:
        """Keep a record."""
        with self._database.writing() as connection:
            connection.execute(insert(uploads).values(asdict(upload)))

    def upload(self, upload: str) -> UploadRecord:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return _existing(connection, upload)

    def uploads(self, *, among: Collection[str] | None = None) -> Sequence[UploadRecord]:
        """All, or those of these ids, newest first."""
        query = select(uploads).order_by(uploads.c.created.desc(), uploads.c.id)
        with self._database.reading() as connection:
            found = [_record(row) for row in connection.execute(query)]
        return found if among is None else [record for record in found if record.id in among]

    def next_version(self, name: str, *, owner: UserName) -> int:
        """The number that the next file of this name and owner gets."""
        own = and_(
            object_access.c.kind == ObjectKind.DATASET, object_access.c.object == uploads.c.id
        )
        highest = (
            select(func.max(uploads.c.version))
            .select_from(uploads.join(object_access, own))
            .where(uploads.c.name == name, object_access.c.owner == owner)
        )
        with self._database.reading() as connection:
            return (connection.execute(highest).scalar() or 0) + 1

    def describe(self, upload: str, *, name: str, version: int, description: str) -> UploadRecord:
        """Call it something else. Raises NotFound."""
        told = {"name": name, "version": version, "description": description}
        with self._database.writing() as connection:
            connection.execute(update(uploads).where(uploads.c.id == upload).values(told))
            return _existing(connection, upload)

    def complete(self, upload: str, *, sha256: str, now: float) -> UploadRecord:
        """The file has arrived. Raises NotFound."""
        arrived = {"is_complete": True, "sha256": sha256, "completed": now}
        with self._database.writing() as connection:
            connection.execute(update(uploads).where(uploads.c.id == upload).values(arrived))
            return _existing(connection, upload)

    def used_by(self, upload: str) -> Sequence[RunId]:
        """Runs whose graph names the file's folder, newest first; scratch runs left out."""
        naming = runs.c.graph.contains(f"/{upload}/", autoescape=True)
        query = select(runs.c.id).where(naming, runs.c.scratch.is_(False))
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(runs.c.number.desc()))
            return [RunId(run) for (run,) in found]

    def remove(self, upload: str) -> None:
        """Idempotent."""
        with self._database.writing() as connection:
            connection.execute(delete(uploads).where(uploads.c.id == upload))


def _existing(connection: Connection, upload: str) -> UploadRecord:
    row = connection.execute(select(uploads).where(uploads.c.id == upload)).one_or_none()
    if row is None:
        raise NotFound.of(f"there is no dataset {upload!r}", fix="It may have been deleted")
    return _record(row)


def _record(row: Row[Any]) -> UploadRecord:
    return UploadRecord(**row._mapping)
