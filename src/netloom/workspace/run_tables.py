"""The model of tables that a run can be asked with: which one it is, and what a service of it leaves out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Diagnostic, Place, Severity
from netloom.core.errors import InvalidPipeline, NotFound
from netloom.core.identifiers import ArtifactId, NodeId, PortName
from netloom.core.locations import artifact_of
from netloom.execution.events import Output
from netloom.graph.topology import predecessors
from netloom.tracking.model_store import MODEL_MEDIA_TYPE, TABLE_MODEL_MEDIA_TYPE

if TYPE_CHECKING:
    from netloom.graph.graph import Graph
    from netloom.workspace.results import RunResult
    from netloom.workspace.workspace import Workspace

SHAPING = ("tables.query", "tables.merge", "tables.fill")
"""Operators that make other rows or columns of a table, before it is encoded."""

_MAKING = ("tables.train", "tables.trained_model")


@dataclass(frozen=True, slots=True)
class TableModelOutput:
    """The model of tables of a run.

    Attributes:
        package: Folder of its package, perhaps that of an earlier run.
    """

    node: NodeId
    package: Path


def table_model_of(
    workspace: Workspace, result: RunResult, *, outputs: Collection[str] | None = None
) -> TableModelOutput | None:
    """The model of tables that a run is about; None if it is about pictures.

    Args:
        outputs: Nodes whose models are wanted; None takes what the run trained, or else what it was given.

    Raises:
        NotFound: The run was to make one, but has not.
        InvalidPipeline: Several models of tables compete.
    """
    found = {
        node: output
        for node, known in result.nodes.items()
        for output in known.outputs.values()
        if output.media_type == TABLE_MODEL_MEDIA_TYPE
    }
    if outputs is not None:
        found = {node: output for node, output in found.items() if node in outputs}
    elif any(_has_pictures(known.outputs) for known in result.nodes.values()):
        return None
    trained = {node: output for node, output in found.items() if _own(output)}
    packages = {_artifact(output): node for node, output in (trained or found).items()}
    if not packages:
        _refuse_unfinished(result, outputs)
        return None
    if len(packages) > 1:
        raise InvalidPipeline.of(
            f"{len(packages)} models of tables compete: {', '.join(packages.values())}",
            code="T446",
            expected="a choice",
            fix=f"Name what you want: --outputs {list(packages.values())[-1]}",
        )
    ((artifact, node),) = packages.items()
    return TableModelOutput(node, workspace.artifacts.folder(artifact))


def left_out(graph: Graph, model: NodeId) -> Iterator[Diagnostic]:
    """A notice about what happens to tables before they reach a model: a service of it does none of this."""
    before, waiting, seen = predecessors(graph), [model], {model}
    while waiting:
        for node in before.get(waiting.pop(), ()):
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    shaping = [node for node in graph.nodes if node in seen and graph[node].operator in SHAPING]
    if shaping:
        yield Diagnostic(
            "T445",
            f"the service takes rows as they come to the model: what {', '.join(shaping)} did to the tables "
            "is not part of it",
            place=Place(node=model),
            fix="Send rows in which that is done already; a graph of tables is run as a pipeline, not served",
            severity=Severity.NOTICE,
        )


def _refuse_unfinished(result: RunResult, outputs: Collection[str] | None) -> None:
    for node, known in result.nodes.items():
        is_wanted = outputs is None or node in outputs
        if known.operator in _MAKING and is_wanted and not known.outputs:
            raise NotFound(
                Diagnostic(
                    "W420",
                    f"run {result.run} has no model of {node}",
                    place=Place(node=node),
                    expected="a node that succeeded or was reused",
                    got=str(known.state),
                    fix="Let the run finish (`netloom retry`), or choose other outputs",
                )
            )


def _has_pictures(outputs: Mapping[PortName, Output]) -> bool:
    return any(output.media_type == MODEL_MEDIA_TYPE for output in outputs.values())


def _own(output: Output) -> bool:
    """Whether the output is the package itself, not a reference to one."""
    return "package" not in output.preview


def _artifact(output: Output) -> ArtifactId:
    package = output.preview.get("package")
    owner = None if package is None else artifact_of(package)
    return output.artifact if owner is None else owner
