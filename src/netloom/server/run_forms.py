"""Runs → their wire forms."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from netloom.accounts.permissions import Actor, Right, right_over
from netloom.execution.events import Output
from netloom.graph.serialization import graph_from_json
from netloom.server.graph_forms import connections, graph_schema
from netloom.server.ownership import OwnedRun
from netloom.server.schemas import runs as schemas
from netloom.server.schemas.diagnostics import diagnostics
from netloom.tracking.records import NodeRecord
from netloom.tracking.run_table import RunPage, RunRow
from netloom.workspace.implied_connections import ImpliedConnection
from netloom.workspace.results import RunResult

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def page_json(page: RunPage, actor: Actor) -> bytes:
    """A :class:`RunPage` as JSON. Written without validation: a page may hold fifty thousand numbers."""
    rest = {
        "total": page.total,
        "metric_columns": sorted(set().union(*(row.metrics for row in page.rows))),
        "setting_columns": sorted(set().union(*(row.settings for row in page.rows))),
    }
    rows = ",".join(_row_json(row, actor) for row in page.rows)
    return f'{{"runs":[{rows}],{_dumped(rest)[1:]}'.encode("utf-8", "replace")


def run_schema(
    owned: OwnedRun,
    result: RunResult,
    nodes: Mapping[Any, NodeRecord],
    implied: Iterable[ImpliedConnection],
) -> schemas.Run:
    """The wire form of one run."""
    record = result.record
    request = record.request
    return schemas.Run(
        id=record.id,
        pipeline=request.pipeline,
        stored_pipeline=request.stored_pipeline,
        state=record.state,
        created=record.created,
        started=record.started,
        finished=record.finished,
        seconds=result.seconds,
        cancel_requested=record.cancel_requested,
        description=request.description,
        scratch=request.scratch,
        priority=request.priority,
        to=list(request.targets),
        start=list(request.start),
        force=list(request.force),
        retried_from=request.retried_from,
        engine=request.engine,
        owner=owned.access.owner,
        visibility=owned.access.visibility,
        right=owned.right,
        nodes=[_node(node) for node in nodes.values()],
        graph=graph_schema(graph_from_json(request.graph)),
        wired=connections(implied),
    )


def finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Values with null for what JSON cannot express."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def finite_json(value: Any) -> Any:
    """Any JSON value with null for what is not a number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_json(item) for item in value]
    return value


def _row_json(row: RunRow, actor: Actor) -> str:
    record = row.record
    text = _dumped(
        {
            "id": record.id,
            "pipeline": record.request.pipeline,
            "stored_pipeline": record.request.stored_pipeline,
            "state": record.state,
            "created": record.created,
            "started": record.started,
            "finished": record.finished,
            "description": record.request.description,
            "scratch": record.request.scratch,
            "owner": row.access.owner,
            "visibility": row.access.visibility,
            "right": right_over(actor, row.access) or Right.READ,
            "nodes": dict(row.nodes),
            "settings": row.settings,
        }
    )
    return f'{text[:-1]},"metrics":{row.metrics.json}}}'


def _dumped(document: Any) -> str:
    """JSON; a setting that is not a number is rare, and looking for one is not cheap."""
    try:
        return _ENCODER.encode(document)
    except ValueError:
        return _ENCODER.encode(finite_json(document))


def _node(record: NodeRecord) -> schemas.RunNode:
    return schemas.RunNode(
        id=record.node,
        operator=record.operator,
        state=record.state,
        attempt=record.attempt,
        why=record.why,
        fingerprint=record.fingerprint,
        started=record.started,
        finished=record.finished,
        seconds=record.seconds,
        diagnostics=diagnostics(record.diagnostics),
        request=finite_json(record.request),
        progress=schemas.Progress(**record.progress) if record.progress else None,
        metrics=finite(record.last_metrics),
        outputs={port: _output(output) for port, output in record.outputs.items()},
    )


def _output(output: Output) -> schemas.Output:
    return schemas.Output(
        artifact=output.artifact,
        media_type=output.media_type,
        size_bytes=output.size_bytes,
        preview=finite_json(output.preview),
    )
