"""What a run can predict with: its inference graph, bound to the models it has made.

``bound`` names the models where they lie; ``assemble`` makes a folder that needs neither the workspace nor,
where the networks have an ONNX form, PyTorch.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import Conflict, InvalidData, InvalidPipeline, NotFound
from netloom.core.files import storage_errors
from netloom.core.identifiers import NodeId
from netloom.core.locations import artifact_of
from netloom.execution.events import Output
from netloom.graph.inference import ModelUse, RequestGraph, StageUse, request_graph
from netloom.graph.serialization import graph_from_json
from netloom.graph.validation import CheckedGraph, check
from netloom.tasks.tabular.model_summary import TABULAR, only_classes
from netloom.tracking.model_store import MODEL_MEDIA_TYPE
from netloom.workspace.run_tables import (
    TableModelOutput,
    left_out,
    table_model_of,
)

if TYPE_CHECKING:
    from netloom.inference.graph_predictor import GraphPredictor
    from netloom.inference.inference_graph import InferenceGraph
    from netloom.workspace.results import RunResult
    from netloom.workspace.workspace import Workspace

_EXPORTED_MEDIA_TYPE = "application/vnd.netloom.exported-model"
_TOLERANCE = 1e-4

Runtime = Literal["onnx", "torch"]


@dataclass(frozen=True, slots=True)
class BoundModel:
    """A model of an inference graph, and where it lies.

    Attributes:
        step: Id of its step.
        package: Folder of the trained model, or of the exported one if there is no other.
        exported: Folder of an exported model of the run.
    """

    step: str
    task: str
    labels: tuple[str, ...]
    package: Path
    exported: Path | None = None

    @property
    def preferred(self) -> Path:
        """The folder that needs least to predict with."""
        return self.exported or self.package


@dataclass(frozen=True, slots=True)
class BoundGraph:
    """The inference graph of a run with its models."""

    run: str
    graph: InferenceGraph
    models: tuple[BoundModel, ...]


@dataclass(frozen=True, slots=True)
class AssembledModel:
    """A model in a folder that was assembled.

    Attributes:
        folder: Relative to the folder that was assembled.
        reason: Why it needs PyTorch; None if it does not.
    """

    step: str
    task: str
    labels: tuple[str, ...]
    folder: str
    runtime: Runtime
    reason: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """A folder that predicts by itself: ``graph.json`` and ``models``.

    Attributes:
        notes: What the run did that the folder does not.
    """

    run: str
    graph: InferenceGraph
    models: tuple[AssembledModel, ...]
    notes: tuple[Diagnostic, ...] = ()


def bound(workspace: Workspace, run: str, *, outputs: Collection[str] | None = None) -> BoundGraph:
    """The inference graph of a run.

    Args:
        run: Its id, a beginning of it, or ``last``.
        outputs: Models whose predictions are wanted, by node; None takes those that the run is about.

    Raises:
        NotFound: There is no such run, or it has not made a model that is needed.
        InvalidPipeline: Its graph has no request-time graph, or several models compete.
    """
    result = workspace.result(run)
    request = result.record.request
    catalogue = workspace.catalogue_for([Path(file) for file in request.operator_files])
    checked = check(graph_from_json(request.graph), catalogue).require_valid()
    derived = request_graph(checked, catalogue, outputs=outputs)
    models = [_bound_model(workspace, result, derived, use) for use in derived.models]
    graph = _inference_graph(derived, {model.step: model for model in models})
    if outputs is None:
        _check_choice(graph)
    return BoundGraph(result.run, graph, tuple(models))


def assemble(
    workspace: Workspace, run: str, folder: Path, *, outputs: Collection[str] | None = None
) -> Assembled:
    """Write the inference graph of a run and its models into a folder of their own.

    A model that the run has exported is taken as it is; others are exported now, and compared with the
    trained ones. A network without an ONNX form is taken as its package, which needs PyTorch.

    Args:
        folder: Where to write; new or empty.
        outputs: As for :func:`bound`.

    Raises:
        NotFound, InvalidPipeline: As for :func:`bound`.
        Conflict: The folder holds something.
        StorageFailed: It cannot be written.
    """
    from netloom.inference.inference_graph import MODELS_FOLDER, write_graph

    if folder.exists() and any(folder.iterdir()):
        raise Conflict.of(f"{folder} holds files already", fix="Name a new folder")
    result = workspace.result(run)
    table = table_model_of(workspace, result, outputs=outputs)
    if table is not None:
        return _assembled_table(workspace, result, table, folder)
    found = bound(workspace, run, outputs=outputs)
    with storage_errors(folder):
        (folder / MODELS_FOLDER).mkdir(parents=True, exist_ok=True)
        steps = {step.id: step for step in found.graph.models}
        models = tuple(
            _written(model, folder, f"{MODELS_FOLDER}/{steps[model.step].package}")
            for model in found.models
        )
        write_graph(folder, found.graph)
    return Assembled(found.run, found.graph, models)


def _assembled_table(
    workspace: Workspace, result: RunResult, table: TableModelOutput, folder: Path
) -> Assembled:
    """The folder of a single model, which needs PyTorch."""
    from netloom.inference.inference_graph import MODELS_FOLDER, InferenceGraph, write_graph
    from netloom.models.tabular.package import copy_table_package, read_table_manifest

    step = table.node.replace("/", ".")
    place = f"{MODELS_FOLDER}/{step}"
    copy_table_package(table.package, folder / place)
    graph = InferenceGraph.of_model(step, task=TABULAR)
    write_graph(folder, graph)
    labels = tuple(only_classes(read_table_manifest(table.package).targets))
    model = AssembledModel(step, TABULAR, labels, place, "torch")
    notes = tuple(left_out(_checked(workspace, result).flat, table.node))
    return Assembled(result.run, graph, (model,), notes)


def _checked(workspace: Workspace, result: RunResult) -> CheckedGraph:
    """The graph of a run as it was submitted."""
    request = result.record.request
    catalogue = workspace.catalogue_for([Path(file) for file in request.operator_files])
    return check(graph_from_json(request.graph), catalogue).require_valid()


def _bound_model(
    workspace: Workspace, result: RunResult, derived: RequestGraph, use: ModelUse
) -> BoundModel:
    own = _model_output(result, use.model)
    others = [_model_output(result, node) for node in derived.handed_on.get(use.model, ())]
    exported = [each for each in (own, *others) if each and each.media_type == _EXPORTED_MEDIA_TYPE]
    trained = [each for each in (own, *others) if each and each.media_type == MODEL_MEDIA_TYPE]
    if not (trained or exported):
        state = result.nodes[use.model].state if use.model in result.nodes else "not part of it"
        raise NotFound(
            Diagnostic(
                code="W420",
                message=f"run {result.run} has no model of {use.model}",
                place=Place(node=use.model),
                expected="a node that succeeded or was reused",
                got=str(state),
                fix="Let the run finish (`netloom retry`), or choose other outputs",
            )
        )
    value = workspace._load((trained or exported)[0])
    return BoundModel(
        step=use.id,
        task=value.task,
        labels=value.labels,
        package=_folder(workspace, value.package),
        exported=_folder(workspace, workspace._load(exported[0]).package) if exported else None,
    )


def _model_output(result: RunResult, node: NodeId) -> Output | None:
    outputs = result.nodes[node].outputs.values() if node in result.nodes else ()
    wanted = (MODEL_MEDIA_TYPE, _EXPORTED_MEDIA_TYPE)
    return next((each for each in outputs if each.media_type in wanted), None)


def _folder(workspace: Workspace, package: str) -> Path:
    artifact = artifact_of(package)
    if artifact is None:
        raise NotFound.of(f"the model at {package} is not kept in the workspace", code="W420")
    return workspace.artifacts.folder(artifact)


def _inference_graph(derived: RequestGraph, models: Mapping[str, BoundModel]) -> InferenceGraph:
    from netloom.inference.inference_graph import InferenceGraph

    steps = [
        {
            "type": "model",
            "id": step.id,
            "input": step.input,
            "task": models[step.id].task,
            "package": step.id.replace("/", "."),
        }
        if isinstance(step, ModelUse)
        else _stage(step)
        for step in derived.steps
    ]
    return InferenceGraph.from_json({"steps": steps})


def _stage(stage: StageUse) -> dict[str, Any]:
    """A stage as a step: the settings that count when no true objects are known."""
    from netloom.inference.inference_graph import STAGE_TYPES

    kind = stage.operator.rpartition(".")[2]
    step = STAGE_TYPES.get(kind)
    if step is None:
        raise InvalidPipeline(
            Diagnostic(
                code="W421",
                message=f"the operator {stage.operator} cannot be used when a picture is predicted",
                place=Place(node=stage.node),
                expected=", ".join(STAGE_TYPES),
                got=kind,
                fix="Choose outputs that do not need this node",
            )
        )
    settings = stage.settings.model_dump(mode="json")
    kept = {name: value for name, value in settings.items() if name in step.model_fields}
    return {**kept, "type": kind, "id": stage.id, "input": stage.input}


def _check_choice(graph: InferenceGraph) -> None:
    """Models for different tasks complement each other; several for the same one compete."""
    for model in graph.models:
        rivals = [
            other.id
            for other in graph.models
            if (other.task, other.input) == (model.task, model.input)
        ]
        if len(rivals) > 1:
            raise InvalidPipeline.of(
                f"{len(rivals)} models predict the same: {', '.join(rivals)}",
                code="W422",
                expected="a choice",
                fix=f"Name what you want: --outputs {rivals[-1]}",
            )


def _written(model: BoundModel, folder: Path, place: str) -> AssembledModel:
    target = folder / place
    reason: Diagnostic | None = None
    runtime: Runtime = "onnx"
    if model.exported is not None:
        _copy(model.exported, target)
    else:
        try:
            _export(model.package, target)
        except InvalidData as error:
            runtime, reason = "torch", error.diagnostics[0]
            shutil.rmtree(target, ignore_errors=True)
            _copy(model.package, target)
    return AssembledModel(model.step, model.task, model.labels, place, runtime, reason)


def _export(package: Path, target: Path) -> None:
    from netloom.compression.onnx_export import export_model

    export_model(package, target, tolerance=_TOLERANCE, timed=False)


def _copy(source: Path, target: Path) -> None:
    """Only what makes a model: artifacts also hold their own manifest."""
    target.mkdir(parents=True)
    for name in _files_of(source):
        shutil.copyfile(source / name, target / name)


def _files_of(folder: Path) -> Iterator[str]:
    from netloom.compression.exported_package import GRAPH_FILE, is_exported
    from netloom.models.package import MODEL_FILE, WEIGHTS_FILE

    yield MODEL_FILE
    yield GRAPH_FILE if is_exported(folder) else WEIGHTS_FILE


def opened(found: BoundGraph, *, device: str, batch_size: int, project: Path) -> GraphPredictor:
    """A predictor for the models where they lie.

    Args:
        project: Where the user's own functions are that preprocessing names.
    """
    from netloom.data.functions import Functions
    from netloom.inference.graph_predictor import GraphPredictor
    from netloom.inference.predictor import Predictor

    functions = Functions(project=project)
    models = {
        model.step: Predictor.open(
            model.preferred if device == "cpu" else model.package,
            device=device,
            batch_size=batch_size,
            functions=functions,
        )
        for model in found.models
    }
    return GraphPredictor(found.graph, models)
