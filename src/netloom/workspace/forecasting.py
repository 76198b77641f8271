"""Forecasting: the same pipeline up to the node that trains, which only tells what it would need."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidInput
from netloom.core.identifiers import NodeId, OperatorId
from netloom.execution.plan import selected_nodes
from netloom.graph.catalogue import Catalogue
from netloom.graph.validation import check
from netloom.workspace.pipelines import LoadedPipeline
from netloom.workspace.results import RunResult
from netloom.workspace.running import OnEvent
from netloom.workspace.submission import RunOptions, Selection

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

FORECASTS = {
    OperatorId("train"): OperatorId("training.forecast"),
    OperatorId("tables.train"): OperatorId("tables.training_forecast"),
}
"""For each operator that trains, the one that tells what it would need."""


def forecast(
    workspace: Workspace, pipeline: LoadedPipeline, node: str | None, *, on_event: OnEvent
) -> RunResult:
    """Run what a training needs, and a forecast in its place; see :data:`FORECASTS`.

    Args:
        node: Which training; None takes the only one.
    """
    chosen = training_node(pipeline, node)
    return workspace.run(
        forecasting_pipeline(pipeline, chosen, workspace.catalogue),
        Selection.of(to=[chosen], force=[chosen]),  # the machine's load may have changed
        RunOptions(scratch=True, description=f"forecast of {chosen}"),
        on_event=on_event,
    )


def training_node(pipeline: LoadedPipeline, node: str | None) -> NodeId:
    """The node that trains: the one that is named, or the only one there is.

    Raises:
        InvalidInput: It does not train, or the pipeline has none or several that do.
    """
    trains = [name for name, n in pipeline.graph.nodes.items() if n.operator in FORECASTS]
    if node is None and len(trains) == 1:
        return trains[0]
    if node is not None and node in trains:
        return NodeId(node)
    raise InvalidInput.of(
        "the pipeline has no node that trains outside components"
        if not trains
        else "several nodes train"
        if node is None
        else f"{node} is not a node that trains",
        code="X351",
        place=Place(node=node),
        expected=f"one of {', '.join(trains)}" if trains else None,
        fix=f"Choose one with --node {trains[0]}" if trains else "Forecast a pipeline that trains",
    )


def forecasting_pipeline(
    pipeline: LoadedPipeline, node: NodeId, catalogue: Catalogue
) -> LoadedPipeline:
    """The pipeline with a forecast in place of a training, and without what does not lead to it."""
    graph = pipeline.graph
    needed = selected_nodes(pipeline.checked.require_valid(), to=[node], start=[])
    written = {NodeId(name.partition("/")[0]) for name in needed}
    for name in list(graph.nodes):
        if name not in written and not graph[name].bypass:
            graph = graph.without_node(name)
    graph = graph.with_node(replace(graph[node], operator=FORECASTS[graph[node].operator]))
    locate = pipeline.document.locate if pipeline.document else None
    checked = (
        check(graph, catalogue) if locate is None else check(graph, catalogue, place_of=locate)
    )
    return LoadedPipeline(name=f"{pipeline.name} (forecast)", checked=checked)
