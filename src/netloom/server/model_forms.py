"""Trained models → their wire forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netloom.accounts.permissions import Actor, Right, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import NetloomError
from netloom.server.run_forms import finite, finite_json
from netloom.server.schemas import models as schemas
from netloom.server.schemas.runs import StoredFile
from netloom.workspace import model_package, model_registry
from netloom.workspace.model_examples import Examples
from netloom.workspace.model_lineage import DataSource, ModelHistory
from netloom.workspace.model_registry import KnownModel
from netloom.workspace.workbench import Workbench


def page(bench: Workbench, found: Sequence[KnownModel], total: int) -> schemas.ModelPage:
    """The wire form of a page of models."""
    metrics = model_registry.metrics_of(bench, found)
    rows = [
        schemas.ModelSummary(**_summary(bench, model), metrics=finite(values))
        for model, values in zip(found, metrics, strict=True)
    ]
    return schemas.ModelPage(models=rows, total=total)


def model(bench: Workbench, actor: Actor, known: KnownModel) -> schemas.Model:
    """The wire form of one model."""
    history = model_registry.history_of(bench, known)
    entry, asked = known.registration, known.about.asked
    return schemas.Model(
        **_summary(bench, known),
        **_history(history),
        registered=entry and entry.registered,
        files=_files(bench, known),
        run_right=_run_right(bench, actor, known),
        snippet=model_package.snippet(bench.workspace, known),
        inputs=None if asked is None else [schemas.AskedColumn(**each) for each in asked],
    )


def examples(known: KnownModel, found: Examples) -> schemas.ModelExamples:
    """The wire form of examples."""
    return schemas.ModelExamples(
        examples=[
            schemas.ModelExample(**each, url=f"/api/v1/models/{known.id}/examples/{each['number']}")
            for each in found.examples
        ],
        part=found.part,
        num_samples=found.num_samples,
        reason=found.reason,
    )


def _summary(bench: Workbench, known: KnownModel) -> dict[str, Any]:
    made, entry = known.made, known.registration
    about = known.about
    return {
        "id": known.id,
        "artifact": known.artifact,
        "name": known.name,
        "version": entry and entry.version,
        "reference": f"{entry.name}@{entry.version}" if entry else known.output,
        "description": known.description,
        "is_registered": entry is not None,
        "task": about.task,
        "classes": list(about.classes),
        "input": _picture(about.picture),
        "targets": [schemas.TableTarget(**target) for target in about.targets],
        "num_columns": about.num_columns,
        "date": about.date,
        "architecture": about.architecture,
        "parameters": model_package.num_parameters(
            bench.workspace.artifacts.folder(known.artifact)
        ),
        "size_bytes": made.size_bytes,
        "created": made.created,
        "run": made.run,
        "node": made.node,
        "pipeline": made.pipeline,
        "owner": known.access.owner,
        "visibility": known.access.visibility,
        "right": known.right,
    }


def _picture(shape: Sequence[int] | None) -> schemas.PictureInput | None:
    if shape is None:
        return None
    *_, channels, height, width = shape
    return schemas.PictureInput(width=width, height=height, channels=channels)


def _history(history: ModelHistory) -> dict[str, Any]:
    trained_on = history.trained_on
    return {
        "operator": history.operator,
        "settings": finite_json(history.settings),
        "metrics": finite(history.metrics),
        "sources": [_source(source) for source in history.sources],
        "trained_on": trained_on
        and schemas.TrainingData(
            node=trained_on.node, samples=trained_on.samples, parts=dict(trained_on.parts)
        ),
        "parents": [
            schemas.ParentModel(node=parent.node, artifact=parent.artifact)
            for parent in history.parents
        ],
    }


def _source(source: DataSource) -> schemas.ModelSource:
    return schemas.ModelSource(
        node=source.node,
        operator=source.operator,
        name=source.name,
        path=source.path,
        settings=finite_json(source.settings),
        identity=source.identity,
        fingerprint=source.fingerprint,
        samples=source.samples,
        parts=dict(source.parts),
    )


def _files(bench: Workbench, known: KnownModel) -> list[StoredFile]:
    try:
        manifest = bench.workspace.artifacts.get(known.artifact).manifest
    except NetloomError:
        return []
    return [StoredFile(path=file.path, size_bytes=file.size_bytes) for file in manifest.files]


def _run_right(bench: Workbench, actor: Actor, known: KnownModel) -> Right | None:
    try:
        bench.workspace.store.run(known.made.run)
    except NetloomError:
        return None
    return right_over(actor, bench.access.access(ObjectId(ObjectKind.RUN, known.made.run)))
