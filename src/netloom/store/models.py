"""Trained models, in SQL: read from the outputs of runs, or kept under names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, or_, select, update

from netloom.accounts.permissions import Access, Actor, Right, Role, Visibility
from netloom.accounts.sharing import ObjectKind
from netloom.core.errors import NotFound
from netloom.core.identifiers import ArtifactId, NodeId, PortName, RunId, UserName
from netloom.execution.states import RunState
from netloom.store.database import Database
from netloom.store.documents import StoredDocument, dump, load, load_optional
from netloom.store.schema import models, object_access, run_nodes, runs, shares
from netloom.store.sharing import visible_ids
from netloom.tracking.model_store import (
    MODEL_MEDIA_TYPES,
    MeasuredNode,
    ModelOutput,
    RegisteredModel,
)

_MENTIONS_MODEL = or_(
    *(run_nodes.c.outputs.contains(f'"{kind}"', autoescape=True) for kind in MODEL_MEDIA_TYPES)
)
_WITH_OUTPUTS = [state for state in RunState if state.has_outputs]


class SqlModelStore:
    """The :class:`netloom.tracking.model_store.ModelStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def outputs(self, actor: Actor, *, artifact: str | None = None) -> Sequence[ModelOutput]:
        """What runs that an actor may see gave out, oldest run first."""
        with self._database.reading() as connection:
            rows = connection.execute(_with_models(actor, artifact)).all()
        found = (output for row in rows for output in _outputs_of(row, actor))
        return [output for output in found if artifact in (None, output.artifact)]

    def measured(self, runs: Collection[RunId]) -> Mapping[RunId, Sequence[MeasuredNode]]:
        """Nodes of these runs that logged metrics, in their order."""
        node = run_nodes.c
        query = (
            select(node.run, node.node, node.ingredients, node.last_metrics)
            .add_columns(_MENTIONS_MODEL.label("makes_model"))
            .where(node.run.in_(runs), node.last_metrics != "{}")
        )
        found: dict[RunId, list[MeasuredNode]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query.order_by(node.run, node.position)):
                measured = MeasuredNode(
                    NodeId(row.node),
                    _inputs(row.ingredients),
                    load(row.last_metrics),
                    bool(row.makes_model),
                )
                found.setdefault(RunId(row.run), []).append(measured)
        return found

    def register(self, model: RegisteredModel) -> RegisteredModel:
        """Keep a model under the next version of its name."""
        with self._database.writing() as connection:
            kept = replace(model, version=_next_version(connection, model.owner, model.name))
            documents = {"preview": dump(kept.preview), "history": dump(kept.history)}
            connection.execute(insert(models).values({**asdict(kept), **documents}))
        return kept

    def registered(self, *, among: Collection[str] | None = None) -> Sequence[RegisteredModel]:
        """All, or those of these ids, newest first."""
        query = select(models).order_by(models.c.registered.desc(), models.c.id)
        with self._database.reading() as connection:
            found = [_record(row) for row in connection.execute(query)]
        return found if among is None else [record for record in found if record.id in among]

    def model(self, model: str) -> RegisteredModel:
        """Raises NotFound."""
        with self._database.reading() as connection:
            return _existing(connection, model)

    def amend(self, model: str, *, name: str | None, description: str | None) -> RegisteredModel:
        """Change what is given. Raises NotFound."""
        with self._database.writing() as connection:
            record = _existing(connection, model)
            changes: dict[str, Any] = {} if description is None else {"description": description}
            if name not in (None, record.name):
                changes |= {"name": name, "version": _next_version(connection, record.owner, name)}
            if changes:
                connection.execute(update(models).where(models.c.id == model).values(changes))
            return replace(record, **changes)

    def remove(self, model: str) -> None:
        """Idempotent."""
        with self._database.writing() as connection:
            connection.execute(delete(models).where(models.c.id == model))

    def kept_artifacts(self) -> frozenset[ArtifactId]:
        """Packages of registered models."""
        with self._database.reading() as connection:
            return frozenset(
                map(ArtifactId, connection.execute(select(models.c.artifact)).scalars())
            )


def _with_models(actor: Actor, artifact: str | None) -> Select[Any]:
    """Nodes whose outputs mention a model package; which of them are one is seen when they are read."""
    node, owned = run_nodes.c, object_access.c
    own = and_(owned.kind == ObjectKind.RUN, owned.object == runs.c.id)
    mine = and_(
        shares.c.kind == ObjectKind.RUN, shares.c.object == runs.c.id, shares.c.user == actor.name
    )
    found = (
        select(node.run, node.node, node.state, node.finished, node.outputs)
        .add_columns(runs.c.pipeline, runs.c.created, owned.owner, owned.visibility, shares.c.right)
        .select_from(
            run_nodes.join(runs, runs.c.id == node.run)
            .outerjoin(object_access, own)
            .outerjoin(shares, mine)
        )
        .where(runs.c.scratch.is_(False), node.state.in_(_WITH_OUTPUTS))
        .where(_MENTIONS_MODEL)
        .order_by(runs.c.number, node.position)
    )
    if artifact is not None:
        found = found.where(node.outputs.contains(artifact, autoescape=True))
    if actor.role is not Role.ADMIN:
        found = found.where(runs.c.id.in_(visible_ids(ObjectKind.RUN, actor.name)))
    return found


def _outputs_of(row: Row[Any], actor: Actor) -> Iterator[ModelOutput]:
    access = Access(
        owner=None if row.owner is None else UserName(row.owner),
        visibility=Visibility(row.visibility or Visibility.PRIVATE),
        shares={} if row.right is None else {actor.name: Right(row.right)},
    )
    for port, output in load(row.outputs).items():
        # Who only passes a model on refers to the package of whoever made it.
        if output["media_type"] in MODEL_MEDIA_TYPES and "package" not in output["preview"]:
            yield ModelOutput(
                artifact=ArtifactId(output["artifact"]),
                run=RunId(row.run),
                node=NodeId(row.node),
                port=PortName(port),
                pipeline=row.pipeline,
                size_bytes=output["size_bytes"],
                preview=output["preview"],
                is_made=row.state == RunState.SUCCEEDED,
                created=row.finished or row.created,
                access=access,
            )


def _inputs(stored: str | None) -> frozenset[str]:
    ingredients = load_optional(stored) or {}
    return frozenset(
        digest for digests in ingredients.get("inputs", {}).values() for digest in digests
    )


def _next_version(connection: Connection, owner: str, name: str | None) -> int:
    newest = select(func.coalesce(func.max(models.c.version), 0)).where(
        models.c.owner == owner, models.c.name == name
    )
    return int(connection.execute(newest).scalar_one()) + 1


def _existing(connection: Connection, model: str) -> RegisteredModel:
    row = connection.execute(select(models).where(models.c.id == model)).one_or_none()
    if row is None:
        raise NotFound.of(f"there is no model {model!r}", fix="It may have been unregistered")
    return _record(row)


def _record(row: Row[Any]) -> RegisteredModel:
    documents = {"preview": load(row.preview), "history": StoredDocument(row.history)}
    return RegisteredModel(**{**row._mapping, **documents})
