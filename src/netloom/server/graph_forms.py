"""Graphs, edits and plans ⇄ their wire forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netloom.core.errors import InvalidInput
from netloom.core.identifiers import NodeId, PortName
from netloom.execution.plan import Plan, PlannedNode
from netloom.execution.states import PlanState
from netloom.graph import edits as values
from netloom.graph.component_edits import BoundaryInput, DissolveComponent, MakeComponent
from netloom.graph.graph import Graph, OutputRef
from netloom.graph.serialization import graph_from_json, json_from_graph
from netloom.server.schemas import authoring as schemas
from netloom.server.schemas.diagnostics import diagnostics
from netloom.workspace.authoring import Sketch
from netloom.workspace.implied_connections import ImpliedConnection, implied_connections
from netloom.workspace.submission import Selection


def graph_of(body: schemas.Graph) -> Graph:
    """The graph a client sent."""
    return graph_from_json(body.model_dump())


def graph_schema(graph: Graph) -> schemas.Graph:
    """The wire form of a graph. Not validated: what is written may be wrong in every way, and is shown."""
    return _unchecked(json_from_graph(graph))


def _unchecked(document: dict[str, Any]) -> schemas.Graph:
    components = {
        name: schemas.Component.model_construct(
            **{**component, "graph": _unchecked(component["graph"])}
        )
        for name, component in document["components"].items()
    }
    nodes = [schemas.Node.model_construct(**node) for node in document["nodes"]]
    return schemas.Graph.model_construct(nodes=nodes, components=components)


def edits_of(body: list[schemas.Edit]) -> list[values.GraphEdit]:
    """The edits a client sent."""
    return [_edit_of(edit) for edit in body]


def _edit_of(edit: schemas.Edit) -> values.GraphEdit:
    match edit:
        case schemas.AddNode():
            graph = graph_of(schemas.Graph(nodes=[edit.node]))
            return values.AddNode(graph.nodes[NodeId(edit.node.id)])
        case schemas.RemoveNode():
            return values.RemoveNode(NodeId(edit.node))
        case schemas.RenameNode():
            return values.RenameNode(NodeId(edit.node), NodeId(edit.new))
        case schemas.SetSetting():
            return values.SetSetting(NodeId(edit.node), edit.setting, edit.value)
        case schemas.ResetSetting():
            return values.ResetSetting(NodeId(edit.node), edit.setting)
        case schemas.Connect():
            source = OutputRef.parse(edit.source)
            return values.Connect(source, NodeId(edit.node), PortName(edit.port), edit.many)
        case schemas.Disconnect():
            one = OutputRef.parse(edit.source) if edit.source else None
            return values.Disconnect(NodeId(edit.node), PortName(edit.port), one)
        case schemas.SetNodeKey():
            return values.SetNodeKey(NodeId(edit.node), edit.key, _node_key_value(edit))
        case schemas.MoveNode():
            return values.MoveNode(NodeId(edit.node), edit.x, edit.y)
        case schemas.SetCanvas():
            return values.SetCanvas(edit.section, edit.id, edit.value)
        case schemas.MakeComponent() | schemas.DissolveComponent():
            return _component_edit_of(edit)


def _component_edit_of(
    edit: schemas.MakeComponent | schemas.DissolveComponent,
) -> MakeComponent | DissolveComponent:
    if isinstance(edit, schemas.DissolveComponent):
        names = {NodeId(inner): NodeId(outer) for inner, outer in edit.names.items()}
        return DissolveComponent(NodeId(edit.node), names)
    return MakeComponent(
        name=edit.name,
        node=NodeId(edit.node),
        nodes=tuple(NodeId(node) for node in edit.nodes),
        inputs={
            PortName(name): BoundaryInput(port.type, OutputRef.parse(port.source))
            for name, port in edit.inputs.items()
        },
        outputs={PortName(name): OutputRef.parse(ref) for name, ref in edit.outputs.items()},
    )


def _node_key_value(edit: schemas.SetNodeKey) -> Any:
    """The value, if it is one the key can have."""
    if edit.value is None:
        return None
    try:
        whole = schemas.Node.model_validate({"id": "n", "op": "o", edit.key: edit.value})
    except ValueError as error:
        raise InvalidInput.of(
            f"{edit.key} cannot have this value", code="S110", got=repr(edit.value)[:120]
        ) from error
    return getattr(whole, edit.key)


def selection_of(body: schemas.SelectionBody) -> Selection:
    """The part of a graph a client means."""
    return Selection.of(body.to, body.start, body.force)


def sketch_schema(sketch: Sketch) -> schemas.Sketch:
    """The wire form of what is known of unsaved text."""
    pipeline = sketch.pipeline
    document = pipeline.document if pipeline else None
    return schemas.Sketch(
        name=pipeline.name if pipeline else "",
        description=document.description if document else "",
        graph=graph_schema(pipeline.graph) if pipeline else None,
        layout=dict(sketch.layout),
        wired=connections(implied_connections(pipeline.graph, pipeline.checked.flat))
        if pipeline
        else [],
        diagnostics=diagnostics(sketch.diagnostics),
        is_valid=sketch.is_valid,
    )


def plan_schema(plan: Plan) -> schemas.Plan:
    """The wire form of a plan."""
    return schemas.Plan(
        nodes=[_planned(node) for node in plan.nodes.values()],
        jobs_to_run=plan.count(PlanState.READY) + plan.count(PlanState.STALE),
        jobs_that_may_run=plan.count(PlanState.MAY_RUN),
        jobs_cached=plan.count(PlanState.CACHED),
        expected_s=plan.expected_s,
        bypassed=list(plan.bypassed),
    )


def change_schemas(changes: Any) -> list[schemas.Change]:
    """The wire form of differences."""
    return [schemas.Change.model_validate(change.to_json()) for change in changes]


def _planned(node: PlannedNode) -> schemas.PlannedNode:
    return schemas.PlannedNode(
        node=node.node,
        operator=node.operator,
        state=node.state,
        why=node.why,
        is_job=node.is_job,
        fingerprint=node.fingerprint,
        expected_s=node.expected_s,
        last_run=node.last_run,
        changes=change_schemas(node.changes),
    )


def connections(implied: Iterable[ImpliedConnection]) -> list[schemas.Connection]:
    """The wire form of connections that follow by themselves."""
    return [
        schemas.Connection(node=each.node, port=each.port, source=str(each.source))
        for each in implied
    ]
