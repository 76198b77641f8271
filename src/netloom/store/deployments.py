"""Deployments, their revisions and corrections, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import NotFound
from netloom.core.identifiers import RunId, UserName
from netloom.store.database import Database
from netloom.store.documents import dump, load
from netloom.store.schema import corrections, deployment_revisions, deployments
from netloom.tracking.deployment_states import (
    DeploymentState,
    RevisionState,
    Wanted,
    check_transition,
)
from netloom.tracking.deployment_store import (
    Correction,
    DeployedModel,
    DeploymentRecord,
    RevisionRecord,
)


class SqlDeploymentStore:
    """The :class:`netloom.tracking.deployment_store.DeploymentStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, deployment: DeploymentRecord, first: RevisionRecord) -> None:
        """Keep a deployment with its first revision."""
        with self._database.writing() as connection:
            connection.execute(insert(deployments).values(_deployment_values(deployment)))
            connection.execute(insert(deployment_revisions).values(_revision_values(first)))

    def deployment(self, deployment: str) -> DeploymentRecord:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return _existing(connection, deployment)

    def deployments(self, *, among: Collection[str] | None = None) -> Sequence[DeploymentRecord]:
        """All, or those of these ids, newest first."""
        query = select(deployments).order_by(deployments.c.created.desc(), deployments.c.id)
        with self._database.reading() as connection:
            found = [_deployment(row) for row in connection.execute(query)]
        return found if among is None else [record for record in found if record.id in among]

    def describe(self, deployment: str, *, name: str | None, note: str | None) -> DeploymentRecord:
        """Change what is said about it. Raises NotFound."""
        told = {"name": name, "note": note}
        return self._updated(
            deployment, {key: text for key, text in told.items() if text is not None}
        )

    def want(
        self, deployment: str, wanted: Wanted, *, target: int | None = None
    ) -> DeploymentRecord:
        """Say what is wanted from now on; a failed one may be tried again. Raises NotFound."""
        with self._database.writing() as connection:
            state = _existing(connection, deployment).state
            changes: dict[str, Any] = {"wanted": wanted}
            if wanted is Wanted.RUNNING:
                changes["problem"] = "[]"
            if not state.has_process and state is not DeploymentState.PREPARING:
                begun = wanted is Wanted.RUNNING
                changes["state"] = DeploymentState.STARTING if begun else DeploymentState.STOPPED
            if target is not None:
                changes["target"] = target
            return _changed(connection, deployment, changes)

    def change(
        self,
        deployment: str,
        state: DeploymentState,
        *,
        problem: Sequence[Diagnostic] | None = None,
        revision: int | None = None,
        target: int | None = None,
        port: int | None = None,
    ) -> DeploymentRecord:
        """Record what happened; what is None stays. Raises NotFound and ValueError."""
        given = {"revision": revision, "target": target, "port": port}
        changes = {key: value for key, value in given.items() if value is not None}
        if problem is not None:
            changes["problem"] = dump([each.to_json() for each in problem])  # type: ignore[assignment]
        with self._database.writing() as connection:
            check_transition(_existing(connection, deployment).state, state)
            return _changed(connection, deployment, {"state": state, **changes})

    def remove(self, deployment: str) -> None:
        """With revisions and corrections. Idempotent."""
        with self._database.writing() as connection:
            connection.execute(delete(deployments).where(deployments.c.id == deployment))

    def add_revision(self, revision: RevisionRecord) -> RevisionRecord:
        """Keep a revision under the next number, which becomes the target. Raises NotFound."""
        table = deployment_revisions
        with self._database.writing() as connection:
            _existing(connection, revision.deployment)
            query = select(func.max(table.c.number)).where(
                table.c.deployment == revision.deployment
            )
            numbered = replace(revision, number=(connection.execute(query).scalar() or 0) + 1)
            connection.execute(insert(table).values(_revision_values(numbered)))
            _changed(connection, revision.deployment, {"target": numbered.number})
        return numbered

    def revisions(
        self, *, of: str | None = None, among: Collection[str] | None = None
    ) -> Sequence[RevisionRecord]:
        """Of one deployment, of several, or of all; newest first."""
        query = _revisions_of(of)
        with self._database.reading() as connection:
            found = [_revision(row) for row in connection.execute(query)]
        return found if among is None else [each for each in found if each.deployment in among]

    def revision(self, deployment: str, number: int) -> RevisionRecord:
        """Raises NotFound."""
        query = _revisions_of(deployment).where(deployment_revisions.c.number == number)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound.of(f"the deployment has no revision {number}")
        return _revision(row)

    def update_revision(self, revision: RevisionRecord) -> None:
        """Replace a revision. Idempotent if it is gone."""
        table = deployment_revisions
        mine = (table.c.deployment == revision.deployment) & (table.c.number == revision.number)
        with self._database.writing() as connection:
            connection.execute(update(table).where(mine).values(_revision_values(revision)))

    def add_correction(self, correction: Correction) -> Correction:
        """Keep a correction under the next number. Raises NotFound."""
        with self._database.writing() as connection:
            _existing(connection, correction.deployment)
            query = select(func.max(corrections.c.number)).where(
                corrections.c.deployment == correction.deployment
            )
            numbered = replace(correction, number=(connection.execute(query).scalar() or 0) + 1)
            values = {**asdict(numbered), "answer": dump(numbered.answer)}
            connection.execute(insert(corrections).values(values))
        return numbered

    def corrections(self, deployment: str) -> Sequence[Correction]:
        """In the order they were made."""
        query = select(corrections).where(corrections.c.deployment == deployment)
        with self._database.reading() as connection:
            return [
                Correction(**{**row._mapping, "answer": load(row.answer)})
                for row in connection.execute(query.order_by(corrections.c.number))
            ]

    def num_corrections(self, deployments: Collection[str]) -> Mapping[str, int]:
        """By deployment; those without any are absent."""
        query = select(corrections.c.deployment, func.count()).group_by(corrections.c.deployment)
        with self._database.reading() as connection:
            counts = {row[0]: row[1] for row in connection.execute(query)}
        return {each: counts[each] for each in deployments if each in counts}

    def _updated(self, deployment: str, changes: Mapping[str, Any]) -> DeploymentRecord:
        with self._database.writing() as connection:
            return _changed(connection, deployment, changes)


def _changed(
    connection: Connection, deployment: str, changes: Mapping[str, Any]
) -> DeploymentRecord:
    if changes:
        mine = update(deployments).where(deployments.c.id == deployment)
        connection.execute(mine.values(dict(changes)))
    return _existing(connection, deployment)


def _existing(connection: Connection, deployment: str) -> DeploymentRecord:
    query = select(deployments).where(deployments.c.id == deployment)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound.of(f"there is no deployment {deployment!r}", fix="It may have been deleted")
    return _deployment(row)


def _revisions_of(deployment: str | None) -> Select[Any]:
    table = deployment_revisions
    query = select(table).order_by(table.c.deployment, table.c.number.desc())
    return query if deployment is None else query.where(table.c.deployment == deployment)


def _plain(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _deployment_values(record: DeploymentRecord) -> dict[str, Any]:
    return {**_plain(record), "problem": dump([each.to_json() for each in record.problem])}


def _revision_values(record: RevisionRecord) -> dict[str, Any]:
    return {
        **_plain(record),
        "models": dump([asdict(model) for model in record.models]),
        "problem": dump([each.to_json() for each in record.problem]),
    }


def _deployment(row: Row[Any]) -> DeploymentRecord:
    parsed = {
        "wanted": Wanted(row.wanted),
        "state": DeploymentState(row.state),
        "problem": _problem(row.problem),
    }
    return DeploymentRecord(**{**row._mapping, **parsed})


def _revision(row: Row[Any]) -> RevisionRecord:
    parsed = {
        "run": RunId(row.run),
        "state": RevisionState(row.state),
        "created_by": None if row.created_by is None else UserName(row.created_by),
        "models": tuple(map(DeployedModel.from_json, load(row.models))),
        "problem": _problem(row.problem),
    }
    return RevisionRecord(**{**row._mapping, **parsed})


def _problem(text: str) -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic.from_json(each) for each in load(text))
