"""Trained models that nodes use instead of training, found by what people call them.

``reuse`` is a registered model (its id, ``NAME@VERSION``, or ``NAME`` for the newest), an output of a run
(``RUN:NODE.PORT``), an artifact, or a folder. Before a graph is planned or run, names become artifacts: a
model that is registered later under the same name changes no run that was submitted before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from netloom.accounts.permissions import Actor, Right, may
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidPipeline, NetloomError, NotFound
from netloom.core.identifiers import ArtifactId, NodeId, RunId
from netloom.core.locations import artifact_location, artifact_of
from netloom.core.tasks import LearningTask
from netloom.graph.edge_types import edge_types
from netloom.graph.graph import Graph
from netloom.graph.stand_ins import SETTING
from netloom.graph.validation import CheckedGraph
from netloom.models.package import read_manifest
from netloom.tracking.model_store import MODEL_MEDIA_TYPE, RegisteredModel
from netloom.workspace.model_description import description_of
from netloom.workspace.pipelines import LoadedPipeline

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench
    from netloom.workspace.workspace import Workspace

FindModel = Callable[[str], str]
"""From what ``reuse`` says to the location of the model. Raises NotFound."""


def with_found_models(
    pipeline: LoadedPipeline, find: FindModel, workspace: Workspace
) -> LoadedPipeline:
    """The pipeline with the location of every model that a node uses.

    Raises:
        InvalidPipeline: Some cannot be found, or are for another learning task than their data; all at once.
    """
    flat = pipeline.checked.flat
    using = {node.id: node.reuse for node in flat.nodes.values() if node.reuse is not None}
    if not using or not pipeline.checked.is_valid:
        return pipeline
    found: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for node, text in using.items():
        try:
            found[text] = find(text)
        except NetloomError as error:
            place = Place(node=node, setting="reuse")
            problems += [replace(problem, place=place) for problem in error.diagnostics]
    problems += _wrong_tasks(flat, using, found, workspace)
    if problems:
        raise InvalidPipeline(*problems)
    return replace(pipeline, checked=_pinned(pipeline, using, found))


def _wrong_tasks(
    flat: Graph, using: Mapping[NodeId, str], found: Mapping[str, str], workspace: Workspace
) -> Iterator[Diagnostic]:
    """Models for another task than the data they are to be used for, as far as types tell."""
    types = edge_types(flat, workspace.catalogue)
    for node, text in using.items():
        wanted = next((_task_in(given) for given in types.outputs.get(node, {}).values()), None)
        given = _task_of(workspace, found[text]) if wanted and text in found else None
        if given is not None and given != wanted:
            yield Diagnostic(
                code="I490",
                message="the trained model is for another learning task than the data set",
                place=Place(node=node, setting="reuse"),
                expected=wanted,
                got=given,
                fix="Use a model of this task, or train one",
            )


def _task_in(annotation: Any) -> str | None:
    """The learning task in ``TrainedModel[ObjectDetection]``."""
    for argument in get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, LearningTask):
            return argument.name or None
    return None


def _task_of(workspace: Workspace, location: str) -> str | None:
    """What a model was trained for; None if its package cannot be read, which the job will tell."""
    artifact = artifact_of(location)
    folder = workspace.artifacts.folder(artifact) if artifact else workspace.project / location
    try:
        return read_manifest(folder).task
    except NetloomError:
        return None


def find_in_workspace(workspace: Workspace, text: str) -> str:
    """Find a model, whoever it belongs to: for who works on the machine itself."""
    from netloom.store.models import SqlModelStore

    artifact = _artifact_in(text)
    if artifact is not None:
        workspace.artifacts.get(artifact)
        return artifact_location(artifact)
    if (workspace.project / text).is_dir():
        return text
    run, colon, output = text.partition(":")
    if colon and output:
        return _model_output(workspace, run, output)
    return _registered(text, SqlModelStore(workspace.database).registered())


def find_for(bench: Workbench, actor: Actor, text: str) -> str:
    """Find a model that somebody may use: their own, shared ones, and public ones.

    Raises:
        NotFound: There is none, or this actor may not know of it; which of both is not told.
    """
    try:
        return _visible(bench, actor, text)
    except NotFound as error:
        raise _no_model(text) from error


def _visible(bench: Workbench, actor: Actor, text: str) -> str:
    from netloom.workspace.model_registry import ModelQuery, find_model, models

    artifact = _artifact_in(text)
    if artifact is not None:
        return artifact_location(find_model(bench, actor, artifact).artifact)
    if (bench.workspace.project / text).is_dir():
        return text
    run, colon, output = text.partition(":")
    if colon and output:
        record = bench.workspace.store.run(RunId(run))
        if not may(actor, Right.READ, bench.access.access(ObjectId(ObjectKind.RUN, record.id))):
            raise _no_model(text)
        return _model_output(bench.workspace, record.id, output)
    found, _ = models(bench, actor, ModelQuery(registered=True, limit=100_000))
    return _registered(text, [each.registration for each in found if each.registration])


def _registered(text: str, known: Iterable[RegisteredModel]) -> str:
    name, at, version = text.rpartition("@")
    fitting = [
        model
        for model in known
        if not description_of(model.preview).takes_rows
        and (
            text in (model.id, model.name)
            or (at and model.name == name and str(model.version) == version)
        )
    ]
    if not fitting:
        raise _no_model(text)
    return artifact_location(max(fitting, key=lambda model: model.version).artifact)


def _model_output(workspace: Workspace, run: str, output: str) -> str:
    found = workspace.result(run).output(output)
    if found.media_type != MODEL_MEDIA_TYPE:
        raise _no_model(f"{run}:{output}")
    return artifact_location(found.artifact)


def _artifact_in(text: str) -> ArtifactId | None:
    is_plain = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return ArtifactId(text) if is_plain else artifact_of(text)


def _no_model(text: str) -> NotFound:
    return NotFound.of(
        f"there is no trained model {text!r}",
        code="W430",
        expected="NAME@VERSION or the id of a registered model, RUN:NODE.PORT, or the folder of a model",
        fix="`netloom runs` lists runs; the page Models lists what is registered",
    )


def _pinned(
    pipeline: LoadedPipeline, using: Mapping[NodeId, str], found: Mapping[str, str]
) -> CheckedGraph:
    checked = pipeline.checked
    settings = {
        node: known.model_copy(update={SETTING: found[using[node]]}) if node in using else known
        for node, known in checked.settings.items()
    }
    return replace(checked, written=_with_locations(checked.written, found), settings=settings)


def _with_locations(graph: Graph, found: Mapping[str, str]) -> Graph:
    """The graph as written, with locations for names, also inside components."""
    nodes = {
        id: replace(node, reuse=found.get(node.reuse, node.reuse)) if node.reuse else node
        for id, node in graph.nodes.items()
    }
    components = {
        name: replace(component, graph=_with_locations(component.graph, found))
        for name, component in graph.components.items()
    }
    return replace(graph, nodes=nodes, components=components)
