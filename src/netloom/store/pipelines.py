"""Pipelines kept in a workspace, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from netloom.core.errors import NotFound
from netloom.core.identifiers import PipelineId
from netloom.store.database import Database
from netloom.store.schema import pipeline_versions, pipelines
from netloom.tracking.pipeline_store import Outdated, PipelineRecord, PipelineVersion

_version = pipeline_versions.c


class SqlPipelineStore:
    """The :class:`netloom.tracking.pipeline_store.PipelineStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, pipeline: PipelineRecord) -> None:
        """Keep a new pipeline."""
        with self._database.writing() as connection:
            connection.execute(insert(pipelines).values(asdict(pipeline)))

    def pipeline(self, pipeline: PipelineId) -> PipelineRecord:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return _existing(connection, pipeline)

    def pipelines(self, *, among: Collection[str] | None = None) -> Sequence[PipelineRecord]:
        """All, or those of these ids, most recently changed first."""
        query = select(pipelines).order_by(pipelines.c.changed.desc(), pipelines.c.id)
        with self._database.reading() as connection:
            found = [_record(row) for row in connection.execute(query)]
        return found if among is None else [record for record in found if record.id in among]

    def save_draft(
        self,
        pipeline: PipelineId,
        text: str,
        *,
        revision: int,
        name: str,
        description: str,
        author: str,
        now: float,
    ) -> PipelineRecord:
        """Replace the draft if its revision is still ``revision``."""
        changes = {
            "draft": text,
            "revision": revision + 1,
            "name": name,
            "description": description,
            "changed": now,
            "changed_by": author,
        }
        with self._database.writing() as connection:
            _current(connection, pipeline, revision)
            connection.execute(update(pipelines).where(pipelines.c.id == pipeline).values(changes))
            return _existing(connection, pipeline)

    def add_version(
        self, pipeline: PipelineId, *, revision: int, message: str, author: str, now: float
    ) -> PipelineVersion:
        """Keep the present draft as the next version."""
        with self._database.writing() as connection:
            record = _current(connection, pipeline, revision)
            number = record.num_versions + 1
            version = PipelineVersion(pipeline, number, record.draft, message, author, now)
            connection.execute(insert(pipeline_versions).values(asdict(version)))
            connection.execute(
                update(pipelines).where(pipelines.c.id == pipeline).values(num_versions=number)
            )
        return version

    def version(self, pipeline: PipelineId, number: int) -> PipelineVersion:
        """Raises NotFound."""
        query = select(pipeline_versions).where(
            _version.pipeline == pipeline, _version.number == number
        )
        with self._database.reading() as connection:
            record = _existing(connection, pipeline)
            row = connection.execute(query).one_or_none()
        if row is None:
            newest = record.num_versions
            raise NotFound.of(
                f"this pipeline has no version {number}",
                expected=f"1 to {newest}" if newest else "none has been kept yet",
            )
        return _version_of(row)

    def versions(self, pipeline: PipelineId) -> Sequence[PipelineVersion]:
        """Newest first. Raises NotFound."""
        query = select(pipeline_versions).where(_version.pipeline == pipeline)
        with self._database.reading() as connection:
            _existing(connection, pipeline)
            found = connection.execute(query.order_by(_version.number.desc()))
            return [_version_of(row) for row in found]

    def delete(self, pipeline: PipelineId) -> None:
        """Forget a pipeline and its versions; its runs remain. Raises NotFound."""
        with self._database.writing() as connection:
            _existing(connection, pipeline)
            connection.execute(delete(pipelines).where(pipelines.c.id == pipeline))


def _existing(connection: Connection, pipeline: PipelineId) -> PipelineRecord:
    row = connection.execute(select(pipelines).where(pipelines.c.id == pipeline)).one_or_none()
    if row is None:
        raise NotFound.of(f"there is no pipeline {pipeline!r}", fix="It may have been deleted")
    return _record(row)


def _current(connection: Connection, pipeline: PipelineId, revision: int) -> PipelineRecord:
    record = _existing(connection, pipeline)
    if record.revision != revision:
        by = f" by {record.changed_by}" if record.changed_by else ""
        raise Outdated.of(
            f"this pipeline was changed meanwhile{by}; nothing was saved",
            expected=f"revision {record.revision}",
            got=f"revision {revision}",
            fix="Read it again, repeat the change on it, and save",
        )
    return record


def _record(row: Row[Any]) -> PipelineRecord:
    return PipelineRecord(**row._mapping)


def _version_of(row: Row[Any]) -> PipelineVersion:
    return PipelineVersion(**row._mapping)
