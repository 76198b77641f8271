"""Trained models that nodes use, found by what people call them.

What ``reuse`` says, or a setting that names a model (:mod:`netloom.core.model_names`), is a registered model
(its id, ``NAME@VERSION``, or ``NAME`` for the newest), an output of a run (``RUN:NODE.PORT``), an artifact,
or a folder. Before a graph is planned or run, names become artifacts: a model that is registered later under
the same name changes no run that was submitted before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, get_args

from netloom.accounts.permissions import Actor, Right, may
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidPipeline, NetloomError, NotFound
from netloom.core.identifiers import ArtifactId, NodeId, OperatorId, RunId
from netloom.core.locations import artifact_location, artifact_of
from netloom.core.model_names import NamesModel
from netloom.core.tasks import LearningTask
from netloom.graph.catalogue import Catalogue
from netloom.graph.edge_types import edge_types
from netloom.graph.graph import Graph, Node
from netloom.graph.stand_ins import SETTING
from netloom.graph.validation import CheckedGraph
from netloom.models.package import read_manifest
from netloom.tracking.model_store import (
    MODEL_MEDIA_TYPE,
    TABLE_MODEL_MEDIA_TYPE,
    RegisteredModel,
)
from netloom.workspace.model_description import description_of
from netloom.workspace.pipelines import LoadedPipeline

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench
    from netloom.workspace.workspace import Workspace


_Locations = Mapping[tuple[str, bool], str]
"""Where models are, by what they are called and whether they take rows."""


class FindModel(Protocol):
    """From what people call a model to where it is."""

    def __call__(self, text: str, *, takes_rows: bool) -> str:
        """The location. Raises NotFound."""


@dataclass(frozen=True, slots=True)
class _Use:
    """A node that uses a trained model.

    Attributes:
        named_by: The setting that names it.
        pinned_in: The setting of what runs: of what stands in for a node with ``reuse``, or the same.
    """

    node: NodeId
    text: str
    named_by: str
    pinned_in: str
    takes_rows: bool

    @property
    def may_be_missing(self) -> bool:
        """Whether it is a folder that is missed only if the node is to run."""
        return self.named_by == self.pinned_in and "/" in self.text


def with_found_models(
    pipeline: LoadedPipeline, find: FindModel, workspace: Workspace
) -> LoadedPipeline:
    """The pipeline with the location of every model that a node uses.

    Raises:
        InvalidPipeline: Some cannot be found, or are for another learning task than their data; all at once.
    """
    if not pipeline.checked.is_valid:
        return pipeline
    uses = list(_uses(pipeline.checked, workspace.catalogue))
    if not uses:
        return pipeline
    found: dict[_Use, str] = {}
    problems: list[Diagnostic] = []
    for use in uses:
        try:
            found[use] = find(use.text, takes_rows=use.takes_rows)
        except NetloomError as error:
            if use.may_be_missing:
                continue
            place = Place(node=use.node, setting=use.named_by)
            problems += [replace(problem, place=place) for problem in error.diagnostics]
    problems += _wrong_tasks(pipeline.checked.flat, found, workspace)
    if problems:
        raise InvalidPipeline(*problems)
    return replace(pipeline, checked=_pinned(pipeline.checked, found, workspace.catalogue))


def _uses(checked: CheckedGraph, catalogue: Catalogue) -> Iterator[_Use]:
    for node in checked.flat.nodes.values():
        if node.reuse is not None:
            yield _Use(node.id, node.reuse, "reuse", SETTING, takes_rows=False)
        elif node.id in checked.settings:
            for name, marker in naming_settings(node.operator, catalogue).items():
                text = getattr(checked.settings[node.id], name)
                yield _Use(node.id, text, name, name, takes_rows=marker.takes_rows)


def naming_settings(operator: OperatorId, catalogue: Catalogue) -> Mapping[str, NamesModel]:
    """The settings of an operator that name a model."""
    known = catalogue.get(operator)
    if known is None:
        return {}
    return {
        name: marker
        for name, field in known.settings_type.model_fields.items()
        for marker in field.metadata
        if isinstance(marker, NamesModel)
    }


def _wrong_tasks(
    flat: Graph, found: Mapping[_Use, str], workspace: Workspace
) -> Iterator[Diagnostic]:
    """Models for another task than the data they are to be used for, as far as types tell."""
    types = edge_types(flat, workspace.catalogue)
    for use, location in found.items():
        given_out = types.outputs.get(use.node, {}).values()
        wanted = next((_task_in(given) for given in given_out), None)
        given = _task_of(workspace, location) if wanted else None
        if given is not None and given != wanted:
            yield Diagnostic(
                code="I490",
                message="the trained model is for another learning task than the data set",
                place=Place(node=use.node, setting=use.named_by),
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


def find_in_workspace(workspace: Workspace, text: str, *, takes_rows: bool) -> str:
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
        return _model_output(workspace, run, output, takes_rows)
    return _registered(text, SqlModelStore(workspace.database).registered(), takes_rows)


def find_for(bench: Workbench, actor: Actor, text: str, *, takes_rows: bool) -> str:
    """Find a model that somebody may use: their own, shared ones, and public ones.

    Raises:
        NotFound: There is none, or this actor may not know of it; which of both is not told.
    """
    try:
        return _visible(bench, actor, text, takes_rows)
    except NotFound as error:
        raise _no_model(text) from error


def _visible(bench: Workbench, actor: Actor, text: str, takes_rows: bool) -> str:
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
        return _model_output(bench.workspace, record.id, output, takes_rows)
    found, _ = models(bench, actor, ModelQuery(registered=True, limit=100_000))
    registered = [each.registration for each in found if each.registration]
    return _registered(text, registered, takes_rows)


def _registered(text: str, known: Iterable[RegisteredModel], takes_rows: bool) -> str:
    name, at, version = text.rpartition("@")
    fitting = [
        model
        for model in known
        if description_of(model.preview).takes_rows == takes_rows
        and (
            text in (model.id, model.name)
            or (at and model.name == name and str(model.version) == version)
        )
    ]
    if not fitting:
        raise _no_model(text)
    return artifact_location(max(fitting, key=lambda model: model.version).artifact)


def _model_output(workspace: Workspace, run: str, output: str, takes_rows: bool) -> str:
    found = workspace.result(run).output(output)
    if found.media_type != (TABLE_MODEL_MEDIA_TYPE if takes_rows else MODEL_MEDIA_TYPE):
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


def _pinned(checked: CheckedGraph, found: Mapping[_Use, str], catalogue: Catalogue) -> CheckedGraph:
    settings = dict(checked.settings)
    for use, location in found.items():
        pinned = settings[use.node].model_copy(update={use.pinned_in: location})
        settings[use.node] = pinned
    locations = {(use.text, use.takes_rows): location for use, location in found.items()}
    written = _with_locations(checked.written, locations, catalogue)
    return replace(checked, written=written, settings=settings)


def _with_locations(graph: Graph, found: _Locations, catalogue: Catalogue) -> Graph:
    """The graph as written, with locations for names, also inside components."""
    nodes = {id: _with_location(node, found, catalogue) for id, node in graph.nodes.items()}
    components = {
        name: replace(component, graph=_with_locations(component.graph, found, catalogue))
        for name, component in graph.components.items()
    }
    return replace(graph, nodes=nodes, components=components)


def _with_location(node: Node, found: _Locations, catalogue: Catalogue) -> Node:
    if node.reuse:
        return replace(node, reuse=found.get((node.reuse, False), node.reuse))
    settings = {
        name: found.get((text, marker.takes_rows), text)
        for name, marker in naming_settings(node.operator, catalogue).items()
        if isinstance(text := node.settings.get(name), str)
    }
    return replace(node, settings={**node.settings, **settings}) if settings else node
