"""Rows of the run tables ⇄ records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import ArtifactId, Fingerprint, NodeId, PortName, RunId
from netloom.execution.events import Output
from netloom.execution.states import RunState
from netloom.store.documents import StoredDocument, dump, load, load_optional
from netloom.tracking.records import NodeRecord, RunRecord
from netloom.tracking.request_document import request_from_json, request_to_json


def run_values(record: RunRecord) -> dict[str, Any]:
    """Columns of a run's row."""
    request = request_to_json(record.request)
    graph = request.pop("graph")
    return {
        "id": record.id,
        "pipeline": record.request.pipeline,
        "state": record.state,
        "scratch": record.request.scratch,
        "study": record.request.study,
        "created": record.created,
        "started": record.started,
        "finished": record.finished,
        "cancel_requested": record.cancel_requested,
        "request": dump(request),
        "graph": dump(graph),
    }


def run_record(row: Row[Any], graph: Mapping[str, Any] | None = None) -> RunRecord:
    """A run's record; without a parsed graph it gets one that is parsed on first use."""
    request = load(row.request)
    request["graph"] = StoredDocument(row.graph) if graph is None else graph
    return RunRecord(
        id=RunId(row.id),
        request=request_from_json(request),
        state=RunState(row.state),
        created=row.created,
        started=row.started,
        finished=row.finished,
        cancel_requested=row.cancel_requested,
    )


def new_nodes(run: RunRecord, nodes: Mapping[NodeId, str], number: int) -> list[dict[str, Any]]:
    """Rows of the nodes of a new run, in order."""
    return [
        {
            "run": run.id,
            "node": node,
            "position": position,
            "pipeline": run.request.pipeline,
            "run_number": number,
            "operator": operator,
            "state": RunState.PENDING,
            "attempt": 0,
            "why": '""',
            "outputs": "{}",
            "diagnostics": "[]",
            "last_metrics": "{}",
        }
        for position, (node, operator) in enumerate(nodes.items())
    ]


def node_record(row: Row[Any]) -> NodeRecord:
    """A node's record."""
    return NodeRecord(
        run=RunId(row.run),
        node=NodeId(row.node),
        state=RunState(row.state),
        operator=row.operator,
        attempt=row.attempt,
        why=load(row.why),
        fingerprint=None if row.fingerprint is None else Fingerprint(row.fingerprint),
        ingredients=load_optional(row.ingredients),
        outputs={PortName(port): _output(document) for port, document in load(row.outputs).items()},
        started=row.started,
        finished=row.finished,
        seconds=row.seconds,
        diagnostics=tuple(Diagnostic.from_json(document) for document in load(row.diagnostics)),
        request=load_optional(row.request),
        progress=load_optional(row.progress),
        last_metrics=load(row.last_metrics),
    )


def _output(document: Mapping[str, Any]) -> Output:
    return Output(**{**document, "artifact": ArtifactId(document["artifact"])})
